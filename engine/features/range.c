#include "features/range.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { BINS = 1 << 16 };

/* How many of a thousand numbers may lie beyond each end; 0: none. The fewer codes, the more it is worth to
 * lose the rarest numbers (tests/bench/bench_coders.py ranges). */
static const int range_beyond[DTYPES] = {[DTYPE_INT4] = 1, [DTYPE_INT3] = 10, [DTYPE_INT2] = 10};

/* A bin holds the floats with the same upper 16 bits: one sign, exponent and 7 bits of fraction. */
struct range {
    float min, max;
    int64_t n;
    int64_t counts[BINS]; /* in ascending order of the numbers */
};

struct range *range_new(void)
{
    return memory_new(1, sizeof(struct range));
}

void range_free(struct range *r)
{
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

void range_add(struct range *r, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        r->counts[range_bin(x[i])]++;
        r->min = r->n + (int64_t)i == 0 || x[i] < r->min ? x[i] : r->min;
        r->max = r->n + (int64_t)i == 0 || x[i] > r->max ? x[i] : r->max;
    }
    r->n += (int64_t)n;
}

void range_join(struct range *r, const struct range *other)
{
    if (other->n == 0)
        return;
    r->min = r->n == 0 || other->min < r->min ? other->min : r->min;
    r->max = r->n == 0 || other->max > r->max ? other->max : r->max;
    r->n += other->n;
    for (int bin = 0; bin < BINS; bin++)
        r->counts[bin] += other->counts[bin];
}

void range_clear(struct range *r)
{
    memset(r, 0, sizeof *r);
}

/* The outermost bin, from one end, with which more than the tail's share has been passed. */
static float range_clipped(const struct range *r, int beyond, int64_t first, int64_t step)
{
    int64_t passed = 0, bin = first;
    while ((passed += r->counts[bin]) * 1000 <= r->n * beyond)
        bin += step;
    return range_edge((uint32_t)bin);
}

void range_of(const struct range *r, enum dtype type, float *min, float *max)
{
    *min = r->min;
    *max = r->max;
    int beyond = range_beyond[type];
    if (beyond == 0 || r->n == 0)
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
