/* Limits, the pareto and the recommendation: by hand, and the pareto against its definition on random cuts.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "curve/order.h"
#include "deploy/planner.h"

static struct placement cut(int layer, double ms, int64_t bytes, double cui, int rank, bool candidate)
{
    return (struct placement){.kind = PLACEMENT_SPLIT,
                              .layer = layer,
                              .head_ms = ms / 2,
                              .transfer_ms = ms / 4,
                              .tail_ms = ms / 4,
                              .bytes = bytes,
                              .memory = 1000,
                              .joules = NAN,
                              .cui = cui,
                              .rank = rank,
                              .candidate = candidate,
                              .pick_share = NAN,
                              .accuracy = NAN};
}

/* Between all on the server and all on the device, four splits; the third cannot be made. */
enum { SERVER, FIRST, SECOND, SKIP, LAST, DEVICE, CUTS };

static void example(struct placement *cuts)
{
    cuts[SERVER] = cut(-1, 40, 5000, NAN, 0, false);
    cuts[SERVER].kind = PLACEMENT_ALL_SERVER;
    cuts[FIRST] = cut(0, 50, 8000, 0.5, 3, false);
    cuts[SECOND] = cut(1, 30, 4000, 0.9, 1, true);
    cuts[SKIP] = cut(2, 10, 100, NAN, 0, false);
    cuts[SKIP].other = "the output of layer 0 crosses too";
    cuts[LAST] = cut(3, 20, 1000, 0.8, 2, true);
    cuts[DEVICE] = cut(4, 90, 0, NAN, 0, false);
    cuts[DEVICE].kind = PLACEMENT_ALL_DEVICE;
}

static void test_front(void **state)
{
    (void)state;
    struct placement cuts[CUTS];
    double none[METRICS];
    planner_no_limits(none);
    example(cuts);
    planner_evaluate(cuts, CUTS, none);
    assert_float_equal(cuts[FIRST].total_ms, 50, 1e-12);
    /* The first split is worse than the second in everything; the whole networks have their importance. */
    const bool pareto[CUTS] = {true, false, true, false, true, true};
    for (int i = 0; i < CUTS; i++) {
        assert_int_equal(cuts[i].pareto, pareto[i]);
        assert_int_equal(cuts[i].feasible, i != SKIP);
        assert_int_equal(cuts[i].broken, 0);
    }
}

static void test_limits(void **state)
{
    (void)state;
    struct placement cuts[CUTS];
    double limits[METRICS];
    planner_no_limits(limits);
    char why[200];
    example(cuts);
    limits[METRIC_LATENCY] = 40;
    limits[METRIC_BYTES] = 4096;
    limits[METRIC_IMPORTANCE] = 1;
    planner_evaluate(cuts, CUTS, limits);
    assert_int_equal(cuts[SERVER].broken, 1u << METRIC_BYTES);
    assert_int_equal(cuts[FIRST].broken, 1u << METRIC_LATENCY | 1u << METRIC_BYTES | 1u << METRIC_IMPORTANCE);
    assert_true(cuts[SECOND].feasible && cuts[SECOND].pareto);
    assert_int_equal(cuts[LAST].broken, 1u << METRIC_IMPORTANCE);
    assert_int_equal(cuts[DEVICE].broken, 1u << METRIC_LATENCY);
    planner_reason(&cuts[FIRST], limits, why, sizeof why);
    assert_string_equal(
        why, "takes 50 ms (at most 40 ms), sends 7.8 KiB (at most 4.0 KiB), CUI rank 3 (1 or better)");
    planner_reason(&cuts[SKIP], limits, why, sizeof why);
    assert_string_equal(
        why, "the output of layer 0 crosses too, its importance is not known (CUI rank 1 or better)");
    planner_reason(&cuts[SECOND], limits, why, sizeof why);
    assert_string_equal(why, "");
    char small[20];
    planner_reason(&cuts[FIRST], limits, small, sizeof small);
    assert_int_equal(strlen(small), sizeof small - 1);
}

