#include "graph/maps.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Pairs with the same `from` are adjacent. */
struct map {
    enum number type;
    size_t in_numbers, out_numbers;
    size_t pairs;
    int32_t *from, *to; /* [pairs] */
};

void maps_free(struct map *map)
{
    if (!map)
        return;
    free(map->from);
    free(map->to);
    free(map);
}

size_t maps_bytes(const struct map *map)
{
    return map->pairs * (sizeof *map->from + sizeof *map->to);
}

static struct map *maps_map_new(struct tensor in, struct tensor out, size_t pairs)
{
    if (tensor_numbers(in) > INT32_MAX || tensor_numbers(out) > INT32_MAX)
        return NULL;
    struct map *m = memory_new(1, sizeof *m);
    m->type = in.type;
    m->in_numbers = tensor_numbers(in);
    m->out_numbers = tensor_numbers(out);
    m->from = memory_try(pairs, sizeof *m->from);
    m->to = memory_try(pairs, sizeof *m->to);
    if (m->from && m->to)
        return m;
    maps_free(m);
    return NULL;
}

static void map_pair(struct map *m, size_t from, size_t to)
{
    m->from[m->pairs] = (int32_t)from;
    m->to[m->pairs] = (int32_t)to;
    m->pairs++;
}

static size_t elements(struct tensor t)
{
    return (size_t)t.c * tensor_pixels(t);
}

struct map *maps_crop(struct tensor in, struct tensor out)
{
    struct map *m = maps_map_new(in, out, elements(out));
    if (!m)
        return NULL;
    int predicted = (in.h - out.h) / 2, left = (in.w - out.w) / 2;
    for (int c = 0; c < out.c; c++)
        for (int y = 0; y < out.h; y++)
            for (int x = 0; x < out.w; x++)
                map_pair(m, tensor_at(in, c, y + predicted, x + left), tensor_at(out, c, y, x));
    return m;
}

struct map *maps_upsample(struct tensor in, struct tensor out, int stride)
{
    struct map *m = maps_map_new(in, out, elements(out));
    if (!m)
        return NULL;
    for (int c = 0; c < in.c; c++)
        for (int y = 0; y < in.h; y++)
            for (int x = 0; x < in.w; x++)
                for (int i = 0; i < stride * stride; i++)
                    map_pair(m, tensor_at(in, c, y, x),
                             tensor_at(out, c, y * stride + i / stride, x * stride + i % stride));
    return m;
}

struct map *maps_channels(struct tensor in, int begin, int n, struct tensor out, int first_channel)
{
    struct map *m = maps_map_new(in, out, (size_t)n * tensor_pixels(in));
    if (!m)
        return NULL;
    for (int c = 0; c < n; c++)
        for (int y = 0; y < in.h; y++)
            for (int x = 0; x < in.w; x++)
                map_pair(m, tensor_at(in, begin + c, y, x), tensor_at(out, first_channel + c, y, x));
    return m;
}

/* Darknet's shortcut_cpu: the coarser side steps over the finer one; channels past the smaller count
 * and pixels between the steps are not touched. */
struct map *maps_shortcut(struct tensor from, struct tensor out)
{
    int stride = from.w / out.w > 1 ? from.w / out.w : 1;
    int sample = out.w / from.w > 1 ? out.w / from.w : 1;
    int c_n = from.c < out.c ? from.c : out.c;
    int h_n = from.h < out.h ? from.h : out.h;
    int w_n = from.w < out.w ? from.w : out.w;
    struct map *m = maps_map_new(from, out, (size_t)c_n * (size_t)h_n * (size_t)w_n);
    if (!m)
        return NULL;
    for (int c = 0; c < c_n; c++)
        for (int y = 0; y < h_n; y++)
            for (int x = 0; x < w_n; x++)
                map_pair(m, tensor_at(from, c, y * stride, x * stride),
                         tensor_at(out, c, y * sample, x * sample));
    return m;
}

/* Darknet's reorg_cpu walks the *input's* shape in both directions, so its forward direction is not the
 * inverse of `reverse` but this peculiar permutation; networks were trained with it. */
