/* The palette: all that can be done in this view, found by words of it. */
#ifndef ISPLIT_APP_PALETTE_H
#define ISPLIT_APP_PALETTE_H

struct app;

void palette_open(struct app *a);

#endif
