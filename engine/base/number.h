/* How the numbers of a tensor are stored: as float, or as bfloat16, which is the upper half of a float (1
 * sign, 8 exponent and 7 fraction bits). All arithmetic is in float: numbers are widened where they are read
 * and rounded to nearest, ties to even, where they are written. */
#ifndef ISPLIT_BASE_NUMBER_H
#define ISPLIT_BASE_NUMBER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum number { NUMBER_F32, NUMBER_BF16 };

static inline size_t number_size(enum number type)
{
    return type == NUMBER_F32 ? sizeof(float) : sizeof(uint16_t);
}

static inline float number_widen(uint16_t half)
{
    uint32_t bits = (uint32_t)half << 16;
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* A NaN must not be rounded up to an infinity: it keeps its sign and one bit. */
static inline uint16_t number_round(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    uint32_t nearest = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    return (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? bits >> 16 | 0x40 : nearest);
}

/* Loops over many numbers. NUMBER_WIDE is compiled for several vector widths, and the processor's is taken
 * when the program starts; the results are the same. At -O2 gcc takes vectors only where it knows how many
 * numbers there are (clang always), so it is told to; and neither does where a condition has || or &&, as the
 * second comparison might trap: write | and &. NUMBER_HALVES is for functions of bfloat16: they run only on
 * processors that have it, which also have all earlier extensions. NUMBER_INLINE is inlined into either. */
#define NUMBER_INLINE static inline __attribute__((always_inline))
#if defined __GNUC__ && !defined __clang__
#define NUMBER_VECTORS __attribute__((optimize("tree-vectorize", "vect-cost-model=dynamic")))
#else
#define NUMBER_VECTORS
#endif
#if defined __x86_64__
#define NUMBER_WIDE NUMBER_VECTORS __attribute__((target_clones("avx512f", "avx2", "default")))
#define NUMBER_HALVES __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#else
#define NUMBER_WIDE NUMBER_VECTORS
#define NUMBER_HALVES
#endif

/* The i-th number at p. */
static inline float number_get(enum number type, const void *p, size_t i)
{
    return type == NUMBER_F32 ? ((const float *)p)[i] : number_widen(((const uint16_t *)p)[i]);
}

static inline void number_put(enum number type, void *p, size_t i, float v)
{
    if (type == NUMBER_F32)
        ((float *)p)[i] = v;
    else
        ((uint16_t *)p)[i] = number_round(v);
}

/* Address of the i-th number at p. */
static inline void *number_at(enum number type, void *p, size_t i)
{
    return (char *)p + i * number_size(type);
}

static inline const void *number_in(enum number type, const void *p, size_t i)
{
    return (const char *)p + i * number_size(type);
}

#endif
