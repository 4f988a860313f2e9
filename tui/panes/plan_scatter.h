/* The plan as a picture: every way to run the network as a point, its importance or accuracy up, its time,
 * bytes, memory or energy across, as the objective asks; the front of the splits as steps, the limits as
 * lines. The signs are those of the table, and so is the cursor. A whole network, which loses nothing, stands
 * above the others where importance is drawn. */
#ifndef ISPLIT_PANES_PLAN_SCATTER_H
#define ISPLIT_PANES_PLAN_SCATTER_H

#include "app/model.h"

/* What is drawn across and up: the objective and, for the other one, the time and the importance; the
 * accuracy where that is the objective, or where no importance is known. */
enum metric plan_scatter_across(const struct app *a);
enum metric plan_scatter_up(const struct app *a);

void plan_scatter_draw(const struct app *a, struct canvas *c, struct area area, bool focused);

/* The row whose point is nearest to a cell of the area; -1: none is drawn. */
int plan_scatter_at(const struct app *a, struct area area, int row, int column);

#endif
