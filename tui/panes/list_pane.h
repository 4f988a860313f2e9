/* Common behaviour of panes that are lists: moving, sorting, searching and filtering by keys, clicks on rows
 * and column heads. A pane gives a table. */
#ifndef ISPLIT_PANES_LIST_PANE_H
#define ISPLIT_PANES_LIST_PANE_H

#include <stdbool.h>

#include "screen/canvas.h"
#include "panes/action.h"
#include "panes/columns.h"
#include "panes/finder.h"
#include "panes/list.h"
#include "panes/states.h"

struct app;

struct list_pane {
    enum states_list list; /* its `n` is kept by the pane's `prepare` */
    /* Moves the cursor to a displayed row, from 0 to list.n - 1; NULL: that is all there is to it. */
    void (*go)(struct app *a, int row);

    /* The rows of the pane's area by purpose. */
    struct columns_rows (*rows)(const struct app *a, struct area area);

    bool sorts;                            /* by its columns */
    bool (*is_shown)(const struct app *a); /* false: the list hides what is under the cursor; or NULL */

    /* How rows are searched and filtered (panes/finder.h). `at` is a number for what stands under the cursor
     * (a layer, a class, an image), which is the same in whatever row it is shown; -1 where there are no
     * rows. */
    struct {
        const char *filter_label; /* of the prompt: "layers (glob on name or type): " */
        const char *thing, *part; /* "layer", "name": no layer has '...' in its name */

        list_text *text; /* of a row: what is searched; its data is the app. NULL: rows are not searched */
        int (*at)(const struct app *a);
        /* Makes the rows again, since the filter may be another one, and puts the cursor back on that; where
         * it is not shown, near it. */
        void (*back)(struct app *a, int at);
    } finder;
};

/* Its list, and putting the cursor on one of its rows. */
struct list *list_pane_list(const struct list_pane *p, const struct app *a);
void list_pane_go(const struct list_pane *p, struct app *a, int row);

/* Scrolls so that the cursor is visible. */
void list_pane_fit(const struct list_pane *p, struct app *a, struct area area);

/* True where it was one of these actions. */
bool list_pane_act(const struct list_pane *p, struct app *a, enum action action, struct area area);

/* True where it was on a head, and the rows are sorted now. */
bool list_pane_click(const struct list_pane *p, struct app *a, struct area area, int row, int column);

/* The list's row at a row of the area, or -1. */
int list_pane_at(const struct list_pane *p, struct app *a, struct area area, int row);

#endif
