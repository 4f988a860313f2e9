#include "features/encode.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/number.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "what is sent is copied as it lies in memory");

/* The largest code of an affine dtype. */
static int encode_top(enum dtype type)
{
    return (1 << dtype_bits(type)) - 1;
}

size_t encode_width(enum dtype type)
{
    int bits = dtype_bits(type);
    return bits > 8 ? (size_t)bits / 8 : 1;
}

struct encode_affine encode_affine_of(enum dtype type, float min, float max)
{
    double low = min < 0 ? (double)min : 0, high = max > 0 ? (double)max : 0;
    float scale = (float)((high - low) / encode_top(type));
    if (!(scale >= FLT_MIN)) /* the process may flush subnormals to 0 */
        scale = 1;
    return (struct encode_affine){scale, (int)rint(-low / (double)scale)};
}

/* ---- f16 -------------------------------------------------------------------------------------------- */

static inline uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

enum {
    SIGN = 0x8000,
    HALF_NAN = 0x7e00,
    HALF_LARGEST = 0x7bff,
    DROPPED = 13,      /* fraction bits that f16 does not have */
    REBIAS = 127 - 15, /* difference of the exponent biases */
    HALF_INF = 0x7c00,
    HALF_NORMAL = 0x0400, /* 2^-14, the smallest normal one */
};

/* Below 2^-14 the steps of f16 are those of floats from 0.5 to 1: adding 0.5 rounds to them. (A process that
 * flushes subnormal floats to 0 gives the same: they are 0 in f16.) */
NUMBER_INLINE uint16_t half_of(float x)
{
    uint32_t bits = bits_of(x), sign = bits >> 16 & SIGN, size = bits & 0x7fffffff;
    uint32_t even = size >> DROPPED & 1;
    uint32_t normal = (size - ((uint32_t)REBIAS << 23) + (1u << (DROPPED - 1)) - 1 + even) >> DROPPED;
    uint32_t small = bits_of(float_of(size) + 0.5f) - bits_of(0.5f);
    uint32_t half = size < bits_of(0x1p-14f) ? small : normal;
    half = size > bits_of(ENCODE_HALF_MAX) ? HALF_LARGEST : half;
    half = size > bits_of(INFINITY) ? HALF_NAN : half;
    return (uint16_t)(sign | half);
}

/* A subnormal one: a multiple of 2^-24. */
NUMBER_INLINE float widened(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & SIGN) << 16, size = half & 0x7fff;
    uint32_t bits = (size << DROPPED) + ((uint32_t)REBIAS << 23);
    bits = size >= HALF_INF ? bits + ((uint32_t)REBIAS << 23) : bits;
    bits = size < HALF_NORMAL ? bits_of((float)size * 0x1p-24f) : bits;
    return float_of(sign | bits);
}

uint16_t encode_half(float x)
{
    return half_of(x);
}

float encode_widen(uint16_t half)
{
    return widened(half);
}

NUMBER_WIDE static size_t halves(const float *restrict x, size_t n, unsigned char *restrict bytes)
{
    uint32_t clipped = 0;
    uint16_t *out = (uint16_t *)(void *)bytes;
    for (size_t i = 0; i < n; i++) {
        out[i] = half_of(x[i]);
        clipped += fabsf(x[i]) > ENCODE_HALF_MAX;
    }
    return clipped;
}

NUMBER_WIDE static void halves_back(const unsigned char *restrict bytes, size_t n, float *restrict x)
{
    const uint16_t *in = (const uint16_t *)(const void *)bytes;
    for (size_t i = 0; i < n; i++)
        x[i] = widened(in[i]);
}

NUMBER_WIDE static size_t halves_through(const float *x, size_t n, float *y)
{
    uint32_t clipped = 0;
    for (size_t i = 0; i < n; i++) {
        clipped += fabsf(x[i]) > ENCODE_HALF_MAX;
        y[i] = widened(half_of(x[i]));
    }
    return clipped;
}

/* ---- int8 to int2
 * ------------------------------------------------------------------------------------------- */

NUMBER_WIDE static size_t quantise(float scale, float zero, float top, const float *restrict x, size_t n,
                                   unsigned char *restrict bytes)
{
    uint32_t clipped = 0;
    for (size_t i = 0; i < n; i++) {
        float q = rintf(x[i] / scale) + zero;
        clipped += (q < 0) | (q > top);
        q = q > 0 ? q : 0;
        bytes[i] = (unsigned char)(int)(q < top ? q : top);
    }
    return clipped;
}

NUMBER_WIDE static size_t quantise_through(float scale, float zero, float top, const float *x, size_t n,
                                           float *y)
{
    uint32_t clipped = 0;
    for (size_t i = 0; i < n; i++) {
        float q = rintf(x[i] / scale) + zero;
        clipped += (q < 0) | (q > top);
        q = q > 0 ? q : 0;
        y[i] = scale * ((q < top ? q : top) - zero);
    }
    return clipped;
}

NUMBER_WIDE static void quantise_back(float scale, int zero, const unsigned char *restrict bytes, size_t n,
                                      float *restrict x)
{
    for (size_t i = 0; i < n; i++)
        x[i] = scale * (float)(bytes[i] - zero);
}

/* ---- Any -------------------------------------------------------------------------------------------- */

size_t encode_numbers(enum dtype type, const struct encode_affine *affine, const float *x, size_t n,
                      unsigned char *codes)
{
    if (type == DTYPE_F16)
        return halves(x, n, codes);
    if (dtype_is_affine(type))
        return quantise(affine->scale, (float)affine->zero, (float)encode_top(type), x, n, codes);
    memcpy(codes, x, n * sizeof *x);
    return 0;
}

void encode_back(enum dtype type, const struct encode_affine *affine, const unsigned char *codes, size_t n,
                 float *x)
{
    if (type == DTYPE_F16)
        halves_back(codes, n, x);
    else if (dtype_is_affine(type))
        quantise_back(affine->scale, affine->zero, codes, n, x);
    else
        memcpy(x, codes, n * sizeof *x);
}

size_t encode_through(enum dtype type, const struct encode_affine *affine, const float *x, size_t n, float *y)
{
    if (type == DTYPE_F16)
        return halves_through(x, n, y);
    if (dtype_is_affine(type))
        return quantise_through(affine->scale, (float)affine->zero, (float)encode_top(type), x, n, y);
    if (x != y)
        memcpy(y, x, n * sizeof *x);
    return 0;
}
