#include "graph/gradcam.h"

#include <math.h>
#include <string.h>

#include "net/definition.h"

/* Pixels handled at once: small enough that their sums stay in the first-level cache while looping over the
 * channels. Lanes: the widest channel block. */
enum { TILE = 64, LANES = 16 };

static size_t tiles_of(struct tensor t)
{
    return (tensor_pixels(t) + TILE - 1) / TILE;
}

size_t gradcam_scratch_bytes(struct tensor t, int batch)
{
    return (size_t)batch * tiles_of(t) * sizeof(double); /* the tiles' sums */
}

/* What is not finite must be kept: also -infinity, which becomes NaN. */
static double relu(double v)
{
    return v > 0 ? v : v - v;
}

/* m[i][k] += w[k] * p[i][k] for some channels of all pixels of a tile, which lie `step` apart. */
NUMBER_INLINE void add_lanes(enum number type, size_t pixels, size_t step, size_t lanes, const void *p,
                             const float *w, float m[TILE][LANES])
{
    for (size_t i = 0; i < pixels; i++)
#pragma omp simd
        for (size_t k = 0; k < lanes; k++)
            m[i][k] += w[k] * number_get(type, p, i * step + k);
}

NUMBER_HALVES static void add_halves(size_t pixels, size_t step, const void *p, const float *w,
                                     float m[TILE][LANES])
{
    add_lanes(NUMBER_BF16, pixels, step, LANES, p, w, m);
}

/* Plain channels are spread over the lanes, for shorter chains of additions. */
static void add_plain(enum number type, size_t pixels, const void *p, float w, int lane, float m[TILE][LANES])
{
    for (size_t i = 0; i < pixels; i++)
        m[i][lane] += w * number_get(type, p, i);
}

/* sum_k alpha_k A_k at the pixels of one tile, whatever the layout. */
static void tile_values(struct tensor t, const void *a, const float *alpha, size_t first, size_t pixels,
                        double *values)
{
    float m[TILE][LANES];
    memset(m, 0, sizeof m);
    size_t block = (size_t)t.block, channels = tensor_channels(t);
    for (size_t c = 0, lanes; c < channels; c += lanes) {
        size_t left = block - c % block;
        lanes = left < LANES ? left : LANES;
        const void *p = number_in(t.type, a, (c / block * tensor_pixels(t) + first) * block + c % block);
        if (block == 1)
            add_plain(t.type, pixels, p, alpha[c], (int)(c % LANES), m);
        else if (t.type == NUMBER_BF16 && lanes == LANES)
            add_halves(pixels, block, p, alpha + c, m);
        else
            add_lanes(t.type, pixels, block, lanes, p, alpha + c, m);
    }
    for (size_t i = 0; i < pixels; i++) {
        double v = 0;
        for (size_t k = 0; k < LANES; k++)
            v += m[i][k];
        values[i] = v;
    }
}

/* ---- The same in whole registers ---------------------------------------------------------------- */

/* All turns of a loop over lanes side by side, so that its registers need not be memory (clang sees that
 * itself). */
#if defined __GNUC__ && !defined __clang__
#define UNROLLED _Pragma("GCC unroll 16")
#else
#define UNROLLED
#endif

/* Channels of one pixel, and then one channel of as many pixels. */
typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef double wide_lanes __attribute__((vector_size(LANES * sizeof(double))));
typedef uint32_t bit_lanes __attribute__((vector_size(LANES * sizeof(uint32_t))));
typedef uint16_t half_lanes __attribute__((vector_size(LANES * sizeof(uint16_t))));

/* How the channels of a tensor lie: in groups of LANES. */
struct grouping {
    size_t groups, group_step, pixel_step;
};

NUMBER_INLINE void load_lanes(enum number type, const void *p, size_t at, lanes *v)
{
    if (type == NUMBER_F32) {
        memcpy(v, (const float *)p + at, sizeof *v);
    } else {
        half_lanes halves;
        memcpy(&halves, (const uint16_t *)p + at, sizeof halves);
        bit_lanes bits = __builtin_convertvector(halves, bit_lanes) << 16;
        memcpy(v, &bits, sizeof bits);
    }
}

/* Exchanges the upper right with the lower left quarter of each square of 2 * STEP rows: all four make
 * columns of rows. */
#define ROW(j, step) ((j) & (step) ? LANES + (j) - (step) : (j))
#define COLUMN(j, step) ((j) & (step) ? LANES + (j) : (j) + (step))
#define ALL(of, step)                                                                                        \
    of(0, step), of(1, step), of(2, step), of(3, step), of(4, step), of(5, step), of(6, step), of(7, step),  \
        of(8, step), of(9, step), of(10, step), of(11, step), of(12, step), of(13, step), of(14, step),      \
        of(15, step)
