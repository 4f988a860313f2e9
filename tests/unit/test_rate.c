/* Bytes against accuracy: fronts, and Bjontegaard's difference against scipy and by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "features/rate.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof(list)[0]))

static void test_front(void **state)
{
    (void)state;
    /* Out of order, one point twice, one that is only larger, one that is only worse. */
    struct tradeoff points[] = {{400, .9}, {100, .5}, {400, .9}, {900, .9},
                                {100, .4}, {200, .4}, {50, .1},  {1000, .95}};
    static const bool dominated[] = {false, false, false, true, true, true, false, false};
    static const struct tradeoff front[] = {{50, .1}, {100, .5}, {400, .9}, {1000, .95}};
    for (int i = 0; i < COUNT(points); i++)
        assert_int_equal(rate_is_dominated(points, COUNT(points), i), dominated[i]);
    assert_int_equal(rate_front(points, COUNT(points)), COUNT(front));
    for (int i = 0; i < COUNT(front); i++) {
        assert_true(points[i].cost == front[i].cost);
        assert_true(points[i].gain == front[i].gain);
    }
    assert_int_equal(rate_front(points, 0), 0);
}

static void test_cheapest(void **state)
{
    (void)state;
    static const struct tradeoff points[] = {{900, .9}, {100, .5}, {400, .91}, {50, .1}};
    assert_true(rate_cheapest(points, COUNT(points), .9) == 400);
    assert_true(rate_cheapest(points, COUNT(points), .5) == 100);
    assert_true(rate_cheapest(points, COUNT(points), .1) == 50);
    assert_true(isnan(rate_cheapest(points, COUNT(points), .92)));
}

/* Between two points log bytes is a line. From 0.5 to 0.7 the curve rises from 8 to 32 bytes, in log2 by 3 to
 * 5, a mean of 4; the reference by 1 to 3 on the way from 0.5 to 0.9, at 0.7 by 2, a mean of 1.5. So it takes
 * 2^2.5 times as many. */
static void test_lines(void **state)
{
    (void)state;
    static const struct tradeoff curve[] = {{4, .4}, {32, .7}}, reference[] = {{2, .5}, {8, .9}};
    static const struct tradeoff steep[] = {{8, .5}, {32, .7}}, twice[] = {{4, .5}, {16, .9}};
    struct rate_difference d = rate_bjontegaard(steep, 2, reference, 2);
    assert_true(fabs(d.rate - (exp2(2.5) - 1)) < 1e-12);
    assert_true(d.low == .5 && d.high == .7);
    d = rate_bjontegaard(twice, 2, reference, 2);
    assert_true(fabs(d.rate - 1) < 1e-12);
    assert_true(d.low == .5 && d.high == .9);
    d = rate_bjontegaard(reference, 2, twice, 2);
    assert_true(fabs(d.rate + .5) < 1e-12);
    /* log2 of the curve is 2 + 10 (share - 0.4): 3 at 0.5, 5 at 0.7. */
    d = rate_bjontegaard(curve, 2, reference, 2);
    assert_true(fabs(d.rate - (exp2(2.5) - 1)) < 1e-12);
    assert_true(d.low == .5 && d.high == .7);
}

static void test_no_overlap(void **state)
{
    (void)state;
    static const struct tradeoff low[] = {{4, .1}, {8, .5}}, high[] = {{4, .5}, {8, .9}};
    struct rate_difference d = rate_bjontegaard(low, 2, high, 2);
    assert_true(isnan(d.rate) && isnan(d.low) && isnan(d.high));
    d = rate_bjontegaard(low, 1, low, 2);
    assert_true(isnan(d.rate));
    d = rate_bjontegaard(low, 2, low, 0);
    assert_true(isnan(d.rate));
}

/* scipy 1.10.1: PchipInterpolator(share, log(bytes)) of both, the difference of .integrate(low, high) over
 * high - low, and expm1 of it. */
static void test_scipy(void **state)
{
    (void)state;
    static const struct tradeoff a[] = {{512, .61}, {768, .835}, {1024, .91}, {2048, .925}, {4096, .9275}};
    static const struct tradeoff b[] = {{900, .52}, {1100, .71}, {1500, .86}, {2300, .915}, {4200, .921}};
    static const struct tradeoff c[] = {{300, .2}, {310, .5}, {3000, .9}};
    static const struct {
        const struct tradeoff *curve, *reference;
        int n, reference_n;
        double rate, low, high;
    } cases[] = {
        {a, b, 5, 5, -0.471119388050365, .61, .921}, {b, a, 5, 5, 0.890785892705838, .61, .921},
        {c, b, 3, 5, -0.336310322876408, .52, .9},   {a, c, 5, 3, -0.33020180798045, .61, .9},
        {a, b, 2, 5, -0.444471311394335, .61, .835},
    };
    for (int i = 0; i < COUNT(cases); i++) {
        struct rate_difference d =
            rate_bjontegaard(cases[i].curve, cases[i].n, cases[i].reference, cases[i].reference_n);
        assert_true(fabs(d.rate - cases[i].rate) < 1e-12);
        assert_true(d.low == cases[i].low && d.high == cases[i].high);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_front),      cmocka_unit_test(test_cheapest), cmocka_unit_test(test_lines),
        cmocka_unit_test(test_no_overlap), cmocka_unit_test(test_scipy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
