/* Decodes images in its own threads, ahead of the network, and hands them out in the requested order. */
#ifndef ISPLIT_DATA_LOADER_H
#define ISPLIT_DATA_LOADER_H

#include "base/error.h"
#include "data/dataset.h"
#include "data/pixels.h"

struct loader;

/* Starts `threads` threads which decode images[0..n-1] (numbers in the dataset) in order, at most
 * `ahead` images before the consumer, within `memory` (as for pixels_load). Borrows dataset, images, options
 * and memory until loader_stop. */
struct loader *loader_start(const struct dataset *d, const long *images, long n, struct net_shape shape,
                            const struct pixels_options *options, struct decode_memory *memory, int threads,
                            int ahead, struct error *e);

/* The next image in order. 1, or with PIXELS_NOT_TURNED added: *image is its number and out[c][h][w] its
 * pixels; 0: no more; -1: *image could not be decoded, the reason is in e, and the next call continues with
 * the next image. *content (may be NULL) is the image's, as from pixels_load. */
int loader_next(struct loader *loader, long *image, float *out, struct content *content, struct error *e);

/* Stops the threads (at any time) and frees. */
void loader_stop(struct loader *loader);

#endif
