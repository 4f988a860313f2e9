/* Measuring until the pick is stable: where it looks, that nothing but the prefix decides, and how often it
 * stops wrongly on data with known truth. */
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "curve/boundary.h"
#include "curve/stopping.h"
#include "simulation.h"

enum { CLASSES_MAX = 10 };
static const bool everything[CLASSES_MAX] = {true, true, true, true, true, true, true, true, true, true};

/* A data set of classes with counts[classes] images, its measuring order, and the job. */
struct fixture {
    struct dataset_image *images;
    long images_n;
    long *order;
    struct stopping *stopping;
};

static void fixture_make(struct fixture *f, double wanted, int layers, int classes, const long *counts)
{
    *f = (struct fixture){0};
    for (int c = 0; c < classes; c++)
        f->images_n += counts[c];
    f->images = memory_new((size_t)f->images_n, sizeof *f->images);
    /* As simulation_make where all counts are equal: image i is of class i % classes. */
    long left[CLASSES_MAX], i = 0;
    memcpy(left, counts, (size_t)classes * sizeof *left);
    while (i < f->images_n)
        for (int c = 0; c < classes; c++)
            if (left[c]-- > 0)
                f->images[i++].class_index = c;
    long n;
    f->order = order_make(f->images, f->images_n, everything, classes, 0, &n);
    f->stopping = stopping_new(wanted, f->images, f->order, n, layers, classes, NULL);
}

static void fixture_free(struct fixture *f)
{
    stopping_free(f->stopping);
    free(f->order);
    free(f->images);
}

static enum stopping_state look(struct stopping *u, const struct curve *c, const bool *const *chosen, int n)
{
    enum stopping_state state;
    do
        state = stopping_step(u, c, chosen, n, LONG_MAX);
    while (state == STOPPING_WORKS);
    return state;
}

/* ---- Where it looks ------------------------------------------------------------------------------- */

static void check_points(int classes, const long *counts, const long *wanted, int wanted_n)
{
    struct fixture f;
    fixture_make(&f, 0.95, 3, classes, counts);
    assert_int_equal(f.stopping->points_n, wanted_n);
    for (int i = 0; i < wanted_n; i++)
        assert_int_equal(f.stopping->points[i], wanted[i]);
    fixture_free(&f);
}

static void test_points(void **state)
{
    (void)state;
    static const long demo[10] = {40, 40, 40, 40, 40, 40, 40, 40, 40, 40};
    check_points(10, demo, (long[]){50, 70, 90, 120, 150, 190, 240, 300, 380}, 9);
    static const long pair[2] = {100, 100};
    check_points(2, pair, (long[]){50, 64, 80, 100, 126, 158, 198}, 7);
    /* Classes that have no images left take no turns: 5 + 3 + 50 at 42 rounds. */
    static const long uneven[3] = {5, 3, 60};
    check_points(3, uneven, (long[]){50, 61}, 2);
    /* No look at hardly more images than at the last one: nine classes have none left after 60 rounds. */
    static const long long_one[10] = {60, 60, 60, 60, 60, 60, 60, 60, 60, 300};
    check_points(10, long_one, (long[]){50, 70, 90, 120, 150, 190, 240, 300, 380, 480, 600, 660, 727, 800},
                 14);
    static const long few[2] = {10, 10};
    check_points(2, few, NULL, 0);
}

/* Pocock's own table (Biometrika 1977): the two-sided error of each of n looks at as many images each, when
 * that of all together is 5 %. Both sides at once are hardly ever crossed. */
static void test_errors_of_looks(void **state)
{
    (void)state;
    static const struct {
        int looks;
        double each;
    } table[] = {{1, .05}, {2, .0294}, {3, .0221}, {4, .0182}, {5, .0158}, {10, .0106}};
    static const long points[10] = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_true(fabs(2 * boundary_error(points, table[i].looks, .025) - table[i].each) < .0001);
    assert_true(boundary_error(points, 5, .6) <= .5);
    assert_true(fabs(boundary_error((long[]){10, 100000000}, 2, .05) - .0253206) < 1e-5); /* 1 - sqrt(0.95) */
}

