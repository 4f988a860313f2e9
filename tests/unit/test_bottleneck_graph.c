/* What the patches of a bottleneck compute, in isplit's graph and in libdarknet: an encoder that takes some
 * numbers of each patch and a decoder that puts them back give just these numbers, at their places, whatever
 * the sides. So encoder, [reorg], the patches made for dropped edges and [crop] fit together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "graph_fixture.h"
#include "net/weights.h"
#include "partition/partition.h"
#include "worker/own_graph.h"

enum { C = 3, SIDE_MAX = 19 };

/* A network whose cut tensor is its input. */
struct case_of {
    struct net *net;
    struct weights_info info;
    char path[40];
    int h, w, k, channels, rows, columns; /* of the patches */
};

static struct case_of make_case(int h, int w, const struct bottleneck *b)
{
    struct error e = {""};
    struct case_of t = {.path = "/tmp/isplit-patches-XXXXXX", .h = h, .w = w};
    char *text = memory_format("[net]\nchannels=%d\nheight=%d\nwidth=%d\n[activation]\nactivation=linear\n"
                               "[avgpool]\n[connected]\noutput=2\nactivation=linear\n",
                               C, h, w);
    struct net *net = net_parse(text, strlen(text), "t.cfg", &e);
    struct cfg *cfg = cfg_parse(text, strlen(text), "t.cfg", &e);
    char *whole = NULL;
    size_t size;
    FILE *out = memory_stream(&whole, &size);
    assert_int_equal(partition_write_whole(out, cfg, net, 0, b, &e), 0);
    fclose(out);
    t.net = net_parse(whole, size, "w.cfg", &e);
    if (!t.net)
        fail_msg("%s", e.text);
    const struct net_layer *encoder = &t.net->layers[1];
    t.k = encoder->size;
    t.channels = encoder->out.c;
    t.rows = encoder->out.h;
    t.columns = encoder->out.w;
    cfg_free(cfg);
    net_free(net);
    free(whole);
    free(text);
    return t;
}

/* Number q of a patch that is sent: channel, row and column in it. All differ: 7 has no factor of C * k * k
 * here. */
static void chosen(const struct case_of *t, int q, int at[3])
{
    int n = (7 * q + 1) % (C * t->k * t->k);
    at[0] = n % C;
    at[1] = n / C / t->k;
    at[2] = n / C % t->k;
}

/* The decoder's row or column y lies in patch y / k, and in patch j of those made, which has the patches j -
 * 1 and j before it where edges were dropped. The tap for it is 0 or 1. */
static int tap_of(int place, int in_patch, int side, int k, int patches, int *made)
{
    int dropped = ((patches + 1) * k - side) / 2, y = place * k + in_patch + dropped;
    *made = y % k;
    return place - y / k + 1;
}

static float *encoder_weights(const struct case_of *t)
{
    float *w = memory_new((size_t)(t->channels * C * t->k * t->k), sizeof *w);
    for (int q = 0; q < t->channels; q++) {
        int at[3];
        chosen(t, q, at);
        w[((q * C + at[0]) * t->k + at[1]) * t->k + at[2]] = 1;
    }
    return w;
}

static float *decoder_weights(const struct case_of *t, int size)
{
    int k = t->k;
    float *w = memory_new((size_t)(C * k * k * t->channels * size * size), sizeof *w);
    for (int q = 0; q < t->channels; q++) {
        int at[3], row = 0, column = 0, y, x;
        chosen(t, q, at);
        y = at[1];
        x = at[2];
        if (size == 2) { /* the same in every patch */
            row = tap_of(0, at[1], t->h, k, t->rows, &y);
            column = tap_of(0, at[2], t->w, k, t->columns, &x);
        }
        int filter = (y * k + x) * C + at[0]; /* as [reorg] spreads them */
        w[((filter * t->channels + q) * size + row) * size + column] = 1;
    }
    return w;
}

static void put_layer(FILE *f, const struct net_layer *l, float *weights)
{
    for (int i = 0; i < l->out.c; i++)
        fwrite(&(float){0}, sizeof(float), 1, f);
    fwrite(weights, sizeof *weights, (size_t)(l->params - l->out.c), f);
    free(weights);
}

static void write_case(struct case_of *t)
{
    struct error e = {""};
    FILE *f = fdopen(mkstemp(t->path), "wb");
    const int32_t header[4] = {0, 1, 0, 0};
    fwrite(header, sizeof header, 1, f);
    put_layer(f, &t->net->layers[1], encoder_weights(t));
    put_layer(f, &t->net->layers[2], decoder_weights(t, t->net->layers[2].size));
    const struct net_layer *last = &t->net->layers[t->net->layers_n - 1];
    put_layer(f, last, memory_new((size_t)last->params, sizeof(float)));
    fclose(f);
    if (weights_check(t->path, t->net, &t->info, &e) < 0)
        fail_msg("%s", e.text);
}

static bool is_chosen(const struct case_of *t, int c, int y, int x)
{
    if (y >= t->rows * t->k || x >= t->columns * t->k)
        return false;
    for (int q = 0; q < t->channels; q++) {
        int at[3];
        chosen(t, q, at);
        if (at[0] == c && at[1] == y % t->k && at[2] == x % t->k)
            return true;
    }
    return false;
}

static void compare(const struct case_of *t, const float *x, const float *got, const char *who)
{
    for (int c = 0; c < C; c++)
        for (int row = 0; row < t->h; row++)
            for (int column = 0; column < t->w; column++) {
                int i = (c * t->h + row) * t->w + column;
                float wanted = is_chosen(t, c, row, column) ? x[i] : 0;
                if (got[i] < wanted || got[i] > wanted)
                    fail_msg("%s, %dx%d: channel %d, row %d, column %d is %g (expected %g)", who, t->h, t->w,
                             c, row, column, (double)got[i], (double)wanted);
            }
}

static void check_sides(int h, int w, const struct bottleneck *b)
{
    struct error e = {""};
    struct case_of t = make_case(h, w, b);
    float x[C * SIDE_MAX * SIDE_MAX], got[C * SIDE_MAX * SIDE_MAX];
    uint64_t random = 3;
    write_case(&t);
    for (int i = 0; i < C * h * w; i++)
        x[i] = fixture_random(&random);
    struct own_graph *own = own_graph_open(t.net, t.path, &t.info, &e);
    struct darknet *darknet = darknet_open(t.net, t.path, &e);
    if (!own || !darknet || own_graph_run(own, x, &e) < 0)
        fail_msg("%s", e.text);
    own_graph_get(own, t.net->inserted.last, got);
    compare(&t, x, got, "isplit");
    darknet_predict(darknet, x);
    compare(&t, x, darknet_output(darknet, t.net->inserted.last), "libdarknet");
    own_graph_close(own);
    darknet_close(darknet);
    unlink(t.path);
    net_free(t.net);
}

static void test_patches(void **state)
{
    (void)state;
    static const int sides[][2] = {{8, 8},   {9, 8}, {8, 11}, {14, 14}, {19, 19},
                                   {15, 18}, {7, 8}, {4, 5},  {9, 2}};
    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
        const struct bottleneck b = {BOTTLENECK_FLOATS, 40};
        check_sides(sides[i][0], sides[i][1], &b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_patches)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
