/* Which measured images are listed, and in which order. */
#ifndef ISPLIT_PANES_IMAGES_ROWS_H
#define ISPLIT_PANES_IMAGES_ROWS_H

#include "app/model.h"
#include "panes/images.h"

/* The list and what it depends on. */
struct images_rows;
struct images_rows *images_rows_new(void);
void images_rows_free(struct images_rows *r);

/* Updates the list if it is out of date. The cursor stays on its image. */
void images_rows_refresh(struct app *a);

/* The row of the curve under the cursor; NULL where the list is empty. */
const struct curve_row *images_rows_chosen(const struct app *a);

/* Puts the cursor on a row of the curve, or on the listed one nearest to it in measuring order. */
void images_rows_select(struct app *a, int row);

/* The number of the curve's row under the cursor, or -1; and in a row of the list. */
int images_rows_number(const struct app *a);
int images_rows_at(const struct app *a, int at);

/* How many images of the chosen classes there are, whatever is listed of them. */
long images_rows_total(const struct app *a);

/* Which answers are listed, and listing the next kind. */
enum images_answers images_rows_answers(const struct app *a);
enum images_answers images_rows_next_answers(struct app *a);

/* Lists only images of one class that were taken for another; the next answers end that. False: all are
 * listed. */
void images_rows_only(struct app *a, int truth, int said);
bool images_rows_all(struct app *a); /* ends it; false: there was nothing to end */
bool images_rows_pair(const struct app *a, int *truth, int *said);

/* An image's importance at a position of the list of layers; NaN where that layer has no gradient. */
double images_rows_importance(const struct app *a, int row, int position);

/* The path without its folders. */
const char *images_rows_file(const struct app *a, int row);

#endif
