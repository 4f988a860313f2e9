/* Labels found in the paths of images. The nearest evidence counts:
 *  - the file name: a whole token of it, as in 123_frog.png or x.n01751748.JPEG. Whatever is between
 * delimiters (everything in ASCII but letters and digits) is a token, several tokens in a row too
 * (great_white_shark), and of two labels one inside the other the longer one counts;
 *  - the folders: the innermost one whose whole name is a label. One that all images share says nothing: a
 *    set in train/ with a class "train", a home directory named like a class;
 *  - Darknet's own rule, a label anywhere in the path, where it finds exactly one for every image.
 * Where these disagree, a warning says so. */
#ifndef ISPLIT_DATA_PATH_LABELS_H
#define ISPLIT_DATA_PATH_LABELS_H

#include "data/build.h"

/* Sets the class of all images of the data set to a position in `labels`, or to DATASET_NO_CLASS. `lines`:
 * where each image stands in the list b->path, for messages, or NULL for a flat folder, where only file names
 * count. An image whose name holds two labels, and whose folders none, is an error. */
int path_labels_find(struct build *b, const struct labels *labels, const long *lines, struct error *e);

#endif
