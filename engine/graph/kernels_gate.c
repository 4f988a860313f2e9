#include "graph/kernels_gate.h"

#include <string.h>

/* Whether all pixels of a channel, or all channels of a pixel, share a factor. */
static bool by_channel(const struct gate *g)
{
    return tensor_pixels(g->gate) < tensor_pixels(g->map);
}

static bool by_pixel(const struct gate *g)
{
    return g->gate.c < g->map.c;
}

/* Place of the factor of number `k` of a block at a pixel of an image. */
static size_t factor_at(const struct gate *g, int channel, size_t pixel)
{
    size_t block = (size_t)g->gate.block, c = by_pixel(g) ? 0 : (size_t)channel;
    size_t p = by_channel(g) ? 0 : pixel;
    return (c / block * tensor_pixels(g->gate) + p) * block + c % block;
}

/* Number of channels of a block that are no padding. */
static int block_used(struct tensor t, int block)
{
    int left = t.c - block * t.block;
    return left < t.block ? left : t.block;
}

void gate_multiply(const struct gate *g, int batch, const void *gate, const void *x, void *y, bool add)
{
    struct tensor t = g->map;
    size_t pixels = tensor_pixels(t), block = (size_t)t.block, step = tensor_numbers(g->gate);
#pragma omp parallel for collapse(2) schedule(static)
    for (int n = 0; n < batch; n++)
        for (int b = 0; b < tensor_blocks(t); b++) {
            size_t at = ((size_t)n * (size_t)tensor_blocks(t) + (size_t)b) * pixels * block;
            int used = block_used(t, b);
            for (size_t p = 0; p < pixels; p++, at += block)
                for (int k = 0; k < t.block; k++) {
                    size_t i = at + (size_t)k;
                    float v = 0.0f;
                    if (k < used)
                        v = number_get(t.type, x, i) *
                            number_get(g->gate.type, gate,
                                       (size_t)n * step + factor_at(g, b * t.block + k, p));
                    number_put(t.type, y, i, add ? number_get(t.type, y, i) + v : v);
                }
        }
}

/* What the factor of a channel and pixel multiplies, times dy. */
static double gate_total(const struct gate *g, const void *dy, const void *x, size_t image, int channel,
                         size_t pixel)
{
    struct tensor t = g->map;
    double sum = 0;
    int channels = by_pixel(g) ? t.c : 1;
    size_t pixels = by_channel(g) ? tensor_pixels(t) : 1;
    for (int c = channel; c < channel + channels; c++)
        for (size_t p = pixel; p < pixel + pixels; p++) {
            size_t i = image + tensor_at(t, c, 0, 0) + p * (size_t)t.block;
            sum += (double)number_get(t.type, dy, i) * (double)number_get(t.type, x, i);
        }
    return sum;
}

void gate_sum(const struct gate *g, int batch, const void *dy, const void *x, void *dgate, bool add)
{
    struct tensor t = g->gate;
    size_t pixels = tensor_pixels(t), numbers = tensor_numbers(t), image = tensor_numbers(g->map);
    if (!add) /* and with it the padding */
        memset(dgate, 0, (size_t)batch * numbers * number_size(t.type));
#pragma omp parallel for collapse(2) schedule(static)
    for (int n = 0; n < batch; n++)
        for (int c = 0; c < t.c; c++)
            for (size_t p = 0; p < pixels; p++) {
                size_t at = (size_t)n * numbers + tensor_at(t, c, 0, 0) + p * (size_t)t.block;
                double sum = gate_total(g, dy, x, (size_t)n * image, c, p);
                number_put(t.type, dgate, at, number_get(t.type, dgate, at) + (float)sum);
            }
}
