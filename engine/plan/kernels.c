#include "plan/kernels.h"

#include <math.h>
#include <string.h>

/* Work is handed to threads in pieces of this many floats. Lanes: the widest channel block. */
enum { CHUNK = 16384, KERNELS_LANES = 16 };

/* SELU's constants as Darknet writes them (Klambauer et al. 2017). */
#define SELU_SCALE 1.0507f
#define SELU_ALPHA 1.6732f

/* ---- Activations: Darknet's activations.h, formula by formula --------------------------------- */

static float stair(float z)
{
    float n = floorf(z);
    return fmodf(n, 2.0f) == 0.0f ? floorf(z / 2.0f) : (z - n) + floorf(z / 2.0f);
}

static float plse(float z)
{
    if (z < -4.0f)
        return 0.01f * (z + 4.0f);
    if (z > 4.0f)
        return 0.01f * (z - 4.0f) + 1.0f;
    return 0.125f * z + 0.5f;
}

static float lhtan(float z)
{
    if (z < 0.0f)
        return 0.001f * z;
    if (z > 1.0f)
        return 0.001f * (z - 1.0f) + 1.0f;
    return z;
}

static float activate(enum net_act act, float z)
{
    switch (act) {
    case NET_LOGISTIC:
        return 1.0f / (1.0f + expf(-z));
    case NET_RELU:
        return z > 0.0f ? z : 0.0f;
    case NET_RELIE:
        return z > 0.0f ? z : 0.01f * z;
    case NET_RAMP:
        return z > 0.0f ? z + 0.1f * z : 0.1f * z;
    case NET_TANH:
        return tanhf(z);
    case NET_PLSE:
        return plse(z);
    case NET_LEAKY:
        return z > 0.0f ? z : 0.1f * z;
    case NET_ELU:
        return z >= 0.0f ? z : expm1f(z);
    case NET_LOGGY:
        return 2.0f / (1.0f + expf(-z)) - 1.0f;
    case NET_STAIR:
        return stair(z);
    case NET_HARDTAN:
        return z < -1.0f ? -1.0f : z > 1.0f ? 1.0f : z;
    case NET_LHTAN:
        return lhtan(z);
    case NET_SELU:
        return z >= 0.0f ? SELU_SCALE * z : SELU_SCALE * SELU_ALPHA * expm1f(z);
    case NET_LINEAR:
    case NET_ACTS:
        break;
    }
    return z;
}

/* The derivative at z, from y = act(z). */
static float slope(enum net_act act, float y)
{
    switch (act) {
    case NET_LOGISTIC:
        return y * (1.0f - y);
    case NET_RELU:
        return y > 0.0f ? 1.0f : 0.0f;
    case NET_RELIE:
        return y > 0.0f ? 1.0f : 0.01f;
    case NET_RAMP:
        return y > 0.0f ? 1.1f : 0.1f;
    case NET_TANH:
        return 1.0f - y * y;
    case NET_PLSE:
        return y < 0.0f || y > 1.0f ? 0.01f : 0.125f;
    case NET_LEAKY:
        return y > 0.0f ? 1.0f : 0.1f;
    case NET_ELU:
        return y >= 0.0f ? 1.0f : y + 1.0f;
    case NET_LOGGY:
        return 0.5f * (1.0f + y) * (1.0f - y);
    case NET_STAIR:
        return floorf(y) == y ? 0.0f : 1.0f;
    case NET_HARDTAN:
        return y > -1.0f && y < 1.0f ? 1.0f : 0.0f;
    case NET_LHTAN:
        return y > 0.0f && y < 1.0f ? 1.0f : 0.001f;
    case NET_SELU:
        return y >= 0.0f ? SELU_SCALE : y + SELU_SCALE * SELU_ALPHA;
    case NET_LINEAR:
    case NET_ACTS:
        break;
    }
    return 1.0f;
}

/* One loop for each of the two activations that nearly all networks use, so that the compiler can
 * vectorise it; the switch per element serves the rest. */
void kernels_activate(enum net_act act, size_t n, const float *z, float *y)
{
    if (act == NET_LINEAR && z == y)
        return;
#pragma omp parallel for schedule(static)
    for (size_t begin = 0; begin < n; begin += CHUNK) {
        size_t end = begin + CHUNK < n ? begin + CHUNK : n;
        if (act == NET_RELU || act == NET_LEAKY) {
            float below = act == NET_RELU ? 0.0f : 0.1f;
            for (size_t i = begin; i < end; i++)
                y[i] = z[i] > 0.0f ? z[i] : below * z[i];
        } else {
            for (size_t i = begin; i < end; i++)
                y[i] = activate(act, z[i]);
        }
    }
}

/* What a value below zero is multiplied by, in the activations that are straight on either side of it. */
static bool is_straight(enum net_act act, float *below)
{
    *below = act == NET_RELU ? 0.0f : act == NET_LEAKY ? 0.1f : 1.0f;
    return act == NET_RELU || act == NET_LEAKY || act == NET_LINEAR;
}

