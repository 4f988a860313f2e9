/* Grad-CAM importance against hand-worked numbers and a plain double-precision version; the arena. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "graph/arena.h"
#include "graph/gradcam.h"
#include "graph/kernels.h"
#include "graph/onednn.h"
#include "graph_fixture.h"
#include "net/definition.h"

/* alpha as a graph makes it, at the end of a gradient. New. */
static float *alpha_of(struct tensor t, int batch, const void *a, const void *g)
{
    size_t bytes = (size_t)batch * tensor_numbers(t) * number_size(t.type);
    float *alpha = memory_new((size_t)batch * tensor_channels(t), sizeof *alpha);
    float *sums = memory_new(kernels_end_floats(t, batch), sizeof *sums);
    void *copy = memory_new(bytes, 1);
    memcpy(copy, g, bytes);
    const struct kernels_ending ending = {.act = NET_LINEAR, .y = a, .alpha = alpha, .sums = sums};
    kernels_end(t, batch, &ending, copy);
    assert_memory_equal(copy, g, bytes);
    free(copy);
    free(sums);
    return alpha;
}

static void importance_of(struct tensor t, int batch, enum reduce reduce, const void *a, const void *g,
                          float *importance)
{
    float *alpha = alpha_of(t, batch, a, g);
    void *capacity = memory_new(gradcam_scratch_bytes(t, batch), 1);
    gradcam_weigh(t, batch, reduce, a, alpha, capacity, importance);
    free(capacity);
    free(alpha);
}

static void map_of(struct tensor t, int batch, int n, enum reduce reduce, const void *a, const void *g,
                   float *map)
{
    float *alpha = alpha_of(t, batch, a, g);
    gradcam_weigh_map(t, n, reduce, a, alpha, map);
    free(alpha);
}

/* Two channels of 1x2 pixels.
 *     A_0 = (1, 2), G_0 = (3, 1): alpha_0 = 2      A_1 = (4, 1), G_1 = (-1, -3): alpha_1 = -2
 *     sum_k alpha_k A_k = (2 - 8, 4 - 2) = (-6, 2); relu: (0, 2); mean over pixels: 1
 * With the mean over channels: 0.5. ReLU on the gradients instead of on the sum would give (2, 4) -> 3. */
static void hand_worked_example(void **state)
{
    (void)state;
    const struct tensor t = {.c = 2, .h = 1, .w = 2, .block = 1};
    const float a[] = {1, 2, 4, 1}, g[] = {3, 1, -1, -3};
    float importance;
    importance_of(t, 1, REDUCE_SUM, a, g, &importance);
    assert_float_equal(importance, 1.0f, 1e-6f);
    importance_of(t, 1, REDUCE_MEAN, a, g, &importance);
    assert_float_equal(importance, 0.5f, 1e-6f);

    float map[2];
    map_of(t, 1, 0, REDUCE_SUM, a, g, map);
    assert_true(map[0] == 0);
    assert_float_equal(map[1], 2.0f, 1e-6f);
    map_of(t, 1, 0, REDUCE_MEAN, a, g, map);
    assert_float_equal(map[1], 1.0f, 1e-6f);
}

/* The definition, image by image, from plain C,H,W arrays. */
static double plain(const float *a, const float *g, int c, size_t pixels)
{
    double total = 0;
    double *alpha = calloc((size_t)c, sizeof *alpha);
    for (int k = 0; k < c; k++)
        for (size_t p = 0; p < pixels; p++)
            alpha[k] += (double)g[(size_t)k * pixels + p] / (double)pixels;
    for (size_t p = 0; p < pixels; p++) {
        double m = 0;
        for (int k = 0; k < c; k++)
            m += alpha[k] * a[(size_t)k * pixels + p] / c;
        total += fmax(m, 0);
    }
    free(alpha);
    return total / (double)pixels;
}

static void check_layout(struct tensor t)
{
    enum { BATCH = 3 };
    size_t pixels = tensor_pixels(t), n = (size_t)t.c * pixels, image = tensor_numbers(t);
    float *a = calloc(BATCH * n, sizeof *a), *g = calloc(BATCH * n, sizeof *g);
    void *laid_a = calloc(BATCH * image, number_size(t.type)),
         *laid_g = calloc(BATCH * image, number_size(t.type));
    float importance[BATCH];
    uint64_t seed = 5;
    for (size_t i = 0; i < BATCH * n; i++) {
        size_t at = i / n * image + tensor_at_index(t, i % n);
        number_put(t.type, laid_a, at, fixture_random(&seed) + 0.5f);
        number_put(t.type, laid_g, at, fixture_random(&seed) + 0.2f);
        a[i] = number_get(t.type, laid_a, at);
        g[i] = number_get(t.type, laid_g, at);
    }
    importance_of(t, BATCH, REDUCE_MEAN, laid_a, laid_g, importance);
    float *map = malloc(pixels * sizeof *map);
    for (size_t image_n = 0; image_n < BATCH; image_n++) {
        double expected = plain(a + image_n * n, g + image_n * n, t.c, pixels), mean = 0;
        assert_true(expected > 0);
        assert_true(fabs(importance[image_n] - expected) < 1e-5 * expected);
        map_of(t, BATCH, (int)image_n, REDUCE_MEAN, laid_a, laid_g, map);
        for (size_t p = 0; p < pixels; p++)
            mean += (double)map[p] / (double)pixels;
        assert_true(fabs(importance[image_n] - mean) < 1e-6 * expected);
    }
    free(a), free(g), free(laid_a), free(laid_g), free(map);
}

