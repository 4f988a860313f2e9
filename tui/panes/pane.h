/* One part of a view: a table of operations, and where it stands is up to the program. `draw` reads the model
 * and computes nothing that could be kept; `prepare` runs before it, and before each key and click, and may
 * change what the pane keeps itself (scrolling, caches; panes/states.h). Areas are the pane's own, rows and
 * columns are counted from their corner. */
#ifndef ISPLIT_PANES_PANE_H
#define ISPLIT_PANES_PANE_H

#include <stdbool.h>

#include "screen/canvas.h"
#include "panes/action.h"

struct app;
struct list_pane;

/* What keys of all views change in it. */
enum pane_shows {
    PANE_CURVE = 1,  /* a curve over the layers: the zoom */
    PANE_VALUES = 2, /* importances: the scale */
};

/* All but name and draw may be empty. */
struct pane {
    const char *name;
    bool always;                  /* it shows something where no network is loaded, too */
    unsigned shows;               /* bits of enum pane_shows */
    const struct list_pane *rows; /* that it is a list of, most of all (panes/list_pane.h) */
    void (*prepare)(struct app *a, struct area area);
    void (*draw)(const struct app *a, struct canvas *c, struct area area, bool focused);
    bool (*act)(struct app *a, enum action action, struct area area); /* true: it was for this pane */
    void (*click)(struct app *a, struct area area, int row, int column);
};

void pane_prepare(const struct pane *p, struct app *a, struct area area);

/* What is the pane's own, then what lists have in common. True where it was for this pane. */
bool pane_act(const struct pane *p, struct app *a, enum action action, struct area area);

/* The row that was clicked is chosen first, in a list; then what is the pane's own. */
void pane_click(const struct pane *p, struct app *a, struct area area, int row, int column);

#endif
