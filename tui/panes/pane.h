/* A pane, one part of a view, as a table of operations; the program places it. `draw` reads the model and
 * computes nothing that could be kept; `prepare` runs before it, and before each key and click, and may
 * change the pane's own state (scrolling, caches; panes/states.h). Rows and columns are counted from the
 * corner of the pane's area. */
#ifndef ISPLIT_PANES_PANE_H
#define ISPLIT_PANES_PANE_H

#include <stdbool.h>

#include "screen/canvas.h"
#include "panes/action.h"

struct app;
struct list_pane;

/* What the global keys change in it. */
enum pane_shows {
    PANE_CURVE = 1,  /* a curve over the layers: the zoom */
    PANE_VALUES = 2, /* importances: the scale */
};

/* All but name and draw may be 0. */
struct pane {
    const char *name;
    bool always;                  /* it also works without a network */
    unsigned shows;               /* bits of enum pane_shows */
    const struct list_pane *rows; /* list behaviour (panes/list_pane.h), or NULL */
    void (*prepare)(struct app *a, struct area area);
    void (*draw)(const struct app *a, struct canvas *c, struct area area, bool focused);
    bool (*act)(struct app *a, enum action action, struct area area); /* true: handled */
    void (*click)(struct app *a, struct area area, int row, int column);
};

void pane_prepare(const struct pane *p, struct app *a, struct area area);

/* The pane's own keys, then those of lists. True if handled. */
bool pane_act(const struct pane *p, struct app *a, enum action action, struct area area);

/* In a list the clicked row is chosen first; then the pane's own action. */
void pane_click(const struct pane *p, struct app *a, struct area area, int row, int column);

#endif
