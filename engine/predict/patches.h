/* Random patches of the images of one tensor: a reservoir that holds at most so many, each of those that
 * passed equally likely (Vitter: Random sampling with a reservoir, ACM TOMS 1985, algorithm R). */
#ifndef ISPLIT_PREDICT_PATCHES_H
#define ISPLIT_PREDICT_PATCHES_H

#include <stdbool.h>
#include <stdint.h>

#include "graph/tensor.h"
#include "predict/trapped.h"

struct patches;

/* Kept of `passing` patches of that geometry: all, or 4,800, or 2,000 where one has more than 4,800 numbers.
 */
long patches_kept(const struct trapped_geometry *g, int64_t passing);
int64_t patches_bytes(const struct trapped_geometry *g, int64_t passing);

/* For at most `passing` patches; which are kept follows from seed and stream. NULL: no memory. */
struct patches *patches_new(const struct trapped_geometry *g, int64_t passing, uint64_t seed,
                            uint64_t stream);
void patches_free(struct patches *p); /* NULL is allowed */

/* All patches of one image, laid out as t, pass. */
void patches_pass(struct patches *p, struct tensor t, const void *image);

long patches_n(const struct patches *p);                     /* that are kept */
int patches_numbers(const struct patches *p);                /* D */
const float *patches_row(const struct patches *p, long row); /* [D], channel by channel, row by row */

#endif
