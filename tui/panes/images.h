/* View 6: the measured images as a list, and the chosen one with its Grad-CAM map of the layer under the
 * cursor. One answer of the worker has the maps of all layers, so that stepping through them is instant. */
#ifndef ISPLIT_PANES_IMAGES_H
#define ISPLIT_PANES_IMAGES_H

struct pane;

enum images_answers { IMAGES_ALL, IMAGES_WRONG, IMAGES_RIGHT, IMAGES_ANSWERS };

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

/* The picture has no keys of its own: the list takes them. */
extern const struct pane images_pane, picture_pane;

#endif