/* ---- The end of a gradient ---------------------------------------------------------------------- */

/* One row of one block of channels; sums[lane] += what alpha is the mean of. A loop of its own for the usual
 * case, so that the compiler can keep the lanes in a register. */
static inline void end_lanes(size_t pixels, const float *y, const float *more, float below, bool after,
                             float *dy, float *sums)
{
    float row[KERNELS_LANES] = {0};
    for (size_t x = 0; x < pixels; x++)
        for (size_t k = 0; k < KERNELS_LANES; k++) {
            size_t at = x * KERNELS_LANES + k;
            float g = more ? dy[at] + more[at] : dy[at];
            float d = y[at] > 0.0f ? g : below * g;
            row[k] += after ? d : g;
            dy[at] = d;
        }
    for (size_t k = 0; k < KERNELS_LANES; k++)
        sums[k] = row[k];
}

static void end_row(size_t pixels, size_t block, const struct kernels_ending *e, size_t at, float *dy,
                    float *sums)
{
    memset(sums, 0, block * sizeof *sums);
    for (size_t x = 0; x < pixels; x++)
        for (size_t k = 0; k < block; k++, at++) {
            float g = e->more ? dy[at] + e->more[at] : dy[at];
            float d = e->act == NET_LINEAR ? g : g * slope(e->act, e->y[at]);
            sums[k] += e->after ? d : g;
            dy[at] = d;
        }
}

/* Rows are summed in float, at most a few hundred terms, and the rows in double. */
static void end_block(struct tensor t, size_t at, const struct kernels_ending *e, float *dy, float *alpha)
{
    double total[KERNELS_LANES] = {0};
    size_t block = (size_t)t.block, row = (size_t)t.w * block;
    float below;
    bool lanes = is_straight(e->act, &below) && block == KERNELS_LANES;
    for (int h = 0; h < t.h; h++, at += row) {
        float sums[KERNELS_LANES];
        const float *more = e->more ? e->more + at : NULL;
        if (!lanes)
            end_row((size_t)t.w, block, e, at, dy, sums);
        else if (e->after)
            end_lanes((size_t)t.w, e->y + at, more, below, true, dy + at, sums);
        else if (more)
            end_lanes((size_t)t.w, e->y + at, more, below, false, dy + at, sums);
        else
            end_lanes((size_t)t.w, e->y + at, NULL, below, false, dy + at, sums);
        for (size_t k = 0; k < block; k++)
            total[k] += sums[k];
    }
    for (size_t k = 0; alpha && k < block; k++)
        alpha[k] = (float)(total[k] / (double)tensor_pixels(t));
}

void kernels_end(struct tensor t, int batch, const struct kernels_ending *e, float *dy)
{
    if (e->act == NET_LINEAR && !e->more && !e->alpha)
        return;
    size_t image = tensor_floats(t), block = tensor_pixels(t) * (size_t)t.block;
    size_t blocks = (size_t)tensor_blocks(t);
#pragma omp parallel for collapse(2) schedule(static)
    for (size_t n = 0; n < (size_t)batch; n++)
        for (size_t b = 0; b < blocks; b++)
            end_block(t, n * image + b * block, e, dy,
                      e->alpha ? e->alpha + (n * blocks + b) * (size_t)t.block : NULL);
}

/* ---- Sums ------------------------------------------------------------------------------------- */

void kernels_scale(size_t n, float factor, const float *from, float *to, bool add)
{
#pragma omp parallel for schedule(static)
    for (size_t begin = 0; begin < n; begin += CHUNK) {
        size_t end = begin + CHUNK < n ? begin + CHUNK : n;
        if (add)
            for (size_t i = begin; i < end; i++)
                to[i] += factor * from[i];
        else
            for (size_t i = begin; i < end; i++)
                to[i] = factor * from[i];
    }
}

void kernels_pass(size_t n, const float *from, float *to, bool add)
{
    kernels_scale(n, 1.0f, from, to, add);
}

void kernels_blend(enum net_act act, size_t n, float alpha, const float *a, float beta, const float *b,
                   float *y)
{
    float below;
    bool straight = is_straight(act, &below);
#pragma omp parallel for schedule(static)
    for (size_t begin = 0; begin < n; begin += CHUNK) {
        size_t end = begin + CHUNK < n ? begin + CHUNK : n;
        if (straight)
            for (size_t i = begin; i < end; i++) {
                float z = alpha * a[i] + beta * b[i];
                y[i] = z > 0.0f ? z : below * z;
            }
        else
            for (size_t i = begin; i < end; i++)
                y[i] = activate(act, alpha * a[i] + beta * b[i]);
    }
}

/* ---- Channels ---------------------------------------------------------------------------------- */

