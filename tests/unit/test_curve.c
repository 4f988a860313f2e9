/* The curve made from rows: means, intervals, peaks, ranks, zeros; and that arrival order is nothing. */
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "curve/curve.h"
#include "curve/curve_stats.h"
#include "curve/difference.h"
#include "curve/order.h"

static void near(double got, double wanted, double tolerance)
{
    if (!(fabs(got - wanted) <= tolerance * fabs(wanted)))
        fail_msg("%.17g (expected %.17g)", got, wanted);
}

static void test_student_against_tables(void **state)
{
    (void)state;
    /* 95 % two-sided, from the usual tables (df 1 exactly tan(0.475 pi), df 2 exactly 0.95 sqrt(2 / 0.0975)).
     */
    near(curve_stats_student(0.95, 1), tan(0.475 * acos(-1.0)), 1e-12);
    near(curve_stats_student(0.95, 2), 0.95 * sqrt(2 / (1 - 0.95 * 0.95)), 1e-12);
    near(curve_stats_student(0.95, 3), 3.18244630528371, 1e-10);
    near(curve_stats_student(0.95, 5), 2.57058183563631, 1e-10);
    near(curve_stats_student(0.95, 10), 2.22813885198627, 1e-10);
    near(curve_stats_student(0.95, 30), 2.04227245630124, 1e-10);
    near(curve_stats_student(0.95, 120), 1.97993040508244, 1e-10);
    near(curve_stats_student(0.95, 1e6), 1.95996635682, 1e-9);
    near(curve_stats_student(0.9, 1e9), 1.6448536269514722 + 1.5238e-9,
         1e-12); /* the first term of the expansion */
    near(curve_stats_student(0.99, 1e5), curve_stats_student(0.99, 1e5 - 1e-3), 1e-10);
    near(curve_stats_student(0.95, INFINITY), 1.95996398454005, 1e-10);
    near(curve_stats_student(0.99, 5), 4.03214298355523, 1e-10);
    near(curve_stats_student(0.90, 24), 1.71088207990943, 1e-10);
    /* A number of degrees of freedom that is not whole lies between its neighbours. */
    double t = curve_stats_student(0.95, 3.5);
    assert_true(t < curve_stats_student(0.95, 3) && t > curve_stats_student(0.95, 4));
}

static void test_binomial_tail(void **state)
{
    (void)state;
    near(curve_stats_binomial_tail(1, 10, 0.1), 1 - pow(0.9, 10), 1e-12);
    near(curve_stats_binomial_tail(10, 10, 0.5), pow(0.5, 10), 1e-12);
    near(curve_stats_binomial_tail(60, 100, 0.5), 0.028443966820490, 1e-9);
    near(curve_stats_binomial_tail(0, 10, 0.5), 1, 0);
    near(curve_stats_binomial_tail(500000, 1000000, 0.5), 0.5, 2e-3);
}

static void add(struct curve *c, long image, int class_index, int predicted, const float *values)
{
    struct curve_row row = {.image = image, .class_index = class_index, .predicted = predicted, .score = 1};
    struct error e = {""};
    if (curve_add(c, &row, values, &e) < 0)
        fail_msg("%s", e.text);
}

static void test_mean_and_interval(void **state)
{
    (void)state;
    /* Class 0: 1, 2, 3, 4; class 1: 10, 14. By hand: mean 34/6; s0^2 = 5/3, s1^2 = 8;
     * variance = (4 * 5/3 + 2 * 8) / 36; g0 = 4 * (5/3) / 36, g1 = 16 / 36;
     * df = (g0 + g1)^2 / (g0^2 / 3 + g1^2). */
    static const float values[6] = {1, 10, 2, 14, 3, 4};
    static const int labels[6] = {0, 1, 0, 1, 0, 0};
    struct curve *c = curve_new(1, 3, NULL);
    for (int i = 0; i < 6; i++)
        add(c, i, labels[i], i % 2, &values[i]);
    bool all[3] = {true, true, true};
    double correction = 8;
    struct curve_point p;
    curve_compute(c, all, &correction, &p);
    double g0 = 4 * (5.0 / 3) / 36;
    double g1 = 16.0 / 36;
    double half = sqrt(g0 + g1) * curve_stats_student(0.95, (g0 + g1) * (g0 + g1) / (g0 * g0 / 3 + g1 * g1));
    assert_int_equal(p.images, 6);
    near(p.cui, 34.0 / 6, 1e-15);
    near(p.log10_cui, log10(34.0 / 6), 1e-15);
    near(p.log10_corrected, log10(34.0 / 6 * 8), 1e-15);
    near(p.low, 34.0 / 6 - half, 1e-13);
    near(p.high, 34.0 / 6 + half, 1e-13);
    assert_int_equal(p.rank, 1);

    /* One class alone is the textbook interval with n - 1 degrees of freedom. */
    bool first[3] = {true, false, false};
    curve_compute(c, first, &correction, &p);
    assert_int_equal(p.images, 4);
    near(p.cui, 2.5, 1e-15);
    near(p.high - p.cui, sqrt(5.0 / 3 / 4) * curve_stats_student(0.95, 3), 1e-12);
    curve_free(c);
}

