#include "graph/kernels.h"

#include <string.h>

#include "net/activations.h"

/* Threads get work in pieces of this many numbers, few enough that the widened ones stay in the cache. Lanes:
 * the widest channel block of floats. */
enum { CHUNK = 2048, KERNELS_LANES = 16 };

/* ---- Pieces of long rows as floats ------------------------------------------------------------- */

NUMBER_HALVES static void widen(size_t n, const uint16_t *restrict from, float *restrict to)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        to[i] = number_widen(from[i]);
}

NUMBER_HALVES static void round_off(size_t n, const float *restrict from, uint16_t *restrict to)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        to[i] = number_round(from[i]);
}

/* n numbers from the at-th on: in place, or widened into `scratch`. */
static const float *read_piece(enum number type, const void *p, size_t at, size_t n, float *scratch)
{
    if (type == NUMBER_F32)
        return (const float *)p + at;
    widen(n, (const uint16_t *)p + at, scratch);
    return scratch;
}

/* Where to write n numbers that write_piece then stores; `read`: the present values are needed. */
static float *open_piece(enum number type, void *p, size_t at, size_t n, float *scratch, bool read)
{
    if (type == NUMBER_F32)
        return (float *)p + at;
    if (read)
        read_piece(type, p, at, n, scratch);
    return scratch;
}

static void write_piece(enum number type, void *p, size_t at, size_t n, const float *scratch)
{
    if (type != NUMBER_F32)
        round_off(n, scratch, (uint16_t *)p + at);
}

/* Used by nearly all networks; y may be z. */
NUMBER_WIDE static void rectify(size_t n, float below, const float *z, float *y)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        y[i] = z[i] > 0.0f ? z[i] : below * z[i];
}

void kernels_activate(enum net_act act, enum number type, size_t n, const void *z, void *y)
{
    const struct activation *a = &activations[act];
    if (act == NET_LINEAR && z == y)
        return;
#pragma omp parallel for schedule(static)
    for (size_t begin = 0; begin < n; begin += CHUNK) {
        size_t piece = begin + CHUNK < n ? CHUNK : n - begin;
        float scratch[2][CHUNK], *to = open_piece(type, y, begin, piece, scratch[0], false);
        const float *from = read_piece(type, z, begin, piece, scratch[1]);
        if (a->straight)
            rectify(piece, a->below, from, to);
        else
            a->values(piece, from, to);
        write_piece(type, y, begin, piece, to);
    }
}

/* ---- Sums ------------------------------------------------------------------------------------- */

NUMBER_WIDE static void scale_piece(size_t n, float factor, const float *from, float *to, bool add)
{
    if (add)
#pragma omp simd
        for (size_t i = 0; i < n; i++)
            to[i] += factor * from[i];
    else
#pragma omp simd
        for (size_t i = 0; i < n; i++)
            to[i] = factor * from[i];
}

NUMBER_WIDE static void blend_piece(size_t n, float alpha, const float *a, float beta, const float *b,
                                    float below, float *y)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        float z = alpha * a[i] + beta * b[i];
        y[i] = z > 0.0f ? z : below * z;
    }
}

void kernels_scale(enum number type, size_t n, float factor, const void *from, void *to, bool add)
{
#pragma omp parallel for schedule(static)
    for (size_t begin = 0; begin < n; begin += CHUNK) {
        size_t piece = begin + CHUNK < n ? CHUNK : n - begin;
        float scratch[2][CHUNK], *y = open_piece(type, to, begin, piece, scratch[0], add);
        const float *x = read_piece(type, from, begin, piece, scratch[1]);
        scale_piece(piece, factor, x, y, add);
        write_piece(type, to, begin, piece, y);
    }
}

void kernels_pass(enum number type, size_t n, const void *from, void *to, bool add)
{
    kernels_scale(type, n, 1.0f, from, to, add);
}

void kernels_blend(enum net_act act, enum number type, size_t n, float alpha, const void *a, float beta,
                   const void *b, void *y)
{
    const struct activation *ending = &activations[act];
#pragma omp parallel for schedule(static)
    for (size_t begin = 0; begin < n; begin += CHUNK) {
        size_t piece = begin + CHUNK < n ? CHUNK : n - begin;
        float scratch[3][CHUNK], *to = open_piece(type, y, begin, piece, scratch[0], false);
        const float *one = read_piece(type, a, begin, piece, scratch[1]),
                    *other = read_piece(type, b, begin, piece, scratch[2]);
        /* Piecewise linear activations (linear included) in one pass. */
        blend_piece(piece, alpha, one, beta, other, ending->straight ? ending->below : 1.0f, to);
        if (!ending->straight)
            ending->values(piece, to, to);
        write_piece(type, y, begin, piece, to);
    }
}

