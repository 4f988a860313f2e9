/* What is said of cuts that were weighed: the recommendation and its reasons, and the sheet. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/report.h"
#include "report/verdict.h"

static struct table_row rows[] = {
    {.layer = 0, .name = "conv1"}, {.layer = 1, .name = "pool1"}, {.layer = 2, .name = "fc,1"}};
static const struct table table = {.rows_n = 3, .rows = rows};

enum { SERVER, CONV, POOL, FC, DEVICE, CUTS };

static struct placement cut(enum placement_kind kind, int layer, double ms, int64_t bytes, double cui,
                            int rank)
{
    return (struct placement){.kind = kind,
                              .layer = layer,
                              .head_ms = ms / 2,
                              .transfer_ms = kind == PLACEMENT_ALL_DEVICE ? 0 : ms / 4,
                              .tail_ms = kind == PLACEMENT_ALL_DEVICE ? ms / 2 : ms / 4,
                              .bytes = bytes,
                              .memory = 2048 * (layer + 1),
                              .head_joules = NAN,
                              .link_joules = NAN,
                              .joules = NAN,
                              .cui = cui,
                              .log10_cui = log10(cui),
                              .rank = rank,
                              .pick_share = NAN,
                              .accuracy = NAN,
                              .picture_bytes = NAN,
                              .jpeg = {NAN, NAN, NAN}};
}

/* The pool is the best candidate, before the convolution; the last one cannot be made. */
static struct placement cuts[CUTS];

static struct verdict example(enum metric objective)
{
    cuts[SERVER] = cut(PLACEMENT_ALL_SERVER, -1, 100, 9000, NAN, 0);
    cuts[CONV] = cut(PLACEMENT_SPLIT, 0, 40, 8192, 0.02, 2);
    cuts[POOL] = cut(PLACEMENT_SPLIT, 1, 30, 4096, 0.05, 1);
    cuts[FC] = cut(PLACEMENT_SPLIT, 2, 10, 12, NAN, 0);
    cuts[DEVICE] = cut(PLACEMENT_ALL_DEVICE, -1, 20, 0, NAN, 0);
    cuts[DEVICE].memory = 1 << 20;
    cuts[CONV].candidate = cuts[POOL].candidate = true;
    cuts[CONV].pick_share = 0.064;
    cuts[POOL].pick_share = 0.93;
    cuts[FC].other = "cannot cut there";
    struct verdict v = {.table = &table, .cuts = cuts, .n = CUTS, .objective = objective, .resamples = 1000};
    planner_no_limits(v.limits);
    return v;
}

static void judge(struct verdict *v)
{
    planner_evaluate(cuts, CUTS, v->limits);
    v->pick.best = planner_recommend(cuts, CUTS, v->objective, &v->pick.second);
}

static void says(char *text, const char *expected)
{
    if (!expected)
        assert_null(text);
    else
        assert_string_equal(text, expected);
    free(text);
}

static void test_importance(void **state)
{
    (void)state;
    struct verdict v = example(METRIC_IMPORTANCE);
    judge(&v);
    says(verdict_best(&v),
         "recommended: split after pool1 (layer 1): the highest importance of 2 candidates");
    says(verdict_costs(&v),
         "it takes 30 ms (head 15 ms, link 7.5 ms, tail 7.5 ms), sends 4.0 KiB, needs 4.0 KiB on "
         "the device");
    says(verdict_but(&v), NULL);
    says(verdict_second(&v),
         "runner-up: split after conv1 (layer 0): its importance is 2.5 times lower, total time "
         "10 ms more");
    says(verdict_sure(&v),
         "how sure: the curve's best candidate is pool1 in 93.0 %, conv1 in 6.4 % of 1000 resamples "
         "of the images");
    cuts[CONV].candidate = false;
    cuts[CONV].cui = 0.06; /* higher, but no candidate */
    cuts[POOL].joules = 0.25;
    cuts[POOL].accuracy = 0.925;
    judge(&v);
    says(verdict_best(&v), "recommended: split after pool1 (layer 1): the only candidate");
    says(verdict_costs(&v),
         "it takes 30 ms (head 15 ms, link 7.5 ms, tail 7.5 ms), sends 4.0 KiB, needs 4.0 KiB on "
         "the device, spends 0.25 J, accuracy 92.5 % with what arrives");
    says(verdict_second(&v),
         "runner-up: split after conv1 (layer 0), no candidate: its importance is 20 % higher, "
         "total time 10 ms more");
    cuts[POOL].candidate = false;
    judge(&v);
    says(verdict_best(&v),
         "recommended: split after conv1 (layer 0): the highest importance of 2 splits, none of "
         "them a candidate");
    says(verdict_second(&v),
         "runner-up: split after pool1 (layer 1): its importance is 17 % lower, total time 10 ms "
         "less");
}

