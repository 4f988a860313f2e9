#include "plan/gradcam.h"

#include <math.h>
#include <string.h>

/* Pixels handled at once: small enough that their sums stay in the first-level cache while the channels
 * go by. Lanes: the widest channel block. */
enum { TILE = 64, LANES = 16 };

static size_t tiles_of(struct tensor t)
{
    return (tensor_pixels(t) + TILE - 1) / TILE;
}

size_t gradcam_room(struct tensor t, int batch)
{
    size_t channels = (size_t)tensor_blocks(t) * (size_t)t.block;
    return (size_t)batch * (tiles_of(t) * sizeof(double) + channels * sizeof(float)); /* tiles' sums; alpha */
}

/* alpha of one block of channels. Rows are summed in float, at most a few hundred terms, and the rows in
 * double. */
static void block_means(struct tensor t, const float *g, float *alpha)
{
    double total[LANES] = {0};
    for (int y = 0; y < t.h; y++) {
        float row[LANES] = {0};
        const float *p = g + (size_t)y * (size_t)t.w * (size_t)t.block;
        if (t.block == LANES)
            for (int x = 0; x < t.w; x++, p += LANES)
                for (int k = 0; k < LANES; k++)
                    row[k] += p[k];
        else
            for (int x = 0; x < t.w; x++, p += t.block)
                for (int k = 0; k < t.block; k++)
                    row[k] += p[k];
        for (int k = 0; k < t.block; k++)
            total[k] += row[k];
    }
    for (int k = 0; k < t.block; k++)
        alpha[k] = (float)(total[k] / (double)tensor_pixels(t));
}

/* A NaN must come through: it compares false, so the test is turned round. */
static double relu(double v)
{
    return v <= 0 ? 0 : v;
}

/* sum_k alpha_k A_k at the pixels of one tile. */
static void tile_values(struct tensor t, const float *a, const float *alpha, size_t first, size_t pixels,
                        double *values)
{
    float m[TILE][LANES];
    memset(m, 0, sizeof m);
    size_t block = (size_t)t.block;
    for (int b = 0; b < tensor_blocks(t); b++) {
        const float *p = a + ((size_t)b * tensor_pixels(t) + first) * block;
        const float *w = alpha + (size_t)b * block;
        if (t.block == LANES)
            for (size_t i = 0; i < pixels; i++)
                for (size_t k = 0; k < LANES; k++)
                    m[i][k] += w[k] * p[i * LANES + k];
        else if (t.block == 1) /* spread plain channels over the lanes, for shorter chains of additions */
            for (size_t i = 0; i < pixels; i++)
                m[i][b % LANES] += w[0] * p[i];
        else
            for (size_t i = 0; i < pixels; i++)
                for (size_t k = 0; k < block; k++)
                    m[i][k] += w[k] * p[i * block + k];
    }
    for (size_t i = 0; i < pixels; i++) {
        double v = 0;
        for (size_t k = 0; k < LANES; k++)
            v += m[i][k];
        values[i] = v;
    }
}

static double tile_sum(struct tensor t, const float *a, const float *alpha, size_t first, size_t pixels)
{
    double values[TILE], sum = 0;
    tile_values(t, a, alpha, first, pixels, values);
    for (size_t i = 0; i < pixels; i++)
        sum += relu(values[i]);
    return sum;
}

static size_t channels_of(struct tensor t)
{
    return (size_t)tensor_blocks(t) * (size_t)t.block;
}

void gradcam_alpha(struct tensor t, int batch, const float *g, float *alpha)
{
    size_t image = tensor_floats(t), pixels = tensor_pixels(t), channels = channels_of(t);
    int blocks = tensor_blocks(t);
#pragma omp parallel for collapse(2) schedule(static)
    for (int n = 0; n < batch; n++)
        for (int b = 0; b < blocks; b++) {
            size_t channel = (size_t)b * (size_t)t.block;
            block_means(t, g + (size_t)n * image + channel * pixels, alpha + (size_t)n * channels + channel);
        }
}

void gradcam_weigh(struct tensor t, int batch, enum gradcam_reduce reduce, const float *a, const float *alpha,
                   void *room, float *importance)
{
    size_t image = tensor_floats(t), pixels = tensor_pixels(t), tiles = tiles_of(t);
    size_t channels = channels_of(t);
    double *sums = room; /* [batch][tiles] */
#pragma omp parallel for collapse(2) schedule(static)
    for (int n = 0; n < batch; n++)
        for (size_t tile = 0; tile < tiles; tile++) {
            size_t first = tile * TILE, left = pixels - first;
            sums[(size_t)n * tiles + tile] = tile_sum(t, a + (size_t)n * image, alpha + (size_t)n * channels,
                                                      first, left < TILE ? left : TILE);
        }
    double factor = 1.0 / (double)pixels / (reduce == GRADCAM_MEAN ? t.c : 1);
    for (int n = 0; n < batch; n++) {
        double sum = 0;
        for (size_t tile = 0; tile < tiles; tile++)
            sum += sums[(size_t)n * tiles + tile];
        importance[n] = (float)(sum * factor);
    }
}

void gradcam_weigh_map(struct tensor t, int n, enum gradcam_reduce reduce, const float *a, const float *alpha,
                       float *map)
{
    size_t image = tensor_floats(t), pixels = tensor_pixels(t);
    double factor = reduce == GRADCAM_MEAN ? 1.0 / t.c : 1;
    for (size_t first = 0; first < pixels; first += TILE) {
        size_t left = pixels - first < TILE ? pixels - first : TILE;
        double values[TILE];
        tile_values(t, a + (size_t)n * image, alpha + (size_t)n * channels_of(t), first, left, values);
        for (size_t i = 0; i < left; i++)
            map[first + i] = (float)(relu(values[i]) * factor);
    }
}

void gradcam_importance(struct tensor t, int batch, enum gradcam_reduce reduce, const float *a,
                        const float *g, void *room, float *importance)
{
    float *alpha = (void *)((char *)room + (size_t)batch * tiles_of(t) * sizeof(double));
    gradcam_alpha(t, batch, g, alpha);
    gradcam_weigh(t, batch, reduce, a, alpha, room, importance);
}

void gradcam_map(struct tensor t, int n, enum gradcam_reduce reduce, const float *a, const float *g,
                 void *room, float *map)
{
    size_t image = (size_t)n * tensor_floats(t);
    gradcam_alpha(t, 1, g + image, room);
    gradcam_weigh_map(t, 0, reduce, a + image, room, map);
}
