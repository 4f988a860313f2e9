/* What every cut costs on two devices and a link: a small network by hand, and on random ones the pareto and
 * the recommendation against their definitions. */
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
#include "deployment/deployment_metric.h"
#include "curve/order.h"
#include "deploy/cost_model.h"
#include "partition/bottleneck.h"
#include "partition/partition.h"

/* 0 conv1, 1 pool1, 2 fc1. Tensors: input 3x8x6 = 576 bytes, 4x8x6 = 768, 4x4x3 = 192, 3 = 12. Numbers: 112,
 * 0, 147. MACs: 5184, 0, 144. The most that is alive at once is input and conv1: 1344 bytes. */
static const char text_of_net[] =
    "[net]\nchannels=3\nheight=8\nwidth=6\n[convolutional]\nfilters=4\nsize=3\npad=1\nactivation=relu\n"
    "[maxpool]\nsize=2\nstride=2\n[connected]\noutput=3\nactivation=linear\n";

static struct net *net;
static struct table *table;
static double edge_ms[] = {3, 1, 0.5}, server_ms[] = {0.3, 0.1, 0.05};
static const struct device edge = {edge_ms, 3, NULL}, server = {server_ms, 3, NULL};

static int set_up(void **state)
{
    (void)state;
    struct error e;
    net = net_parse(text_of_net, strlen(text_of_net), "net.cfg", &e);
    table = net ? table_make(net) : NULL;
    return table ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    table_free(table);
    net_free(net);
    return 0;
}

/* A thousand bytes take a millisecond, each way takes five more, a packet carries 900 bytes and 100 of
 * header; a joule is spent for a thousand bytes. */
static struct cost_model by_hand(void)
{
    struct cost_model d = cost_model_default(table);
    d.edge = &edge;
    d.server = &server;
    d.link = (struct link){
        .name = "hand", .mbit_s = 8, .rtt_ms = 10, .mtu = 1000, .header = 100, .joule_byte = 1e-3};
    d.joule_mac = 1e-6;
    return d;
}

enum { SERVER, CONV, POOL, DEVICE, CUTS };
static const int two_layers[] = {0, 1};

static struct placement *cuts_of(const struct cost_model *d)
{
    return cost_model_placements(d, table, two_layers, 2, NULL, NULL);
}

static void near(double is, double expected)
{
    if (!(fabs(is - expected) <= 1e-12 * fmax(1, fabs(expected))))
        fail_msg("%.17g is not %.17g", is, expected);
}

static void test_times(void **state)
{
    (void)state;
    struct cost_model d = by_hand();
    struct placement *c = cuts_of(&d);
    /* A frame has 28 bytes more than its tensor; the input is sent as 8-bit pixels. There and back:
     * 5 + 0.1 + bytes / 1000, and 5 + 0.1 + 0.012 for three scores. */
    const double head[] = {0, 3, 4, 4.5}, tail[] = {0.45, 0.15, 0.05, 0},
                 link[] = {10.356, 11.008, 10.432, 0};
    const int64_t bytes[] = {144, 796, 220, 0};
    const enum placement_kind kinds[] = {PLACEMENT_ALL_SERVER, PLACEMENT_SPLIT, PLACEMENT_SPLIT,
                                         PLACEMENT_ALL_DEVICE};
    const int layers[] = {-1, 0, 1, -1};
    for (int i = 0; i < CUTS; i++) {
        near(c[i].head_ms, head[i]);
        near(c[i].tail_ms, tail[i]);
        near(c[i].transfer_ms, link[i]);
        assert_int_equal(c[i].bytes, bytes[i]);
        assert_int_equal(c[i].kind, kinds[i]);
        assert_int_equal(c[i].layer, layers[i]);
        assert_null(c[i].other);
        assert_true(isnan(c[i].cui) && isnan(c[i].log10_cui) && isnan(c[i].pick_share) &&
                    isnan(c[i].accuracy));
        assert_int_equal(c[i].rank, 0);
    }
    cost_model_free(c, CUTS);
    d.edge_speed = 2;
    d.server_speed = 0.5;
    c = cuts_of(&d);
    near(c[POOL].head_ms, 2);
    near(c[POOL].tail_ms, 0.1);
    near(c[DEVICE].head_ms, 2.25);
    cost_model_free(c, CUTS);
}

