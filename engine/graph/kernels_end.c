/* The end of a gradient: what is still to be added to it, the activation's derivative, and its means. */
#include "graph/kernels.h"

#include <string.h>

#include "net/activations.h"

/* The widest channel block of floats. */
enum { END_LANES = 16 };

/* What all pixels of a row have in common, where the activation is piecewise linear. */
struct straight {
    float below;  /* factor of the gradient where y is not above 0 */
    bool after;   /* alpha is the mean of the products */
    bool changes; /* else of the gradient itself, and dy is unchanged */
    bool unread;
};

/* The gradient still to be added to one row: to every step-th pixel. */
struct more_row {
    const void *at; /* or NULL */
    size_t step;
};

/* One pixel; sums[lane] += the terms of alpha. */
NUMBER_INLINE void end_pixel(enum number type, size_t first, size_t block, const void *y, const void *more,
                             size_t more_first, struct straight s, void *dy, float *sums)
{
#pragma omp simd
    for (size_t k = 0; k < block; k++) {
        size_t at = first + k;
        float g = number_get(type, dy, at);
        if (more)
            g += number_get(type, more, more_first + k);
        float d = !s.changes || number_get(type, y, at) > 0.0f ? g : s.below * g;
        sums[k] += s.after ? d : g;
        if (s.changes || more)
            number_put(type, dy, at, d);
    }
}

/* One row of one block of channels. */
NUMBER_INLINE void end_straight(enum number type, size_t pixels, size_t block, const void *y,
                                struct more_row more, struct straight s, void *dy, float *sums)
{
    for (size_t x = 0, m = 0; x < pixels; m++) {
        end_pixel(type, x++ * block, block, y, more.at, m * block, s, dy, sums);
        for (size_t i = 1; i < more.step && x < pixels; i++)
            end_pixel(type, x++ * block, block, y, NULL, 0, s, dy, sums);
    }
}

/* The usual case of floats: a row of its own, so that the compiler can keep the lanes in a register. */
NUMBER_INLINE void end_lanes(size_t pixels, const float *y, struct more_row more, struct straight s,
                             float *dy, float *sums)
{
    float row[END_LANES] = {0};
    end_straight(NUMBER_F32, pixels, END_LANES, y, more, s, dy, row);
    memcpy(sums, row, sizeof row);
}

/* One call for each usual case, with constants for the compiler. */
NUMBER_WIDE static void end_floats(size_t pixels, const float *y, struct more_row more, struct straight s,
                                   float *dy, float *sums)
{
    const struct more_row none = {NULL, 1};
    if (!s.changes && !more.at)
        end_lanes(pixels, y, none, (struct straight){1.0f, false, false, false}, dy, sums);
    else if (s.after)
        end_lanes(pixels, y, more, (struct straight){s.below, true, true, false}, dy, sums);
    else if (more.at)
        end_lanes(pixels, y, more, (struct straight){s.below, false, true, false}, dy, sums);
    else
        end_lanes(pixels, y, none, (struct straight){s.below, false, true, false}, dy, sums);
}

NUMBER_HALVES static void end_halves(size_t pixels, size_t block, const uint16_t *y, struct more_row more,
                                     struct straight s, uint16_t *restrict dy, float *restrict sums)
{
    const struct more_row none = {NULL, 1};
    memset(sums, 0, block * sizeof *sums);
    if (!s.changes && !more.at)
        end_straight(NUMBER_BF16, pixels, block, y, none, (struct straight){1.0f, false, false, false}, dy,
                     sums);
    else if (s.after)
        end_straight(NUMBER_BF16, pixels, block, y, more, (struct straight){s.below, true, true, false}, dy,
                     sums);
    else if (more.at)
        end_straight(NUMBER_BF16, pixels, block, y, more, (struct straight){s.below, false, true, false}, dy,
                     sums);
    else
        end_straight(NUMBER_BF16, pixels, block, y, none, (struct straight){s.below, false, true, false}, dy,
                     sums);
}

