/* A tensor as the bytes that are sent, little endian, and back: as f32, as f16 (IEEE 754 binary16), or as
 * int8, one byte a number with one scale and zero point for the whole tensor. */
#ifndef ISPLIT_FEATURES_ENCODE_H
#define ISPLIT_FEATURES_ENCODE_H

#include <stddef.h>
#include <stdint.h>

#include "features/features.h"

/* The byte q stands for scale (q - zero) (Jacob et al., CVPR 2018, eq. 1). */
struct encode_affine {
    float scale;
    int zero; /* 0 to 255 */
};

/* For numbers from `min` to `max`, which must be finite; the range is widened to hold 0, which is then exact:
 * scale = (max - min) / 255, zero = round(-min / scale). A range too small for a normal scale gives scale
 * 1. */
struct encode_affine encode_affine_of(float min, float max);

#define ENCODE_HALF_MAX 65504.0f /* the largest finite number of f16 */

/* Nearest, ties to even. Larger numbers and infinities become the largest finite one; a NaN stays a NaN. */
uint16_t encode_half(float x);
float encode_widen(uint16_t half);

/* Encodes x[n], which holds no NaN, into n numbers of the type; `affine` is for int8. There the byte is
 * round(x / scale) + zero, from 0 to 255 (nearest, ties to even). Returns how many numbers were clipped to
 * the type's range. */
size_t encode_numbers(enum dtype type, const struct encode_affine *affine, const float *x, size_t n,
                      unsigned char *bytes);

/* The numbers that these bytes stand for. */
void encode_back(enum dtype type, const struct encode_affine *affine, const unsigned char *bytes, size_t n,
                 float *x);

#endif
