/* The bootstrap of the curve, against every resample of tiny cases, and what its result may depend on. */
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "curve/stability.h"
#include "simulation.h"

static void add(struct curve *c, long image, int class_index, const float *values)
{
    struct curve_row row = {.image = image, .class_index = class_index, .predicted = 0, .score = 1};
    struct error e = {""};
    if (curve_add(c, &row, values, &e) < 0)
        fail_msg("%s", e.text);
}

static struct stability *run(struct curve *c, const bool *chosen, int resamples)
{
    struct stability *s = stability_new(c, chosen, resamples);
    assert_true(stability_step(s, LONG_MAX));
    return s;
}

/* ---- Every resample of tiny cases ----------------------------------------------------------------- */

enum { LAYERS = 5, ROWS_MAX = 4 };

struct tiny {
    int n[2]; /* rows of each class */
    float values[2][ROWS_MAX][LAYERS];
};

/* The exact probabilities: all n^(n-1) draws of each class are equally likely. */
static void enumerate(const struct tiny *t, double pick[LAYERS], double candidate[LAYERS], double *none)
{
    int ways[2] = {1, 1};
    for (int c = 0; c < 2; c++)
        for (int i = 0; i < t->n[c] - 1; i++)
            ways[c] *= t->n[c];
    double one = 1.0 / (ways[0] * ways[1]);
    for (int way = 0; way < ways[0] * ways[1]; way++) {
        double mean[LAYERS] = {0};
        bool peaks[LAYERS];
        for (int c = 0, left = c ? way / ways[0] : way % ways[0]; c < 2; c++, left = way / ways[0])
            for (int i = 0; i < t->n[c] - 1; i++, left /= t->n[c])
                for (int l = 0; l < LAYERS; l++)
                    mean[l] += (double)t->values[c][left % t->n[c]][l] * t->n[c] / (t->n[c] - 1);
        curve_peaks(mean, LAYERS, peaks);
        int best = curve_best(mean, LAYERS, peaks);
        for (int l = 0; l < LAYERS; l++)
            candidate[l] += peaks[l] * one;
        *(best < 0 ? none : &pick[best]) += one;
    }
}

static void check_share(double got, double wanted, int resamples)
{
    double tolerance = 5 * sqrt(wanted * (1 - wanted) / resamples) + 1e-12;
    if (!(fabs(got - wanted) <= tolerance))
        fail_msg("%.6f (expected %.6f within %.6f)", got, wanted, tolerance);
}

static void check_tiny(const struct tiny *t)
{
    enum { RESAMPLES = 40000 };
    static const bool both[2] = {true, true};
    double pick[LAYERS] = {0}, candidate[LAYERS] = {0}, none = 0;
    struct curve *c = curve_new(LAYERS, 2, NULL);
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < t->n[k]; i++)
            add(c, 10 * k + i, k, t->values[k][i]);
    enumerate(t, pick, candidate, &none);
    struct stability *s = run(c, both, RESAMPLES);
    assert_true(stability_is_known(s));
    assert_int_equal(stability_images(s), t->n[0] + t->n[1]);
    check_share(stability_none(s), none, RESAMPLES);
    for (int l = 0; l < LAYERS; l++) {
        check_share(stability_picks(s)[l], pick[l], RESAMPLES);
        check_share(stability_candidates(s)[l], candidate[l], RESAMPLES);
    }
    check_share(stability_share(s, -1), none, RESAMPLES);
    check_share(stability_share(s, 3), pick[3], RESAMPLES);
    stability_free(s);
    curve_free(c);
}