static void every_layout_agrees_with_the_definition(void **state)
{
    (void)state;
    static const struct net_shape shapes[] = {{32, 9, 11},
                                              {19, 7, 5} /* channels that do not fill the last block */,
                                              {48, 13, 17} /* pixels that do not fill the last tile */};
    for (int i = 0; i < 3; i++) {
        struct net_shape s = shapes[i];
        for (int block = 1; block <= 16; block = block == 1 ? 8 : 2 * block)
            check_layout((struct tensor){.c = s.c, .h = s.h, .w = s.w, .block = block});
        if (onednn_has_bf16())
            check_layout(tensor_of_halves(s));
    }
    check_layout((struct tensor){.c = 100, .h = 1, .w = 1, .block = 1});
}

static void halves_are_rounded_to_nearest(void **state)
{
    (void)state;
    static const struct {
        float from, to;
    } cases[] = {{1.0f, 1.0f},
                 {1.0f + 1.0f / 256, 1.0f}, /* half way: to even */
                 {1.0f + 3.0f / 256, 1.0f + 4.0f / 256},
                 {-1.0f - 1.5f / 256, -1.0f - 2.0f / 256},
                 {0.0f, 0.0f},
                 {3.4e38f, INFINITY},
                 {-INFINITY, -INFINITY}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(number_widen(number_round(cases[i].from)) == cases[i].to);
    uint32_t bits = 0x7f800001; /* a NaN whose upper half is an infinity's */
    float nan;
    memcpy(&nan, &bits, sizeof nan);
    assert_true(isnan(number_widen(number_round(nan))));
}

static void all_zero_maps_are_zero_and_nan_comes_through(void **state)
{
    (void)state;
    const struct tensor t = {.c = 2, .h = 1, .w = 2, .block = 1};
    float a[] = {1, 2, 4, 1}, g[] = {-3, -1, -1, -3}, importance;
    importance_of(t, 1, REDUCE_MEAN, a, g, &importance);
    assert_true(importance == 0.0f);
    float map[2];
    map_of(t, 1, 0, REDUCE_MEAN, a, g, map);
    assert_true(map[0] == 0.0f && map[1] == 0.0f);
    g[0] = NAN;
    importance_of(t, 1, REDUCE_MEAN, a, g, &importance);
    assert_true(isnan(importance));
    map_of(t, 1, 0, REDUCE_MEAN, a, g, map);
    assert_true(isnan(map[0]) && isnan(map[1]));
    g[0] = -INFINITY; /* a mean gradient that overflowed: relu must not make 0 of it */
    importance_of(t, 1, REDUCE_MEAN, a, g, &importance);
    assert_true(isnan(importance));
    map_of(t, 1, 0, REDUCE_MEAN, a, g, map);
    assert_true(isnan(map[0]) && isnan(map[1]));
}

static void arena_shares_capacity_only_over_time(void **state)
{
    (void)state;
    struct error e;
    struct arena *arena = arena_new();
    /* A chain: each block lives while the next is written. Two rooms are enough for all of them. */
    enum { N = 12, BYTES = 256 };
    int block[N];
    for (int i = 0; i < N; i++)
        block[i] = arena_block(arena, BYTES, i, i + 1);
    int late = arena_block(arena, BYTES, 3, 3);
    arena_extend(arena, late, 9);
    assert_int_equal(arena_place(arena, &e), 0);
    assert_int_equal(arena_bytes(arena), 3 * BYTES);
    for (int i = 0; i + 1 < N; i++)
        assert_true(arena_at(arena, block[i]) != arena_at(arena, block[i + 1]));
    for (int i = 3; i <= 9; i++)
        assert_true(arena_at(arena, block[i]) != arena_at(arena, late));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hand_worked_example),
        cmocka_unit_test(every_layout_agrees_with_the_definition),
        cmocka_unit_test(all_zero_maps_are_zero_and_nan_comes_through),
        cmocka_unit_test(halves_are_rounded_to_nearest),
        cmocka_unit_test(arena_shares_capacity_only_over_time),
    };
    return cmocka_run_group_tests_name("gradcam", tests, NULL, NULL);
}
