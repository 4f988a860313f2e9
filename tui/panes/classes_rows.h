/* The rows of the class picker: data of each class, which classes are shown, in which order. */
#ifndef ISPLIT_PANES_CLASSES_ROWS_H
#define ISPLIT_PANES_CLASSES_ROWS_H

#include "app/model.h"

enum {
    CLASSES_ON,
    CLASSES_INDEX,
    CLASSES_NAME,
    CLASSES_FOLDER,
    CLASSES_IMAGES,
    CLASSES_ACCURACY,
    CLASSES_BEST,
    CLASSES_COLUMNS,
};

/* The classes with their own results, and their order. */
struct classes_rows;
struct classes_rows *classes_rows_new(void);
void classes_rows_free(struct classes_rows *r);

/* Updates entries, order, columns and the list's cursor. */
void classes_rows_refresh(struct app *a, int width);

/* How many classes there are, whatever is shown of them, and the class indices of all. */
int classes_rows_total(const struct app *a);
int classes_rows_nth(const struct app *a, int i);

/* The class index of a row as displayed, and its class in the data set that is open now. */
int classes_rows_index(const struct app *a, int row);
const struct dataset_class *classes_rows_class(const struct app *a, int row);

/* The row of a class, or of the class nearest to it by index where it is not shown. */
/* Whether the i-th class has any, of those that classes_rows_nth counts. */
bool classes_rows_has_images(const struct app *a, int i);
/* Hides classes without images, or shows them again: whether they are hidden now. */
bool classes_rows_toggle_hidden(struct app *a);
int classes_rows_find(const struct app *a, int class_index);

/* Not for CLASSES_ON, which is a glyph. */
enum { CLASSES_TEXT = 64 };
const char *classes_rows_text(const struct app *a, int row, int column, char capacity[CLASSES_TEXT]);

#endif
