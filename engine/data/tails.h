/* The images of a data set found by the ends of their paths: somebody else's /home/x/set/cat/1.png is the
 * cat/1.png of ours, and a bare 1 or 1.png the only image of that name. */
#ifndef ISPLIT_DATA_TAILS_H
#define ISPLIT_DATA_TAILS_H

#include "data/dataset.h"

struct tails;

/* Borrows the data set, whose images must not change until tails_free. */
struct tails *tails_new(const struct dataset *d);
void tails_free(struct tails *t);

/* The images of which the path is the path, else those where one of the two paths is the end of the other,
 * from whole folder names on. Without an ending of a picture, `path` is that of a picture of any ending. A
 * path with backslashes that is none as it is written is one of Windows. How many were found, 2 for more than
 * one; found[0] and found[1] are their numbers. */
int tails_find(const struct tails *t, const char *path, long found[2]);

#endif