/* One row under a max-pool: the only gradient there is. `row`: its place in the window. */
NUMBER_INLINE void end_pooled(size_t pixels, size_t block, const uint16_t *y, const uint16_t *pooled,
                              const uint8_t *winners, size_t row, struct straight s, uint16_t *dy,
                              float *sums)
{
    for (size_t x = 0; x < pixels; x++) {
        size_t above = x / KERNELS_WINDOW * block;
        uint8_t place = (uint8_t)(row * KERNELS_WINDOW + x % KERNELS_WINDOW);
#pragma omp simd
        for (size_t k = 0; k < block; k++) {
            float p = number_widen(pooled[above + k]), v = number_widen(y[x * block + k]);
            float g = winners[above + k] == place ? p : 0.0f, less = s.below * g, d = v > 0.0f ? g : less;
            sums[k] += s.after ? d : g;
            dy[x * block + k] = number_round(d);
        }
    }
}

/* Lanes of the usual block, for which the compiler finds no vectors where bytes and floats meet. A comparison
 * gives all bits or none. */
typedef float end_lanes_of_floats __attribute__((vector_size(END_LANES * sizeof(float))));
typedef int32_t end_lanes_of_bits __attribute__((vector_size(END_LANES * sizeof(int32_t))));
typedef uint16_t end_lanes_of_halves __attribute__((vector_size(END_LANES * sizeof(uint16_t))));
typedef uint8_t end_lanes_of_bytes __attribute__((vector_size(END_LANES)));

NUMBER_WIDE static void end_pooled_floats(size_t pixels, const float *y, const float *pooled,
                                          const uint8_t *winners, size_t row, struct straight s, float *dy,
                                          float *sums)
{
    end_lanes_of_floats sum = {0}, p, v;
    end_lanes_of_bytes w;
    for (size_t x = 0; x < pixels; x++) {
        size_t above = x / KERNELS_WINDOW * END_LANES;
        memcpy(&p, pooled + above, sizeof p);
        memcpy(&w, winners + above, sizeof w);
        end_lanes_of_halves wide =
            __builtin_convertvector(w, end_lanes_of_halves); /* gcc widens twofold only */
        end_lanes_of_bits place = __builtin_convertvector(wide, end_lanes_of_bits),
                          won = place == (int32_t)(row * KERNELS_WINDOW + x % KERNELS_WINDOW);
        end_lanes_of_floats g = (end_lanes_of_floats)((end_lanes_of_bits)p & won), d = g;
        if (s.changes) {
            memcpy(&v, y + x * END_LANES, sizeof v);
            end_lanes_of_bits positive = v > 0.0f, less = (end_lanes_of_bits)(s.below * g);
            d = (end_lanes_of_floats)(((end_lanes_of_bits)g & positive) | (less & ~positive));
        }
        sum += s.after ? d : g;
        if (!s.unread)
            memcpy(dy + x * END_LANES, &d, sizeof d);
    }
    memcpy(sums, &sum, sizeof sum);
}

NUMBER_HALVES static void end_pooled_halves(size_t pixels, size_t block, const uint16_t *restrict y,
                                            const uint16_t *restrict pooled, const uint8_t *restrict winners,
                                            size_t row, struct straight s, uint16_t *restrict dy,
                                            float *restrict sums)
{
    memset(sums, 0, block * sizeof *sums);
    if (s.after)
        end_pooled(pixels, block, y, pooled, winners, row, (struct straight){s.below, true, true, false}, dy,
                   sums);
    else
        end_pooled(pixels, block, y, pooled, winners, row, (struct straight){s.below, false, true, false}, dy,
                   sums);
}

bool kernels_takes_winners(enum net_act act, struct tensor t)
{
    bool lanes = t.type == NUMBER_BF16 ? t.block > 1 : t.block == END_LANES;
    return activations[act].straight && lanes && t.h % KERNELS_WINDOW == 0 && t.w % KERNELS_WINDOW == 0;
}

static void end_pooled_row(struct tensor t, size_t row, const struct kernels_ending *e, struct straight s,
                           void *dy, float *sums)
{
    const struct kernels_more *m = &e->more;
    size_t pixels = (size_t)t.w, block = (size_t)t.block, h = (size_t)t.h, at = row * pixels * block;
    size_t above =
        (row / h * (h / KERNELS_WINDOW) + row % h / KERNELS_WINDOW) * (pixels / KERNELS_WINDOW) * block;
    const void *y = number_in(t.type, e->y, at), *pooled = number_in(t.type, m->at, above);
    void *g = number_at(t.type, dy, at);
    size_t place = row % h % KERNELS_WINDOW;
    if (t.type == NUMBER_BF16)
        end_pooled_halves(pixels, block, y, pooled, m->winners + above, place, s, g, sums);
    else
        end_pooled_floats(pixels, y, pooled, m->winners + above, place, s, g, sums);
}