static void test_interval_needs_two_images_a_class(void **state)
{
    (void)state;
    static const float values[3] = {1, 2, 5};
    struct curve *c = curve_new(1, 2, NULL);
    add(c, 0, 0, 0, &values[0]);
    add(c, 1, 0, 0, &values[1]);
    add(c, 2, 1, 1, &values[2]);
    bool all[2] = {true, true};
    bool first[2] = {true, false};
    double correction = 1;
    struct curve_point p;
    curve_compute(c, all, &correction, &p);
    assert_true(isnan(p.low) && isnan(p.high) && !isnan(p.cui));
    curve_compute(c, first, &correction, &p);
    assert_false(isnan(p.low));
    curve_free(c);
}

static void test_equal_images_give_a_point(void **state)
{
    (void)state;
    float value = 0.1f;
    struct curve *c = curve_new(1, 1, NULL);
    for (int i = 0; i < 7; i++)
        add(c, i, 0, 0, &value);
    bool all[1] = {true};
    double correction = 1;
    struct curve_point p;
    curve_compute(c, all, &correction, &p);
    near(p.cui, (double)0.1f, 1e-15);
    near(p.high, p.cui, 1e-12);
    curve_free(c);
}

static void test_zero_and_missing_layers(void **state)
{
    (void)state;
    /* Layers: zero everywhere, zero in one of two, no gradient of its own, a positive one. */
    static const float rows[2][4] = {{0, 0, NAN, 3}, {0, 4, NAN, 5}};
    struct curve *c = curve_new(4, 1, NULL);
    add(c, 0, 0, 0, rows[0]);
    add(c, 1, 0, 0, rows[1]);
    bool all[1] = {true};
    static const double correction[4] = {1, 1, 1, 1};
    struct curve_point p[4];
    assert_int_equal(curve_compute(c, all, correction, p), -1);
    near(p[0].cui, 0, 0);
    assert_true(isnan(p[0].log10_cui) && isnan(p[0].log10_corrected));
    near(p[0].zero_fraction, 1, 0);
    near(p[0].low, 0, 0);
    near(p[1].zero_fraction, 0.5, 0);
    assert_true(isnan(p[2].cui) && isnan(p[2].zero_fraction) && isnan(p[2].low));
    assert_int_equal(p[2].rank, 0);
    assert_int_equal(p[3].rank, 1);
    assert_int_equal(p[1].rank, 2);
    assert_int_equal(p[0].rank, 3);
    curve_free(c);
}

static void test_no_rows(void **state)
{
    (void)state;
    struct curve *c = curve_new(2, 2, NULL);
    bool all[2] = {true, true};
    static const double correction[2] = {1, 1};
    struct curve_point p[2];
    assert_int_equal(curve_compute(c, all, correction, p), -1);
    assert_int_equal(p[0].images, 0);
    assert_true(isnan(p[0].cui));
    curve_free(c);
}

static void expect_peaks(int n, const double *cui, const char *wanted)
{
    bool peaks[16];
    curve_peaks(cui, n, peaks);
    for (int i = 0; i < n; i++)
        if (peaks[i] != (wanted[i] == '*'))
            fail_msg("layer %d of '%s'", i, wanted);
}

