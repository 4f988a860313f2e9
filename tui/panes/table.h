/* The layer table, linked to the plot: the layer cursor is the row under the cursor in both. */
#ifndef ISPLIT_PANES_TABLE_H
#define ISPLIT_PANES_TABLE_H

struct pane;

extern const struct pane table_pane;

#endif
