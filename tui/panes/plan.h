/* View 9: what every cut costs where the halves are to run. A row for each way to run the network (all of it
 * on the server, a cut after each listed layer, all on the device), with its time as a bar of three parts,
 * head, transfer and tail, on one linear axis; what is sent and needed beside it; the limits as a line
 * through the bars and as signs at the numbers that break them; the Pareto front, the recommended cut and the
 * runner-up marked; and the chosen row in words. */
#ifndef ISPLIT_PANES_PLAN_H
#define ISPLIT_PANES_PLAN_H

#include "panes/columns.h"
#include "panes/list.h"

struct app;
struct pane;

struct graph_view {
    struct list list;
    struct columns_table columns;
    int whole;      /* the cursor is on a whole network: -1 on the server, 1 on the device; 0: on a cut, */
    int position;   /* unless the layer cursor has left this one meanwhile */
    double axis_ms; /* where the time axis ends; 0: as plan_rows_axis chooses it */
};

extern const struct pane plan_pane;

#endif