void kernels_channels(struct tensor t, int batch, const float *scale, const float *shift, const float *x,
                      float *y, bool add)
{
    size_t pixels = tensor_pixels(t), image = tensor_floats(t);
#pragma omp parallel for collapse(2) schedule(static)
    for (int n = 0; n < batch; n++) {
        for (int c = 0; c < t.c; c++) {
            size_t at = (size_t)n * image + tensor_at(t, c, 0, 0), step = (size_t)t.block;
            for (size_t p = 0; p < pixels; p++, at += step) {
                float v = x[at] * scale[c] + (shift ? shift[c] : 0.0f);
                y[at] = add ? y[at] + v : v;
            }
        }
    }
    if (!add)
        kernels_clear_padding(t, batch, y);
}

void kernels_average(struct tensor in, int batch, const float *x, float *y)
{
    size_t pixels = tensor_pixels(in), image = tensor_floats(in);
#pragma omp parallel for collapse(2) schedule(static)
    for (int n = 0; n < batch; n++) {
        for (int c = 0; c < in.c; c++) {
            const float *p = x + (size_t)n * image + tensor_at(in, c, 0, 0);
            double sum = 0;
            for (size_t i = 0; i < pixels; i++)
                sum += p[i * (size_t)in.block];
            y[(size_t)n * (size_t)in.c + (size_t)c] = (float)(sum / (double)pixels);
        }
    }
}

void kernels_average_gradient(struct tensor in, int batch, const float *dy, float *dx, bool add)
{
    size_t pixels = tensor_pixels(in), image = tensor_floats(in);
#pragma omp parallel for collapse(2) schedule(static)
    for (int n = 0; n < batch; n++) {
        for (int b = 0; b < tensor_blocks(in); b++) {
            for (int lane = 0; lane < in.block; lane++) {
                int c = b * in.block + lane;
                float g = c < in.c ? dy[(size_t)n * (size_t)in.c + (size_t)c] / (float)pixels : 0.0f;
                float *p = dx + (size_t)n * image + (size_t)b * pixels * (size_t)in.block + (size_t)lane;
                for (size_t i = 0; i < pixels; i++)
                    p[i * (size_t)in.block] = add ? p[i * (size_t)in.block] + g : g;
            }
        }
    }
}

/* ---- Maps -------------------------------------------------------------------------------------- */

void kernels_gather(const struct kernels_map *m, int batch, float factor, float offset, const float *in,
                    float *out)
{
#pragma omp parallel for schedule(static)
    for (int n = 0; n < batch; n++) {
        const float *x = in + (size_t)n * m->in_floats;
        float *y = out + (size_t)n * m->out_floats;
        for (size_t i = 0; i < m->pairs; i++)
            y[m->to[i]] = factor * x[m->from[i]] + offset;
    }
}

void kernels_gather_blend(const struct kernels_map *m, int batch, float a, float b, const float *in,
                          float *out)
{
#pragma omp parallel for schedule(static)
    for (int n = 0; n < batch; n++) {
        const float *x = in + (size_t)n * m->in_floats;
        float *y = out + (size_t)n * m->out_floats;
        for (size_t i = 0; i < m->pairs; i++)
            y[m->to[i]] = a * y[m->to[i]] + b * x[m->from[i]];
    }
}

void kernels_scatter(const struct kernels_map *m, int batch, float factor, const float *dout, float *din,
                     bool add)
{
#pragma omp parallel for schedule(static)
    for (int n = 0; n < batch; n++) {
        const float *dy = dout + (size_t)n * m->out_floats;
        float *dx = din + (size_t)n * m->in_floats;
        if (!add)
            memset(dx, 0, m->in_floats * sizeof *dx);
        for (size_t i = 0; i < m->pairs; i++)
            dx[m->from[i]] += factor * dy[m->to[i]];
    }
}

void kernels_map_scale(const struct kernels_map *m, int batch, float factor, float *out)
{
#pragma omp parallel for schedule(static)
    for (int n = 0; n < batch; n++)
        for (size_t i = 0; i < m->pairs; i++)
            out[(size_t)n * m->out_floats + (size_t)m->to[i]] *= factor;
}

void kernels_slice(size_t n, int batch, const float *from, size_t from_stride, float *to, size_t to_stride,
                   bool add)
{
#pragma omp parallel for schedule(static)
    for (int image = 0; image < batch; image++) {
        const float *x = from + (size_t)image * from_stride;
        float *y = to + (size_t)image * to_stride;
        if (!add)
            memcpy(y, x, n * sizeof *y);
        else
            for (size_t i = 0; i < n; i++)
                y[i] += x[i];
    }
}

void kernels_clear_padding(struct tensor t, int batch, float *y)
{
    size_t used = (size_t)(t.c % t.block), block = (size_t)t.block, image = tensor_floats(t);
    if (used == 0)
        return;
    size_t last = image - tensor_pixels(t) * block;
    for (int n = 0; n < batch; n++)
        for (size_t p = 0; p < tensor_pixels(t); p++)
            memset(y + (size_t)n * image + last + p * block + used, 0, (block - used) * sizeof *y);
}