static void test_memory_and_energy(void **state)
{
    (void)state;
    struct cost_model d = by_hand();
    struct placement *c = cuts_of(&d);
    const int64_t memory[] = {0, 4 * 112 + 1344, 4 * 112 + 1344, 4 * 259 + 1344};
    const double head[] = {0, 5184e-6, 5184e-6, 5328e-6}, link[] = {0.244, 0.896, 0.32, 0};
    for (int i = 0; i < CUTS; i++) {
        assert_int_equal(c[i].memory, memory[i]);
        near(c[i].head_joules, head[i]);
        near(c[i].link_joules, link[i]);
        near(c[i].joules, head[i] + link[i]);
    }
    cost_model_free(c, CUTS);
    /* Half of a sum is no sum, for nobody. */
    for (int half = 0; half < 2; half++) {
        d = by_hand();
        if (half)
            d.joule_mac = NAN;
        else
            d.link.joule_byte = 0;
        c = cuts_of(&d);
        for (int i = 0; i < CUTS; i++)
            assert_true(isnan(c[i].joules));
        cost_model_free(c, CUTS);
    }
}

static void test_what_is_sent(void **state)
{
    (void)state;
    struct cost_model d = by_hand();
    const int64_t f16[] = {144, 412, 124, 0}, int8[] = {144, 220, 76, 0};
    for (int type = 0; type < 2; type++) {
        d.type = type ? DTYPE_INT8 : DTYPE_F16;
        struct placement *c = cuts_of(&d);
        for (int i = 0; i < CUTS; i++)
            assert_int_equal(c[i].bytes, (type ? int8 : f16)[i]);
        near(c[CONV].transfer_ms, type ? 10.432 : 10.624);
        assert_int_equal(c[CONV].memory, 4 * 112 + 1344); /* the head computes as ever */
        cost_model_free(c, CUTS);
    }
    d.input = 1000; /* two packets */
    d.answer = 888;
    struct placement *c = cuts_of(&d);
    assert_int_equal(c[SERVER].bytes, 1000);
    near(c[SERVER].transfer_ms, 5 + 1.2 + 5 + 0.988);
    near(c[POOL].transfer_ms, 5 + 0.176 + 5 + 0.988);
    near(c[DEVICE].transfer_ms, 0);
    cost_model_free(c, CUTS);
}

static void test_features(void **state)
{
    (void)state;
    struct feature rows[] = {
        {.layer = 0,
         .type = DTYPE_F32,
         .bytes = 768,
         .coder = CODER_ZSTD,
         .coded = {.value = 500.25},
         .correct = {.value = 0.9}},
        {.layer = 0,
         .type = DTYPE_INT8,
         .bytes = 192,
         .coder = CODER_ZSTD,
         .coded = {.value = 100},
         .correct = {.value = 0.8}},
        {.layer = 1,
         .type = DTYPE_INT8,
         .bytes = 48,
         .coder = CODER_ZSTD,
         .coded = {.value = NAN},
         .correct = {.value = NAN}},
    };
    const struct features f = {.rows = rows, .rows_n = 3};
    struct cost_model d = by_hand();
    d.features = &f;
    d.coder = CODER_ZSTD;
    struct placement *c = cuts_of(&d);
    double head = c[CONV].head_ms, tail = c[CONV].tail_ms;
    cost_model_free(c, CUTS);
    rows[0].encode_ms = 3; /* of this cut in this dtype by this coder: where head and tail run */
    rows[0].decode_ms = 8;
    rows[1].encode_ms = rows[1].decode_ms = 100;
    c = cuts_of(&d);
    near(c[CONV].head_ms, head + 3);
    near(c[CONV].tail_ms, tail + 8);
    cost_model_free(c, CUTS);
    d.edge_speed = 2;
    d.server_speed = 4;
    c = cuts_of(&d);
    near(c[CONV].head_ms, head / 2 + 1.5);
    near(c[CONV].tail_ms, tail / 4 + 2);
    cost_model_free(c, CUTS);
    d.edge_speed = d.server_speed = 1;
    rows[0].encode_ms = rows[0].decode_ms = 0;
    c = cuts_of(&d);
    assert_int_equal(c[CONV].bytes, 501); /* a part of a byte is sent as one */
    near(c[CONV].transfer_ms, 5 + 0.601 + 5 + 0.112);
    near(c[CONV].accuracy, 0.9);
    assert_int_equal(c[POOL].bytes, -1); /* nobody measured it */
    assert_true(isnan(c[POOL].transfer_ms) && isnan(c[POOL].link_joules) && isnan(c[POOL].joules));
    assert_true(isnan(c[POOL].accuracy));
    near(c[POOL].head_ms, 4);
    assert_int_equal(c[SERVER].bytes, 144); /* an image is not a tensor that was measured */
    near(c[SERVER].accuracy, 0.9);          /* the network's own */
    near(c[DEVICE].accuracy, 0.9);
    cost_model_free(c, CUTS);
    d.type = DTYPE_INT8;
    d.coder = CODER_NONE;
    c = cuts_of(&d);
    assert_int_equal(c[CONV].bytes, 220);
    near(c[CONV].accuracy, 0.8);
    near(c[SERVER].accuracy, 0.9);
    assert_int_equal(c[POOL].bytes, 76);
    cost_model_free(c, CUTS);
}