static void test_peaks(void **state)
{
    (void)state;
    expect_peaks(3, (double[]){1, 2, 1}, ".*.");
    expect_peaks(3, (double[]){3, 2, 1}, "...");
    expect_peaks(5, (double[]){1, 2, 2, 2, 1}, ".*...");
    expect_peaks(5, (double[]){1, 2, 2, 3, 1}, "...*.");
    expect_peaks(4, (double[]){2, 2, 1, 1}, "....");
    expect_peaks(4, (double[]){1, 1, 2, 2}, "....");
    expect_peaks(5, (double[]){1, 3, 2, 4, 0}, ".*.*.");
    expect_peaks(5, (double[]){1, NAN, 2, NAN, 1}, "..*..");
    expect_peaks(6, (double[]){1, 2, NAN, 2, NAN, 1}, ".*....");
    expect_peaks(4, (double[]){NAN, 2, 1, NAN}, "....");
    expect_peaks(1, (double[]){1}, ".");
}

static void test_best_and_ties(void **state)
{
    (void)state;
    static const float row[6] = {1, 5, 2, 5, 3, 9};
    struct curve *c = curve_new(6, 1, NULL);
    add(c, 0, 0, 0, row);
    bool all[1] = {true};
    static const double correction[6] = {1, 1, 1, 1, 1, 1};
    struct curve_point p[6];
    assert_int_equal(curve_compute(c, all, correction, p), 1); /* equal peaks: the earlier one */
    assert_int_equal(p[5].rank, 1);                            /* an endpoint ranks but is no candidate */
    assert_false(p[5].local_max);
    assert_int_equal(p[1].rank, 2);
    assert_int_equal(p[3].rank, 3);
    curve_free(c);
}

enum { ROWS = 500, LAYERS = 3, CLASSES = 4 };

static void random_rows(float (*values)[LAYERS])
{
    struct order_random r;
    order_random_seed(&r, 1, 2);
    for (int i = 0; i < ROWS; i++)
        for (int l = 0; l < LAYERS; l++)
            values[i][l] = ldexpf((float)(order_random_next(&r) >> 40), -(int)order_random_below(&r, 60));
}

/* Adds the rows in an order of its own, computing in between, as a screen does. */
static void measure(uint64_t seed, const float (*values)[LAYERS], struct curve_point *points)
{
    struct dataset_image images[ROWS];
    bool one[1] = {true};
    bool all[CLASSES] = {true, true, true, true};
    static const double correction[LAYERS] = {1, 1, 1};
    memset(images, 0, sizeof images);
    long n;
    long *order = order_make(images, ROWS, one, 1, seed, &n);
    struct curve *c = curve_new(LAYERS, CLASSES, NULL);
    for (long i = 0; i < n; i++) {
        add(c, order[i], (int)(order[i] % CLASSES), 0, values[order[i]]);
        if (i % 37 == 0)
            curve_compute(c, all, correction, points);
    }
    memset(points, 0, LAYERS * sizeof *points);
    curve_compute(c, all, correction, points);
    curve_free(c);
    free(order);
}

static void test_arrival_order_is_nothing(void **state)
{
    (void)state;
    static float values[ROWS][LAYERS];
    random_rows(values);
    struct curve_point a[LAYERS], b[LAYERS];
    measure(1, (const float(*)[LAYERS])values, a);
    for (uint64_t seed = 2; seed < 8; seed++) {
        measure(seed, (const float(*)[LAYERS])values, b);
        for (int l = 0; l < LAYERS; l++) {
            assert_true(a[l].cui == b[l].cui);
            assert_true(a[l].low == b[l].low && a[l].high == b[l].high);
        }
    }
}

