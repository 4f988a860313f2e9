#include "graph/kernels_norm.h"

#include <string.h>

#include "graph/kernels.h"

enum { NORM_LANES = 16 };

/* Of one image and block of channels: sums[lane] += g, products[lane] += g * (x - mean). */
NUMBER_WIDE static void sum_lanes(size_t pixels, size_t block, const float *g, const float *x,
                                  const float *mean, double *sums, double *products)
{
    double s[NORM_LANES] = {0}, p[NORM_LANES] = {0};
    for (size_t i = 0; i < pixels; i++, g += block, x += block)
#pragma omp simd
        for (size_t k = 0; k < block; k++) {
            s[k] += (double)g[k];
            p[k] += (double)g[k] * ((double)x[k] - (double)mean[k]);
        }
    memcpy(sums, s, block * sizeof *s);
    memcpy(products, p, block * sizeof *p);
}

NUMBER_WIDE static void sum_row(size_t pixels, const float *g, const float *x, float mean, double *sum,
                                double *product)
{
    double s = 0, p = 0, m = (double)mean;
#pragma omp simd reduction(+ : s, p)
    for (size_t i = 0; i < pixels; i++) {
        s += (double)g[i];
        p += (double)g[i] * ((double)x[i] - m);
    }
    *sum = s;
    *product = p;
}

/* The factors of one block of channels, 0 past the last one. */
static void lanes_of(struct tensor t, int b, const float *from, float lanes[NORM_LANES])
{
    for (int k = 0; k < t.block; k++)
        lanes[k] = from && b * t.block + k < t.c ? from[b * t.block + k] : 0.0f;
}

size_t kernels_norm_doubles(struct tensor t, int batch)
{
    return 2 * (size_t)(batch + 1) * tensor_channels(t);
}

void kernels_products(struct tensor t, int batch, const float *g, const float *x, const float *mean,
                      double *scratch, double *sum, double *product)
{
    size_t pixels = tensor_pixels(t), block = (size_t)t.block, channels = tensor_channels(t);
    double *sums = scratch, *products = scratch + (size_t)batch * channels;
#pragma omp parallel for collapse(2) schedule(static)
    for (int n = 0; n < batch; n++)
        for (int b = 0; b < tensor_blocks(t); b++) {
            size_t first = (size_t)b * block, at = ((size_t)n * channels + first) * pixels;
            size_t to = (size_t)n * channels + first;
            float centres[NORM_LANES];
            lanes_of(t, b, mean, centres);
            if (block == 1)
                sum_row(pixels, g + at, x + at, centres[0], sums + to, products + to);
            else
                sum_lanes(pixels, block, g + at, x + at, centres, sums + to, products + to);
        }
#pragma omp parallel for schedule(static)
    for (int c = 0; c < t.c; c++) {
        sum[c] = product[c] = 0;
        for (int n = 0; n < batch; n++) {
            sum[c] += sums[(size_t)n * channels + (size_t)c];
            product[c] += products[(size_t)n * channels + (size_t)c];
        }
    }
}

void kernels_moments(struct tensor t, int batch, const float *x, double *scratch, float *mean,
                     float *variance)
{
    double n = (double)batch * (double)tensor_pixels(t);
    double *sum = scratch + 2 * (size_t)batch * tensor_channels(t), *product = sum + t.c;
    kernels_products(t, batch, x, x, NULL, scratch, sum, product);
    for (int c = 0; c < t.c; c++)
        mean[c] = (float)(sum[c] / n);
    kernels_products(t, batch, x, x, mean, scratch, sum, product);
    for (int c = 0; c < t.c; c++) { /* x * (x - m) is (x - m)^2 + m * (x - m) */
        double m = (double)mean[c], square = (product[c] - m * (sum[c] - n * m)) / n;
        variance[c] = square > 0 ? (float)square : 0.0f;
    }
}

NUMBER_WIDE static void gradient_lanes(size_t pixels, size_t block, const float *a, const float *k,
                                       const float *b, const float *g, const float *x, float *to, bool add)
{
    for (size_t i = 0; i < pixels; i++, g += block, x += block, to += block)
#pragma omp simd
        for (size_t l = 0; l < block; l++)
            to[l] = (add ? to[l] : 0.0f) + (a[l] * g[l] + k[l] * x[l] + b[l]);
}

NUMBER_WIDE static void gradient_row(size_t pixels, float a, float k, float b, const float *g, const float *x,
                                     float *to, bool add)
{
#pragma omp simd
    for (size_t i = 0; i < pixels; i++)
        to[i] = (add ? to[i] : 0.0f) + (a * g[i] + k * x[i] + b);
}

void kernels_norm_gradient(struct tensor t, int batch, const float *a, const float *k, const float *b,
                           const float *g, const float *x, float *to, bool add)
{
    size_t pixels = tensor_pixels(t), block = (size_t)t.block;
#pragma omp parallel for collapse(2) schedule(static)
    for (int n = 0; n < batch; n++)
        for (int i = 0; i < tensor_blocks(t); i++) {
            size_t at = ((size_t)n * tensor_channels(t) + (size_t)i * block) * pixels;
            float as[NORM_LANES], ks[NORM_LANES], bs[NORM_LANES];
            lanes_of(t, i, a, as);
            lanes_of(t, i, k, ks);
            lanes_of(t, i, b, bs);
            if (block == 1)
                gradient_row(pixels, as[0], ks[0], bs[0], g + at, x + at, to + at, add);
            else
                gradient_lanes(pixels, block, as, ks, bs, g + at, x + at, to + at, add);
        }
}
