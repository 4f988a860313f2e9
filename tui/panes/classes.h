/* The class picker: every class with its images, its accuracy and its own best layer, and the ways to choose
 * some of them. */
#ifndef ISPLIT_PANES_CLASSES_H
#define ISPLIT_PANES_CLASSES_H

#include <stdbool.h>

#include "panes/action.h"
#include "panes/columns.h"
#include "panes/list.h"

struct app;
struct pane;
struct curve;

/* A class and what its own rows say. */
struct classes_entry {
    int at;    /* in the data set's classes, which are other ones once the worker is started again */
    int index; /* the class's own */
    long measured;
    double accuracy; /* NaN where none was measured */
    int best;        /* position of its own best candidate in the listing, or -1 */
};

struct classes_view {
    struct list list; /* its cursor is a row as displayed, its `from` a class */
    struct columns_table columns;
    int cursor_class; /* under the cursor: it stays there when rows change places */
    bool ranging;     /* a range is under way, */
    int range_class;  /* from this class on */

    /* No class is chosen here, while the curve still shows those before. Over as soon as a->chosen_version is
     * another one. */
    bool cleared;
    long cleared_version;

    char *expression; /* the last one that was refused: to be mended; or NULL */
    char *name;       /* of the subset that waits for a yes; or NULL */

    /* The classes by index, for this curve at this version. */
    struct classes_entry *entries; /* [entries_n] */
    int entries_n;
    const struct curve *curve;
    long version;
    int name_width, folder_width; /* of the widest; folder_width 0: folders are called like the classes */
    int *order;                   /* [list.n] entries as displayed */
    int capacity;
};

extern const struct pane classes_pane;

/* Asks for classes in any view: ACTION_CLASSES an expression, ACTION_SAVE_SUBSET a name for the chosen ones,
 * ACTION_LOAD_SUBSET which saved ones, ACTION_GROUPS a file of groups. */
void classes_ask(struct app *a, enum action action);

/* Lets go of everything: at the end, and when another study is shown. */
void classes_reset(struct classes_view *v);

#endif
