/* Which cut an image takes, in virtual time: a link whose bandwidth and round trip are changed by hand, and
 * cuts whose times are known. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "deploy/link_text.h"
#include "deploy/steer.h"

enum { EARLY, LATE, CUTS, ANSWER = 100 };

/* The device is ten times slower than the server: an early cut is better where the link is fast. */
static const struct {
    double head_ms, tail_ms;
    int64_t bytes;
} cuts[CUTS] = {[EARLY] = {5, 10, 100000}, [LATE] = {100, 1, 5000}};

static struct link link_of(const char *text)
{
    struct link link;
    struct error e;
    assert_int_equal(link_parse(text, NULL, &link, &e), 0);
    return link;
}

static struct steer *steer_for(const char *text, double plan)
{
    struct link link = link_of(text ? text : "bandwidth=1,mtu=1500,header=52");
    if (!text)
        link.mbit_s = 0;
    struct steer *s = steer_new(CUTS, &link);
    for (int i = 0; i < CUTS; i++)
        steer_expect(s, i, plan * cuts[i].head_ms, plan * cuts[i].tail_ms, cuts[i].bytes, ANSWER);
    return s;
}

/* What an image takes over that cut and link. */
static double cut_ms(int cut, const struct link *link)
{
    return cuts[cut].head_ms + cuts[cut].tail_ms + link_exchange_ms(link, cuts[cut].bytes, ANSWER);
}

/* One image over the cut that is chosen; `factor` is how much longer than usual it was under way. */
static int step(struct steer *s, const struct link *link, double factor)
{
    int cut = steer_choose(s);
    double wire = link_send_ms(link, cuts[cut].bytes), both = link_exchange_ms(link, cuts[cut].bytes, ANSWER);
    steer_learn(s, cut, cuts[cut].head_ms, cuts[cut].tail_ms, cuts[cut].bytes, ANSWER, factor * wire,
                both - wire);
    return cut;
}

static void test_link_from_images(void **state)
{
    (void)state;
    const struct link link = link_of("bandwidth=7.5,rtt=42,mtu=1500,header=52");
    struct steer *s = steer_for(NULL, 1);
    assert_true(isnan(steer_ms(s, EARLY)));
    assert_int_equal(step(s, &link, 1), LATE); /* what sends least, while nothing is known */
    const struct link found = steer_link(s);
    assert_float_equal(found.mbit_s, 7.5, 1e-6);
    assert_float_equal(found.rtt_ms, 42, 1e-6);
    for (int i = 0; i < CUTS; i++)
        assert_float_equal(steer_ms(s, i), cut_ms(i, &link), 1e-6);
    steer_free(s);
}

/* Before the link is measured that of the plan counts. */
static void test_begins_with_the_plan(void **state)
{
    (void)state;
    struct steer *fast = steer_for("bandwidth=1000,rtt=1", 1), *slow = steer_for("bandwidth=1,rtt=1", 1);
    assert_int_equal(steer_choose(fast), EARLY);
    assert_int_equal(steer_choose(slow), LATE);
    steer_free(fast);
    steer_free(slow);
}

/* It follows each change within a window, and is quicker than either fixed cut. */
static void test_follows_the_link(void **state)
{
    (void)state;
    enum { PHASES = 4, IMAGES = 200, LATENCY = STEER_WINDOW / 2 + 1 + STEER_PATIENCE };
    static const char *const links[PHASES] = {"bandwidth=200,rtt=4", "bandwidth=1,rtt=4",
                                              "bandwidth=200,rtt=4", "bandwidth=1,rtt=80"};
    double fixed[CUTS] = {0}, followed = 0;
    struct steer *s = steer_for(NULL, 1);
    for (int p = 0; p < PHASES; p++) {
        const struct link link = link_of(links[p]);
        for (int i = 0; i < IMAGES; i++) {
            int cut = step(s, &link, 1);
            followed += cut_ms(cut, &link);
            for (int c = 0; c < CUTS; c++)
                fixed[c] += cut_ms(c, &link);
            if (i >= LATENCY)
                assert_int_equal(cut, p % 2 ? LATE : EARLY);
        }
        assert_float_equal(steer_link(s).mbit_s, link.mbit_s, 1e-6);
        assert_float_equal(steer_link(s).rtt_ms, link.rtt_ms, 1e-6);
    }
    assert_int_equal(steer_moves(s), PHASES);
    double best = fmin(fixed[EARLY], fixed[LATE]);

    assert_true(followed < 0.8 * best);
    print_message("adapted %.0f ms, the best fixed cut %.0f ms, the other %.0f ms\n", followed, best,
                  fmax(fixed[EARLY], fixed[LATE]));
    steer_free(s);
}

/* A link at which both are as good, within the margin, and images that are late one by one. */
static void test_hysteresis(void **state)
{
    (void)state;
    struct link link = link_of("bandwidth=8.9,rtt=4"); /* EARLY 109 ms, LATE 109 ms */
    assert_float_equal(cut_ms(EARLY, &link) / cut_ms(LATE, &link), 1, 0.05);
    struct steer *s = steer_for(NULL, 1);
    for (int i = 0; i < 60; i++) {
        link.mbit_s = 8.9 * (i % 2 ? 1.05 : 0.95);
        assert_int_equal(step(s, &link, i % 3 == 0 ? 4 : 1), LATE); /* a third of them wait */
    }
    assert_int_equal(steer_moves(s), 0);
    steer_free(s);
}

/* A plan that was wrong about a cut is put right by its own images. */
static void test_learns_times(void **state)
{
    (void)state;
    const struct link link = link_of("bandwidth=1000,rtt=1");
    struct steer *s = steer_for("bandwidth=1000,rtt=1", 20); /* twenty times too slow */
    assert_int_equal(step(s, &link, 1), EARLY);
    assert_float_equal(steer_ms(s, EARLY), cut_ms(EARLY, &link), 1);
    assert_true(steer_ms(s, LATE) > 2000);
    steer_free(s);
}

/* A frame that takes no time that could be seen says that the link is at least so fast, and no more. */
static void test_too_quick_to_see(void **state)
{
    (void)state;
    struct steer *s = steer_for("bandwidth=500,rtt=1,mtu=1500,header=0", 1);
    steer_learn(s, LATE, 1, 1, 1500, ANSWER, 10.01, 10); /* at least 8 * 1400 bits in 1 ms, 5 % of both */
    assert_float_equal(steer_link(s).mbit_s, 500, 1e-9);
    steer_free(s);
    s = steer_for("bandwidth=5,rtt=1,mtu=1500,header=0", 1);
    steer_learn(s, LATE, 1, 1, 1500, ANSWER, 10.01, 10);
    assert_float_equal(steer_link(s).mbit_s, 8 * 1400 / 1e3 / (0.05 * 20.01), 1e-6);
    steer_learn(s, LATE, 1, 1, ANSWER, ANSWER, 1, 1); /* as large as its answer */
    assert_float_equal(steer_link(s).mbit_s, 8 * 1400 / 1e3 / (0.05 * 20.01), 1e-6);
    steer_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_link_from_images), cmocka_unit_test(test_begins_with_the_plan),
        cmocka_unit_test(test_follows_the_link), cmocka_unit_test(test_hysteresis),
        cmocka_unit_test(test_learns_times),     cmocka_unit_test(test_too_quick_to_see),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