/* f16 is judged on fewer images, here on easier ones: of 20 it loses one, and the others tell the rest. */
static void test_fewer_images(void **state)
{
    (void)state;
    struct feature rows[] = {
        {.layer = 0, .type = DTYPE_F32, .correct = {.value = 0.6}, .images = 100},
        {.layer = 0, .type = DTYPE_F16, .correct = {.value = 0.95}, .images = 20, .gained = 1, .lost = 2},
        {.layer = 1, .type = DTYPE_F16, .correct = {.value = 0.95}, .images = 20, .gained = -1, .lost = -1},
    };
    const struct features f = {.rows = rows, .rows_n = 3, .images = 100};
    struct cost_model d = by_hand();
    d.features = &f;
    d.type = DTYPE_F16;
    struct placement *c = cuts_of(&d);
    near(c[CONV].accuracy, 0.55);
    near(c[POOL].accuracy, 0.95); /* an older file does not know what changed */
    cost_model_free(c, CUTS);
    rows[1].gained = 20; /* a share is 1 at most */
    c = cuts_of(&d);
    near(c[CONV].accuracy, 1);
    cost_model_free(c, CUTS);
}

static void test_worth_and_reasons(void **state)
{
    (void)state;
    struct cost_model d = by_hand();
    const int layers[] = {0, 2};
    const struct curve_point points[] = {{.cui = 0.01, .log10_cui = -2, .rank = 1, .local_max = true},
                                         {.cui = 0, .log10_cui = NAN, .rank = 2}};
    const double shares[] = {0.75, NAN};
    struct placement *c = cost_model_placements(&d, table, layers, 2, points, shares);
    near(c[1].cui, 0.01);
    near(c[1].log10_cui, -2);
    assert_int_equal(c[1].rank, 1);
    assert_true(c[1].candidate && !c[2].candidate);
    near(c[1].pick_share, 0.75);
    assert_true(c[2].cui == 0 && isnan(c[2].log10_cui) && isnan(c[2].pick_share));
    assert_string_equal(c[2].other,
                        "cannot cut after layer 2 (fc1): no tail is left: no layer after it reads "
                        "anything (the nearest clean cut is after layer 1 (pool1))");
    near(c[2].head_ms, 4.5);
    assert_int_equal(c[2].layer, 2);
    cost_model_free(c, 4);
    c = cost_model_placements(&d, table, NULL, 0, NULL, NULL);
    assert_int_equal(c[0].kind, PLACEMENT_ALL_SERVER);
    assert_int_equal(c[1].kind, PLACEMENT_ALL_DEVICE);
    cost_model_free(c, 2);
    cost_model_free(NULL, 3);
}

static void test_speeds(void **state)
{
    (void)state;
    struct device slow = device_of_speed(0.5, table);
    assert_string_equal(slow.source, "0.5 GFLOP/s");
    near(device_ms(&slow, 0, 0), 2 * 5184 / 0.5e9 * 1e3);
    near(device_ms(&slow, 1, 1), 0);
    near(device_ms(&slow, 0, 2), 2 * 5328 / 0.5e9 * 1e3);
    near(device_ms(&slow, 2, 1), 0);
    device_free(&slow);
    assert_null(slow.layer_ms);
}

/* ---- By definition ------------------------------------------------------------------------------------ */

