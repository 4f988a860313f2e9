/* View 5: classes x layers as a heat strip: which layers matter for which class, and each class's best
 * layer. */
#ifndef ISPLIT_PANES_MATRIX_H
#define ISPLIT_PANES_MATRIX_H

struct pane;

/* Sort keys: columns of which this view uses only the order. */
enum matrix_sort { MATRIX_INDEX, MATRIX_NAME, MATRIX_IMAGES, MATRIX_BEST, MATRIX_SORTS };

extern const struct pane matrix_pane;

#endif