#define EXCHANGE(m, step)                                                                                    \
    UNROLLED for (size_t i = 0; i < LANES; i++) if (!(i & (step)))                                           \
    {                                                                                                        \
        lanes upper = (m)[i], lower = (m)[i + (step)];                                                       \
        (m)[i] = __builtin_shufflevector(upper, lower, ALL(ROW, step));                                      \
        (m)[i + (step)] = __builtin_shufflevector(upper, lower, ALL(COLUMN, step));                          \
    }

/* The values of LANES pixels: the same additions in the same order as tile_values makes. */
NUMBER_INLINE void lanes_values(enum number type, struct grouping g, const void *p, const float *alpha,
                                double *values)
{
    lanes m[LANES] = {0}, w, a;
    for (size_t c = 0; c < g.groups; c++) {
        load_lanes(NUMBER_F32, alpha, c * LANES, &w);
        UNROLLED
        for (size_t i = 0; i < LANES; i++) {
            load_lanes(type, p, c * g.group_step + i * g.pixel_step, &a);
            m[i] += w * a;
        }
    }
    EXCHANGE(m, 1)
    EXCHANGE(m, 2)
    EXCHANGE(m, 4)
    EXCHANGE(m, 8)
    wide_lanes v = {0};
    UNROLLED
    for (size_t k = 0; k < LANES; k++)
        v += __builtin_convertvector(m[k], wide_lanes);
    memcpy(values, &v, sizeof v);
}

NUMBER_WIDE static void values_of_floats(struct grouping g, const float *p, const float *alpha,
                                         double *values)
{
    lanes_values(NUMBER_F32, g, p, alpha, values);
}

NUMBER_HALVES static void values_of_halves(struct grouping g, const uint16_t *p, const float *alpha,
                                           double *values)
{
    lanes_values(NUMBER_BF16, g, p, alpha, values);
}

/* sum_k alpha_k A_k at the pixels of one tile. */
static void gradcam_values(struct tensor t, const void *a, const float *alpha, size_t first, size_t pixels,
                           double *values)
{
    size_t i = 0, block = (size_t)t.block, groups = tensor_channels(t) / LANES;
    bool floats = t.type == NUMBER_F32 && block == LANES;
    bool halves = t.type == NUMBER_BF16 && block > 1 && block % LANES == 0;
    struct grouping g = {groups, floats ? tensor_pixels(t) * block : LANES, block};
    for (; (floats || halves) && i + LANES <= pixels; i += LANES) {
        const void *p = number_in(t.type, a, (first + i) * block);
        if (floats)
            values_of_floats(g, p, alpha, values + i);
        else
            values_of_halves(g, p, alpha, values + i);
    }
    if (i < pixels)
        tile_values(t, a, alpha, first + i, pixels - i, values + i);
}

static double tile_sum(struct tensor t, const void *a, const float *alpha, size_t first, size_t pixels)
{
    double values[TILE], sum = 0;
    gradcam_values(t, a, alpha, first, pixels, values);
    for (size_t i = 0; i < pixels; i++)
        sum += relu(values[i]);
    return sum;
}

void gradcam_weigh(struct tensor t, int batch, enum reduce reduce, const void *a, const float *alpha,
                   void *scratch, float *importance)
{
    size_t image = tensor_numbers(t), pixels = tensor_pixels(t), tiles = tiles_of(t);
    size_t channels = tensor_channels(t);
    double *sums = scratch; /* [batch][tiles] */
#pragma omp parallel for collapse(2) schedule(static)
    for (int n = 0; n < batch; n++)
        for (size_t tile = 0; tile < tiles; tile++) {
            size_t first = tile * TILE, left = pixels - first;
            sums[(size_t)n * tiles + tile] =
                tile_sum(t, number_in(t.type, a, (size_t)n * image), alpha + (size_t)n * channels, first,
                         left < TILE ? left : TILE);
        }
    double factor = 1.0 / (double)pixels / (reduce == REDUCE_MEAN ? t.c : 1);
    for (int n = 0; n < batch; n++) {
        double sum = 0;
        for (size_t tile = 0; tile < tiles; tile++)
            sum += sums[(size_t)n * tiles + tile];
        importance[n] = (float)(sum * factor);
    }
}

void gradcam_weigh_map(struct tensor t, int n, enum reduce reduce, const void *a, const float *alpha,
                       float *map)
{
    size_t image = tensor_numbers(t), pixels = tensor_pixels(t);
    double factor = reduce == REDUCE_MEAN ? 1.0 / t.c : 1;
    for (size_t first = 0; first < pixels; first += TILE) {
        size_t left = pixels - first < TILE ? pixels - first : TILE;
        double values[TILE];
        gradcam_values(t, number_in(t.type, a, (size_t)n * image), alpha + (size_t)n * tensor_channels(t),
                       first, left, values);
        for (size_t i = 0; i < left; i++)
            map[first + i] = (float)(relu(values[i]) * factor);
    }
}
