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

/* Updates entries, order, columns and the list's cursor. */
void classes_rows_refresh(struct app *a, int width);

/* A row as displayed. */
const struct classes_entry *classes_rows_entry(const struct app *a, int row);

/* Its class in the data set that is open now. */
const struct dataset_class *classes_rows_class(const struct app *a, const struct classes_entry *entry);

/* The row of a class, or of the class nearest to it by index where it is not shown. */
int classes_rows_find(const struct app *a, int class_index);

/* Not for CLASSES_ON, which is a glyph. */
enum { CLASSES_TEXT = 64 };
const char *classes_rows_text(const struct app *a, const struct classes_entry *entry, int column,
                              char capacity[CLASSES_TEXT]);

#endif
