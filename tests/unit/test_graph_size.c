/* What a graph is said to need is what it takes, and what there is decides on batch and algorithms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "graph/choose.h"
#include "graph/graph_parts.h"
#include "graph_fixture.h"

#define MEGABYTE ((int64_t)1 << 20)
enum { MOST_LAYERS = 16, GEAR_KILOBYTES = 48 }; /* of one op: code and objects, as needs.c counts them */

static const bool all[MOST_LAYERS] = {true, true, true, true, true, true, true, true,
                                      true, true, true, true, true, true, true, true};
static const bool only_first[MOST_LAYERS] = {true};

/* Every kind that holds memory of its own: convolutions that may be Winograd's, with groups, of one channel
 * in and with batch norm; max-pool, deconvolution, connected layers, and all that needs maps. */
static const char wide[] =
    "[net]\nchannels=3\nheight=48\nwidth=48\n"
    "[convolutional]\nfilters=64\nsize=3\npad=1\nactivation=relu\n"
    "[convolutional]\nbatch_normalize=1\nfilters=128\nsize=3\npad=1\nactivation=relu\n"
    "[convolutional]\nfilters=128\nsize=3\npad=1\nactivation=relu\n"
    "[maxpool]\nsize=2\nstride=2\n"
    "[convolutional]\ngroups=32\nfilters=128\nsize=3\npad=1\nactivation=leaky\n"
    "[convolutional]\nfilters=128\nsize=1\nactivation=linear\n[shortcut]\nfrom=-3\nactivation=relu\n"
    "[convolutional]\nfilters=20\nsize=1\nactivation=relu\n[upsample]\nstride=2\n"
    "[deconvolutional]\nfilters=40\nsize=2\nstride=2\nactivation=relu\n"
    "[route]\nlayers=-1,-1\n[reorg]\nstride=2\n"
    "[maxpool]\nsize=4\nstride=4\n"
    "[connected]\noutput=200\nactivation=relu\n[connected]\noutput=5\nactivation=linear\n[softmax]\n";

/* A projection of a subsampled input, whose gradient is left where it is until the input's own turn; layers
 * that repeat another, and only pass on. */
static const char projecting[] =
    "[net]\nchannels=3\nheight=65\nwidth=47\n"
    "[convolutional]\nfilters=64\nsize=3\npad=1\nactivation=relu\n"
    "[convolutional]\nfilters=32\nsize=3\npad=1\nstride=2\nactivation=relu\n"
    "[convolutional]\nfilters=64\nsize=1\nactivation=linear\n[dropout]\n"
    "[route]\nlayers=-4\n[maxpool]\nsize=1\nstride=2\n"
    "[convolutional]\nfilters=64\nsize=1\nactivation=linear\n[shortcut]\nfrom=-4\nactivation=relu\n"
    "[avgpool]\n[connected]\noutput=5\nactivation=linear\n[softmax]\n";
enum { PROJECTED = 0, ROUTE = 4, SUBSAMPLING };

static struct net *net_of(const char *text)
{
    struct error e;
    struct net *net = net_parse(text, strlen(text), "sized", &e);
    if (!net)
        fail_msg("%s", e.text);
    return net;
}

static struct needs *needs_for(const struct net *net, const struct graph_options *options, int batch)
{
    struct error e;
    struct graph *outline = graph_outline(net, options);
    outline->batch = batch;
    struct needs *n = needs_of(outline, options, &e);
    graph_free(outline);
    if (!n)
        fail_msg("%s", e.text);
    return n;
}

/* Bytes of what a made graph holds must be those that were told, but for what each op and the allocator take
 * beside and what a measurement holds. */
static void check_reported(const char *cfg, const bool *listed, int least_ops,
                           enum graph_algorithms algorithms, int batch)
{
    struct graph_options options = {.batch = batch, .threads = 2, .listed = listed, .algorithms = algorithms};
    struct fixture f = fixture_make_graph(cfg, "sized", &options, 1.0f);
    struct needs *n = needs_for(f.net, &options, batch);
    int64_t reported = needs_peak(n), ops = 0, scratch = 0;
    for (int l = 0; l < f.net->layers_n; l++) {
        const struct onednn_op *both[] = {f.graph->nodes[l].forward, f.graph->nodes[l].backward};
        for (int i = 0; i < 2; i++) {
            int64_t capacity = both[i] ? (int64_t)onednn_op_scratch(both[i]) : 0;
            ops += both[i] != NULL;
            scratch = capacity > scratch ? capacity : scratch;
        }
    }
    int64_t taken = (int64_t)graph_bytes(f.graph) + scratch;
    assert_true(ops >= least_ops);
    assert_in_range(reported, taken, taken + ops * GEAR_KILOBYTES * 1024 + (6 + batch) * MEGABYTE);
    assert_true(needs_addresses(n) > reported);
    needs_free(n);
    fixture_free(&f);
}

