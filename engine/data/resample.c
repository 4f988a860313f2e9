#include "data/resample.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* One output pixel: the run of input pixels that it is made of. Their weights sum to 1. */
struct run {
    double x;        /* the point that it samples */
    long low, high;  /* pixels below the triangle, also those beyond the edges; */
    int first, last; /* of them in the image: the edge pixels take the weights of those beyond */
    double total;    /* of all weights before they are divided by it */
};

/* All that resampling needs beside input and output, in one piece. */
struct scratch {
    struct run *across, *down; // [x.n], [y.n]
    float *weights;            // [x.n][taps]: every row uses them again
    float *line;               // [x.n][k]: one input row, resampled across
};

static double support_of(struct resample_axis axis)
{
    return axis.step > 1 ? axis.step : 1;
}

/* The most pixels in a run of the image. */
static int64_t taps_of(struct resample_axis axis, int size)
{
    int64_t taps = 2 * (int64_t)ceil(support_of(axis)) + 1;
    return taps < size ? taps : size;
}

static int clamp(long value, int size)
{
    return value < 0 ? 0 : value > size - 1 ? size - 1 : (int)value;
}

static void fill_runs(struct run *runs, struct resample_axis axis, int size)
{
    double support = support_of(axis);
    for (int i = 0; i < axis.n; i++) {
        double x = axis.origin + (i + 0.5) * axis.step;
        long low = (long)floor(x - 0.5 - support) + 1, high = (long)ceil(x - 0.5 + support) - 1;
        runs[i] = (struct run){x, low, high, clamp(low, size), clamp(high, size), 0};
        for (long j = low; j <= high; j++)
            runs[i].total += 1 - fabs(x - 0.5 - (double)j) / support;
    }
}

/* Of the input pixel p, which is in the run. */
static float run_weight(const struct run *r, double support, int p)
{
    long from = p == r->first ? r->low : p, to = p == r->last ? r->high : p;
    double sum = 0;
    for (long j = from; j <= to; j++)
        sum += 1 - fabs(r->x - 0.5 - (double)j) / support;
    return (float)(sum / r->total);
}

static void fill_weights(const struct run *runs, struct resample_axis axis, int64_t taps, float *weights)
{
    double support = support_of(axis);
    for (int i = 0; i < axis.n; i++)
        for (int p = runs[i].first; p <= runs[i].last; p++)
            weights[i * taps + p - runs[i].first] = run_weight(&runs[i], support, p);
}

/* One row, its pixels `across` bytes apart, to out[n][k]. Called with constant k, so that the loop over
 * channels unrolls. */
static inline __attribute__((always_inline)) void resample_row_of(const unsigned char *in, ptrdiff_t across,
                                                                  int k, const struct scratch *s, int n,
                                                                  int64_t taps)
{
    for (int i = 0; i < n; i++) {
        const struct run *run = &s->across[i];
        const unsigned char *p = in + run->first * across;
        const float *weights = s->weights + i * taps;
        float sum[3] = {0};
        for (int j = 0; j <= run->last - run->first; j++, p += across)
            for (int channel = 0; channel < k; channel++)
                sum[channel] += weights[j] * (float)p[channel];
        for (int channel = 0; channel < k; channel++)
            s->line[(size_t)i * (size_t)k + (size_t)channel] = sum[channel];
    }
}

static void resample_add_line(const float *line, float weight, size_t width, float *to)
{
    for (size_t x = 0; x < width; x++)
        to[x] += weight * line[x];
}

/* Input rows from top to bottom, each of them resampled across once and added to the output rows that it is
 * part of: of the image, whatever its height, one row at a time is held. */
static void resample_all(const unsigned char *in, ptrdiff_t across, ptrdiff_t row_bytes, int k,
                         const struct scratch *s, int64_t taps, int n, struct resample_axis y, float *out)
{
    double support = support_of(y);
    size_t width = (size_t)n * (size_t)k;
    int begin = 0, end = 0; /* output rows of which row p is part */
    memset(out, 0, (size_t)y.n * width * sizeof *out);
    for (int p = s->down[0].first; p <= s->down[y.n - 1].last; p++) {
        const unsigned char *row = in + p * row_bytes;
        if (k == 1)
            resample_row_of(row, across, 1, s, n, taps);
        else
            resample_row_of(row, across, 3, s, n, taps);
        while (end < y.n && s->down[end].first <= p)
            end++;
        while (begin < end && s->down[begin].last < p)
            begin++;
        for (int i = begin; i < end; i++)
            resample_add_line(s->line, run_weight(&s->down[i], support, p), width, out + (size_t)i * width);
    }
}

int64_t resample_bytes(int w, int k, struct resample_axis x, struct resample_axis y)
{
    return ((int64_t)x.n + y.n) * (int64_t)sizeof(struct run) +
           x.n * (taps_of(x, w) + k) * (int64_t)sizeof(float);
}

int resample_run(const unsigned char *in, int w, int h, int c, int k, struct resample_axis x,
                 struct resample_axis y, float *out, struct error *e)
{
    return resample_steps(in, c, (ptrdiff_t)c * w, w, h, k, x, y, out, e);
}

int resample_steps(const unsigned char *in, ptrdiff_t across, ptrdiff_t down, int w, int h, int k,
                   struct resample_axis x, struct resample_axis y, float *out, struct error *e)
{
    int64_t taps = taps_of(x, w);
    struct run *runs = memory_try((size_t)resample_bytes(w, k, x, y), 1);
    if (!runs)
        return error_set(e, "no memory to resample %d x %d pixels", w, h);
    struct scratch s = {.across = runs, .down = runs + x.n, .weights = (float *)(runs + x.n + y.n)};
    s.line = s.weights + x.n * taps;
    fill_runs(s.across, x, w);
    fill_runs(s.down, y, h);
    fill_weights(s.across, x, taps, s.weights);
    resample_all(in, across, down, k, &s, taps, x.n, y, out);
    free(runs);
    return 0;
}
