/* Two clocks compared: their difference from round trips of which it is known, and that nothing arrives
 * before it was sent whatever was found. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "study/clocks.h"

/* A message that takes `there`, then `busy` at the other side, whose clock is `ahead`, then `back`. */
static struct clocks_trip trip(int64_t sent, int64_t there, int64_t busy, int64_t back, int64_t ahead)
{
    int64_t received = sent + there + ahead;
    return (struct clocks_trip){sent, received, received + busy, sent + there + busy + back};
}

static void test_the_quickest_counts(void **state)
{
    struct clocks c = clocks_unknown();
    const int64_t ahead = -123456789012346;
    (void)state;
    assert_true(c.trip == INT64_MAX);
    clocks_compare(&c, &(struct clocks_trip){100, 100 + ahead + 40, 100 + ahead + 42, 182});
    assert_int_equal(c.trip, 80);
    assert_int_equal(c.ahead, ahead);
    /* A slower one, which had to wait on one way, changes nothing; nor does a long time at the other side. */
    const struct clocks_trip slow = trip(1000, 900, 2, 40, ahead), busy = trip(5000, 40, 100000, 40, ahead);
    clocks_compare(&c, &slow);
    clocks_compare(&c, &busy);
    assert_int_equal(c.trip, 80);
    assert_int_equal(c.ahead, ahead);
    /* A quicker one does, by as much as half of what its ways differ. */
    const struct clocks_trip quick = trip(9000, 10, 6, 30, ahead);
    clocks_compare(&c, &quick);
    assert_int_equal(c.trip, 40);
    assert_in_range(c.ahead - ahead + 100, 100 - 10 - 1, 100 - 10 + 1);
}

/* Clocks that began long ago, one of them before zero. */
static void test_no_overflow(void **state)
{
    struct clocks c = clocks_unknown();
    const int64_t large = INT64_C(4000000000000000000);
    (void)state;
    clocks_compare(&c, &(struct clocks_trip){large, -large / 2, -large / 2 + 10, large + 30});
    assert_int_equal(c.trip, 20);
    assert_in_range(c.ahead + large / 2 * 3 + 100, 100 - 15, 100);
}

/* Every difference that was found wrongly, by up to half of the trip it was found with, over ways of all
 * lengths. */
static void test_nothing_arrives_early(void **state)
{
    const int64_t ahead = 777;
    int changed = 0;
    (void)state;
    for (int64_t wrong = -50; wrong <= 50; wrong += 5)
        for (int64_t there = 0; there <= 60; there += 6)
            for (int64_t back = 0; back <= 60; back += 6) {
                const struct clocks c = {.trip = 100, .ahead = ahead + wrong};
                const struct clocks_trip t = trip(5000, there, 300, back, ahead);
                int64_t used = clocks_ahead(&c, &t);
                int64_t way_there = t.received - used - t.sent, way_back = t.heard - (t.answered - used);
                assert_true(way_there >= 0 && way_back >= 0);
                assert_int_equal(way_there + way_back, there + back);
                if (-wrong >= -there && wrong <= there && -wrong <= back)
                    assert_int_equal(used, c.ahead);
                else
                    changed += used != c.ahead;
            }
    assert_true(changed > 0);
}

/* The other clock runs slower: less than nothing is left for the way, and half of that lies on each side. */
static void test_unlike_speeds(void **state)
{
    const struct clocks c = {.trip = 100, .ahead = 0};
    const struct clocks_trip t = {1000, 1000, 1500, 1480};
    (void)state;
    assert_int_equal(clocks_ahead(&c, &t), 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_quickest_counts),
        cmocka_unit_test(test_no_overflow),
        cmocka_unit_test(test_nothing_arrives_early),
        cmocka_unit_test(test_unlike_speeds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
