#include "data/resample.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* For each output pixel a run of input pixels and their weights, which sum to 1. */
struct table {
    int *first, *count; // [n]
    float *weights;     // [n][taps]
    int taps;
};

static void free_table(struct table *t)
{
    free(t->first);
    free(t->count);
    free(t->weights);
}

static int clamp(long value, int size)
{
    return value < 0 ? 0 : value > size - 1 ? size - 1 : (int)value;
}

/* The weights of one output pixel that samples the point `x`. */
static void fill_run(struct table *t, int i, double x, double support, int size)
{
    long low = (long)floor(x - 0.5 - support) + 1, high = (long)ceil(x - 0.5 + support) - 1;
    float *weights = t->weights + (size_t)i * (size_t)t->taps;
    int first = clamp(low, size), last = clamp(high, size);
    double total = 0;
    for (long j = low; j <= high; j++)
        total += 1 - fabs(x - 0.5 - (double)j) / support;
    t->first[i] = first;
    t->count[i] = last - first + 1;
    for (int p = first; p <= last; p++) {
        /* Pixels beyond the edge repeat it: the edge pixel takes their weights too. */
        long from = p == first ? low : p, to = p == last ? high : p;
        double sum = 0;
        for (long j = from; j <= to; j++)
            sum += 1 - fabs(x - 0.5 - (double)j) / support;
        weights[p - first] = (float)(sum / total);
    }
}

static int make_table(struct table *t, struct resample_axis axis, int size)
{
    double support = axis.step > 1 ? axis.step : 1;
    int64_t taps = 2 * (int64_t)ceil(support) + 1;
    t->taps = (int)(taps < size ? taps : size);
    t->first = memory_new((size_t)axis.n, sizeof *t->first);
    t->count = memory_new((size_t)axis.n, sizeof *t->count);
    t->weights = memory_try(memory_product((size_t)axis.n, (size_t)t->taps), sizeof *t->weights);
    if (!t->weights)
        return -1;
    for (int i = 0; i < axis.n; i++)
        fill_run(t, i, axis.origin + (i + 0.5) * axis.step, support, size);
    return 0;
}

/* One row: in[w][c] to out[n][k]. Called with constant k, so that the loop over channels unrolls. */
static inline __attribute__((always_inline)) void resample_row_of(const unsigned char *in, int c, int k,
                                                                  const struct table *t, int n, float *out)
{
    for (int i = 0; i < n; i++) {
        const unsigned char *p = in + (size_t)t->first[i] * (size_t)c;
        const float *weights = t->weights + (size_t)i * (size_t)t->taps;
        float sum[3] = {0};
        for (int j = 0; j < t->count[i]; j++, p += c)
            for (int channel = 0; channel < k; channel++)
                sum[channel] += weights[j] * (float)p[channel];
        for (int channel = 0; channel < k; channel++)
            out[i * k + channel] = sum[channel];
    }
}

static void resample_rows(const unsigned char *in, int w, int c, int k, const struct table *t, int n,
                          int rows, float *out)
{
    for (int y = 0; y < rows; y++) {
        const unsigned char *row = in + (size_t)y * (size_t)w * (size_t)c;
        float *to = out + (size_t)y * (size_t)n * (size_t)k;
        if (k == 1)
            resample_row_of(row, c, 1, t, n, to);
        else
            resample_row_of(row, c, 3, t, n, to);
    }
}

static void resample_columns(const float *rows, size_t width, int top, const struct table *t, int n,
                             float *out)
{
    memset(out, 0, (size_t)n * width * sizeof *out);
    for (int i = 0; i < n; i++) {
        float *to = out + (size_t)i * width;
        for (int j = 0; j < t->count[i]; j++) {
            const float *from = rows + (size_t)(t->first[i] + j - top) * width;
            float weight = t->weights[(size_t)i * (size_t)t->taps + (size_t)j];
            for (size_t x = 0; x < width; x++)
                to[x] += weight * from[x];
        }
    }
}

int resample_run(const unsigned char *in, int w, int h, int c, int k, struct resample_axis x,
                 struct resample_axis y, float *out, struct error *e)
{
    struct table across = {0}, down = {0};
    int failed = make_table(&across, x, w) < 0 || make_table(&down, y, h) < 0;
    if (!failed) {
        int top = down.first[0];
        int rows = down.first[y.n - 1] + down.count[y.n - 1] - top; /* input rows that the output uses */
        size_t width = (size_t)x.n * (size_t)k;
        float *middle = memory_try(memory_product((size_t)rows, width), sizeof *middle);
        failed = !middle;
        if (middle) {
            const unsigned char *from = in + (size_t)top * (size_t)w * (size_t)c;
            resample_rows(from, w, c, k, &across, x.n, rows, middle);
            resample_columns(middle, width, top, &down, y.n, out);
        }
        free(middle);
    }
    free_table(&across);
    free_table(&down);
    return failed ? error_set(e, "no memory to resample %d x %d pixels", w, h) : 0;
}