/* ---- Channels ---------------------------------------------------------------------------------- */

/* What one block of channels is multiplied by or added to; 0 past the last channel. */
static void channel_lanes(struct tensor t, int block, const float *from, float lanes[KERNELS_LANES])
{
    for (int k = 0; k < t.block; k++)
        lanes[k] = from && block * t.block + k < t.c ? from[block * t.block + k] : 0.0f;
}

NUMBER_WIDE static void channels_floats(size_t pixels, size_t block, const float *scale, const float *shift,
                                        const float *x, float *y, bool add)
{
    for (size_t i = 0; i < pixels; i++, x += block, y += block)
#pragma omp simd
        for (size_t k = 0; k < block; k++)
            y[k] = add ? y[k] + (x[k] * scale[k] + shift[k]) : x[k] * scale[k] + shift[k];
}

NUMBER_WIDE static void channels_row(size_t pixels, float scale, float shift, const float *x, float *y,
                                     bool add)
{
#pragma omp simd
    for (size_t i = 0; i < pixels; i++)
        y[i] = add ? y[i] + (x[i] * scale + shift) : x[i] * scale + shift;
}

static void channels_of_floats(struct tensor t, int batch, const float *scale, const float *shift,
                               const float *x, float *y, bool add)
{
    size_t pixels = tensor_pixels(t), block = (size_t)t.block;
#pragma omp parallel for collapse(2) schedule(static)
    for (int n = 0; n < batch; n++)
        for (int b = 0; b < tensor_blocks(t); b++) {
            size_t at = (size_t)(n * tensor_blocks(t) + b) * pixels * block;
            float scales[KERNELS_LANES], shifts[KERNELS_LANES];
            channel_lanes(t, b, scale, scales);
            channel_lanes(t, b, shift, shifts);
            if (block == 1)
                channels_row(pixels, scales[0], shifts[0], x + at, y + at, add);
            else
                channels_floats(pixels, block, scales, shifts, x + at, y + at, add);
        }
}

void kernels_channels(struct tensor t, int batch, const float *scale, const float *shift, const void *x,
                      void *y, bool add)
{
    size_t pixels = tensor_pixels(t), image = tensor_numbers(t);
    if (t.type == NUMBER_F32) {
        channels_of_floats(t, batch, scale, shift, x, y, add);
        return;
    }
#pragma omp parallel for collapse(2) schedule(static)
    for (int n = 0; n < batch; n++) {
        for (int c = 0; c < t.c; c++) {
            size_t at = (size_t)n * image + tensor_at(t, c, 0, 0), step = (size_t)t.block;
            for (size_t p = 0; p < pixels; p++, at += step) {
                float v = number_get(t.type, x, at) * scale[c] + (shift ? shift[c] : 0.0f);
                number_put(t.type, y, at, add ? number_get(t.type, y, at) + v : v);
            }
        }
    }
    if (!add)
        kernels_clear_padding(t, batch, y);
}

enum {
    LANES = 16
}; /* computed side by side; a block has as many at most, or is all channels of the tensor */

/* `lanes` neighbouring channels of a block, of a whole number of pixels that lie `block` numbers apart: added
 * up in the order of the pixels; and what each channel gets written to all of them, or added. */
NUMBER_INLINE void add_up_lanes(enum number type, size_t pixels, size_t block, size_t lanes, const void *p,
                                double *sums)
{
    for (size_t i = 0; i < pixels; i++)
#pragma omp simd
        for (size_t k = 0; k < lanes; k++)
            sums[k] += (double)number_get(type, p, i * block + k);
}

NUMBER_INLINE void spread_lanes(enum number type, size_t pixels, size_t block, size_t lanes,
                                const float *shares, void *p, bool add)
{
    for (size_t i = 0; i < pixels; i++)
#pragma omp simd
        for (size_t k = 0; k < lanes; k++)
            number_put(type, p, i * block + k,
                       add ? number_get(type, p, i * block + k) + shares[k] : shares[k]);
}