static void test_unknown_metrics_break_limits(void **state)
{
    (void)state;
    struct placement cuts[CUTS];
    double limits[METRICS];
    planner_no_limits(limits);
    char why[200];
    example(cuts);
    limits[METRIC_ENERGY] = 1;
    limits[METRIC_ACCURACY] = 0.9;
    planner_evaluate(cuts, CUTS, limits);
    planner_reason(&cuts[SECOND], limits, why, sizeof why);
    assert_string_equal(why,
                        "its energy is not known (at most 1 J), its accuracy is not known (at least 90.0 %)");
    cuts[SECOND].joules = 2;
    cuts[SECOND].accuracy = 0.875;
    planner_evaluate(cuts, CUTS, limits);
    planner_reason(&cuts[SECOND], limits, why, sizeof why);
    assert_string_equal(why, "spends 2 J (at most 1 J), accuracy 87.5 % (at least 90.0 %)");
    cuts[SECOND].joules = 1;
    cuts[SECOND].accuracy = 0.9;
    planner_evaluate(cuts, CUTS, limits);
    assert_true(cuts[SECOND].feasible);
}

/* A value just above its limit does not look like it. */
static void test_close_misses(void **state)
{
    (void)state;
    struct placement c = cut(0, 40.00002, 4097, 1, 1, true);
    double limits[METRICS];
    planner_no_limits(limits);
    char why[300];
    c.joules = 12345.6;
    c.accuracy = 0.89996;
    limits[METRIC_LATENCY] = 40;
    limits[METRIC_BYTES] = 4096;
    limits[METRIC_ENERGY] = 12345.5;
    limits[METRIC_ACCURACY] = 0.9;
    planner_evaluate(&c, 1, limits);
    planner_reason(&c, limits, why, sizeof why);
    assert_string_equal(why, "takes 40.00002 ms (at most 40 ms), sends 4097 B (at most 4096 B), "
                             "spends 12345.6 J (at most 12345.5 J), accuracy 89.996 % (at least 90.000 %)");
}