static void end_curved(enum number type, size_t pixels, size_t block, const struct kernels_ending *e,
                       struct more_row more, size_t at, void *dy, float *sums)
{
    const struct activation *act = &activations[e->act];
    memset(sums, 0, block * sizeof *sums);
    for (size_t x = 0; x < pixels; x++)
        for (size_t k = 0; k < block; k++, at++) {
            float g = number_get(type, dy, at);
            if (more.at && x % more.step == 0)
                g += number_get(type, more.at, x / more.step * block + k);
            float z = e->z ? number_get(type, e->z, at) : 0.0f;
            float y = e->z ? act->value(z) : number_get(type, e->y, at);
            float d = e->act == NET_LINEAR ? g : g * act->slope(z, y);
            sums[k] += e->after ? d : g;
            number_put(type, dy, at, d);
        }
}

void kernels_slope(enum net_act act, enum number type, size_t n, const void *z, const void *y, void *dy)
{
    const struct activation *a = &activations[act];
    if (act == NET_LINEAR)
        return;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++) {
        float slope = a->slope(number_get(type, z, i), number_get(type, y, i));
        number_put(type, dy, i, number_get(type, dy, i) * slope);
    }
}

/* What is to be added to row `row` of all blocks. */
static struct more_row more_of(struct tensor t, const struct kernels_more *m, size_t row)
{
    size_t step = (size_t)m->step, y = row % (size_t)t.h;
    if (!m->at || y % step != 0)
        return (struct more_row){NULL, 1};
    size_t above = row / (size_t)t.h * (size_t)m->shape.h + y / step;
    return (struct more_row){number_in(t.type, m->at, above * (size_t)m->shape.w * (size_t)t.block), step};
}

/* Row `row` of all blocks of channels. */
static void kernels_end_row(struct tensor t, size_t row, const struct kernels_ending *e, void *dy,
                            float *sums)
{
    size_t pixels = (size_t)t.w, block = (size_t)t.block, at = row * pixels * block;
    const struct more_row more = more_of(t, &e->more, row);
    const struct activation *act = &activations[e->act];
    struct straight s = {act->below, e->after, e->act != NET_LINEAR, e->unread};
    bool straight = act->straight, lanes = t.type == NUMBER_F32 && block == END_LANES;
    void *g = number_at(t.type, dy, at);
    const void *y = number_in(t.type, e->y, at);
    if (e->more.winners)
        end_pooled_row(t, row, e, s, dy, sums);
    else if (straight && t.type == NUMBER_BF16)
        end_halves(pixels, block, y, more, s, g, sums);
    else if (!straight || !lanes)
        end_curved(t.type, pixels, block, e, more, at, dy, sums);
    else
        end_floats(pixels, y, more, s, g, sums);
}

/* Rows are summed in float, at most a few hundred terms, and the rows in double. sums: [h][block] */
static void mean_of_rows(struct tensor t, const float *sums, float *alpha)
{
    size_t block = (size_t)t.block;
    for (size_t k = 0; k < block; k++) {
        double total = 0;
        for (size_t h = 0; h < (size_t)t.h; h++)
            total += sums[h * block + k];
        alpha[k] = (float)(total / (double)tensor_pixels(t));
    }
}

size_t kernels_end_floats(struct tensor t, int batch)
{
    return (size_t)batch * tensor_channels(t) * (size_t)t.h;
}

void kernels_end(struct tensor t, int batch, const struct kernels_ending *e, void *dy)
{
    if (e->act == NET_LINEAR && !e->more.at && !e->alpha)
        return;
    size_t blocks = (size_t)batch * (size_t)tensor_blocks(t), block = (size_t)t.block, h = (size_t)t.h;
#pragma omp parallel
    {
#pragma omp for schedule(static)
        for (size_t row = 0; row < blocks * h; row++)
            kernels_end_row(t, row, e, dy, e->sums + row * block);
#pragma omp for schedule(static)
        for (size_t b = 0; b < (e->alpha ? blocks : 0); b++)
            mean_of_rows(t, e->sums + b * h * block, e->alpha + b * block);
    }
}
