/* Which images make the batch of a step, and how they are varied. All of it depends on the seed and the
 * number of the step alone, so that a training goes on from any step as if it had never stopped. */
#ifndef ISPLIT_TRAIN_SAMPLER_H
#define ISPLIT_TRAIN_SAMPLER_H

#include <stdbool.h>
#include <stdint.h>

#include "net/net.h"

struct sampler;

/* For n (> 0) images in batches of `batch`. NULL where there is no memory for their order. */
struct sampler *sampler_new(long n, int batch, uint64_t seed);
void sampler_free(struct sampler *s);

/* Steps of an epoch; the last one may have fewer images. */
long sampler_epoch_steps(long n, int batch);

/* Fills items[batch] with numbers from 0 to n - 1: each epoch is a permutation of all. Returns how many of
 * the batch count. Where that is not all of it, images from the beginning of the epoch fill it up: a batch
 * norm by the batch's own statistics has something sound to normalise then. */
int sampler_batch(struct sampler *s, long step, long *items);

/* Mirrors (`flip`) half of the images that pass, and moves each by up to `shift` pixels to any side; what
 * comes in from outside is `fill[c]` (a black border as the network sees it). pixels and room are [c][h][w].
 */
void sampler_vary(uint64_t seed, long step, int slot, bool flip, int shift, struct net_shape shape,
                  const float *fill, float *pixels, float *room);

#endif
