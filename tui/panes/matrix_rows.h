/* Which classes the matrix shows, in which order, and the range of its values. */
#ifndef ISPLIT_PANES_MATRIX_ROWS_H
#define ISPLIT_PANES_MATRIX_ROWS_H

struct app;

/* The rows, and what they depend on. */
struct matrix_rows;
struct matrix_rows *matrix_rows_new(void);
void matrix_rows_free(struct matrix_rows *r);

/* Updates the rows if measured rows, filter or order have changed. The cursor stays on its class. */
void matrix_rows_refresh(struct app *a);

/* Puts the cursor on the row of a class, or of the one nearest to it by index. */
void matrix_rows_select(struct app *a, int class_index);

/* The class under the cursor, or -1; and of a row. */
int matrix_rows_class(const struct app *a);
int matrix_rows_at(const struct app *a, int row);

/* Position of a class's best candidate, or -1. */
int matrix_rows_best(const struct app *a, int class_index);

int matrix_rows_measured(const struct app *a);   /* how many classes have measured images */
int matrix_rows_name_width(const struct app *a); /* of the widest name */

/* Range of the colours: the 5 % and 95 % quantiles of all cells' log10, since one outlier would leave all
 * other cells the same colour. NaN without values. */
void matrix_rows_range(const struct app *a, double *low, double *high);

#endif
