/* The range of the numbers that cross a cut, over the calibration images: all of it for 8 to 5 bits; from 4
 * bits down the rarest numbers at both ends are left out, as few codes over a wide range would lose the
 * others (tui/manual/features.md has the measurements). It depends on neither order nor batch. */
#ifndef ISPLIT_FEATURES_RANGE_H
#define ISPLIT_FEATURES_RANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "features/encode.h"

struct range;

/* Whether the range of a dtype depends on how the numbers are spread, not on the two ends alone. */
bool range_counts(enum dtype type);

/* `counted`: for such a dtype, too. */
struct range *range_new(bool counted);
void range_free(struct range *r);

/* Takes x[n] in, all of them finite. */
void range_add(struct range *r, const float *x, size_t n);

/* Takes in all that another range holds. */
void range_join(struct range *r, const struct range *other);
void range_clear(struct range *r);

/* The range of a dtype. From 4 bits down: `*max` is the number m above which at most a thousandth (int4) or a
 * hundredth (int3, int2) of the numbers lies and from which on it is more, with its lower 16 bits set, but no
 * more than the largest; `*min` likewise from below. 0 and 0 where nothing was added. */
void range_of(const struct range *r, enum dtype type, float *min, float *max);

/* The scale and zero point that follow. */
struct encode_affine range_affine(const struct range *r, enum dtype type);

#endif
