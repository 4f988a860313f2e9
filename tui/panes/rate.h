/* View 0: accuracy, or agreement with the whole network, against the bytes of an image, on a log scale, as
 * isplit features measured them. One line a cut, the chosen one's points with their bits; the pictures
 * themselves as a line of their own; the front of all; and what the plan recommends. */
#ifndef ISPLIT_PANES_RATE_H
#define ISPLIT_PANES_RATE_H

#include <stdbool.h>
#include <stdio.h>

struct app;
struct pane;

extern const struct pane rate_pane;

/* The same as an SVG figure for a paper; whether there is anything to draw. */
bool rate_is_known(const struct app *a);
void rate_figure(const struct app *a, FILE *out);

#endif
