/* Images of a list that are not where it says, since it comes from another machine: they are looked for by
 * the ends of their paths (data/tails.h) among all images below the first base, the list's own folder or
 * --root. */
#ifndef ISPLIT_DATA_REBASE_H
#define ISPLIT_DATA_REBASE_H

#include "data/build.h"

/* missing[i], for each image: whether it was not there; false when it was found. `lines`: of the images in
 * the list b->path. How many were found is told. A path that may be two images, and two paths that lead to
 * one, are an error. */
int rebase_images(struct build *b, const long *lines, bool *missing, struct error *e);

#endif
