/* View 9: the metrics of every cut on the deployment. One row for each way to run the network (server only, a
 * cut after each listed layer, device only), with its time as a bar of three parts, head, transfer and tail,
 * on one linear axis; the other metrics next to it; the limits as a line through the bars and as signs at the
 * values that break them; marks for the Pareto front, the recommended cut and the runner-up; and the chosen
 * row in words. */
#ifndef ISPLIT_PANES_PLAN_H
#define ISPLIT_PANES_PLAN_H

#include "panes/columns.h"
#include "panes/list.h"

struct app;
struct pane;

struct plan_view {
    struct list list;
    struct columns_table columns;
    int whole;      /* the cursor: -1 on server only, 1 on device only; 0: on a cut, */
    int position;   /* unless the layer cursor has moved away from this one */
    double axis_ms; /* end of the time axis; 0: chosen by plan_rows_axis */
};

extern const struct pane plan_pane;

#endif
