/* Paired changes of accuracy, against published values. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "race/paired.h"

struct change {
    long gained, lost, n;
    double level, low, high, tolerance;
};

/* Fagerland, Lydersen and Laake (Recommended tests and confidence intervals for paired binomial proportions,
 * Statistics in Medicine 2014) give Tango's interval for airway hyper-responsiveness before and after stem
 * cell transplantation as -0.517 to -0.026; R's PropCIs gives scoreci.mp(25, 28, 618) at 90 % as -0.0148 to
 * 0.0247, of the second count less the first. */
static void test_published(void **state)
{
    (void)state;
    static const struct change cases[] = {
        {1, 7, 21, .95, -.517, -.026, 5e-4},
        {7, 1, 21, .95, .026, .517, 5e-4},
        {28, 25, 618, .90, -.0148, .0247, 5e-5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct change *c = &cases[i];
        double low, high, change = paired_change(c->gained, c->lost, c->n, c->level, &low, &high);
        assert_true(fabs(change - (double)(c->gained - c->lost) / (double)c->n) < 1e-12);
        assert_true(fabs(low - c->low) < c->tolerance);
        assert_true(fabs(high - c->high) < c->tolerance);
    }
}

/* With no image that differs, the score test rejects a difference d where n d / (1 - d) > z^2 for d > 0:
 * d = z^2 / (n + z^2), as Wilson's interval for 0 of n. */
static void test_ends(void **state)
{
    (void)state;
    double low, high, share_high, z2 = 1.959963984540054 * 1.959963984540054;
    assert_true(paired_change(0, 0, 20, .95, &low, &high) == 0);
    paired_share(0, 20, .95, NULL, &share_high);
    assert_true(fabs(high - z2 / (20 + z2)) < 1e-9 && fabs(low + high) < 1e-9);
    assert_true(fabs(high - share_high) < 1e-9);
    assert_true(paired_change(20, 0, 20, .95, &low, &high) == 1);
    assert_true(high == 1 && low > 0.6 && low < 0.75);
    assert_true(paired_change(0, 20, 20, .95, &low, &high) == -1);
    assert_true(low == -1 && high < -0.6);
    for (long gained = 0; gained <= 9; gained++)
        for (long lost = 0; lost + gained <= 9; lost++) {
            double change = paired_change(gained, lost, 9, .95, &low, &high), mirrored_low, mirrored_high;
            paired_change(lost, gained, 9, .95, &mirrored_low, &mirrored_high);
            assert_true(-1 <= low && low <= change && change <= high && high <= 1 && low < high);
            assert_true(fabs(low + mirrored_high) < 1e-9 && fabs(high + mirrored_low) < 1e-9);
        }
}

/* The same paper's exact McNemar test of 1 and 7: 0.070, which is 2 (1 + 8) / 2^8. */
static void test_mcnemar(void **state)
{
    (void)state;
    assert_true(fabs(paired_mcnemar(1, 7) - 18 / 256.0) < 1e-12);
    assert_true(fabs(paired_mcnemar(7, 1) - 18 / 256.0) < 1e-12);
    assert_true(fabs(paired_mcnemar(0, 5) - 2 / 32.0) < 1e-12);
    assert_true(paired_mcnemar(0, 0) == 1);
    assert_true(paired_mcnemar(3, 3) == 1);
    assert_true(paired_mcnemar(0, 2000) < 1e-300);
}

/* 268 images that do not differ show that less than 1 % is lost, 267 do not: z^2 is n / 99. The others were
 * found by maximising the likelihood numerically. And the test is the end of the interval. */
static void test_falls(void **state)
{
    (void)state;
    assert_true(paired_falls(0, 0, 268, 0.01) < 0.05 && paired_falls(0, 0, 267, 0.01) > 0.05);
    assert_true(fabs(paired_falls(3, 1, 336, 0.02) - 0.0025776236) < 1e-9);
    assert_true(fabs(paired_falls(4, 9, 1000, 0.01) - 0.10549865) < 1e-8);
    for (long lost = 0; lost < 30; lost++) {
        double low;
        paired_change(7, lost, 200, .95, &low, NULL);
        assert_true(fabs(paired_falls(7, (double)lost, 200, -low) - 0.025) < 1e-9);
    }
}

static void test_count(void **state)
{
    (void)state;
    const uint8_t before[] = {0, 0, 1, 1, 0, 1}, after[] = {1, 0, 0, 1, 1, 1};
    long gained, lost;
    paired_count(before, after, 6, &gained, &lost);
    assert_int_equal(gained, 2);
    assert_int_equal(lost, 1);
}

/* Newcombe 1998, table II, method 10: 56 of 70 and 48 of 80, 10 of 10 and 0 of 10, and 5 of 56 and 0 of 29.
 */
static void test_apart(void **state)
{
    (void)state;
    static const double cases[][6] = {{56, 70, 48, 80, .0524, .3339},
                                      {48, 80, 56, 70, -.3339, -.0524},
                                      {10, 10, 0, 10, .6075, 1},
                                      {5, 56, 0, 29, -.0381, .1926}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const double *c = cases[i];
        double a[3], b[3], low, high;
        a[0] = paired_share(c[0], c[1], .95, &a[1], &a[2]);
        b[0] = paired_share(c[2], c[3], .95, &b[1], &b[2]);
        assert_true(fabs(paired_apart(a, b, &low, &high) - (c[0] / c[1] - c[2] / c[3])) < 1e-12);
        assert_true(fabs(low - c[4]) < 5e-5 && fabs(high - c[5]) < 5e-5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published), cmocka_unit_test(test_apart), cmocka_unit_test(test_ends),
        cmocka_unit_test(test_mcnemar),   cmocka_unit_test(test_falls), cmocka_unit_test(test_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
