/* The order in which images are measured. Every class is permuted with its own stream of random numbers, then
 * classes take turns, so that the first N images are as balanced as they can be, N is a prefix of N + 1, and
 * the order inside a class depends only on the seed, the class index and the number of its images. The same
 * on every machine: integer arithmetic only. */
#ifndef ISPLIT_CURVE_ORDER_H
#define ISPLIT_CURVE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "data/dataset.h"

/* SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014). */
uint64_t order_splitmix(uint64_t *state);

/* xoshiro256** 1.0 (Blackman, Vigna: Scrambled linear pseudorandom number generators, ACM TOMS 2021). */
struct order_random {
    uint64_t s[4];
};

/* Streams of one seed are unrelated, and so are those of neighbouring seeds. */
void order_random_seed(struct order_random *r, uint64_t seed, uint64_t stream);
uint64_t order_random_next(struct order_random *r);
/* The next n of them. */
void order_random_fill(struct order_random *r, uint64_t *numbers, int n);

/* A number below `bound` (> 0), all equally likely. */
uint64_t order_random_below(struct order_random *r, uint64_t bound);

/* Numbers of the images whose class is chosen, in measuring order; *n is their count. `chosen` is indexed by
 * class index and has `outputs` entries, one or more; images of other classes or of none are left out. New
 * array. */
long *order_make(const struct dataset_image *images, long images_n, const bool *chosen, int outputs,
                 uint64_t seed, long *n);

/* The same in slices: looks at about `most` images or numbers a step; true once it is over. The images are
 * borrowed. order_end takes its result and frees it; order_free: nothing is wanted of it. */
struct order_maker;
struct order_maker *order_begin(const struct dataset_image *images, long images_n, const bool *chosen,
                                int outputs, uint64_t seed);
bool order_step(struct order_maker *m, long most);
long *order_end(struct order_maker *m, long *n);
void order_free(struct order_maker *m);

/* Keeps shard `number` (1 to `of`) of order[n]: the images at positions number - 1, number - 1 + of, ...,
 * moved to its beginning. Returns how many there are. */
long order_shard(long *order, long n, long number, long of);

#endif