static void what_is_reported_is_taken(void **state)
{
    (void)state;
    for (int batch = 1; batch <= 16; batch *= 4) {
        check_reported(wide, all, 16, GRAPH_EXACT, batch);
        check_reported(wide, all, 16, GRAPH_WINOGRAD, batch);
        check_reported(wide, all, 16, GRAPH_BY_SHAPE, batch);
        check_reported(projecting, all, 9, GRAPH_EXACT, batch);
        check_reported(projecting, only_first, 9, GRAPH_EXACT, batch);
    }
}

/* The subsampling writes nothing and needs no primitive, the route no room; nobody needs the spare buffer. */
static void sparse_gradient_stays_where_it_is(void **state)
{
    (void)state;
    struct graph_options options = {
        .batch = 2, .threads = 1, .listed = only_first, .algorithms = GRAPH_EXACT};
    struct fixture f = fixture_make_graph(projecting, "sized", &options, 1.0f);
    const struct node *x = &f.graph->nodes[PROJECTED], *pool = &f.graph->nodes[SUBSAMPLING];
    assert_true(pool->sources[0].late && pool->sources[0].layer == PROJECTED);
    assert_true(x->more.at == pool->dy && x->more.step == 2);
    assert_ptr_equal(f.graph->nodes[ROUTE].y, x->y);
    assert_int_equal(f.graph->spare_bytes, 0);
    assert_null(pool->forward);
    assert_null(pool->backward);
    struct error e;
    options.listed = all; /* then the route has a gradient of its own, which is shown */
    assert_int_equal(fixture_graph_again(&f, &options, &e), 0);
    assert_int_equal(f.graph->nodes[SUBSAMPLING].sources[0].layer, ROUTE);
    assert_false(f.graph->nodes[SUBSAMPLING].sources[0].late);
    fixture_free(&f);
}

/* By passes: asked for, booked, given back. */
static void winograd_has_to_be_afforded(void **state)
{
    (void)state;
    struct net *net = net_of(wide);
    struct graph_options options = {.threads = 1, .listed = all};
    struct needs *n = needs_for(net, &options, 4);
    int64_t direct = needs_peak(n), expected = needs_expected(n);
    assert_int_equal(needs_peak(n), direct);
    assert_false(needs_afford(n, 0, ONEDNN_GRADIENT, INT64_MAX)); /* the image's: nobody wants it */
    assert_false(needs_afford(n, 4, ONEDNN_FORWARD, INT64_MAX));  /* with groups there is only one way */
    assert_false(needs_afford(n, 13, ONEDNN_FORWARD, INT64_MAX));
    if (expected == direct) /* on this processor there is no Winograd */
        skip();
    assert_false(needs_afford(n, 2, ONEDNN_GRADIENT, direct));
    assert_int_equal(needs_peak(n), direct);
    assert_true(needs_afford(n, 2, ONEDNN_GRADIENT, INT64_MAX));
    int64_t more = needs_peak(n);
    assert_true(more > direct);
    assert_true(needs_afford(n, 2, ONEDNN_GRADIENT, more));
    assert_false(needs_afford(n, 2, ONEDNN_GRADIENT, more - 1));
    needs_take(n, 2, ONEDNN_GRADIENT, ONEDNN_DIRECT);
    assert_in_range(needs_peak(n), direct, more); /* its trial may have been the most */
    needs_free(n);
    net_free(net);
}

/* With less room than Winograd wants a graph is direct, whatever the cache would have. */
static void graph_keeps_to_its_capacity(void **state)
{
    (void)state;
    struct graph_options options = {.batch = 4, .threads = 2, .algorithms = GRAPH_EXACT};
    struct fixture f = fixture_make_graph(wide, "sized", &options, 1.0f);
    struct graph_options open = {.batch = 4, .threads = 2, .listed = all};
    struct needs *n = needs_for(f.net, &open, 4);
    struct error e;
    open.sized_batch = 4;
    open.sized_bytes = needs_peak(n);
    needs_free(n);
    assert_int_equal(fixture_graph_again(&f, &open, &e), 0);
    assert_int_equal(fixture_winograds(&f), 0);
    fixture_free(&f);
}

/* The largest that fits up to 32, one where no more does, and none where that is too much. */
static void batch_follows_memory(void **state)
{
    (void)state;
    struct net *net = net_of(wide);
    struct error e = {""};
    struct graph_options options = {.threads = 1, .listed = all, .memory = MEGABYTE};
    int batch;
    int64_t room;
    int before = 0, batches = 0;
    assert_int_equal(graph_size(net, &options, &batch, &room, &e), -1);
    assert_non_null(strstr(e.text, "with a batch of 1 (allowed: 1 MB; see --memory)"));
    for (options.memory = 80 * MEGABYTE; options.memory <= 1200 * MEGABYTE; options.memory += 16 * MEGABYTE) {
        int status = graph_size(net, &options, &batch, &room, &e);
        assert_true(status == 0 || before == 0); /* what fits into less fits into more */
        if (status < 0)
            continue;
        assert_in_range(batch, before > 1 ? before : 1, 32);
        assert_true(room < options.memory);
        batches += batch != before;
        before = batch;
    }
    assert_int_equal(before, 32);
    assert_true(batches > 8);
    net_free(net);
}

