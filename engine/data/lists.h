/* Images that are labelled by their paths (data/path_labels.h): one path a line in a list file (as Darknet
 * uses them), or all files of a flat folder, where only the file names count. */
#ifndef ISPLIT_DATA_LISTS_H
#define ISPLIT_DATA_LISTS_H

#include "data/build.h"
#include "data/walk.h"

/* `adjacent`: another folder to look for relative paths in, after the list's own and before the current
 * directory; or NULL. */
int lists_open(struct build *b, const char *path, const char *adjacent, struct error *e);

/* The files in base/at. */
int lists_open_flat(struct build *b, const char *at, const struct walk_list *list, struct error *e);

#endif
