/* Where the panes of a view stand, by the size of the screen: what has no room is left out, the plot last. */
#ifndef ISPLIT_APP_LAYOUT_H
#define ISPLIT_APP_LAYOUT_H

#include "app/app.h"

/* Fills a->layout.panes for the body of the screen. */
void layout_panes(struct app *a, struct area body);

#endif