/* One function for each usual case, with constants for the compiler. */
NUMBER_WIDE static void add_up_floats(size_t pixels, const float *restrict p, double *restrict sums)
{
    add_up_lanes(NUMBER_F32, pixels, LANES, LANES, p, sums);
}

NUMBER_HALVES static void add_up_halves(size_t pixels, size_t block, const uint16_t *restrict p,
                                        double *restrict sums)
{
    add_up_lanes(NUMBER_BF16, pixels, block, LANES, p, sums);
}

NUMBER_WIDE static void spread_floats(size_t pixels, const float *restrict shares, float *restrict p)
{
    spread_lanes(NUMBER_F32, pixels, LANES, LANES, shares, p, false);
}

NUMBER_HALVES static void spread_halves(size_t pixels, size_t block, const float *restrict shares,
                                        uint16_t *restrict p)
{
    spread_lanes(NUMBER_BF16, pixels, block, LANES, shares, p, false);
}

static void average_lanes(struct tensor t, size_t lanes, const void *p, double *means)
{
    size_t pixels = tensor_pixels(t), block = (size_t)t.block;
    memset(means, 0, LANES * sizeof *means);
    if (t.type == NUMBER_F32 && block == LANES)
        add_up_floats(pixels, p, means);
    else if (t.type == NUMBER_BF16 && lanes == LANES)
        add_up_halves(pixels, block, p, means);
    else
        add_up_lanes(t.type, pixels, block, lanes, p, means);
    for (size_t k = 0; k < lanes; k++)
        means[k] /= (double)pixels;
}

void kernels_average(struct tensor in, enum number out, int batch, const void *x, void *y)
{
    size_t image = tensor_numbers(in), block = (size_t)in.block, channels = (size_t)in.c;
    size_t lanes = block < LANES ? block : LANES;
#pragma omp parallel for collapse(2) schedule(static)
    for (int n = 0; n < batch; n++) {
        for (size_t first = 0; first < channels; first += lanes) {
            double means[LANES];
            size_t left = channels - first, now = left < lanes ? left : lanes;
            average_lanes(in, now, number_in(in.type, x, (size_t)n * image + tensor_at(in, (int)first, 0, 0)),
                          means);
            for (size_t k = 0; k < now; k++)
                number_put(out, y, (size_t)n * channels + first + k, (float)means[k]);
        }
    }
}

static void average_gradient_lanes(struct tensor t, size_t lanes, const float *shares, void *p, bool add)
{
    size_t pixels = tensor_pixels(t), block = (size_t)t.block;
    if (!add && t.type == NUMBER_F32 && block == LANES)
        spread_floats(pixels, shares, p);
    else if (!add && t.type == NUMBER_BF16 && lanes == LANES)
        spread_halves(pixels, block, shares, p);
    else
        spread_lanes(t.type, pixels, block, lanes, shares, p, add);
}

/* What a block has beyond the last channel gets 0. */
void kernels_average_gradient(struct tensor in, enum number out, int batch, const void *dy, void *dx,
                              bool add)
{
    size_t image = tensor_numbers(in), block = (size_t)in.block, channels = (size_t)in.c;
    size_t lanes = block < LANES ? block : LANES, all = tensor_channels(in);
#pragma omp parallel for collapse(2) schedule(static)
    for (int n = 0; n < batch; n++) {
        for (size_t first = 0; first < all; first += lanes) {
            float shares[LANES];
            size_t left = all - first, now = left < lanes ? left : lanes;
            for (size_t k = 0; k < now; k++)
                shares[k] = first + k < channels ? number_get(out, dy, (size_t)n * channels + first + k) /
                                                       (float)tensor_pixels(in)
                                                 : 0.0f;
            average_gradient_lanes(
                in, now, shares,
                number_at(in.type, dx,
                          (size_t)n * image + first / block * tensor_pixels(in) * block + first % block),
                add);
        }
    }
}

/* ---- Runs ---------------------------------------------------------------------------------------- */

/* to = from, or to += from. */
static void run_of_numbers(enum number type, size_t n, const void *from, void *to, bool add)
{
    if (add)
        for (size_t i = 0; i < n; i++)
            number_put(type, to, i, number_get(type, to, i) + number_get(type, from, i));
    else
        memcpy(to, from, n * number_size(type));
}

void kernels_slice(enum number type, size_t rows, size_t n, const void *from, size_t from_stride, void *to,
                   size_t to_stride, bool add)
{
#pragma omp parallel for schedule(static)
    for (size_t row = 0; row < rows; row++) {
        const void *x = number_in(type, from, row * from_stride);
        run_of_numbers(type, n, x, number_at(type, to, row * to_stride), add);
    }
}

