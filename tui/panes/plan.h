/* View 9: the metrics of every cut on the deployment. One row for each way to run the network (server only, a
 * cut after each listed layer, device only), with its time as a bar of three parts, head, transfer and tail,
 * on one linear axis; the other metrics next to it; the limits as a line through the bars and as signs at the
 * values that break them; marks for the Pareto front, the recommended cut and the runner-up; and the chosen
 * row in words. */
#ifndef ISPLIT_PANES_PLAN_H
#define ISPLIT_PANES_PLAN_H

struct pane;

extern const struct pane plan_pane;

#endif
