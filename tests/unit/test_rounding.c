/* Weights rounded to bfloat16: each stays within a step, and a filter's errors add up to nothing. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/number.h"
#include "graph_fixture.h"
#include "graph/rounding.h"

enum { FILTERS = 40, MOST = 4608 };

/* The distance of the neighbours of a number in bfloat16, which has 8 binary digits. */
static double step_of(float w)
{
    int exponent;
    frexp((double)w, &exponent);
    return ldexp(1, exponent - 8);
}

static double sum_of_errors(size_t n, const float *w, const uint16_t *halves)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)(number_widen(halves[i]) - w[i]);
    return sum;
}

static double sum_of_nearest(size_t n, const float *w)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)(number_widen(number_round(w[i])) - w[i]);
    return sum;
}

static void check_filters(size_t n)
{
    float *w = memory_new(FILTERS * n, sizeof *w);
    uint64_t seed = n;
    double kept = 0, nearest = 0;
    for (size_t i = 0; i < FILTERS * n; i++)
        w[i] = 0.1f * fixture_random(&seed);
    uint16_t *halves = rounding_halves(FILTERS, n, w);
    assert_non_null(halves);
    size_t moved = 0;
    for (size_t i = 0; i < FILTERS * n; i++) {
        assert_true(fabs((double)(number_widen(halves[i]) - w[i])) <= step_of(w[i]));
        moved += halves[i] != number_round(w[i]);
    }
    for (size_t i = 0; i < FILTERS * n; i += n) {
        kept += fabs(sum_of_errors(n, w + i, halves + i)) / FILTERS;
        nearest += fabs(sum_of_nearest(n, w + i)) / FILTERS;
    }
    assert_true(kept < 0.3 * nearest);
    assert_true(kept < step_of(0.1f));
    assert_true(moved < FILTERS * n / 5); /* few of them */
    free(halves);
    free(w);
}

static void errors_of_a_filter_add_up_to_nothing(void **state)
{
    (void)state;
    check_filters(144);
    check_filters(256);
    check_filters(MOST);
}

/* What bfloat16 holds, what has no neighbour on the other side, and what is not finite. */
static void exact_and_extreme_weights_stay(void **state)
{
    (void)state;
    static const float exact[] = {0, -0.0f, 1, -1, 0.5f, 255, 3.0e-39f, -96, INFINITY, 2, 7, 0x1p127f};
    enum { N = sizeof exact / sizeof *exact };
    uint16_t *halves = rounding_halves(1, N, exact);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(halves[i], number_round(exact[i]));
    free(halves);
    static const float none[] = {1.003f, NAN, 1.001f, INFINITY};
    halves = rounding_halves(1, 4, none);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(halves[i], number_round(none[i]));
    free(halves);
}

static void small_weights_beside_zero_move_outwards(void **state)
{
    (void)state;
    float w[8];
    for (int i = 0; i < 8; i++)
        w[i] = i % 2 ? 4.0e-41f : 1.0f + 0.0038f; /* below half the smallest step; just below half a step */
    uint16_t *halves = rounding_halves(1, 8, w);
    for (int i = 0; i < 8; i++)
        assert_true(isfinite(number_widen(halves[i])) && number_widen(halves[i]) >= 0);
    assert_true(fabs(sum_of_errors(8, w, halves)) <= step_of(1.0f) / 2);
    free(halves);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_of_a_filter_add_up_to_nothing),
        cmocka_unit_test(exact_and_extreme_weights_stay),
        cmocka_unit_test(small_weights_beside_zero_move_outwards),
    };
    return cmocka_run_group_tests_name("rounding", tests, NULL, NULL);
}
