/* The learning rate: the highest one of a training so far. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "train/schedule.h"

static void test_highest(void **state)
{
    (void)state;
    static const long firsts[] = {1, 2, 3, 4, 7, 10, 100};
    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++) {
        double highest = 0;
        for (long done = 1; done <= schedule_steps(firsts[i], 3); done++) {
            highest = fmax(highest, schedule_rate(done - 1, firsts[i], 0.3));
            assert_true(schedule_highest(done, firsts[i], 0.3) >= highest);
            if (firsts[i] >= 10) /* shorter cycles have their peak between two steps, or before the first */
                assert_true(schedule_highest(done, firsts[i], 0.3) <= highest + 1e-12);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_highest)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
