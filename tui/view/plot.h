/* The CUI curve over the layers, and under it on the same columns what each cut sends. */
#ifndef ISPLIT_VIEW_PLOT_H
#define ISPLIT_VIEW_PLOT_H

#include <stdbool.h>
#include <stdio.h>

#include "app/actions.h"

struct app;
struct pane;

extern const struct pane plot_pane;

/* The keys that choose which layers plots show. True where it was one. */
bool plot_zoom(struct app *a, enum action action);

/* What the plot shows as an SVG figure for a paper: all listed layers (or the zoom), with the settings of the
 * screen; pinned curves too. */
void plot_figure(const struct app *a, FILE *out);

#endif