/* In slices, with rows that come in between, and with what is known drawn at any moment. */
static void test_added_up_in_slices(void **state)
{
    (void)state;
    static float values[ROWS][LAYERS];
    random_rows(values);
    bool all[CLASSES] = {true, true, true, true}, last[CLASSES] = {false, false, false, true};
    static const double correction[LAYERS] = {1, 1, 1};
    struct curve_point p[LAYERS], wanted[LAYERS];
    struct curve *c = curve_new(LAYERS, CLASSES, NULL), *early = curve_new(LAYERS, CLASSES, NULL);
    for (long i = 0; i < ROWS / 2; i++) {
        add(c, i, (int)(i % CLASSES), 0, values[i]);
        add(early, i, (int)(i % CLASSES), 0, values[i]);
    }
    assert_int_equal(curve_compute_summed(c, all, correction, p), -1);
    assert_true(p[0].images == 0 && isnan(p[0].cui) && isnan(curve_class_mean(c, 3, 0)));
    int next = 0, slices = 1;
    for (; !curve_refresh_some(c, &next, 1); slices++) {
        curve_compute_summed(c, last, correction, p);
        assert_int_equal(p[0].images, 0); /* the last class's turn is at the end, */
        long image = ROWS - slices;
        add(c, image, (int)(image % CLASSES), 0, values[image]);
    }
    assert_int_equal(slices, CLASSES);
    assert_int_equal(next, 0);
    curve_compute_summed(c, last, correction, p); /* and what came to the others does not put it off */
    assert_true(p[0].images >= ROWS / 2 / CLASSES);
    curve_compute(early, all, correction, wanted);
    curve_free(early);
    curve_free(c);
    c = curve_new(LAYERS, CLASSES, NULL);
    for (long i = ROWS / 2 - 1; i >= 0; i--)
        add(c, i, (int)(i % CLASSES), 0, values[i]);
    while (!curve_refresh_some(c, &next, 1))
        continue;
    curve_compute_summed(c, all, correction, p);
    assert_memory_equal(p, wanted, sizeof p);
    curve_free(c);
}

/* The rows of a class are in the order of their images however many there are and in whatever order, and
 * portions, they came. */
static void test_rows_of_a_class_in_order(void **state)
{
    (void)state;
    for (long n = 100; n <= 3000; n += 29 * 100) {
        struct curve *c = curve_new(1, 2, NULL);
        for (long i = 0; i < n; i++) {
            const float value = (float)(i % 7);
            add(c, (i * 7919 + 13) % n * 65521, 0, 0, &value);
            if (i == n / 3 || i == n / 3 + 5)
                curve_refresh(c);
        }
        curve_refresh(c);
        const uint32_t *rows = curve_class_rows(c, 0);
        for (long i = 0; i < n; i++)
            assert_int_equal(c->rows[rows[i]].image, i * 65521);
        curve_free(c);
    }
}

static void test_bad_rows_are_refused(void **state)
{
    (void)state;
    struct curve *c = curve_new(1, 2, NULL);
    struct error e;
    float good = 1, negative = -1, infinite = INFINITY;
    struct curve_row row = {.image = 5, .class_index = 1, .predicted = 0};
    add(c, 5, 1, 0, &good);
    assert_int_equal(curve_add(c, &row, &good, &e), -1); /* twice */
    row.image = 6;
    assert_int_equal(curve_add(c, &row, &negative, &e), -1);
    assert_int_equal(curve_add(c, &row, &infinite, &e), -1);
    row.class_index = 2;
    assert_int_equal(curve_add(c, &row, &good, &e), -1);
    row.class_index = 0;
    row.predicted = 2;
    assert_int_equal(curve_add(c, &row, &good, &e), -1);
    row.predicted = 0;
    row.image = -1;
    assert_int_equal(curve_add(c, &row, &good, &e), -1);
    assert_int_equal(c->rows_n, 1);
    assert_int_equal(curve_find(c, 5), 0);
    assert_int_equal(curve_find(c, 6), -1);
    assert_int_equal(curve_find(c, 1000000), -1);
    curve_free(c);
}

/* `classes` classes of `each` images; the answer is the label plus `wrong` for every second image. */
static struct curve_accuracy answers(int classes, int each, int wrong, bool constant, int outputs)
{
    float value = 1;
    struct curve *c = curve_new(1, outputs, NULL);
    bool *all = malloc((size_t)outputs);
    assert_non_null(all);
    memset(all, true, (size_t)outputs);
    for (int i = 0; i < classes * each; i++) {
        int label = i % classes;
        add(c, i, label, constant ? 0 : (label + (i / classes % 2) * wrong) % outputs, &value);
    }
    struct curve_accuracy a = curve_accuracy(c, all);
    curve_free(c);
    free(all);
    return a;
}

/* A file may say that there are so many. */
static void test_no_memory_is_an_error(void **state)
{
    (void)state;
    struct error e = {""};
    assert_null(curve_new(INT_MAX, CURVE_CLASSES_MAX, &e));
    assert_string_equal(e.text, "no memory for the importance of 2147483647 layers in 16777216 classes");
    assert_null(curve_new(1, CURVE_CLASSES_MAX + 1, &e));
    assert_string_equal(e.text, "16777217 classes (expected at most 16777216)");
}