static void test_limits_and_shares(void **state)
{
    (void)state;
    struct verdict v = example(METRIC_IMPORTANCE);
    v.limits[METRIC_IMPORTANCE] = 2;
    v.limits[METRIC_LATENCY] = 35;
    judge(&v);
    says(verdict_best(&v),
         "recommended: split after pool1 (layer 1): the only candidate that meets the limits");
    says(verdict_second(&v), NULL);
    v.resamples = 0;
    says(verdict_sure(&v),
         "how sure: the curve's best candidate is pool1 in 93.0 % of the resamples of the images; "
         "one that is excluded here in 6.4 %");
    cuts[POOL].pick_share = NAN;
    says(verdict_sure(&v), "how sure: not known (no pick_share: it needs two images of every class)");
    cuts[SERVER].head_ms = 0; /* now better in everything */
    cuts[SERVER].transfer_ms = cuts[SERVER].tail_ms = 1;
    cuts[SERVER].bytes = 4096;
    judge(&v);
    says(verdict_but(&v),
         "but server only is at least as good in every metric, and better in total time, memory: none "
         "of these metrics favours this split");
}

static void test_other_objectives(void **state)
{
    (void)state;
    struct verdict v = example(METRIC_LATENCY);
    judge(&v);
    says(verdict_best(&v), "recommended: device only: the shortest total time of 4 ways");
    says(verdict_second(&v), "runner-up: split after pool1 (layer 1): total time 10 ms more");
    v = example(METRIC_MEMORY);
    judge(&v);
    says(verdict_best(&v), "recommended: server only: the least memory of 4 ways");
    says(verdict_second(&v),
         "runner-up: split after conv1 (layer 0): memory 2.0 KiB more, total time 60 ms less");
    v = example(METRIC_ACCURACY);
    cuts[CONV].accuracy = 0.9;
    cuts[POOL].accuracy = 0.925;
    v.limits[METRIC_BYTES] = 8192;
    judge(&v);
    says(verdict_best(&v),
         "recommended: split after pool1 (layer 1): the highest accuracy of 3 ways that meet the "
         "limits");
    says(verdict_second(&v),
         "runner-up: split after conv1 (layer 0): accuracy 2.5 points less, total time 10 ms more");
}

static void test_nothing(void **state)
{
    (void)state;
    struct verdict v = example(METRIC_LATENCY);
    v.limits[METRIC_LATENCY] = 5;
    v.limits[METRIC_BYTES] = 8192;
    judge(&v);
    says(verdict_best(&v),
         "no cut meets the limits: the limit of latency (at most 5 ms) excludes 4 of 5, the limit of bytes "
         "(at most 8.0 KiB) excludes 1 of 5, 1 cannot be made; the nearest is split after pool1 (layer 1): "
         "takes 30 ms (at most 5 ms)");
    says(verdict_costs(&v), NULL);
    says(verdict_but(&v), NULL);
    says(verdict_second(&v), NULL);
    says(verdict_sure(&v), NULL);
    v.objective = METRIC_IMPORTANCE;
    v.limits[METRIC_LATENCY] = 20;
    judge(&v);
    says(verdict_best(&v),
         "recommended: device only: no split meets the limits; the nearest is split after pool1 "
         "(layer 1): takes 30 ms (at most 20 ms)");
    says(verdict_sure(&v), NULL);
    v = example(METRIC_ENERGY);
    judge(&v);
    says(verdict_best(&v), "nothing is recommended: of no cut that can be made is the energy known");
    v.limits[METRIC_BYTES] = 8192;
    judge(&v);
    says(verdict_best(&v), "nothing is recommended: of no cut that meets the limits is the energy known");
    v = example(METRIC_IMPORTANCE);
    for (int i = CONV; i <= FC; i++)
        cuts[i].other = "no";
    judge(&v);
    says(verdict_best(&v), "recommended: device only: no split can be made");
}

