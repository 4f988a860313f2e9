/* A picture of points in a frame with numbers across and up, as dots smaller than a cell, so that lines and
 * signs stand at the same place. Accuracy against bytes (view 0) and the plan as points share it. What is on
 * a log scale is its logarithm here. */
#ifndef ISPLIT_PANES_SCATTER_H
#define ISPLIT_PANES_SCATTER_H

#include "features/rate.h"
#include "panes/axis.h"

/* A dot, of which a cell has `across` times `down`; outside the frame it is outside the area too. */
struct scatter_dot {
    int x, y;
};
struct scatter_dot scatter_dot(const struct axis *x, struct tradeoff at, int across, int down);

/* The cell where lines have the dot too. */
struct scatter_dot scatter_cell(const struct axis *x, const struct canvas *c, struct tradeoff at);

/* A front (rate_front) as steps, to the right edge: left of a step nothing reaches its height. */
void scatter_draw_front(const struct axis *x, struct canvas *c, const struct tradeoff *front, int n,
                        enum role role);

#endif