enum { DEPTH = 14, MANY = DEPTH + 2, METRICS_N = 6 };

/* From 0 to below n. */
static double some(struct order_random *r, uint64_t n)
{
    return (double)order_random_below(r, n);
}

/* A chain of convolutions of few sizes, so that metrics tie. */
static struct table *random_chain(struct order_random *r, struct net **chain)
{
    char text[4096] = "[net]\nchannels=2\nheight=8\nwidth=8\n";
    for (int l = 0; l < DEPTH; l++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "[convolutional]\nfilters=%d\nsize=1\nactivation=linear\n",
                 1 << order_random_below(r, 3));
    }
    strcat(text, "[connected]\noutput=3\nactivation=linear\n");
    struct error e = {""};
    *chain = net_parse(text, strlen(text), "chain.cfg", &e);
    if (!*chain)
        fail_msg("%s", e.text);
    return table_make(*chain);
}

static double maybe(struct order_random *r, double value)
{
    return order_random_below(r, 6) == 0 ? NAN : value;
}

struct random_case {
    struct net *net;
    struct table *table;
    struct device edge, server;
    struct feature rows[DEPTH];
    struct features features;
    struct curve_point points[DEPTH];
    struct cost_model cost_model;
    double limits[METRICS];
    struct placement *cuts; /* [MANY] */
};

static void random_worth(struct order_random *r, struct random_case *c)
{
    int rank = 1;
    for (int i = 0; i < DEPTH; i++) {
        double cui = maybe(r, some(r, 5) * 1e-3);
        c->points[i] =
            (struct curve_point){.cui = cui, .local_max = !isnan(cui) && order_random_below(r, 3) == 0};
        c->rows[i] = (struct feature){.layer = i, .type = DTYPE_F16, .coder = CODER_LZMA};
        c->rows[i].coded.value = maybe(r, 10 + some(r, 5) * 100);
        c->rows[i].correct.value = maybe(r, 0.5 + some(r, 5) * 0.1);
    }
    for (int i = 0; i < DEPTH; i++)
        c->points[i].rank = isnan(c->points[i].cui) ? 0 : rank++;
}

static void random_cost_model(struct order_random *r, struct random_case *c)
{
    c->edge = device_of_speed(0.001 * (1 + some(r, 3)), c->table);
    c->server = device_of_speed(0.001 * (1 + some(r, 30)), c->table);
    c->features = (struct features){.rows = c->rows, .rows_n = DEPTH};
    struct cost_model *d = &c->cost_model;
    *d = cost_model_default(c->table);
    d->edge = &c->edge;
    d->server = &c->server;
    d->link = (struct link){.mbit_s = 1 + some(r, 9), .rtt_ms = 2, .mtu = 200, .header = 20};
    d->link.joule_byte = order_random_below(r, 2) ? 1e-6 : 0;
    d->joule_mac = order_random_below(r, 2) ? 1e-9 : NAN;
    d->type = DTYPE_F16;
    d->features = order_random_below(r, 2) ? &c->features : NULL;
    d->coder = d->features && order_random_below(r, 2) ? CODER_LZMA : CODER_NONE;
}

static void random_limits(struct order_random *r, struct random_case *c)
{
    planner_no_limits(c->limits);
    for (int f = 0; f < METRICS_N; f++) {
        double of = metric_value((enum metric)f, &c->cuts[order_random_below(r, MANY)]);
        if (order_random_below(r, 3) == 0 && of > 0 && isfinite(of))
            c->limits[f] = f == METRIC_IMPORTANCE ? 1 + some(r, DEPTH) : of;
    }
}

static struct random_case random_case(struct order_random *r)
{
    struct random_case c = {0};
    int layers[DEPTH];
    c.table = random_chain(r, &c.net);
    random_worth(r, &c);
    random_cost_model(r, &c);
    for (int i = 0; i < DEPTH; i++)
        layers[i] = i;
    const struct curve_point *points = order_random_below(r, 4) ? c.points : NULL;
    c.cuts = cost_model_placements(&c.cost_model, c.table, layers, DEPTH, points, NULL);
    for (int i = 1; i <= DEPTH; i++)
        if (order_random_below(r, 6) == 0)
            c.cuts[i].other = memory_copy("for a test");
    planner_no_limits(c.limits);
    planner_evaluate(c.cuts, MANY, c.limits);
    random_limits(r, &c);
    planner_evaluate(c.cuts, MANY, c.limits);
    return c;
}

