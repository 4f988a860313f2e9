/* View 5: classes x layers as a heat strip: which layers matter for which class, and each class's best
 * layer. */
#ifndef ISPLIT_PANES_MATRIX_H
#define ISPLIT_PANES_MATRIX_H

#include <stdbool.h>

#include "panes/columns.h"
#include "panes/list.h"

struct app;
struct pane;
struct curve;

/* Sort keys: columns of `columns`, of which this view uses only the order. */
enum matrix_sort { MATRIX_INDEX, MATRIX_NAME, MATRIX_IMAGES, MATRIX_BEST, MATRIX_SORTS };

struct matrix_view {
    struct list list; /* its `from` is a class */
    struct columns_table columns;
    int left; /* the first layer on the screen */

    /* One row for each class that has measured images and passes the filter; made by matrix_rows_refresh. */
    int *classes; /* [list.n] */
    int *best;    /* [classes_n] by class index: position of its best candidate, or -1 */
    int classes_n;
    int measured_n; /* classes with measured images */
    int name_width; /* of the widest name */
    /* Range of the colours: the 5 % and 95 % quantiles of all cells' log10, since one outlier would leave all
     * other cells the same colour. NaN without values. */
    double low, high;

    /* What it depends on. */
    const struct curve *curve;
    long version;
    int sort;
    bool descending;
    char filter[LIST_TEXT];
};

extern const struct pane matrix_pane;

/* Frees the rows: at the end, and when another study is shown. */
void matrix_reset(struct matrix_view *v);

#endif
