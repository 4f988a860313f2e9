/* The rows of the layer table: which layers are shown, in which order, and their cells. */
#ifndef ISPLIT_PANES_TABLE_ROWS_H
#define ISPLIT_PANES_TABLE_ROWS_H

#include "app/model.h"

enum {
    TABLE_INDEX,
    TABLE_NAME,
    TABLE_TYPE,
    TABLE_SHAPE,
    TABLE_CUT,
    TABLE_MACS,
    TABLE_CUI,
    TABLE_INTERVAL,
    TABLE_RANK,
    TABLE_PICK,
    TABLE_TRAPPED,
    TABLE_ACCURACY, /* after retraining, with the sign of the plot */
    TABLE_ACCURACY_INTERVAL,
    TABLE_MARKS,
    TABLE_COLUMNS,
};

enum { TABLE_MARKS_WIDTH = 5, TABLE_TEXT = 80 };

/* Updates order, columns and the list's cursor. */
void table_rows_refresh(struct app *a, int width);

/* False where the filter hides the layer cursor; the list's cursor is on the nearest layer then. */
bool table_rows_cursor_is_shown(const struct app *a);

/* Empty for TABLE_MARKS, which are glyphs. */
void table_rows_text(const struct app *a, int position, int column, char out[TABLE_TEXT]);

#endif