static void random_case_free(struct random_case *c)
{
    cost_model_free(c->cuts, MANY);
    device_free(&c->edge);
    device_free(&c->server);
    table_free(c->table);
    net_free(c->net);
}

/* 1: a is better than b in metric f; -1: worse; 0: neither. What is not known is worse than all that is. */
static int compare(const struct placement *a, const struct placement *b, int f)
{
    const double ms[] = {a->head_ms + a->transfer_ms + a->tail_ms, b->head_ms + b->transfer_ms + b->tail_ms};
    const double metrics[2][METRICS_N] = {
        {-ms[0], a->bytes < 0 ? NAN : (double)-a->bytes, (double)-a->memory, -a->joules,
         a->kind == PLACEMENT_SPLIT ? a->cui : 1e300, a->accuracy},
        {-ms[1], b->bytes < 0 ? NAN : (double)-b->bytes, (double)-b->memory, -b->joules,
         b->kind == PLACEMENT_SPLIT ? b->cui : 1e300, b->accuracy},
    };
    double x = metrics[0][f], y = metrics[1][f];
    if (isnan(x) || isnan(y))
        return isnan(y) - isnan(x);
    return (x > y) - (x < y);
}

/* Whether the cut holds its limits, each looked at by name. */
static bool holds(const struct placement *c, const double *most)
{
    bool split = c->kind == PLACEMENT_SPLIT;
    double ms = c->head_ms + c->transfer_ms + c->tail_ms;
    return (isnan(most[METRIC_LATENCY]) || ms <= most[METRIC_LATENCY]) &&
           (isnan(most[METRIC_BYTES]) || (c->bytes >= 0 && (double)c->bytes <= most[METRIC_BYTES])) &&
           (isnan(most[METRIC_MEMORY]) || (double)c->memory <= most[METRIC_MEMORY]) &&
           (isnan(most[METRIC_ENERGY]) || c->joules <= most[METRIC_ENERGY]) &&
           (isnan(most[METRIC_ACCURACY]) || c->accuracy >= most[METRIC_ACCURACY]) &&
           (isnan(most[METRIC_IMPORTANCE]) || !split || (c->rank > 0 && c->rank <= most[METRIC_IMPORTANCE]));
}

static bool beats_somewhere(const struct placement *a, const struct placement *b)
{
    int better = 0;
    for (int f = 0; f < METRICS_N; f++)
        better += compare(a, b, f) > 0;
    return better > 0;
}

/* On the pareto is who beats everyone somewhere, but those that are its equal everywhere. */
static bool on_front(const struct placement *cuts, int i)
{
    for (int k = 0; k < MANY; k++)
        if (cuts[k].feasible && beats_somewhere(&cuts[k], &cuts[i]) && !beats_somewhere(&cuts[i], &cuts[k]))
            return false;
    return cuts[i].feasible;
}

static void test_front_of_random_networks(void **state)
{
    (void)state;
    struct order_random r;
    order_random_seed(&r, 11, 0);
    int on = 0, off = 0, shut = 0;
    for (int round = 0; round < 300; round++) {
        struct random_case c = random_case(&r);
        for (int i = 0; i < MANY; i++) {
            assert_int_equal(c.cuts[i].feasible, !c.cuts[i].other && holds(&c.cuts[i], c.limits));
            assert_int_equal(c.cuts[i].pareto, on_front(c.cuts, i));
            int by = planner_dominator(c.cuts, MANY, i);
            assert_int_equal(by >= 0, c.cuts[i].feasible && !c.cuts[i].pareto);
            if (by >= 0)
                assert_true(c.cuts[by].feasible && beats_somewhere(&c.cuts[by], &c.cuts[i]) &&
                            !beats_somewhere(&c.cuts[i], &c.cuts[by]));
            *(!c.cuts[i].feasible ? &shut : c.cuts[i].pareto ? &on : &off) += 1;
        }
        random_case_free(&c);
    }
    assert_true(on > 500 && off > 500 && shut > 500);
}

/* Whether a goes before b: better in the objective, then in the metric that breaks ties, then earlier. */
static bool before(const struct placement *cuts, int a, int b, enum metric objective)
{
    int tie = objective == METRIC_IMPORTANCE ? METRIC_LATENCY : METRIC_IMPORTANCE;
    int first = compare(&cuts[a], &cuts[b], (int)objective), then = compare(&cuts[a], &cuts[b], tie);
    return first ? first > 0 : then ? then > 0 : a < b;
}

