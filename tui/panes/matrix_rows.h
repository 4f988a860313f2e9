/* Which classes the matrix shows, in which order, and the range of its values. */
#ifndef ISPLIT_PANES_MATRIX_ROWS_H
#define ISPLIT_PANES_MATRIX_ROWS_H

struct app;

/* Updates the rows if measured rows, filter or order have changed. The cursor stays on its class. */
void matrix_rows_refresh(struct app *a);

/* Puts the cursor on the row of a class, or of the one nearest to it by index. */
void matrix_rows_select(struct app *a, int class_index);

/* The class under the cursor, or -1. */
int matrix_rows_class(const struct app *a);

#endif
