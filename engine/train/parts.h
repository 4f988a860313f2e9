/* Images for training and images for validation, never mixed: bytes that are on one side are not on the
 * other, whatever the names. */
#ifndef ISPLIT_TRAIN_PARTS_H
#define ISPLIT_TRAIN_PARTS_H

#include <stdint.h>

#include "base/error.h"
#include "data/content.h"
#include "data/dataset.h"

/* Divides chosen[n], numbers of images of `d`, with contents[d->images_n] (unknown ones equal no other). In
 * each class the share `validation` of its images goes there, or a little more where equal ones are to stay
 * together; a class of several contents has some on both sides. Which ones depends on the contents and the
 * seed alone, not on names or order. Equal images of several classes count in that of the first. The two new
 * arrays are ascending. -1: nothing is left for a side. */
int parts_divide(const struct dataset *d, const struct content *contents, const long *chosen, long n,
                 double validation, uint64_t seed, long **training, long *training_n, long **others,
                 long *others_n, struct error *e);

/* Removes from images[*n] those whose content is among others[others_n]. Returns how many. */
long parts_remove(const struct content *contents, long *images, long *n, const struct content *others,
                  long others_n);

/* Of both sides' contents and classes: a hash of what is trained on, in the order of the numbers. */
struct content parts_hash(const struct dataset *d, const struct content *contents, const long *images, long n,
                          const struct content *before);

#endif