/* How many go before i, of those that may be chosen at all: kind 3, whole networks; 2, candidates; 1,
 * splits; 0, all. Next to `but` of known time none of unknown time counts. */
static int place_of(const struct placement *cuts, int i, enum metric objective, int kind, int but)
{
    int place = 0;
    for (int k = -1; k < MANY; k++) {
        const struct placement *c = &cuts[k < 0 ? i : k];
        bool split = c->kind == PLACEMENT_SPLIT;
        bool may = c->feasible && !(kind == 3 && split) &&
                   !((kind == 1 || kind == 2) && (!split || isnan(c->cui))) &&
                   !(kind == 2 && !c->candidate) && !(objective == METRIC_ENERGY && isnan(c->joules)) &&
                   !(objective == METRIC_ACCURACY && isnan(c->accuracy)) &&
                   !(objective == METRIC_BYTES && c->bytes < 0) &&
                   !(objective == METRIC_LATENCY && isnan(c->transfer_ms)) &&
                   !(but >= 0 && isnan(c->transfer_ms) && !isnan(cuts[but].transfer_ms));
        if (k < 0 && (!may || i == but))
            return -1;
        place += k >= 0 && may && k != i && k != but && before(cuts, k, i, objective);
    }
    return place;
}

static int first_of(const struct placement *cuts, enum metric objective, int kind, int but)
{
    for (int i = 0; i < MANY; i++)
        if (place_of(cuts, i, objective, kind, but) == 0)
            return i;
    return -1;
}

static void test_recommendation_of_random_networks(void **state)
{
    (void)state;
    struct order_random r;
    order_random_seed(&r, 12, 0);
    int picked[METRICS_N] = {0}, none[METRICS_N] = {0};
    for (int round = 0; round < 300; round++) {
        struct random_case c = random_case(&r);
        for (int f = 0; f < METRICS_N; f++) {
            enum metric objective = (enum metric)f;
            bool split = false;
            for (int i = 0; i < MANY; i++)
                split = split || (c.cuts[i].feasible && c.cuts[i].kind == PLACEMENT_SPLIT);
            int kind = objective != METRIC_IMPORTANCE           ? 0
                       : !split                                 ? 3
                       : first_of(c.cuts, objective, 2, -1) < 0 ? 1
                                                                : 2;
            int best = first_of(c.cuts, objective, kind, -1), second = -1;
            if (best >= 0)
                second = first_of(c.cuts, objective, kind, best);
            if (best >= 0 && second < 0 && kind == 2)
                second = first_of(c.cuts, objective, 1, best);
            int second_best, best_of_all = planner_recommend(c.cuts, MANY, objective, &second_best);
            assert_int_equal(best_of_all, best);
            assert_int_equal(second_best, second);
            *(best < 0 ? &none[f] : &picked[f]) += 1;
        }
        random_case_free(&c);
    }
    for (int f = 0; f < METRICS_N; f++)
        assert_true(picked[f] > 20 && none[f] > 0);
}

/* Every metric's limit is an option that isplit plan has, and what it needs is said where it is optional. */
static void test_every_metric_has_an_option(void **state)
{
    (void)state;
    for (int f = 0; f < METRICS; f++) {
        const struct deployment_metric *m = &deployment_metrics[f];
        struct options o = options_default();
        struct error e;
        char option[40], *words[] = {"screen", option, "0.5", "a.cfg"};
        bool real = metric_table[f].unit != METRIC_UNIT_BYTES && metric_table[f].unit != METRIC_UNIT_RANK;
        snprintf(option, sizeof option, "--%s", metric_table[f].limit_option);
        words[2] = real ? "0.5" : "2";
        if (options_parse(&options_screen, 4, words, &o, &e) < 0)
            fail_msg("%s", e.text);
        for (int g = 0; g < METRICS; g++)
            if (g == f)
                assert_true(deployment_limit(&o, (enum metric)g) == (real ? 0.5 : 2));
            else
                assert_true(isnan(deployment_limit(&o, (enum metric)g)));
        options_free(&o);
        assert_true(m->title && m->printed);
        assert_true(metric_table[f].optional == (m->needs && m->missing && m->given && m->known));
    }
}

