/* Placement of a view's panes by the size of the screen: panes that do not fit are left out, the plot last.
 * Each function puts panes into a->layout for the body of the screen, `first` first, which has the initial
 * focus. */
#ifndef ISPLIT_APP_LAYOUT_H
#define ISPLIT_APP_LAYOUT_H

#include "screen/canvas.h"

struct app;
struct pane;

void layout_whole(struct app *a, const struct pane *first, struct area body); /* one pane alone */
void layout_curve(struct app *a, const struct pane *first, struct area body);
void layout_classes(struct app *a, const struct pane *first, struct area body);
void layout_images(struct app *a, const struct pane *first, struct area body);
void layout_plan(struct app *a, const struct pane *first, struct area body);

#endif
