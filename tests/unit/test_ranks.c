/* Rank correlations, their intervals, and regret. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "curve/order.h"
#include "race/ranks.h"
#include "race_values.h"

enum { N = sizeof rank_x / sizeof rank_x[0] };

static void check(double value, double expected)
{
    if (!(fabs(value - expected) < 1e-9))
        fail_msg("%.10g (expected %.10g)", value, expected);
}

/* With ties and missing values, against NumPy. */
static void test_values(void **state)
{
    (void)state;
    check(ranks_correlation(RANKS_SPEARMAN, rank_x, rank_y, NULL, N), rank_spearman[0]);
    check(ranks_correlation(RANKS_KENDALL, rank_x, rank_y, NULL, N), rank_kendall[0]);
    check(ranks_correlation(RANKS_PARTIAL, rank_x, rank_y, rank_z, N), rank_partial[0]);
}

/* Without ties: 1 - 6 sum d^2 / (n (n^2 - 1)), and (concordant - discordant) / pairs. */
static void test_by_hand(void **state)
{
    (void)state;
    const double x[] = {10, 20, 30, 40, 50}, y[] = {1, 3, 2, 5, 4}, down[] = {5, 4, 3, 2, 1};
    check(ranks_correlation(RANKS_SPEARMAN, x, y, NULL, 5), 1 - 6.0 * 4 / (5 * 24));
    check(ranks_correlation(RANKS_KENDALL, x, y, NULL, 5), (8 - 2) / 10.0);
    check(ranks_correlation(RANKS_SPEARMAN, x, down, NULL, 5), -1);
    check(ranks_correlation(RANKS_KENDALL, x, down, NULL, 5), -1);
}

static void test_no_figure(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3, 4, NAN}, y[] = {2, 1, 3, 4, 5}, same[] = {7, 7, 7, 7, 7};
    const double missing[] = {1, NAN, 2, 3, 4}, depth[] = {2, 4, 6, 8, 10};
    double low, high;
    assert_false(isnan(ranks_correlation(RANKS_SPEARMAN, x, y, NULL, 5)));
    for (int m = RANKS_SPEARMAN; m <= RANKS_PARTIAL; m++) {
        assert_true(isnan(ranks_correlation((enum rank_measure)m, x, y, y, 3)));
        assert_true(isnan(ranks_correlation((enum rank_measure)m, x, missing, y, 5)));
        assert_true(isnan(ranks_correlation((enum rank_measure)m, y, same, x, 5)));
        assert_true(isnan(ranks_correlation((enum rank_measure)m, y, y, y, 0)));
        assert_true(isnan(ranks_interval((enum rank_measure)m, x, missing, y, 5, .95, 1, &low, &high)));
        assert_true(isnan(low) && isnan(high));
    }
    /* x orders as depth does: nothing is left. A depth without an order takes nothing away. */
    assert_true(isnan(ranks_correlation(RANKS_PARTIAL, x, y, depth, 4)));
    check(ranks_correlation(RANKS_PARTIAL, x, y, same, 4), ranks_correlation(RANKS_SPEARMAN, x, y, NULL, 4));
}

/* A sum of uniform numbers, near enough to normal. */
static double noise(struct order_random *random)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += (double)order_random_below(random, 1000000) / 1e6;
    return sum;
}

/* The interval holds the correlation of many cuts in about 95 % of draws of 25 (a percentile interval of so
 * few holds it somewhat less often), is the same for the same seed, and holds the value itself. */
static void test_interval(void **state)
{
    (void)state;
    enum { DRAWS = 100, CUTS = 25, MANY = 2000 };
    static double x[MANY], y[MANY];
    struct order_random random;
    order_random_seed(&random, 3, 0);
    int held = 0;
    for (int i = 0; i < MANY; i++) {
        x[i] = noise(&random);
        y[i] = x[i] + noise(&random);
    }
    double truth = ranks_correlation(RANKS_SPEARMAN, x, y, NULL, MANY);
    for (int d = 0; d < DRAWS; d++) {
        double low, high, again_low, again_high;
        for (int i = 0; i < CUTS; i++) {
            x[i] = noise(&random);
            y[i] = x[i] + noise(&random);
        }
        double r = ranks_interval(RANKS_SPEARMAN, x, y, NULL, CUTS, .95, 9, &low, &high);
        assert_true(low <= r && r <= high && low < high);
        held += low <= truth && truth <= high;
        if (d > 0)
            continue;
        ranks_interval(RANKS_SPEARMAN, x, y, NULL, CUTS, .95, 9, &again_low, &again_high);
        assert_true(low == again_low && high == again_high);
        ranks_interval(RANKS_SPEARMAN, x, y, NULL, CUTS, .95, 10, &again_low, &again_high);
        assert_true(low != again_low || high != again_high);
        for (int i = 0; i < CUTS; i++) /* upside down, by the same draws of cuts */
            y[i] = -y[i];
        ranks_interval(RANKS_SPEARMAN, x, y, NULL, CUTS, .95, 9, &again_low, &again_high);
        check(again_low, -high);
        check(again_high, -low);
    }
    print_message("true %.3f, held in %d of %d\n", truth, held, DRAWS);
    assert_in_range(held, 0.87 * DRAWS, 0.99 * DRAWS);
}

static void test_regret(void **state)
{
    (void)state;
    const double predictor[] = {1, 5, 3, 5, NAN, 9}, accuracy[] = {.6, .7, .9, .8, .95, NAN};
    const bool allowed[] = {true, false, true, true, true, true},
               one[] = {true, false, false, false, true, true};
    check(ranks_regret(accuracy, accuracy, NULL, 6), 0);
    check(ranks_regret(predictor, accuracy, NULL, 6), .9 - .75);
    check(ranks_regret(predictor, accuracy, allowed, 6), .9 - .8);
    assert_true(isnan(ranks_regret(predictor, accuracy, one, 6)));
    const double lowest[] = {-1, -2, -INFINITY};
    check(ranks_regret(lowest, accuracy, NULL, 3), .9 - .6);
    const double tied[] = {1, 1, 1}, tenths[] = {.1, .1, .1};
    assert_true(.1 - (.1 + .1 + .1) / 3 < 0); /* the mean of equal numbers can be above them */
    assert_false(signbit(ranks_regret(tied, tenths, NULL, 3)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),   cmocka_unit_test(test_by_hand), cmocka_unit_test(test_no_figure),
        cmocka_unit_test(test_interval), cmocka_unit_test(test_regret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
