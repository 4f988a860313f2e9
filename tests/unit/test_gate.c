/* A map times a gate, and the gate's gradient, against the plain definition: gates of one factor a channel, a
 * pixel and a number, in blocks that the channels do not fill. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "graph/kernels_gate.h"
#include "graph_fixture.h"

enum { BATCH = 2, CHANNELS = 11, HEIGHT = 2, WIDTH = 3 };

/* As a graph lays them out: a gate of a single pixel, or of a single channel, has no blocks. */
static const struct gate {
    struct tensor gate, map;
} gates[] = {
    {{.c = CHANNELS, .h = 1, .w = 1, .block = 1}, {.c = CHANNELS, .h = HEIGHT, .w = WIDTH, .block = 8}},
    {{.c = 1, .h = HEIGHT, .w = WIDTH, .block = 1}, {.c = CHANNELS, .h = HEIGHT, .w = WIDTH, .block = 8}},
    {{.c = CHANNELS, .h = HEIGHT, .w = WIDTH, .block = 8},
     {.c = CHANNELS, .h = HEIGHT, .w = WIDTH, .block = 8}},
    {{.c = CHANNELS, .h = 1, .w = 1, .block = 1}, {.c = CHANNELS, .h = HEIGHT, .w = WIDTH, .block = 1}},
};
enum { GATES = sizeof gates / sizeof *gates };

/* [BATCH][...], zeroes in the padding; new. */
static float *gate_numbers(struct tensor t, uint64_t seed)
{
    float *x = memory_new(BATCH * tensor_numbers(t), sizeof *x);
    for (size_t n = 0; n < BATCH; n++)
        for (size_t i = 0; i < (size_t)t.c * tensor_pixels(t); i++)
            x[n * tensor_numbers(t) + tensor_at_index(t, i)] = fixture_random(&seed);
    return x;
}

static float *number_of(struct tensor t, float *x, size_t n, int c, int i, int k)
{
    return &x[n * tensor_numbers(t) + tensor_at(t, c, i, k)];
}

/* The factor of a number of the map. */
static float *factor_of(const struct gate *g, float *gate, size_t n, int c, int i, int k)
{
    bool one = g->gate.h * g->gate.w == 1;
    return number_of(g->gate, gate, n, g->gate.c == 1 ? 0 : c, one ? 0 : i, one ? 0 : k);
}

static void check_product(const struct gate *g, bool add)
{
    struct tensor t = g->map;
    float *gate = gate_numbers(g->gate, 3), *x = gate_numbers(t, 4), *y = gate_numbers(t, 5),
          *expected = gate_numbers(t, 5);
    for (size_t n = 0; n < BATCH; n++)
        for (int c = 0; c < t.c; c++)
            for (int i = 0; i < t.h; i++)
                for (int k = 0; k < t.w; k++) {
                    float *at = number_of(t, expected, n, c, i, k);
                    *at = (add ? *at : 0.0f) + *factor_of(g, gate, n, c, i, k) * *number_of(t, x, n, c, i, k);
                }
    gate_multiply(g->gate, t, BATCH, gate, x, y, add);
    assert_memory_equal(y, expected, BATCH * tensor_numbers(t) * sizeof *y);
    free(gate);
    free(x);
    free(y);
    free(expected);
}

static void product_is_that_of_each_number_and_its_factor(void **state)
{
    (void)state;
    for (int i = 0; i < GATES; i++)
        for (int add = 0; add < 2; add++)
            check_product(&gates[i], add);
}

/* What stands where the padding's factors would be, the next image's or nothing's, never meets the padding:
 * an infinite factor times zero is no number. */
static void padding_stays_zero_whatever_the_factors(void **state)
{
    (void)state;
    for (int i = 0; i < GATES; i++) {
        const struct gate *g = &gates[i];
        struct tensor t = g->map;
        size_t numbers = tensor_numbers(t);
        float *gate = gate_numbers(g->gate, 3), *x = gate_numbers(t, 4),
              *y = memory_new(BATCH * numbers, sizeof *y);
        for (size_t k = 0; k < BATCH * tensor_numbers(g->gate); k++)
            gate[k] = INFINITY;
        gate_multiply(g->gate, t, BATCH, gate, x, y, false);
        for (int c = t.c; c < (int)tensor_channels(t); c++)
            for (size_t n = 0; n < BATCH; n++)
                for (int p = 0; p < t.h * t.w; p++)
                    assert_true(*number_of(t, y, n, c, p / t.w, p % t.w) == 0.0f);
        free(gate);
        free(x);
        free(y);
    }
}

static void gradient_is_the_sum_over_what_a_factor_multiplies(void **state)
{
    (void)state;
    for (int i = 0; i < GATES; i++) {
        const struct gate *g = &gates[i];
        struct tensor t = g->map;
        float *dy = gate_numbers(t, 6), *x = gate_numbers(t, 7), *got = gate_numbers(g->gate, 8);
        float *sum = memory_new(BATCH * tensor_numbers(g->gate), sizeof *sum);
        for (size_t n = 0; n < BATCH; n++)
            for (int c = 0; c < t.c; c++)
                for (int p = 0; p < t.h * t.w; p++)
                    *factor_of(g, sum, n, c, p / t.w, p % t.w) +=
                        *number_of(t, dy, n, c, p / t.w, p % t.w) * *number_of(t, x, n, c, p / t.w, p % t.w);
        gate_sum(g->gate, t, BATCH, dy, x, got, false);
        for (size_t k = 0; k < BATCH * tensor_numbers(g->gate); k++)
            assert_float_equal(got[k], sum[k], 1e-5f);
        free(dy);
        free(x);
        free(got);
        free(sum);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(product_is_that_of_each_number_and_its_factor),
        cmocka_unit_test(padding_stays_zero_whatever_the_factors),
        cmocka_unit_test(gradient_is_the_sum_over_what_a_factor_multiplies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
