/* Labels that stand in a file: one a line beside the name of its picture (`1.png 3`, CSV with or without a
 * header), or alone, for the pictures in their order. They are names of classes or numbers of outputs. */
#ifndef ISPLIT_DATA_TRUTH_H
#define ISPLIT_DATA_TRUTH_H

#include <stdbool.h>

#include "base/error.h"
#include "data/labels.h"

struct truth;

/* NULL on error. */
struct truth *truth_read(const char *path, struct error *e);
void truth_free(struct truth *t);

/* The file, and what its rows hold: the name of a picture, NULL where the file has labels alone; the label;
 * and the number of the line. Borrowed. */
const char *truth_path(const struct truth *t);
long truth_n(const struct truth *t);
const char *truth_name(const struct truth *t, long row);
char *truth_label(const struct truth *t, long row);
long truth_line(const struct truth *t, long row);

/* Whether the text of a list carries a label on each of its lines: pictures beside numbers, beside names in
 * `labels`, or (where that is empty) beside words that are no pictures. Then they are returned; else NULL. */
struct truth *truth_of_list(const char *path, const char *text, const struct labels *labels);

struct build;

/* Sets the classes of the data set's images, and lists the classes. Of a list, whose rows are the images in
 * their order; or of any images, found by their names (data/tails.h). Without --labels, words are classes in
 * byte order, as class folders are. Numbers that run from 1 to the number of outputs are counted from 1,
 * which is told. Rows without image and images without row are counted in a warning. */
int truth_label_list(struct build *b, const struct truth *t, struct error *e);
int truth_label_images(struct build *b, const struct truth *t, struct error *e);

#endif