static void test_sheet(void **state)
{
    (void)state;
    struct verdict v = example(METRIC_IMPORTANCE);
    v.limits[METRIC_LATENCY] = 50;
    cuts[CONV].bytes = -1;
    cuts[CONV].transfer_ms = cuts[CONV].cui = cuts[CONV].log10_cui = NAN;
    cuts[CONV].rank = 0;
    cuts[CONV].candidate = false;
    cuts[DEVICE].head_ms = INFINITY;
    cuts[FC].cui = 0;
    cuts[FC].rank = 2;
    cuts[CONV].picture_bytes = 450;
    cuts[CONV].jpeg = (struct rate_difference){-0.25, 0.5, 0.75};
    judge(&v);
    const struct report r = {.verdict = &v};
    size_t size;
    char *text = NULL;
    FILE *out = open_memstream(&text, &size);
    report_plan(out, &r);
    fclose(out);
    assert_string_equal(
        text,
        "kind,layer,name,head_ms,transfer_ms,tail_ms,total_ms,bytes,memory_bytes,head_joules,link_"
        "joules,joules,"
        "cui,log10_cui,rank,candidate,pick_share,dtype,coder,fewer,accuracy,picture_bytes,bd_rate,bd_low,bd_"
        "high,pareto,"
        "feasible,reason,recommended\n"
        "server,,server only,50,25,25,100,9000,0,,,,,,,,,,,,,,,,,0,0,takes 100 ms (at most 50 ms),\n"
        "split,0,conv1,20,,10,,,2048,,,,,,,,0.064,,,,,450,-0.25,0.5,0.75,0,0,its total time is not known "
        "(at most 50 ms),\n"
        "split,1,pool1,15,7.5,7.5,30,4096,4096,,,,0.05,-1.30103,1,1,0.93,,,,,,,,,1,1,,1\n"
        "split,2,\"fc,1\",5,2.5,2.5,10,12,6144,,,,0,,2,0,,,,,,,,,,0,0,cannot cut there,\n"
        "device,,device only,,0,10,,0,1048576,,,,,,,,,,,,,,,,,0,0,takes infinite (at most 50 ms),\n");
    free(text);
}

/* Whether the picture itself is the better choice. */
static void test_pictures(void **state)
{
    (void)state;
    struct verdict v = example(METRIC_IMPORTANCE);
    judge(&v);
    assert_null(verdict_pictures(&v));
    cuts[CONV].picture_bytes = 8000;
    cuts[POOL].picture_bytes = 5000;
    char *text = verdict_pictures(&v);
    assert_string_equal(
        text, "the picture itself: 1 of 2 splits send more than a picture that the whole network is "
              "as accurate on; this one does not");
    free(text);
    cuts[POOL].picture_bytes = 2000.5;
    cuts[POOL].picture_quality = 60;
    text = verdict_pictures(&v);
    assert_string_equal(
        text, "the picture itself: this split sends more than a picture that the whole network is as "
              "accurate on (JPEG of quality 60, 2.0 KiB), as do 2 of 2 splits");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_importance),
        cmocka_unit_test(test_limits_and_shares),
        cmocka_unit_test(test_other_objectives),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_sheet),
        cmocka_unit_test(test_pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
