/* The layer table, linked to the plot: the layer cursor is the row under the cursor in both. */
#ifndef ISPLIT_PANES_TABLE_H
#define ISPLIT_PANES_TABLE_H

#include "panes/columns.h"
#include "panes/list.h"

struct pane;

struct table_view {
    struct list list; /* its cursor is a row as displayed, its `from` a position in the list of layers */
    struct columns_table columns;
    int *order; /* [list.n] positions in the list of layers, as displayed */
    int capacity;
};

extern const struct pane table_pane;

/* Frees everything: at the end, and when another study is shown. */
void table_reset(struct table_view *t);

#endif