static void test_every_resample_of_tiny_cases(void **state)
{
    (void)state;
    static const struct tiny cases[] = {
        {{3, 3},
         {{{1, 4, 2, 3, 0}, {2, 1, 2, 5, 1}, {0, 3, 3, 1, 1}},
          {{1, 2, 1, 4, 2}, {1, 5, 0, 2, 9}, {4, 3, 2, 6, 1}}}},
        /* Classes of two sizes: each keeps its weight. */
        {{2, 4},
         {{{1, 9, 2, 3, 0}, {2, 1, 2, 5, 1}},
          {{1, 2, 1, 4, 2}, {1, 5, 0, 2, 9}, {4, 3, 2, 6, 1}, {3, 3, 3, 3, 3}}}},
        /* Often no local maximum at all, and plateaus. */
        {{2, 2}, {{{5, 4, 4, 2, 1}, {1, 2, 2, 4, 5}}, {{5, 4, 3, 2, 1}, {1, 3, 3, 2, 2}}}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_tiny(&cases[i]);
}

/* Of a large class, by the central limit theorem: layer 1 is a candidate where its resampled mean exceeds
 * layer 0, which stands half a standard error (that of the interval) above the mean. */
static void test_large_class(void **state)
{
    (void)state;
    enum { ROWS = 1300, RESAMPLES = 4000 };
    static const bool all[1] = {true};
    struct order_random r;
    float values[ROWS];
    double sum = 0, squares = 0;
    order_random_seed(&r, 1, 1);
    for (int i = 0; i < ROWS; i++) {
        values[i] = (float)order_random_below(&r, 1000);
        sum += (double)values[i];
    }
    for (int i = 0; i < ROWS; i++)
        squares += ((double)values[i] - sum / ROWS) * ((double)values[i] - sum / ROWS);
    double error = sqrt(squares / (ROWS - 1) / ROWS);
    struct curve *c = curve_new(3, 1, NULL);
    for (int i = 0; i < ROWS; i++)
        add(c, i, 0, (float[]){(float)(sum / ROWS + error / 2), values[i], 0});
    struct stability *s = run(c, all, RESAMPLES);
    check_share(stability_candidates(s)[1], erfc(0.5 / sqrt(2)) / 2, RESAMPLES);
    stability_free(s);
    curve_free(c);
}

/* ---- What the result depends on ------------------------------------------------------------------- */

static const struct simulation close_race = {.layers = 5,
                                             .classes = 3,
                                             .images = 40,
                                             .mean = {.5, 1.02, .6, 1, .4},
                                             .uneven = .3,
                                             .common = .5,
                                             .own = .7};

static void assert_same(const struct stability *a, const struct stability *b)
{
    const size_t bytes = (size_t)close_race.layers * sizeof(double);
    assert_memory_equal(stability_picks(a), stability_picks(b), bytes);
    assert_memory_equal(stability_candidates(a), stability_candidates(b), bytes);
    assert_true(stability_none(a) == stability_none(b));
}

static void test_order_of_arrival(void **state)
{
    (void)state;
    static const bool all[3] = {true, true, true};
    struct curve *c = simulation_make(&close_race, 1);
    struct curve *turned = curve_new(c->layers, c->classes, NULL);
    for (long i = 0; i < c->rows_n; i++) { /* 7 and 120 have no common factor */
        long row = 7 * i % c->rows_n;
        add(turned, c->rows[row].image, c->rows[row].class_index, c->values + row * c->layers);
        if (i % 17 == 0)
            curve_refresh(turned);
    }
    struct stability *a = run(c, all, STABILITY_RESAMPLES);
    struct stability *b = run(turned, all, STABILITY_RESAMPLES);
    assert_true(stability_picks(a)[1] > 0.05 &&
                stability_picks(a)[3] > 0.05); /* else it would prove little */
    assert_same(a, b);
    stability_free(a);
    stability_free(b);
    curve_free(c);
    curve_free(turned);
}

static void test_slices(void **state)
{
    (void)state;
    static const bool two[3] = {true, false, true};
    static const float more[5] = {9, 9, 9, 9, 9};
    static const long budgets[] = {1, 100, 5000};
    struct curve *c = simulation_make(&close_race, 2);
    for (size_t i = 0; i < sizeof budgets / sizeof budgets[0]; i++) {
        struct stability *whole = run(c, two, 500);
        struct stability *s = stability_new(c, two, 500);
        long steps = 1;
        for (; !stability_step(s, budgets[i]); steps++)
            if (steps == 3) { /* images that come meanwhile are not seen */
                add(c, 1000 - (long)i, 2, more);
                curve_refresh(c);
            }
        assert_true(steps > 3);
        assert_int_equal(stability_images(s), 80 + (int)i);
        assert_same(s, whole);
        stability_free(whole);
        stability_free(s);
    }
    curve_free(c);
}

/* The five layers of `c` stand from `shift` on among `layers`, beside layers of zero. */
static void check_position(const struct curve *c, const struct stability *a, int shift, int layers)
{
    static const bool all[3] = {true, true, true};
    struct curve *wide = curve_new(layers, 3, NULL);
    for (long i = 0; i < c->rows_n; i++) {
        float values[32] = {0};
        memcpy(values + shift, c->values + i * c->layers, 5 * sizeof *values);
        add(wide, i, c->rows[i].class_index, values);
    }
    struct stability *b = run(wide, all, 500);
    for (int l = 1; l < 4; l++)
        assert_true(stability_picks(b)[shift + l] == stability_picks(a)[l]);
    assert_true(stability_picks(b)[shift - 1] == 0);
    stability_free(b);
    curve_free(wide);
}

/* Layers stand in strips of eight, a pair at a time, and two that are left over in a narrow one: a layer
 * means the same wherever it stands, and among how many. */
static void test_many_layers(void **state)
{
    (void)state;
    static const bool all[3] = {true, true, true};
    struct curve *c = simulation_make(&close_race, 3);
    struct stability *a = run(c, all, 500);
    for (int shift = 1; shift <= 21; shift++)
        for (int layers = shift + 5; layers <= 28; layers++)
            check_position(c, a, shift, layers);
    stability_free(a);
    curve_free(c);
}

static void test_layers_without_values(void **state)
{
    (void)state;
    /* Layer 1 has no values at all, layer 4 none for one image: both are passed over, so 2 and 5 are compared
     * with what stands beyond. */
    static const float rows[4][7] = {
        {1, NAN, 5, 1, 7, 3, 1}, {1, NAN, 4, 1, NAN, 3, 1}, {1, NAN, 6, 1, 8, 3, 1}, {1, NAN, 5, 1, 9, 3, 1}};
    static const bool all[1] = {true};
    struct curve *c = curve_new(7, 1, NULL);
    for (int i = 0; i < 4; i++)
        add(c, i, 0, rows[i]);
    struct stability *s = run(c, all, 100);
    assert_true(stability_is_known(s));
    assert_true(isnan(stability_picks(s)[1]) && isnan(stability_candidates(s)[1]));
    assert_true(isnan(stability_picks(s)[4]) && isnan(stability_candidates(s)[4]));
    assert_true(stability_picks(s)[2] == 1 && stability_candidates(s)[5] == 1 && stability_picks(s)[5] == 0);
    assert_true(stability_none(s) == 0);
    stability_free(s);
    curve_free(c);
}

static void test_one_image_tells_no_spread(void **state)
{
    (void)state;
    static const float values[3] = {1, 3, 2};
    static const bool both[2] = {true, true}, first[2] = {true, false}, none[2] = {false, false};
    struct curve *c = curve_new(3, 2, NULL);
    struct stability *s = run(c, both, 10); /* no image */
    assert_false(stability_is_known(s));
    stability_free(s);
    add(c, 0, 0, values);
    add(c, 1, 0, values);
    add(c, 2, 1, values);
    s = run(c, both, 10);
    assert_false(stability_is_known(s));
    assert_true(isnan(stability_picks(s)[1]) && isnan(stability_candidates(s)[1]) &&
                isnan(stability_share(s, -1)));
    stability_free(s);
    s = run(c, none, 10);
    assert_false(stability_is_known(s));
    stability_free(s);
    s = run(c, first, 10);
    assert_true(stability_is_known(s) && stability_picks(s)[1] == 1);
    stability_free(s);
    curve_free(c);
}

static void test_given_up_half_way(void **state)
{
    (void)state;
    static const bool all[3] = {true, true, true};
    struct curve *c = simulation_make(&close_race, 4);
    struct stability *s = stability_new(c, all, 1000);
    assert_false(stability_step(s, 2000));
    curve_free(c);
    stability_free(s); /* the sanitizers watch */
    stability_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_resample_of_tiny_cases),
        cmocka_unit_test(test_large_class),
        cmocka_unit_test(test_order_of_arrival),
        cmocka_unit_test(test_slices),
        cmocka_unit_test(test_many_layers),
        cmocka_unit_test(test_layers_without_values),
        cmocka_unit_test(test_one_image_tells_no_spread),
        cmocka_unit_test(test_given_up_half_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