/* ---- With a bottleneck -------------------------------------------------------------------------------- */

#define CONV(filters) "[convolutional]\nfilters=" #filters "\nsize=3\npad=1\nactivation=relu\n"
static const char text_to_insert[] = "[net]\nchannels=3\nheight=13\nwidth=10\n" CONV(
    24) "[maxpool]\nsize=2\nstride=2\n" CONV(32) "[connected]\noutput=3\nactivation=linear\n[softmax]\n";

static struct table *table_of(const char *text)
{
    struct error e = {""};
    struct net *read = net_parse(text, strlen(text), "net.cfg", &e);
    if (!read)
        fail_msg("%s", e.text);
    struct table *made = table_make(read);
    net_free(read);
    return made;
}

/* The network in which the bottleneck really is. New string. */
static char *whole_of(int layer, const struct bottleneck *b)
{
    struct error e = {""};
    char *text;
    size_t length;
    struct net *plain = net_parse(text_to_insert, strlen(text_to_insert), "net.cfg", &e);
    struct cfg *cfg = cfg_parse(text_to_insert, strlen(text_to_insert), "net.cfg", &e);
    FILE *out = memory_stream(&text, &length);
    assert_int_equal(partition_write_whole(out, cfg, plain, layer, b, &e), 0);
    fclose(out);
    cfg_free(cfg);
    net_free(plain);
    return text;
}

static struct placement placed(const struct table *of, int layer)
{
    struct device slow = device_of_speed(2, of), fast = device_of_speed(30, of);
    struct cost_model d = by_hand();
    d.edge = &slow;
    d.server = &fast;
    d.edge_speed = 1.5;
    struct placement *c = cost_model_placements(&d, of, &layer, 1, NULL, NULL), cut = c[1];
    assert_null(cut.other);
    cost_model_free(c, 3);
    device_free(&slow);
    device_free(&fast);
    return cut;
}

static struct placement inserted(const struct table *plain, int layer, const struct bottleneck *b)
{
    struct device slow = device_of_speed(2, plain), fast = device_of_speed(30, plain);
    struct cost_model d = by_hand();
    d.edge = &slow;
    d.server = &fast;
    d.edge_speed = 1.5;
    struct placement cut = placed(plain, layer);
    int encoder;
    struct table *its = bottleneck_table(b, plain->rows[layer].out, &encoder);
    assert_non_null(its);
    cost_model_insert(&d, plain, its, encoder, DTYPE_F32, &cut);
    table_free(its);
    device_free(&slow);
    device_free(&fast);
    return cut;
}

/* As the network costs into which the bottleneck was really put. */
static void test_bottleneck(void **state)
{
    (void)state;
    static const struct bottleneck forms[] = {{.form = BOTTLENECK_RATIO}, {BOTTLENECK_FLOATS, 40}};
    struct table *plain = table_of(text_to_insert);
    for (int f = 0; f < 2; f++)
        for (int layer = 0; layer < 3; layer++) {
            char *text = whole_of(layer, &forms[f]);
            struct table *whole = table_of(text);
            int encoder;
            table_free(bottleneck_table(&forms[f], plain->rows[layer].out, &encoder));
            struct placement is = inserted(plain, layer, &forms[f]),
                             expected = placed(whole, layer + encoder);
            near(is.head_ms, expected.head_ms);
            near(is.tail_ms, expected.tail_ms);
            near(is.transfer_ms, expected.transfer_ms);
            assert_int_equal(is.bytes, expected.bytes);
            assert_int_equal(is.memory, expected.memory);
            near(is.head_joules, expected.head_joules);
            near(is.joules, expected.joules);
            assert_true(is.bytes < plain->rows[layer].cut_bytes);
            table_free(whole);
            free(text);
        }
    table_free(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_metric_has_an_option),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_bottleneck),
        cmocka_unit_test(test_memory_and_energy),
        cmocka_unit_test(test_what_is_sent),
        cmocka_unit_test(test_features),
        cmocka_unit_test(test_fewer_images),
        cmocka_unit_test(test_worth_and_reasons),
        cmocka_unit_test(test_speeds),
        cmocka_unit_test(test_front_of_random_networks),
        cmocka_unit_test(test_recommendation_of_random_networks),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
