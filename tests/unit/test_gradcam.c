/* Grad-CAM importance against hand-worked numbers and a plain double-precision version; the arena. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan/arena.h"
#include "plan/gradcam.h"
#include "plan_fixture.h"

/* Two channels of 1x2 pixels.
 *     A_0 = (1, 2), G_0 = (3, 1): alpha_0 = 2      A_1 = (4, 1), G_1 = (-1, -3): alpha_1 = -2
 *     sum_k alpha_k A_k = (2 - 8, 4 - 2) = (-6, 2); relu: (0, 2); mean over pixels: 1
 * With the mean over channels: 0.5. ReLU on the gradients instead of on the sum would give (2, 4) -> 3. */
static void hand_worked_example(void **state)
{
    (void)state;
    const struct tensor t = {2, 1, 2, 1};
    const float a[] = {1, 2, 4, 1}, g[] = {3, 1, -1, -3};
    double room[64];
    float importance;
    gradcam_importance(t, 1, GRADCAM_SUM, a, g, room, &importance);
    assert_float_equal(importance, 1.0f, 1e-6f);
    gradcam_importance(t, 1, GRADCAM_MEAN, a, g, room, &importance);
    assert_float_equal(importance, 0.5f, 1e-6f);

    float map[2];
    gradcam_map(t, 0, GRADCAM_SUM, a, g, room, map);
    assert_true(map[0] == 0);
    assert_float_equal(map[1], 2.0f, 1e-6f);
    gradcam_map(t, 0, GRADCAM_MEAN, a, g, room, map);
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

static void check_layout(int c, int h, int w, int block)
{
    enum { BATCH = 3 };
    const struct tensor t = {c, h, w, block};
    size_t pixels = tensor_pixels(t), n = (size_t)c * pixels, image = tensor_floats(t);
    float *a = calloc(BATCH * n, sizeof *a), *g = calloc(BATCH * n, sizeof *g);
    float *laid_a = calloc(BATCH * image, sizeof *a), *laid_g = calloc(BATCH * image, sizeof *g);
    double *room = malloc(gradcam_room(t, BATCH));
    float importance[BATCH];
    uint64_t seed = 5;
    for (size_t i = 0; i < BATCH * n; i++) {
        a[i] = fixture_random(&seed) + 0.5f;
        g[i] = fixture_random(&seed) + 0.2f;
        laid_a[i / n * image + tensor_at_index(t, i % n)] = a[i];
        laid_g[i / n * image + tensor_at_index(t, i % n)] = g[i];
    }
    gradcam_importance(t, BATCH, GRADCAM_MEAN, laid_a, laid_g, room, importance);
    float *map = malloc(pixels * sizeof *map);
    for (size_t image_n = 0; image_n < BATCH; image_n++) {
        double expected = plain(a + image_n * n, g + image_n * n, c, pixels), mean = 0;
        assert_true(expected > 0);
        assert_true(fabs(importance[image_n] - expected) < 1e-5 * expected);
        gradcam_map(t, (int)image_n, GRADCAM_MEAN, laid_a, laid_g, room, map);
        for (size_t p = 0; p < pixels; p++)
            mean += (double)map[p] / (double)pixels;
        assert_true(fabs(importance[image_n] - mean) < 1e-6 * expected);
    }
    free(a), free(g), free(laid_a), free(laid_g), free(room), free(map);
}

static void every_layout_agrees_with_the_definition(void **state)
{
    (void)state;
    const int blocks[] = {1, 8, 16};
    for (int i = 0; i < 3; i++) {
        check_layout(32, 9, 11, blocks[i]);
        check_layout(19, 7, 5, blocks[i]);   /* channels that do not fill the last block */
        check_layout(48, 13, 17, blocks[i]); /* pixels that do not fill the last tile */
    }
    check_layout(100, 1, 1, 1);
}

static void all_zero_maps_are_zero_and_nan_comes_through(void **state)
{
    (void)state;
    const struct tensor t = {2, 1, 2, 1};
    float a[] = {1, 2, 4, 1}, g[] = {-3, -1, -1, -3}, importance;
    double room[64];
    gradcam_importance(t, 1, GRADCAM_MEAN, a, g, room, &importance);
    assert_true(importance == 0.0f);
    float map[2];
    gradcam_map(t, 0, GRADCAM_MEAN, a, g, room, map);
    assert_true(map[0] == 0.0f && map[1] == 0.0f);
    g[0] = NAN;
    gradcam_importance(t, 1, GRADCAM_MEAN, a, g, room, &importance);
    assert_true(isnan(importance));
    gradcam_map(t, 0, GRADCAM_MEAN, a, g, room, map);
    assert_true(isnan(map[0]) && isnan(map[1]));
}

static void arena_shares_room_only_over_time(void **state)
{
    (void)state;
    struct error e;
    struct arena *arena = arena_new();
    /* A chain: each block lives while the next is written. Two rooms are enough for all of them. */
    enum { N = 12, FLOATS = 64 };
    int block[N];
    for (int i = 0; i < N; i++)
        block[i] = arena_block(arena, FLOATS, i, i + 1);
    int late = arena_block(arena, FLOATS, 3, 3);
    arena_extend(arena, late, 9);
    assert_int_equal(arena_place(arena, &e), 0);
    assert_int_equal(arena_floats(arena), 3 * FLOATS);
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
        cmocka_unit_test(arena_shares_room_only_over_time),
    };
    return cmocka_run_group_tests_name("gradcam", tests, NULL, NULL);
}