/* Where memory bounds the batch, but only there: a small network's images would otherwise have as many
 * tunings as runs have sizes. */
static void batch_follows_few_images(void **state)
{
    (void)state;
    static const struct {
        long images;
        int batch; /* 0: as for many */
    } cases[] = {{1, 1}, {2, 2}, {3, 4}, {4, 4}, {5, 8}, {1000, 0}};
    struct net *net = net_of(wide);
    struct error e;
    struct graph_options options = {.threads = 1, .listed = all, .memory = 700 * MEGABYTE};
    int many, few;
    int64_t room;
    assert_int_equal(graph_size(net, &options, &many, &room, &e), 0);
    assert_in_range(many, 8, 31);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        options.images = cases[i].images;
        assert_int_equal(graph_size(net, &options, &few, &room, &e), 0);
        assert_int_equal(few, cases[i].batch ? cases[i].batch : many);
    }
    net_free(net);
}

/* Where it does not, but a full batch takes much of what it might: likewise. What it takes beside is some 60.
 */
static void full_batch_is_kept_where_it_takes_little(void **state)
{
    (void)state;
    int little = 0, much = 0;
    for (int side = 160; side <= 272; side += 16) {
        char text[160];
        snprintf(text, sizeof text,
                 "[net]\nchannels=3\nheight=%d\nwidth=%d\n[convolutional]\nfilters=64\nsize=3\npad=1\n"
                 "activation=relu\n[avgpool]\n[softmax]\n",
                 side, side);
        struct net *net = net_of(text);
        struct graph_options options = {.threads = 1, .listed = all, .memory = 4000 * MEGABYTE};
        struct needs *n = needs_for(net, &options, 32);
        int64_t room, megabytes = needs_expected(n) / MEGABYTE;
        int many, few;
        struct error e;
        assert_int_equal(graph_size(net, &options, &many, &room, &e), 0);
        options.images = 4;
        assert_int_equal(graph_size(net, &options, &few, &room, &e), 0);
        little += many == 32 && megabytes < 690 && few == 32;
        much += many == 32 && megabytes > 750 && few == 4;
        assert_true(few == 4 || (few == 32 && megabytes <= 750));
        assert_true(few == 32 || megabytes >= 690);
        needs_free(n);
        net_free(net);
    }
    assert_true(little > 1 && much > 1);
}

static void batch_that_is_asked_for(void **state)
{
    (void)state;
    struct net *net = net_of(wide);
    struct error e = {""};
    struct graph_options options = {.threads = 1, .listed = all, .memory = 400 * MEGABYTE, .batch = 4000};
    int batch;
    int64_t room;
    assert_int_equal(graph_size(net, &options, &batch, &room, &e), -1);
    assert_non_null(strstr(e.text, "with a batch of 4000 (allowed: 400 MB; see --memory; a smaller --batch"));
    options.batch = 7;
    assert_int_equal(graph_size(net, &options, &batch, &room, &e), 0);
    assert_int_equal(batch, 7);
    int64_t bytes = room;
    options.held = 10 * MEGABYTE; /* what the process has taken for other things is no longer there */
    assert_int_equal(graph_size(net, &options, &batch, &room, &e), 0);
    assert_int_equal(room, bytes - 10 * MEGABYTE);
    options.held = 390 * MEGABYTE;
    assert_int_equal(graph_size(net, &options, &batch, &room, &e), -1);
    net_free(net);
}

/* One layer's parameters at a time are held beside what is packed, twice where they are turned. */
static void loading_counts(void **state)
{
    (void)state;
    struct net *net =
        net_of("[net]\nchannels=3\nheight=8\nwidth=8\n[connected]\noutput=8192\nactivation=relu\n"
               "[connected]\noutput=2048\nactivation=linear\n[softmax]\n");
    struct graph_options options = {.threads = 1, .listed = all};
    struct needs *n = needs_for(net, &options, 1);
    int64_t small = net->layers[0].params * 4, large = net->layers[1].params * 4, plain = needs_peak(n);
    needs_free(n);
    assert_in_range(plain, 2 * large, 2 * large + small + 16 * MEGABYTE);
    options.transposed = true;
    n = needs_for(net, &options, 1);
    assert_in_range(needs_peak(n), 3 * large, 3 * large + small + 16 * MEGABYTE);
    needs_free(n);
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_reported_is_taken),
        cmocka_unit_test(winograd_has_to_be_afforded),
        cmocka_unit_test(graph_keeps_to_its_capacity),
        cmocka_unit_test(batch_follows_memory),
        cmocka_unit_test(batch_follows_few_images),
        cmocka_unit_test(full_batch_is_kept_where_it_takes_little),
        cmocka_unit_test(batch_that_is_asked_for),
        cmocka_unit_test(loading_counts),
        cmocka_unit_test(sparse_gradient_stays_where_it_is),
    };
    return cmocka_run_group_tests_name("plan size", tests, NULL, NULL);
}
