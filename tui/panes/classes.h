/* The class picker: every class with its images, its accuracy and its best layer, and ways to choose some of
 * them. */
#ifndef ISPLIT_PANES_CLASSES_H
#define ISPLIT_PANES_CLASSES_H

#include <stdbool.h>

#include "panes/action.h"

struct app;
struct pane;

struct classes_view {
    int cursor_class; /* class under the cursor: the cursor follows it when rows are reordered */
    bool ranging;     /* a range is being chosen, */
    int range_class;  /* from this class on */

    /* No class is chosen here, while the curve still shows the previous ones. Ends when a->chosen_version
     * changes. */
    bool cleared;
    long cleared_version;

    char *expression; /* the last refused expression, to be corrected; or NULL */
    char *name;       /* name of the subset that awaits confirmation, or NULL */
};

extern const struct pane classes_pane;

/* Asks for classes, in any view: ACTION_CLASSES an expression, ACTION_SAVE_SUBSET a name for the chosen ones,
 * ACTION_LOAD_SUBSET which saved ones, ACTION_GROUPS a file of groups. */
void classes_ask(struct app *a, enum action action);

/* Frees everything: at the end, and when another study is shown. */
void classes_reset(struct classes_view *v);

#endif
