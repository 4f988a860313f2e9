/* A tensor as codes, and back: as f32 and f16 (IEEE 754 binary16) little endian; else one byte a number, from
 * 0 to 2^bits - 1, with one scale and zero point for the whole tensor. features/packing.h lays them out as
 * they are sent. */
#ifndef ISPLIT_FEATURES_ENCODE_H
#define ISPLIT_FEATURES_ENCODE_H

#include <stddef.h>
#include <stdint.h>

#include "features/dtype.h"

/* The code q stands for scale (q - zero) (Jacob et al., CVPR 2018, eq. 1). */
struct encode_affine {
    float scale;
    int zero; /* 0 to 2^bits - 1 */
};

/* For numbers from `min` to `max`, which must be finite; the range is widened to hold 0, which is then exact:
 * scale = (max - min) / (2^bits - 1), zero = round(-min / scale). A range too small for a normal scale gives
 * scale 1. features/range.h says which range a dtype takes. */
struct encode_affine encode_affine_of(enum dtype type, float min, float max);

/* Bytes of a code: 4, 2 or 1. */
size_t encode_width(enum dtype type);

#define ENCODE_HALF_MAX 65504.0f /* the largest finite number of f16 */

/* Nearest, ties to even. Larger numbers and infinities become the largest finite one; a NaN stays a NaN. */
uint16_t encode_half(float x);
float encode_widen(uint16_t half);

/* Encodes x[n], n below 2^32, which holds no NaN, into n codes; `affine` is for the integers. There the code
 * is round(x / scale) + zero, from 0 to 2^bits - 1 (nearest, ties to even). Returns how many numbers were
 * clipped to the type's range. */
size_t encode_numbers(enum dtype type, const struct encode_affine *affine, const float *x, size_t n,
                      unsigned char *codes);

/* The numbers that these codes stand for. */
void encode_back(enum dtype type, const struct encode_affine *affine, const unsigned char *codes, size_t n,
                 float *x);

/* Both at once, without the codes: the numbers y[n] that arrive where x[n] are sent, and how many were
 * clipped. y is x, or lies apart from it. */
size_t encode_through(enum dtype type, const struct encode_affine *affine, const float *x, size_t n,
                      float *y);

#endif
