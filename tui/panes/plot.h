/* The CUI curve over the layers, and below it, in the same columns, what each cut sends. */
#ifndef ISPLIT_PANES_PLOT_H
#define ISPLIT_PANES_PLOT_H

#include <stdbool.h>
#include <stdio.h>

#include "panes/action.h"

struct app;
struct pane;

extern const struct pane plot_pane;
extern const struct pane plot_plan_pane; /* the same with the plan's limits */

/* Pages and ends: moves the layer cursor. True where the action was one of these. */
bool plot_move(struct app *a, enum action action);

/* Esc cancels a begun zoom. True where it did. */
bool plot_leave_zoom(struct app *a, enum action action);

/* What the plot shows as an SVG figure for a paper: all listed layers (or the zoom), with the settings of the
 * screen; pinned curves too. */
void plot_figure(const struct app *a, FILE *out);

#endif