static void reorg_pairs(struct map *m, struct tensor in, struct tensor out, int stride, bool reverse)
{
    int step_c = in.c / (stride * stride);
    size_t step = (size_t)stride, small = 0; /* small walks c,h,w in order */
    for (int k = 0; k < in.c; k++)
        for (int j = 0; j < in.h; j++)
            for (int i = 0; i < in.w; i++, small++) {
                int offset = k / step_c;
                size_t x = (size_t)i * step + (size_t)(offset % stride);
                size_t y = (size_t)j * step + (size_t)(offset / stride);
                size_t wide = x + (size_t)in.w * step * (y + (size_t)in.h * step * (size_t)(k % step_c));
                size_t from = reverse ? small : wide, to = reverse ? wide : small;
                map_pair(m, tensor_at_index(in, from), tensor_at_index(out, to));
            }
}

/* Channels last, or back again. */
static void flatten_pairs(struct map *m, struct tensor in, struct tensor out, bool reverse)
{
    size_t pixels = tensor_pixels(in), channels = (size_t)in.c;
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < pixels; i++) {
            size_t first = c * pixels + i, last = i * channels + c;
            map_pair(m, tensor_at_index(in, reverse ? last : first),
                     tensor_at_index(out, reverse ? first : last));
        }
}

struct map *maps_reorg(const struct net_layer *l, struct tensor in, struct tensor out)
{
    struct map *m = maps_map_new(in, out, elements(in));
    if (!m)
        return NULL;
    if (l->flatten)
        flatten_pairs(m, in, out, l->reverse);
    else if (l->extra)
        for (size_t i = 0; i < elements(in); i++)
            map_pair(m, tensor_at_index(in, i), tensor_at_index(out, i));
    else
        reorg_pairs(m, in, out, l->stride, l->reverse);
    return m;
}

/* ---- Using them ------------------------------------------------------------------------------------ */

void maps_gather(const struct map *m, int batch, float factor, float offset, const void *in, void *out)
{
#pragma omp parallel for schedule(static)
    for (int n = 0; n < batch; n++) {
        const void *x = number_in(m->type, in, (size_t)n * m->in_numbers);
        void *y = number_at(m->type, out, (size_t)n * m->out_numbers);
        for (size_t i = 0; i < m->pairs; i++)
            number_put(m->type, y, (size_t)m->to[i],
                       factor * number_get(m->type, x, (size_t)m->from[i]) + offset);
    }
}

void maps_gather_blend(const struct map *m, int batch, float a, float b, const void *in, void *out)
{
#pragma omp parallel for schedule(static)
    for (int n = 0; n < batch; n++) {
        const void *x = number_in(m->type, in, (size_t)n * m->in_numbers);
        void *y = number_at(m->type, out, (size_t)n * m->out_numbers);
        for (size_t i = 0; i < m->pairs; i++) {
            size_t to = (size_t)m->to[i];
            number_put(m->type, y, to,
                       a * number_get(m->type, y, to) + b * number_get(m->type, x, (size_t)m->from[i]));
        }
    }
}

/* The sum for one input is complete before it is rounded. */
void maps_scatter(const struct map *m, int batch, float factor, const void *dout, void *din, bool add)
{
#pragma omp parallel for schedule(static)
    for (int n = 0; n < batch; n++) {
        const void *dy = number_in(m->type, dout, (size_t)n * m->out_numbers);
        void *dx = number_at(m->type, din, (size_t)n * m->in_numbers);
        if (!add)
            memset(dx, 0, m->in_numbers * number_size(m->type));
        for (size_t i = 0; i < m->pairs;) {
            size_t from = (size_t)m->from[i];
            float sum = number_get(m->type, dx, from);
            for (; i < m->pairs && (size_t)m->from[i] == from; i++)
                sum += factor * number_get(m->type, dy, (size_t)m->to[i]);
            number_put(m->type, dx, from, sum);
        }
    }
}

void maps_scale(const struct map *m, int batch, float factor, void *out)
{
#pragma omp parallel for schedule(static)
    for (int n = 0; n < batch; n++) {
        void *y = number_at(m->type, out, (size_t)n * m->out_numbers);
        for (size_t i = 0; i < m->pairs; i++)
            number_put(m->type, y, (size_t)m->to[i], factor * number_get(m->type, y, (size_t)m->to[i]));
    }
}
