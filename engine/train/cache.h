/* What a network that is trained takes in, kept for each image: the tensor at the cut, which does not change
 * while the head stays as it is, or the image's pixels; and the scores of the whole network. */
#ifndef ISPLIT_TRAIN_CACHE_H
#define ISPLIT_TRAIN_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct cache;

/* For n items of so many numbers: as many of the first ones as fit into `bytes` (and there is memory for), 0
 * or more. */
struct cache *cache_new(long n, size_t floats, int64_t bytes);
void cache_free(struct cache *c);

/* How many items are kept. */
long cache_kept(const struct cache *c);

/* The numbers of an item, to be written and read; NULL where it is not kept. */
float *cache_at(const struct cache *c, long item);

size_t cache_bytes(const struct cache *c);

#endif