static void test_rule(void **state)
{
    (void)state;
    static const long demo[10] = {40, 40, 40, 40, 40, 40, 40, 40, 40, 40};
    static const double wanted[] = {.95, .8, .99, .9999};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        struct fixture f;
        fixture_make(&f, wanted[i], 3, 10, demo);
        const struct stopping *u = f.stopping;
        double each = boundary_error(u->points, u->points_n, 1 - wanted[i]);
        assert_true(fabs(u->share - (1 - each / 2)) < 1e-12); /* at 50 images */
        assert_int_equal(u->resamples % 100, 0);
        assert_true(u->resamples == STABILITY_RESAMPLES || u->resamples == STOPPING_RESAMPLES ||
                    fabs(u->resamples * each / 2 - STOPPING_DIFFER - .5) <= .5);
        fixture_free(&f);
    }
}

/* ---- What decides --------------------------------------------------------------------------------- */

static const struct simulation clear = {.layers = 5,
                                        .classes = 10,
                                        .images = 40,
                                        .mean = {.5, 1.4, .6, 1, .4},
                                        .uneven = .3,
                                        .common = .5,
                                        .own = .7};
static const long forty[10] = {40, 40, 40, 40, 40, 40, 40, 40, 40, 40};

static void copy_row(struct curve *to, const struct curve *from, long image)
{
    struct error e;
    long row = curve_find(from, image);
    if (curve_add(to, &from->rows[row], from->values + row * from->layers, &e) < 0)
        fail_msg("%s", e.text);
}

/* Images arrive in portions, each in an order of its own, and the job works in slices of another size. */
static long arrive(const struct curve *all, long portion, long slice, struct curve **prefix)
{
    static const bool *const chosen[] = {everything};
    struct fixture f;
    fixture_make(&f, 0.95, 5, 10, forty);
    struct curve *c = curve_new(5, 10, NULL);
    enum stopping_state state = STOPPING_WAITS;
    for (long from = 0; from < 400 && state != STOPPING_STABLE; from += portion) {
        for (long i = from + portion - 1; i >= from; i--)
            if (i < 400)
                copy_row(c, all, f.order[i]);
        do
            state = stopping_step(f.stopping, c, chosen, 1, slice);
        while (state == STOPPING_WORKS);
    }
    assert_int_equal(state, STOPPING_STABLE);
    long images = stopping_images(f.stopping);
    *prefix = stopping_take(f.stopping);
    for (long i = 0; i < 400; i++)
        assert_true((curve_find(*prefix, f.order[i]) >= 0) == (i < images));
    curve_free(c);
    fixture_free(&f);
    return images;
}

static void test_only_the_prefix_decides(void **state)
{
    (void)state;
    static const double correction[5] = {1, 1, 1, 1, 1};
    struct curve *all = simulation_make(&clear, 3), *first, *other;
    struct curve_point wanted[5], got[5];
    long images = arrive(all, 400, LONG_MAX, &first);
    assert_true(images < 400);
    curve_compute(first, everything, correction, wanted);
    static const long ways[][2] = {{1, 1}, {7, 1000}, {33, 100000}, {64, LONG_MAX}};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        assert_int_equal(arrive(all, ways[i][0], ways[i][1], &other), images);
        curve_compute(other, everything, correction, got);
        assert_memory_equal(got, wanted, sizeof got);
        curve_free(other);
    }
    curve_free(first);
    curve_free(all);
}

/* A look that ends because too many of the first resamples differ decides what all of them would. */
static void test_few_resamples_decide_as_all(void **state)
{
    (void)state;
    static const bool *const chosen[] = {everything};
    struct simulation near = clear;
    int stopped = 0, looks = 0;
    near.mean[3] = 1.25;
    for (uint64_t set = 0; set < 12; set++) {
        struct curve *c = simulation_make(&near, set);
        struct fixture f;
        fixture_make(&f, 0.95, 5, 10, forty);
        struct stopping *u = f.stopping;
        for (bool over = false; !over && u->looks < u->points_n; looks++) {
            double share = u->share;
            int resamples = u->resamples, before = u->looks;
            while (u->looks == before)
                stopping_step(u, c, chosen, 1, LONG_MAX);
            struct stability *all = stability_new(u->prefix, everything, resamples);
            stability_step(all, LONG_MAX);
            double won = stability_share(all, curve_pick(u->prefix, everything));
            assert_int_equal(u->stable, won >= share);
            assert_true(!u->stable || u->lowest == won);
            over = u->stable;
            stability_free(all);
        }
        stopped += u->stable;
        fixture_free(&f);
        curve_free(c);
    }
    assert_true(stopped > 0 && looks > 12);
}

