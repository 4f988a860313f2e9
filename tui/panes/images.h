/* View 6: the measured images as a list, and the chosen one with its Grad-CAM map of the layer under the
 * cursor. One answer of the worker has the maps of all layers, so that stepping through them is instant. */
#ifndef ISPLIT_PANES_IMAGES_H
#define ISPLIT_PANES_IMAGES_H

#include <stdbool.h>

#include "screen/picture.h"
#include "panes/columns.h"
#include "panes/list.h"

struct app;
struct pane;
struct curve;

enum images_answers { IMAGES_ALL, IMAGES_RIGHT, IMAGES_WRONG, IMAGES_ANSWERS };

/* Columns of the list. */
enum images_column {
    IMAGES_ORDER, /* position in measuring order */
    IMAGES_ANSWER,
    IMAGES_CLASS,
    IMAGES_PREDICTED, /* the predicted class */
    IMAGES_SCORE,
    IMAGES_IMPORTANCE, /* of the layer under the cursor */
    IMAGES_FILE,
    IMAGES_COLUMNS
};

/* What a list of rows depends on: while equal, the list is kept. */
struct images_key {
    const struct curve *curve;
    long rows_n, chosen_version;
    int position; /* of the layer, where sorted by importance; else -1 */
    enum images_answers answers;
    int sort;
    bool descending;
    char filter[LIST_TEXT];
};

struct images_view {
    struct list list; /* its `from` is a row of the curve */
    struct columns_table columns;
    enum images_answers answers;
    enum picture_show show; /* image and map, or one of them */

    int *rows; /* [list.n] of the curve; made by images_rows_refresh */
    long of;   /* number of images of the chosen classes */
    struct images_key key;

    long asked; /* 1 + the image last requested from the worker; 0: none */
};

/* The picture has no keys of its own: the list takes them. */
extern const struct pane images_pane, picture_pane;

/* Frees the list: at the end, and when another study is shown. */
void images_reset(struct images_view *v);

#endif