static void test_accuracy_and_chance(void **state)
{
    (void)state;
    struct curve_accuracy a = answers(10, 10, 0, false, 10);
    assert_int_equal(a.images, 100);
    assert_int_equal(a.correct, 100);
    assert_false(a.near_chance);
    near(a.chance, 0.1, 1e-12);
    assert_false(answers(10, 10, 1, false, 10).near_chance); /* half of them right */
    assert_true(answers(10, 10, 0, true, 10).near_chance);   /* always the same answer */
    assert_true(answers(2, 50, 0, true, 10).near_chance);    /* right in half, but of two classes */
    assert_false(answers(2, 50, 0, false, 10).near_chance);
    assert_false(answers(1, 50, 0, false, 10).near_chance); /* one class only, all right */
    assert_false(answers(2, 2, 0, true, 2).near_chance);    /* too few to say */
    assert_true(curve_accuracy_counted(20, 2, 10).near_chance);
    assert_false(curve_accuracy_counted(20, 8, 10).near_chance);
    assert_true(curve_accuracy_counted(20, 8, 2).near_chance);
    assert_false(curve_accuracy_counted(9, 0, 10).near_chance);
    assert_false(curve_accuracy_counted(0, 0, 10).near_chance);
}

/* `right` of 36 answers among 12 classes; the wrong ones are one of the others in turn, so that chance is
 * 1/12. */
static struct curve_accuracy right_of_36(int right)
{
    enum { LABELS = 12, IMAGES = 36 };
    float value = 1;
    bool all[LABELS];
    struct curve *c = curve_new(1, LABELS, NULL);
    memset(all, true, sizeof all);
    for (int i = 0; i < IMAGES; i++)
        add(c, i, i % LABELS, i < right ? i % LABELS : (i + 1) % LABELS, &value);
    struct curve_accuracy a = curve_accuracy(c, all);
    curve_free(c);
    return a;
}

/* Near chance by the exact binomial test at 5 %; the tails as sums of C(36, i) p^i q^(36 - i) in Python. */
static void test_near_chance_is_tested(void **state)
{
    (void)state;
    struct curve_accuracy six = right_of_36(6), seven = right_of_36(7);
    near(six.chance, 1.0 / 12, 1e-12);
    near(six.by_chance, 0.075071276487, 1e-10);
    assert_true(six.near_chance); /* 16.7 % of 36 images, although twice as many as by chance */
    near(seven.by_chance, 0.027120209561, 1e-10);
    assert_false(seven.near_chance);
}

static void test_large(void **state)
{
    (void)state;
    struct curve *c = curve_new(18, 100, NULL);
    float values[18];
    bool all[100];
    double correction[18];
    struct curve_point p[18];
    memset(all, true, sizeof all);
    for (long i = 0; i < 20000; i++) {
        for (int l = 0; l < 18; l++) {
            values[l] = (float)(i % 7 + l);
            correction[l] = 1;
        }
        add(c, 19999 - i, (int)(i % 100), 0, values);
    }
    curve_compute(c, all, correction, p);
    assert_int_equal(p[0].images, 20000);
    near(p[3].cui - p[0].cui, 3, 1e-9);
    curve_free(c);
}

/* Rows without labels belong to their predicted classes, and are right or wrong of nothing; copies too. */
static void test_rows_without_labels(void **state)
{
    (void)state;
    static const float values[4] = {1, 2, 4, 9};
    static const int predicted[4] = {1, 0, 1, 1};
    const bool all[3] = {true, true, true}, one[3] = {false, true, false};
    struct curve *c = curve_new(1, 3, NULL), *copy = curve_new(1, 3, NULL);
    for (int i = 0; i < 4; i++)
        add(c, i, CURVE_UNLABELLED, predicted[i], &values[i]);
    curve_copy_images(copy, c, (const long[]){0, 1, 2, 3}, 4);
    for (int i = 0; i < 2; i++) {
        struct curve *now = i ? copy : c;
        struct curve_accuracy a = curve_accuracy(now, all);
        assert_true(a.unknown && !a.near_chance);
        assert_int_equal(a.images, 4);
        assert_int_equal(curve_accuracy(now, one).images, 3);
        curve_refresh(now);
        near(curve_class_mean(now, 1, 0), 14.0 / 3, 1e-12);
        near(curve_class_mean(now, 0, 0), 2, 1e-12);
    }
    struct error e;
    const struct curve_row below = {.image = 10, .class_index = -2};
    assert_int_equal(curve_add(c, &below, values, &e), -1);
    curve_free(c);
    curve_free(copy);
}