static void test_excluded_images(void **state)
{
    (void)state;
    static const bool *const chosen[] = {everything};
    struct curve *all = simulation_make(&clear, 3), *c = curve_new(5, 10, NULL);
    struct fixture f;
    fixture_make(&f, 0.95, 5, 10, forty);
    for (long i = 0; i < 400; i++)
        if (i != 20 && i != 30 && i != 390)
            copy_row(c, all, f.order[i]);
    stopping_exclude(f.stopping, f.order[20], EXCLUDED_UNDECODABLE);
    assert_int_equal(look(f.stopping, c, chosen, 1), STOPPING_WAITS); /* for number 30 */
    assert_int_equal(f.stopping->looks, 0);
    stopping_exclude(f.stopping, f.order[30], EXCLUDED_NONFINITE);
    stopping_exclude(f.stopping, f.order[390], EXCLUDED_NONFINITE);
    stopping_exclude(f.stopping, 4000, EXCLUDED_NONFINITE); /* of no consequence */
    assert_int_equal(look(f.stopping, c, chosen, 1), STOPPING_STABLE);
    assert_int_equal(stopping_excluded(f.stopping, EXCLUDED_UNDECODABLE), 1);
    assert_int_equal(stopping_excluded(f.stopping, EXCLUDED_NONFINITE), 1);
    assert_int_equal(f.stopping->prefix->rows_n, stopping_images(f.stopping) - 2);
    fixture_free(&f);
    curve_free(c);
    curve_free(all);
}

/* Of several curves all must be stable; one whose class has a single image never is. */
static void test_every_curve_counts(void **state)
{
    (void)state;
    static const bool first[2] = {true, false}, second[2] = {false, true};
    static const bool *const chosen[] = {first, second, everything};
    static const float steep[3] = {1, 9, 2};
    struct fixture f;
    static const long pair[2] = {100, 100}, lonely[2] = {100, 1};
    for (int one = 0; one < 2; one++) {
        fixture_make(&f, 0.95, 3, 2, one ? lonely : pair);
        struct curve *c = curve_new(3, 2, NULL);
        for (long i = 0; i < f.images_n; i++) {
            struct error e;
            struct curve_row row = {.image = i, .class_index = f.images[i].class_index, .score = 1};
            assert_int_equal(curve_add(c, &row, steep, &e), 0);
        }
        assert_int_equal(look(f.stopping, c, chosen, 3), one ? STOPPING_WAITS : STOPPING_STABLE);
        assert_int_equal(f.stopping->looks, one ? f.stopping->points_n : 1);
        fixture_free(&f);
        curve_free(c);
    }
}

static void test_no_candidate_can_be_stable(void **state)
{
    (void)state;
    static const bool *const chosen[] = {everything};
    static const float falling[3] = {3, 2, 1};
    static const long one[1] = {80};
    struct fixture f;
    fixture_make(&f, 0.95, 3, 1, one);
    struct curve *c = curve_new(3, 1, NULL);
    for (long i = 0; i < 80; i++) {
        struct error e;
        struct curve_row row = {.image = i, .score = 1};
        assert_int_equal(curve_add(c, &row, falling, &e), 0);
    }
    assert_int_equal(look(f.stopping, c, chosen, 1), STOPPING_STABLE);
    assert_int_equal(stopping_images(f.stopping), 50);
    assert_true(f.stopping->lowest == 1);
    fixture_free(&f);
    curve_free(c);
}

