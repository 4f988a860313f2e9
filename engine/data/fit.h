/* A decoded image fitted to the network's input: placed, resampled, scaled, normalised. */
#ifndef ISPLIT_DATA_FIT_H
#define ISPLIT_DATA_FIT_H

#include <stdint.h>

#include "base/error.h"
#include "data/decode.h"
#include "data/pixels.h"

/* Writes out[c][h][w] of `net`, of the picture turned by its orientation. 0, or DECODE_NO_MEMORY with the
 * reason in e. */
int fit_picture(const struct decode_picture *picture, struct net_shape net,
                const struct pixels_options *options, float *out, struct error *e);

/* Bytes that this takes beside picture (w x h pixels of c channels, as it is shown) and output. */
int64_t fit_bytes(int w, int h, int c, struct net_shape net, const struct pixels_options *options);

#endif