/* Mean and variance of the mean of three numbers. */
static void moments(const double x[3], double *mean, double *variance)
{
    *mean = (x[0] + x[1] + x[2]) / 3;
    *variance = 0;
    for (int i = 0; i < 3; i++)
        *variance += (x[i] - *mean) * (x[i] - *mean) / 2 / 3;
}

/* Welch's interval where the images are others; paired where they are the same; nothing between a curve and
 * itself. */
static void test_difference(void **state)
{
    (void)state;
    struct error e;
    const double values[2][3] = {{1, 2, 4}, {2, 3, 3.5}};
    const bool first[2] = {true, false}, second[2] = {false, true}, both[2] = {true, true};
    struct curve *c = curve_new(1, 2, &e);
    struct estimate d;
    double m[2], v[2];
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < 3; i++) {
            const float value = (float)values[k][i];
            add(c, 3 * k + i, k, k, &value);
        }
        moments(values[k], &m[k], &v[k]);
    }
    curve_refresh(c);
    curve_difference(c, first, second, false, &d);
    double t = curve_stats_student(0.95, (v[0] + v[1]) * (v[0] + v[1]) / (v[0] * v[0] / 2 + v[1] * v[1] / 2));
    near(d.value, m[0] - m[1], 1e-12);
    near(d.high - d.low, 2 * t * sqrt(v[0] + v[1]), 1e-12);
    curve_difference(c, first, first, false, &d);
    assert_true(d.value == 0 && d.low == 0 && d.high == 0);
    /* The images that both have cancel in part: (m0 + m1) / 2 - m0 = (m1 - m0) / 2. */
    curve_difference(c, both, first, false, &d);
    near(d.value, (m[1] - m[0]) / 2, 1e-12);
    near(d.high - d.low, t * sqrt(v[0] + v[1]), 1e-12);
    curve_difference(c, first, second, true, &d);
    v[0] /= m[0] * m[0];
    v[1] /= m[1] * m[1];
    t = curve_stats_student(0.95, (v[0] + v[1]) * (v[0] + v[1]) / (v[0] * v[0] / 2 + v[1] * v[1] / 2));
    near(d.value, log10(m[0] / m[1]), 1e-12);
    near(d.high - d.low, 2 * t * sqrt(v[0] + v[1]) / log(10), 1e-12);
    /* One image of a class has no spread. */
    const float lone = 1;
    struct curve *few = curve_new(1, 2, &e);
    add(few, 0, 0, 0, &lone);
    add(few, 1, 1, 1, &lone);
    curve_refresh(few);
    curve_difference(few, first, second, false, &d);
    assert_true(d.value == 0 && isnan(d.low) && isnan(d.high));
    curve_free(few);
    curve_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_student_against_tables),
        cmocka_unit_test(test_binomial_tail),
        cmocka_unit_test(test_near_chance_is_tested),
        cmocka_unit_test(test_mean_and_interval),
        cmocka_unit_test(test_interval_needs_two_images_a_class),
        cmocka_unit_test(test_equal_images_give_a_point),
        cmocka_unit_test(test_zero_and_missing_layers),
        cmocka_unit_test(test_no_rows),
        cmocka_unit_test(test_peaks),
        cmocka_unit_test(test_best_and_ties),
        cmocka_unit_test(test_arrival_order_is_nothing),
        cmocka_unit_test(test_added_up_in_slices),
        cmocka_unit_test(test_rows_of_a_class_in_order),
        cmocka_unit_test(test_bad_rows_are_refused),
        cmocka_unit_test(test_no_memory_is_an_error),
        cmocka_unit_test(test_accuracy_and_chance),
        cmocka_unit_test(test_rows_without_labels),
        cmocka_unit_test(test_difference),
        cmocka_unit_test(test_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
