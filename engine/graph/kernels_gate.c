#include "graph/kernels_gate.h"

#include <string.h>

/* Whether all pixels of a channel, or all channels of a pixel, share a factor. */
static bool by_channel(struct tensor g, struct tensor t)
{
    return tensor_pixels(g) < tensor_pixels(t);
}

static bool by_pixel(struct tensor g, struct tensor t)
{
    return g.c < t.c;
}

/* Place of the factor of number `k` of a block at a pixel of an image. */
static size_t factor_at(struct tensor g, struct tensor t, int channel, size_t pixel)
{
    size_t block = (size_t)g.block, c = by_pixel(g, t) ? 0 : (size_t)channel;
    size_t p = by_channel(g, t) ? 0 : pixel;
    return (c / block * tensor_pixels(g) + p) * block + c % block;
}

/* Number of channels of a block that are no padding. */
static int block_used(struct tensor t, int block)
{
    int left = t.c - block * t.block;
    return left < t.block ? left : t.block;
}

void gate_multiply(struct tensor g, struct tensor t, int batch, const void *gate, const void *x, void *y,
                   bool add)
{
    size_t pixels = tensor_pixels(t), block = (size_t)t.block, step = tensor_numbers(g);
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
                            number_get(g.type, gate, (size_t)n * step + factor_at(g, t, b * t.block + k, p));
                    number_put(t.type, y, i, add ? number_get(t.type, y, i) + v : v);
                }
        }
}

/* What the factor of a channel and pixel multiplies, times dy. */
static double gate_total(struct tensor g, struct tensor t, const void *dy, const void *x, size_t image,
                         int channel, size_t pixel)
{
    double sum = 0;
    int channels = by_pixel(g, t) ? t.c : 1;
    size_t pixels = by_channel(g, t) ? tensor_pixels(t) : 1;
    for (int c = channel; c < channel + channels; c++)
        for (size_t p = pixel; p < pixel + pixels; p++) {
            size_t i = image + tensor_at(t, c, 0, 0) + p * (size_t)t.block;
            sum += (double)number_get(t.type, dy, i) * (double)number_get(t.type, x, i);
        }
    return sum;
}

void gate_sum(struct tensor g, struct tensor t, int batch, const void *dy, const void *x, void *dgate,
              bool add)
{
    size_t pixels = tensor_pixels(g), numbers = tensor_numbers(g), image = tensor_numbers(t);
    if (!add) /* and with it the padding */
        memset(dgate, 0, (size_t)batch * numbers * number_size(g.type));
#pragma omp parallel for collapse(2) schedule(static)
    for (int n = 0; n < batch; n++)
        for (int c = 0; c < g.c; c++)
            for (size_t p = 0; p < pixels; p++) {
                size_t at = (size_t)n * numbers + tensor_at(g, c, 0, 0) + p * (size_t)g.block;
                double sum = gate_total(g, t, dy, x, (size_t)n * image, c, p);
                number_put(g.type, dgate, at, number_get(g.type, dgate, at) + (float)sum);
            }
}
