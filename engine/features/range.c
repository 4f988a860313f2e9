#include "features/range.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"

enum { BINS = 1 << 16, BLOCK = 1 << 8, BLOCKS = BINS / BLOCK };

/* How many of a thousand numbers may lie beyond each end; 0: none. The fewer codes, the more it is worth to
 * lose the rarest numbers (tests/bench/bench_coders.py ranges). */
static const int range_beyond[DTYPES] = {[DTYPE_INT4] = 1, [DTYPE_INT3] = 10, [DTYPE_INT2] = 10};

/* A bin holds the floats with the same upper 16 bits: one sign, exponent and 7 bits of fraction. Few blocks
 * of them occur: numbers of one tensor have a dozen exponents or two. */
struct range {
    float min, max;
    int64_t n;
    bool counted;
    int64_t *blocks[BLOCKS]; /* [BLOCK] counts each, in ascending order of the numbers; NULL: all 0 */
};

bool range_counts(enum dtype type)
{
    return range_beyond[type] > 0;
}

struct range *range_new(bool counted)
{
    struct range *r = memory_new(1, sizeof *r);
    r->counted = counted;
    return r;
}

void range_free(struct range *r)
{
    for (int b = 0; r && b < BLOCKS; b++)
        free(r->blocks[b]);
    free(r);
}

/* The bins of negative numbers come first, the largest size first. */
static uint32_t range_bin(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint32_t upper = bits >> 16;
    return bits >> 31 ? BINS - 1 - upper : upper + BINS / 2;
}

/* The number of largest size that is in a bin. */
static float range_edge(uint32_t bin)
{
    uint32_t upper = bin < BINS / 2 ? BINS - 1 - bin : bin - BINS / 2, bits = upper << 16 | 0xffff;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static int64_t *range_block(struct range *r, uint32_t block)
{
    if (!r->blocks[block])
        r->blocks[block] = memory_new(BLOCK, sizeof *r->blocks[block]);
    return r->blocks[block];
}

/* As whole numbers that are ordered as the floats are, which one instruction compares many of. */
static inline int32_t range_ordered(int32_t bits)
{
    return bits ^ (bits >> 31 & INT32_MAX);
}

static float range_float(int32_t ordered)
{
    int32_t bits = range_ordered(ordered);
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

NUMBER_WIDE static void range_ends(const float *x, size_t n, float *min, float *max)
{
    int32_t low = INT32_MAX, high = INT32_MIN;
    for (size_t i = 0; i < n; i++) {
        int32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        bits = range_ordered(bits);
        low = bits < low ? bits : low;
        high = bits > high ? bits : high;
    }
    *min = range_float(low);
    *max = range_float(high);
}

static void range_widen(struct range *r, float min, float max, int64_t n)
{
    r->min = r->n == 0 || min < r->min ? min : r->min;
    r->max = r->n == 0 || max > r->max ? max : r->max;
    r->n += n;
}

void range_add(struct range *r, const float *x, size_t n)
{
    float min, max;
    if (n == 0)
        return;
    range_ends(x, n, &min, &max);
    range_widen(r, min, max, (int64_t)n);
    for (size_t i = 0; i < n && r->counted; i++) {
        uint32_t bin = range_bin(x[i]);
        range_block(r, bin / BLOCK)[bin % BLOCK]++;
    }
}

void range_join(struct range *r, const struct range *other)
{
    if (other->n == 0)
        return;
    range_widen(r, other->min, other->max, other->n);
    for (uint32_t b = 0; b < BLOCKS && r->counted; b++)
        for (int i = 0; i < BLOCK && other->blocks[b]; i++)
            range_block(r, b)[i] += other->blocks[b][i];
}

void range_clear(struct range *r)
{
    for (int b = 0; b < BLOCKS; b++)
        if (r->blocks[b])
            memset(r->blocks[b], 0, BLOCK * sizeof *r->blocks[b]);
    r->min = r->max = 0;
    r->n = 0;
}

static int64_t range_count(const struct range *r, int64_t bin)
{
    const int64_t *block = r->blocks[bin / BLOCK];
    return block ? block[bin % BLOCK] : 0;
}

/* The outermost bin, from one end, with which more than the tail's share has been passed. */
static float range_clipped(const struct range *r, int beyond, int64_t first, int64_t step)
{
    int64_t passed = 0, bin = first;
    while ((passed += range_count(r, bin)) * 1000 <= r->n * beyond)
        bin += step;
    return range_edge((uint32_t)bin);
}

void range_of(const struct range *r, enum dtype type, float *min, float *max)
{
    *min = r->min;
    *max = r->max;
    int beyond = range_beyond[type];
    if (beyond == 0 || r->n == 0 || !r->counted)
        return;
    float low = range_clipped(r, beyond, 0, 1), high = range_clipped(r, beyond, BINS - 1, -1);
    *min = low > *min ? low : *min;
    *max = high < *max ? high : *max;
}

struct encode_affine range_affine(const struct range *r, enum dtype type)
{
    float min, max;
    range_of(r, type, &min, &max);
    return encode_affine_of(type, min, max);
}
