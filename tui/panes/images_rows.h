/* Which measured images are listed, and in which order. */
#ifndef ISPLIT_PANES_IMAGES_ROWS_H
#define ISPLIT_PANES_IMAGES_ROWS_H

#include "app/model.h"

/* Updates the list if it is out of date. The cursor stays on its image. */
void images_rows_refresh(struct app *a);

/* The row of the curve under the cursor; NULL where the list is empty. */
const struct curve_row *images_rows_chosen(const struct app *a);

/* Puts the cursor on a row of the curve, or on the listed one nearest to it in measuring order. */
void images_rows_select(struct app *a, int row);

/* The number of the curve's row under the cursor, or -1. */
int images_rows_number(const struct app *a);

/* An image's importance at a position of the list of layers; NaN where that layer has no gradient. */
double images_rows_importance(const struct app *a, int row, int position);

/* The path without its folders. */
const char *images_rows_file(const struct app *a, int row);

#endif
