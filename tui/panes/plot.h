/* The CUI curve over the layers, and under it on the same columns what each cut sends. */
#ifndef ISPLIT_PANES_PLOT_H
#define ISPLIT_PANES_PLOT_H

#include <stdbool.h>
#include <stdio.h>

#include "panes/action.h"

struct app;
struct pane;

extern const struct pane plot_pane;
extern const struct pane plot_plan_pane; /* the same with the plan's limits in it */

/* Layers that a page is: a quarter of what is seen. */
int plot_page(const struct app *a);

/* Esc where a zoom is begun: not. True where it was that. */
bool plot_leave_zoom(struct app *a, enum action action);

/* What the plot shows as an SVG figure for a paper: all listed layers (or the zoom), with the settings of the
 * screen; pinned curves too. */
void plot_figure(const struct app *a, FILE *out);

#endif
