/* Images that are labelled by their paths: one path a line in a list file (as Darknet uses them), or all
 * files of a flat folder. A label matches a whole component of the path's folders, else a whole token of the
 * file name, as in 123_frog.png or x.n01751748.JPEG; whatever is between delimiters (everything in ASCII but
 * letters and digits) is a token, several tokens in a row too (great_white_shark), and of two labels one
 * inside the other the longer one counts. */
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
