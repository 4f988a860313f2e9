#include "graph/gradcam.h"

#include <math.h>
#include <string.h>

#include "net/definition.h"

/* Pixels handled at once: small enough that their sums stay in the first-level cache while looping over the
 * channels. Lanes: the widest channel block. */
enum { TILE = 64, LANES = 16 };

static size_t tiles_of(struct tensor t)
{
    return (tensor_pixels(t) + TILE - 1) / TILE;
}

size_t gradcam_scratch_bytes(struct tensor t, int batch)
{
    return (size_t)batch * tiles_of(t) * sizeof(double); /* the tiles' sums */
}

/* What is not finite must be kept: also -infinity, which becomes NaN. */
static double relu(double v)
{
    return v > 0 ? v : v - v;
}

/* m[i][k] += w[k] * p[i][k] for some channels of all pixels of a tile, which lie `step` apart. */
NUMBER_INLINE void add_lanes(enum number type, size_t pixels, size_t step, size_t lanes, const void *p,
                             const float *w, float m[TILE][LANES])
{
    for (size_t i = 0; i < pixels; i++)
#pragma omp simd
        for (size_t k = 0; k < lanes; k++)
            m[i][k] += w[k] * number_get(type, p, i * step + k);
}

NUMBER_WIDE static void add_floats(size_t pixels, const void *p, const float *w, float m[TILE][LANES])
{
    add_lanes(NUMBER_F32, pixels, LANES, LANES, p, w, m);
}

NUMBER_HALVES static void add_halves(size_t pixels, size_t step, const void *p, const float *w,
                                     float m[TILE][LANES])
{
    add_lanes(NUMBER_BF16, pixels, step, LANES, p, w, m);
}

/* Plain channels are spread over the lanes, for shorter chains of additions. */
static void add_plain(enum number type, size_t pixels, const void *p, float w, int lane, float m[TILE][LANES])
{
    for (size_t i = 0; i < pixels; i++)
        m[i][lane] += w * number_get(type, p, i);
}

/* sum_k alpha_k A_k at the pixels of one tile. */
static void tile_values(struct tensor t, const void *a, const float *alpha, size_t first, size_t pixels,
                        double *values)
{
    float m[TILE][LANES];
    memset(m, 0, sizeof m);
    size_t block = (size_t)t.block, channels = tensor_channels(t);
    for (size_t c = 0, lanes; c < channels; c += lanes) {
        size_t left = block - c % block;
        lanes = left < LANES ? left : LANES;
        const void *p = number_in(t.type, a, (c / block * tensor_pixels(t) + first) * block + c % block);
        if (block == 1)
            add_plain(t.type, pixels, p, alpha[c], (int)(c % LANES), m);
        else if (t.type == NUMBER_F32 && block == LANES)
            add_floats(pixels, p, alpha + c, m);
        else if (t.type == NUMBER_BF16 && lanes == LANES)
            add_halves(pixels, block, p, alpha + c, m);
        else
            add_lanes(t.type, pixels, block, lanes, p, alpha + c, m);
    }
    for (size_t i = 0; i < pixels; i++) {
        double v = 0;
        for (size_t k = 0; k < LANES; k++)
            v += m[i][k];
        values[i] = v;
    }
}

static double tile_sum(struct tensor t, const void *a, const float *alpha, size_t first, size_t pixels)
{
    double values[TILE], sum = 0;
    tile_values(t, a, alpha, first, pixels, values);
    for (size_t i = 0; i < pixels; i++)
        sum += relu(values[i]);
    return sum;
}

void gradcam_weigh(struct tensor t, int batch, enum reduce reduce, const void *a, const float *alpha,
                   void *scratch, float *importance)
{
    size_t image = tensor_numbers(t), pixels = tensor_pixels(t), tiles = tiles_of(t);
    size_t channels = tensor_channels(t);
    double *sums = scratch; /* [batch][tiles] */
#pragma omp parallel for collapse(2) schedule(static)
    for (int n = 0; n < batch; n++)
        for (size_t tile = 0; tile < tiles; tile++) {
            size_t first = tile * TILE, left = pixels - first;
            sums[(size_t)n * tiles + tile] =
                tile_sum(t, number_in(t.type, a, (size_t)n * image), alpha + (size_t)n * channels, first,
                         left < TILE ? left : TILE);
        }
    double factor = 1.0 / (double)pixels / (reduce == REDUCE_MEAN ? t.c : 1);
    for (int n = 0; n < batch; n++) {
        double sum = 0;
        for (size_t tile = 0; tile < tiles; tile++)
            sum += sums[(size_t)n * tiles + tile];
        importance[n] = (float)(sum * factor);
    }
}

void gradcam_weigh_map(struct tensor t, int n, enum reduce reduce, const void *a, const float *alpha,
                       float *map)
{
    size_t image = tensor_numbers(t), pixels = tensor_pixels(t);
    double factor = reduce == REDUCE_MEAN ? 1.0 / t.c : 1;
    for (size_t first = 0; first < pixels; first += TILE) {
        size_t left = pixels - first < TILE ? pixels - first : TILE;
        double values[TILE];
        tile_values(t, number_in(t.type, a, (size_t)n * image), alpha + (size_t)n * tensor_channels(t), first,
                    left, values);
        for (size_t i = 0; i < left; i++)
            map[first + i] = (float)(relu(values[i]) * factor);
    }
}