static void test_metrics_as_text(void **state)
{
    (void)state;
    static const struct {
        enum metric metric;
        double value;
        const char *text;
    } cases[] = {
        {METRIC_LATENCY, 0, "0 ms"},         {METRIC_LATENCY, 0.012345, "0.0123 ms"},
        {METRIC_LATENCY, 999.4, "999 ms"},   {METRIC_LATENCY, 123456.7, "123457 ms"},
        {METRIC_LATENCY, 1e20, "1e+20 ms"},  {METRIC_LATENCY, INFINITY, "infinite"},
        {METRIC_BYTES, 1536, "1.5 KiB"},     {METRIC_BYTES, NAN, "?"},
        {METRIC_MEMORY, 1e30, "4096.0 PiB"}, {METRIC_ENERGY, 0.05, "0.05 J"},
        {METRIC_IMPORTANCE, 3, "3"},         {METRIC_ACCURACY, 0.9725, "97.2 %"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[METRIC_TEXT_SIZE];
        metric_text(text, cases[i].metric, cases[i].value, 3);
        assert_string_equal(text, cases[i].text);
    }
}

/* Each alone: caps, a floor, and a rank, which is the better the lower it is. */
static void test_limits_as_text(void **state)
{
    (void)state;
    static const struct {
        enum metric metric;
        double limit;
        const char *text;
    } cases[] = {
        {METRIC_LATENCY, 100, "at most 100 ms"},        {METRIC_BYTES, 65536, "at most 64.0 KiB"},
        {METRIC_MEMORY, 1 << 20, "at most 1.0 MiB"},    {METRIC_ENERGY, 0.5, "at most 0.5 J"},
        {METRIC_IMPORTANCE, 3, "CUI rank 3 or better"}, {METRIC_ACCURACY, 0.9, "at least 90.0 %"},
    };
    assert_int_equal(sizeof cases / sizeof cases[0], METRICS);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[METRIC_LIMIT_TEXT];
        metric_limit_text(text, cases[i].metric, cases[i].limit);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_every_metric_is_reported(void **state)
{
    (void)state;
    for (int f = 0; f < METRICS; f++) {
        const struct metric_entry *m = &metric_table[f];
        assert_non_null(metric_words[f]);
        assert_true(m->meaning && m->name && m->label && m->superlative && m->fails && m->unknown &&
                    m->value);
        assert_true(m->limit_option && m->limit_help && m->limit_expects && m->limit_of);
        assert_true(!m->cost[0] == !m->cost[1] && m->unit < METRIC_UNITS);
    }
    assert_null(metric_words[METRICS]);
}

/* Who would need its limits moved by the smallest factor. */
static void test_nearest(void **state)
{
    (void)state;
    struct placement cuts[CUTS];
    double limits[METRICS];
    planner_no_limits(limits);
    example(cuts);
    limits[METRIC_LATENCY] = 10; /* 4, 5, 3, -, 2 and 9 times too long */
    planner_evaluate(cuts, CUTS, limits);
    assert_int_equal(planner_nearest(cuts, CUTS, limits), LAST);
    limits[METRIC_IMPORTANCE] = 0.5; /* 3 times too long, or a rank 4 times too high */
    planner_evaluate(cuts, CUTS, limits);
    assert_int_equal(planner_nearest(cuts, CUTS, limits), SECOND);
    cuts[SERVER].head_ms = 0; /* is no split */
    planner_evaluate(cuts, CUTS, limits);
    assert_int_equal(planner_nearest(cuts, CUTS, limits), SECOND);
    cuts[SECOND].accuracy = 0.1;
    limits[METRIC_ACCURACY] = 0.9; /* not known but of one, whose is 9 times too low */
    planner_evaluate(cuts, CUTS, limits);
    assert_int_equal(planner_nearest(cuts, CUTS, limits), SECOND);
    cuts[SECOND].accuracy = NAN;
    planner_evaluate(cuts, CUTS, limits);
    assert_int_equal(planner_nearest(cuts, CUTS, limits), -1);
    planner_no_limits(limits);
    planner_evaluate(cuts, CUTS, limits); /* nothing is broken */
    assert_int_equal(planner_nearest(cuts, CUTS, limits), -1);
}

static void test_dominator(void **state)
{
    (void)state;
    struct placement cuts[CUTS];
    double limits[METRICS];
    planner_no_limits(limits);
    example(cuts);
    planner_evaluate(cuts, CUTS, limits);
    assert_int_equal(planner_dominator(cuts, CUTS, FIRST), SERVER); /* SECOND is better, too */
    assert_int_equal(planner_dominator(cuts, CUTS, SECOND), -1);
    assert_int_equal(planner_dominator(cuts, CUTS, SKIP), -1);
    limits[METRIC_BYTES] = 8000;
    cuts[SERVER].bytes = 9000;
    planner_evaluate(cuts, CUTS, limits);
    assert_int_equal(planner_dominator(cuts, CUTS, FIRST), SECOND);
    cuts[DEVICE].head_ms = 0; /* comes later, but is no split */
    planner_evaluate(cuts, CUTS, limits);
    assert_int_equal(planner_dominator(cuts, CUTS, FIRST), DEVICE);
}

static void check_pick(const struct placement *cuts, enum metric objective, int best, int second)
{
    int found_second, found = planner_recommend(cuts, CUTS, objective, &found_second);
    assert_int_equal(found, best);
    assert_int_equal(found_second, second);
}

static void test_recommendation(void **state)
{
    (void)state;
    struct placement cuts[CUTS];
    double limits[METRICS];
    planner_no_limits(limits);
    example(cuts);
    planner_evaluate(cuts, CUTS, limits);
    check_pick(cuts, METRIC_IMPORTANCE, SECOND, LAST);
    check_pick(cuts, METRIC_LATENCY, LAST, SECOND);
    check_pick(cuts, METRIC_BYTES, DEVICE, LAST);
    check_pick(cuts, METRIC_ENERGY, -1, -1); /* known for none */
    cuts[LAST].candidate = false;            /* one candidate: the next best split is second */
    check_pick(cuts, METRIC_IMPORTANCE, SECOND, LAST);
    cuts[SECOND].candidate = false; /* no candidate at all: the splits by importance */
    check_pick(cuts, METRIC_IMPORTANCE, SECOND, LAST);
    cuts[LAST].cui = cuts[SECOND].cui; /* equal: the faster one */
    check_pick(cuts, METRIC_IMPORTANCE, LAST, SECOND);
    cuts[SECOND].total_ms = NAN; /* no second best of unknown time to one of known time... */
    check_pick(cuts, METRIC_IMPORTANCE, LAST, FIRST);
    cuts[LAST].total_ms = NAN; /* ...but to one like it; equal: the first */
    check_pick(cuts, METRIC_IMPORTANCE, SECOND, LAST);
    limits[METRIC_MEMORY] = 999; /* no split holds it: the faster whole network */
    cuts[SERVER].memory = cuts[DEVICE].memory = 0;
    planner_evaluate(cuts, CUTS, limits);
    check_pick(cuts, METRIC_IMPORTANCE, SERVER, DEVICE);
    limits[METRIC_LATENCY] = 1;
    planner_evaluate(cuts, CUTS, limits);
    check_pick(cuts, METRIC_IMPORTANCE, -1, -1);
    check_pick(cuts, METRIC_LATENCY, -1, -1);
}

/* ---- The pareto by its definition ---------------------------------------------------------------- */

enum { MANY = 40 };

static double random_metric(struct order_random *r, bool may_miss)
{
    return may_miss && order_random_below(r, 4) == 0 ? NAN : (double)order_random_below(r, 6);
}

static void random_cuts(struct order_random *r, struct placement *cuts)
{
    bool energy = order_random_below(r, 2), accuracy = order_random_below(r, 2);
    for (int i = 0; i < MANY; i++) {
        cuts[i] = cut(i, 4 * random_metric(r, false), (int64_t)random_metric(r, false),
                      random_metric(r, true), 1, false);
        cuts[i].kind = i == 0 ? PLACEMENT_ALL_SERVER : i == 1 ? PLACEMENT_ALL_DEVICE : PLACEMENT_SPLIT;
        cuts[i].memory = (int64_t)random_metric(r, false);
        cuts[i].joules = energy ? random_metric(r, true) : NAN;
        cuts[i].accuracy = accuracy ? random_metric(r, true) : NAN;
        cuts[i].other = order_random_below(r, 5) == 0 ? "no" : NULL;
    }
}

/* Six numbers, the lower the better, whatever is unknown the highest. */
static void metrics_of(const struct placement *c, double f[6])
{
    const double whole = c->kind == PLACEMENT_SPLIT ? -c->cui : -1e9;
    const double six[6] = {c->head_ms + c->transfer_ms + c->tail_ms,
                           (double)c->bytes,
                           (double)c->memory,
                           c->joules,
                           whole,
                           -c->accuracy};
    for (int i = 0; i < 6; i++)
        f[i] = isnan(six[i]) ? 1e9 : six[i];
}

static bool on_front(const struct placement *cuts, int i)
{
    double mine[6], theirs[6];
    metrics_of(&cuts[i], mine);
    for (int k = 0; k < MANY; k++) {
        bool none_worse = true, one_better = false;
        if (cuts[k].other)
            continue;
        metrics_of(&cuts[k], theirs);
        for (int f = 0; f < 6; f++) {
            none_worse = none_worse && theirs[f] <= mine[f];
            one_better = one_better || theirs[f] < mine[f];
        }
        if (none_worse && one_better)
            return false;
    }
    return !cuts[i].other;
}

static void test_front_against_its_definition(void **state)
{
    (void)state;
    struct order_random r;
    struct placement cuts[MANY];
    double none[METRICS];
    planner_no_limits(none);
    order_random_seed(&r, 5, 0);
    int on = 0, off = 0;
    for (int round = 0; round < 500; round++) {
        random_cuts(&r, cuts);
        planner_evaluate(cuts, MANY, none);
        for (int i = 0; i < MANY; i++) {
            assert_int_equal(cuts[i].pareto, on_front(cuts, i));
            *(cuts[i].pareto ? &on : &off) += 1;
        }
    }
    assert_true(on > 1000 && off > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_front),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_unknown_metrics_break_limits),
        cmocka_unit_test(test_close_misses),
        cmocka_unit_test(test_metrics_as_text),
        cmocka_unit_test(test_limits_as_text),
        cmocka_unit_test(test_every_metric_is_reported),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_dominator),
        cmocka_unit_test(test_recommendation),
        cmocka_unit_test(test_front_against_its_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
