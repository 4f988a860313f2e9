/* An image file as a network's input, by the same code as what isplit measures: to the bit, as that code is
 * compiled without fused multiply-adds. */
#ifndef ISPLIT_HALF_PICTURE_H
#define ISPLIT_HALF_PICTURE_H

#include "data/pixels.h"

/* Writes out[c][h][w]. -1 with the reason alone. */
int picture_load(const char *path, struct net_shape shape, const struct pixels_options *options, float *out,
                 struct error *e);

#endif