/* One row of one block of the coarse tensor of a subsampling. */
struct coarse_row {
    size_t fine, coarse; /* offset of its first pixel in either tensor */
    size_t channels;     /* channels of a pixel; less than a block where there are no more */
};

static struct coarse_row coarse_row(struct tensor in, struct tensor out, int step, size_t image_block,
                                    size_t y)
{
    size_t blocks = (size_t)tensor_blocks(in), block = (size_t)in.block, b = image_block % blocks;
    size_t left = tensor_channels(out) - b * block;
    return (struct coarse_row){
        .fine = (image_block * (size_t)in.h + y * (size_t)step) * (size_t)in.w * block,
        .coarse =
            image_block / blocks * tensor_numbers(out) + (b * tensor_pixels(out) + y * (size_t)out.w) * block,
        .channels = left < block ? left : block,
    };
}

void kernels_subsample(struct tensor in, struct tensor out, int step, int batch, const void *x, void *y)
{
    size_t blocks = (size_t)batch * (size_t)tensor_blocks(in), block = (size_t)in.block, h = (size_t)out.h;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < blocks * h; i++) {
        const struct coarse_row r = coarse_row(in, out, step, i / h, i % h);
        for (size_t p = 0; p < (size_t)out.w; p++)
            run_of_numbers(in.type, r.channels, number_in(in.type, x, r.fine + p * (size_t)step * block),
                           number_at(in.type, y, r.coarse + p * block), false);
    }
}

void kernels_subsample_gradient(struct tensor in, struct tensor out, int step, int batch, const void *dy,
                                void *dx, bool add)
{
    size_t blocks = (size_t)batch * (size_t)tensor_blocks(in), block = (size_t)in.block, h = (size_t)in.h;
    size_t row = (size_t)in.w * block;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < blocks * h; i++) {
        if (!add)
            memset(number_at(in.type, dx, i * row), 0, row * number_size(in.type));
        if (i % h % (size_t)step != 0)
            continue;
        const struct coarse_row r = coarse_row(in, out, step, i / h, i % h / (size_t)step);
        for (size_t p = 0; p < (size_t)out.w; p++)
            run_of_numbers(in.type, r.channels, number_in(in.type, dy, r.coarse + p * block),
                           number_at(in.type, dx, r.fine + p * (size_t)step * block), add);
    }
}

/* ---- The largest -------------------------------------------------------------------------------- */

/* Bits without the sign are in the order of absolute values, infinity and NaN last. */
NUMBER_WIDE static uint32_t largest_floats(size_t n, const uint32_t *bits)
{
    uint32_t most = 0;
#pragma omp simd reduction(max : most)
    for (size_t i = 0; i < n; i++) {
        uint32_t b = bits[i] & 0x7fffffff;
        most = b > most ? b : most;
    }
    return most;
}

NUMBER_WIDE static uint32_t largest_halves(size_t n, const uint16_t *bits)
{
    uint16_t most = 0;
#pragma omp simd reduction(max : most)
    for (size_t i = 0; i < n; i++) {
        uint16_t b = bits[i] & 0x7fff;
        most = b > most ? b : most;
    }
    return (uint32_t)most << 16;
}

float kernels_largest(enum number type, size_t n, const void *x)
{
    uint32_t most = 0;
    float largest;
#pragma omp parallel for schedule(static) reduction(max : most)
    for (size_t begin = 0; begin < n; begin += CHUNK) {
        size_t piece = begin + CHUNK < n ? CHUNK : n - begin;
        const void *p = number_in(type, x, begin);
        uint32_t found = type == NUMBER_F32 ? largest_floats(piece, p) : largest_halves(piece, p);
        most = found > most ? found : most;
    }
    memcpy(&largest, &most, sizeof largest);
    return largest;
}

void kernels_clear_padding(struct tensor t, int batch, void *y)
{
    size_t used = (size_t)(t.c % t.block), block = (size_t)t.block, image = tensor_numbers(t);
    if (used == 0)
        return;
    size_t last = image - tensor_pixels(t) * block;
    for (int n = 0; n < batch; n++)
        for (size_t p = 0; p < tensor_pixels(t); p++)
            memset(number_at(t.type, y, (size_t)n * image + last + p * block + used), 0,
                   (block - used) * number_size(t.type));
}
