/* The class picker: every class with its images, its accuracy and its best layer, and ways to choose some of
 * them. */
#ifndef ISPLIT_PANES_CLASSES_H
#define ISPLIT_PANES_CLASSES_H

#include <stdbool.h>

#include "panes/action.h"
#include "panes/columns.h"
#include "panes/list.h"

struct app;
struct pane;
struct curve;

/* A class and its own results. */
struct classes_entry {
    int at;    /* index into the data set's classes, which change when the worker is restarted */
    int index; /* the class index */
    long measured;
    double accuracy; /* NaN where none was measured */
    int best;        /* position of its best candidate in the list of layers, or -1 */
};

struct classes_view {
    struct list list; /* its cursor is a row as displayed, its `from` a class */
    struct columns_table columns;
    int cursor_class; /* class under the cursor: the cursor follows it when rows are reordered */
    bool ranging;     /* a range is being chosen, */
    int range_class;  /* from this class on */

    /* No class is chosen here, while the curve still shows the previous ones. Ends when a->chosen_version
     * changes. */
    bool cleared;
    long cleared_version;

    char *expression; /* the last refused expression, to be corrected; or NULL */
    char *name;       /* name of the subset that awaits confirmation, or NULL */

    /* The classes by index, for this curve at this version. */
    struct classes_entry *entries; /* [entries_n] */
    int entries_n;
    const struct curve *curve;
    long version;
    int name_width, folder_width; /* of the widest; folder_width 0: folders have the names of the classes */
    int *order;                   /* [list.n] entries as displayed */
    int capacity;
};

extern const struct pane classes_pane;

/* Asks for classes, in any view: ACTION_CLASSES an expression, ACTION_SAVE_SUBSET a name for the chosen ones,
 * ACTION_LOAD_SUBSET which saved ones, ACTION_GROUPS a file of groups. */
void classes_ask(struct app *a, enum action action);

/* Frees everything: at the end, and when another study is shown. */
void classes_reset(struct classes_view *v);

#endif