/* ---- How often it is wrong ------------------------------------------------------------------------ */

struct record {
    int early, wrong; /* stopped early; and on another layer than the truth */
    double images;    /* on average, of those that stopped */
};

/* Layer 1 is the best in truth, by `gap`; layer 3 comes next. */
static struct record simulate(struct simulation s, double gap, int sets, double at_each_look)
{
    static const bool *const chosen[] = {everything};
    struct record r = {0};
    s.mean[1] = s.mean[3] * (1 + gap);
    long counts[CLASSES_MAX];
    for (int c = 0; c < s.classes; c++)
        counts[c] = s.images;
    for (int set = 0; set < sets; set++) {
        struct fixture f;
        struct curve *c = simulation_make(&s, (uint64_t)set);
        fixture_make(&f, 0.95, s.layers, s.classes, counts);
        if (at_each_look > 0)
            f.stopping->error = 1 - at_each_look;
        if (look(f.stopping, c, chosen, 1) == STOPPING_STABLE) {
            r.early++;
            r.images += (double)stopping_images(f.stopping);
            r.wrong += curve_pick(f.stopping->prefix, everything) != 1;
        }
        fixture_free(&f);
        curve_free(c);
    }
    r.images /= r.early ? r.early : 1;
    return r;
}

/* Where two layers are equal in truth, every stop on the second one is called wrong: nothing is worse, since
 * with any gap the right one has the advantage. The rate must not be above 1 - P by more than chance; and
 * looking at P itself every time must be seen to be worse, or this would prove nothing. */
static void test_wrong_stops(void **state)
{
    (void)state;
    enum { SETS = 300 };
    static const struct simulation cases[] = {
        {.layers = 5, .classes = 10, .images = 40, .mean = {.5, 1, .6, 1, .4}, .common = .5, .own = .7},
        {.layers = 5, .classes = 1, .images = 300, .mean = {.5, 1, .6, 1, .4}, .common = .5, .own = .7},
        {.layers = 5, .classes = 3, .images = 100, .mean = {.5, 1, .6, 1, .4}, .common = .5, .own = 1.5},
    };
    double most = 0.05 + 3 * sqrt(0.05 * 0.95 / SETS);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct record tie = simulate(cases[i], 0, SETS, 0);
        struct record near = simulate(cases[i], 0.05, SETS, 0);
        struct record careless = simulate(cases[i], 0, SETS, 0.95);
        print_message(
            "case %d: wrong stops %.3f for a tie (%.3f if every look asked for 0.95), %.3f for a gap of "
            "5 %%; stopped early %.3f and %.3f, after %.0f and %.0f images\n",
            (int)i, (double)tie.wrong / SETS, (double)careless.wrong / SETS, (double)near.wrong / SETS,
            (double)tie.early / SETS, (double)near.early / SETS, tie.images, near.images);
        assert_true((double)tie.wrong / SETS <= most);
        assert_true((double)near.wrong / SETS <= most / 2);
        assert_true((double)careless.wrong / SETS > most);
    }
}

/* Where the truth is plain it stops, early, and right. */
static void test_plain_cases_stop_early(void **state)
{
    (void)state;
    enum { SETS = 200 };
    struct record r = simulate(clear, 0.4, SETS, 0);
    print_message("gap of 40 %%: stopped early %.3f, after %.0f of 400 images, wrong %.3f\n",
                  (double)r.early / SETS, r.images, (double)r.wrong / SETS);
    assert_true(r.early >= 0.95 * SETS);
    assert_true(r.images < 200);
    assert_true(r.wrong <= 0.01 * SETS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_points),
        cmocka_unit_test(test_errors_of_looks),
        cmocka_unit_test(test_rule),
        cmocka_unit_test(test_only_the_prefix_decides),
        cmocka_unit_test(test_few_resamples_decide_as_all),
        cmocka_unit_test(test_excluded_images),
        cmocka_unit_test(test_every_curve_counts),
        cmocka_unit_test(test_no_candidate_can_be_stable),
        cmocka_unit_test(test_wrong_stops),
        cmocka_unit_test(test_plain_cases_stop_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
