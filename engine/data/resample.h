/* Separable resampling of 8-bit images with a triangle filter: linear interpolation where the image
 * grows, and where it shrinks by `step` a triangle `step` times as wide, so that nothing aliases. Works
 * on the stored values (no gamma); the edge pixels are repeated outwards; the result is float.
 *
 * Ours and not stb_image_resize 0.97, whose triangle filter ends the program by an assertion at some
 * sizes (168 to 138, 203 to 156), is off by up to 0.005 grey levels at others, and needs a float copy
 * of the whole input. */
#ifndef ISPLIT_DATA_RESAMPLE_H
#define ISPLIT_DATA_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Output pixel i samples the point origin + (i + 0.5) * step of the input, where pixel j covers [j, j + 1].
 * With step 1 and a whole origin, pixels are copied bit by bit. */
struct resample_axis {
    double origin, step;
    int n; /* output pixels */
};

/* Takes the first `k` (1 or 3) of the `c` channels of in[h][w][c]; writes out[y.n][x.n][k], 0..255. The sums
 * of one output number are made in the order of the input's columns, then of its rows. -1: no memory. */
int resample_run(const unsigned char *in, int w, int h, int c, int k, struct resample_axis x,
                 struct resample_axis y, float *out, struct error *e);

/* The same of an image whose pixels stand `across` bytes apart in a row, and `down` bytes from row to row,
 * from the first one at `in`: the sums are those of the image that is so made, whatever its order in memory.
 */
int resample_steps(const unsigned char *in, ptrdiff_t across, ptrdiff_t down, int w, int h, int k,
                   struct resample_axis x, struct resample_axis y, float *out, struct error *e);

/* Bytes that this takes beside input and output: a few rows, whatever the height. */
int64_t resample_bytes(int w, int k, struct resample_axis x, struct resample_axis y);

#endif
