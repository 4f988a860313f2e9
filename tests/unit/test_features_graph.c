/* What crosses a cut, taken out of a graph and put back: for every clean cut of networks of every build the
 * scores come again bit for bit, nothing before the cut changes, and other numbers give other scores, those
 * of libdarknet. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "graph_fixture.h"
#include "net/table.h"

enum { BATCH = 3 };

struct subject {
    struct fixture f;
    struct table *table;
    int *cuts, cuts_n;
    float **whole; /* [cuts_n] [BATCH][c][h][w] after a forward pass that nothing has disturbed */
    float *scores; /* [BATCH][classes] likewise */
};

static size_t numbers(const struct subject *s, int layer)
{
    return (size_t)net_shape_size(s->f.net->layers[layer].out);
}

static float *get_all(const struct subject *s, int layer)
{
    size_t n = numbers(s, layer);
    float *all = memory_new(BATCH * n, sizeof *all);
    for (int slot = 0; slot < BATCH; slot++)
        graph_get(s->f.graph, layer, slot, all + (size_t)slot * n);
    return all;
}

static void put_all(const struct subject *s, int layer, const float *all)
{
    for (int slot = 0; slot < BATCH; slot++)
        graph_put(s->f.graph, layer, slot, all + (size_t)slot * numbers(s, layer));
}

static void set_inputs(const struct subject *s)
{
    size_t n = (size_t)net_shape_size(s->f.net->in);
    float *x = memory_new(n, sizeof *x);
    uint64_t state = 3;
    for (int slot = 0; slot < BATCH; slot++) {
        for (size_t i = 0; i < n; i++)
            x[i] = fixture_random(&state) + 0.2f * (float)slot;
        graph_set_input(s->f.graph, slot, x);
    }
    free(x);
}

static struct subject subject_make(const char *cfg, const char *name, const struct graph_options *options)
{
    struct subject s = {.f = fixture_make_graph(cfg, name, options, 0.9f)};
    struct error e;
    s.table = table_make(s.f.net);
    s.cuts = table_listed(s.table, TABLE_CLEAN, &s.cuts_n);
    assert_true(s.cuts_n > 0);
    set_inputs(&s);
    assert_int_equal(graph_forward(s.f.graph, &e), 0);
    s.whole = memory_new((size_t)s.cuts_n, sizeof *s.whole);
    for (int i = 0; i < s.cuts_n; i++)
        s.whole[i] = get_all(&s, s.cuts[i]);
    size_t bytes = BATCH * (size_t)s.f.net->classes * sizeof *s.scores;
    s.scores = memory_new(1, bytes);
    memcpy(s.scores, graph_scores(s.f.graph), bytes);
    return s;
}

static void subject_free(struct subject *s)
{
    for (int i = 0; i < s->cuts_n; i++)
        free(s->whole[i]);
    free(s->whole);
    free(s->scores);
    free(s->cuts);
    table_free(s->table);
    fixture_free(&s->f);
}

static bool same_scores(const struct subject *s)
{
    return memcmp(s->scores, graph_scores(s->f.graph), BATCH * (size_t)s->f.net->classes * sizeof(float)) ==
           0;
}

/* One cut as a run of features treats it: the tensor itself, another one, the tensor itself again. */
static void check_cut(const struct subject *s, int i, const char *name)
{
    struct error e;
    int layer = s->cuts[i];
    size_t n = BATCH * numbers(s, layer);
    float *now = get_all(s, layer), *other = memory_new(n, sizeof *other);
    if (memcmp(now, s->whole[i], n * sizeof *now) != 0)
        fail_msg("%s: the tensor after layer %d is not what it was", name, layer);
    put_all(s, layer, now);
    assert_int_equal(graph_forward_from(s->f.graph, layer, &e), 0);
    if (!same_scores(s))
        fail_msg("%s: the tail of the cut after layer %d gives other scores", name, layer);
    for (size_t k = 0; k < n; k++)
        other[k] = -0.3f * now[k] + 0.1f;
    put_all(s, layer, other);
    assert_int_equal(graph_forward_from(s->f.graph, layer, &e), 0);
    if (same_scores(s))
        fail_msg("%s: the tail of the cut after layer %d does not read what was put there", name, layer);
    put_all(s, layer, now);
    free(other);
    free(now);
}

/* A later cut's tensor from an earlier one's, without the layers before and behind. */
static void check_between(const struct subject *s, int from, int to, const char *name)
{
    struct error e;
    size_t n = BATCH * numbers(s, s->cuts[to]);
    float *nothing = memory_new(n, sizeof *nothing);
    put_all(s, s->cuts[to], nothing);
    put_all(s, s->cuts[from], s->whole[from]);
    assert_int_equal(graph_forward_between(s->f.graph, s->cuts[from], s->cuts[to], &e), 0);
    float *now = get_all(s, s->cuts[to]);
    if (memcmp(now, s->whole[to], n * sizeof *now) != 0)
        fail_msg("%s: from layer %d on, layer %d has other numbers", name, s->cuts[from], s->cuts[to]);
    free(nothing);
    free(now);
}

/* From the last cut to the first, and all of it twice. */
static void check_net(const char *cfg, const char *name, const struct graph_options *options)
{
    struct subject s = subject_make(cfg, name, options);
    struct error e;
    for (int round = 0; round < 2; round++) {
        for (int i = s.cuts_n - 1; i >= 0; i--)
            check_cut(&s, i, name);
        assert_int_equal(graph_forward(s.f.graph, &e), 0);
        assert_true(same_scores(&s));
    }
    for (int i = 1; i < s.cuts_n; i++)
        for (int from = i - 1; from >= 0; from = from > 0 ? 0 : -1) /* the one before, and the first */
            check_between(&s, from, i, name);
    subject_free(&s);
}

/* As a run has it: no layer is shown to anybody. And with all of them shown. */
static void check_plans(const char *cfg, const char *name)
{
    bool none[400] = {false};
    struct graph_options options = {.batch = BATCH, .threads = 1, .algorithms = GRAPH_EXACT, .listed = none};
    check_net(cfg, name, &options);
    options.listed = NULL;
    check_net(cfg, name, &options);
}

/* ---- Networks --------------------------------------------------------------------------------------- */

static const struct file_case {
    const char *path;
    struct fixture_side sides[2];
    int narrower;
} files[] = {
    {"cfg/letters-vgg16.cfg", {{0}}, 1},
    {"cfg/letters-resnet50.cfg", {{0}}, 1},
    {"/usr/share/darknet/cfg/resnet18.cfg", {{256, 64}}, 4},
    {"/usr/share/darknet/cfg/tiny.cfg", {{224, 64}}, 1},
    {"/usr/share/darknet/cfg/darknet19.cfg", {{256, 64}}, 4},
    {"/usr/share/darknet/cfg/densenet201.cfg", {{256, 32}}, 2},
};

static void file_gives_the_scores_again(void **state)
{
    const struct file_case *c = *state;
    struct error e;
    size_t length;
    if (access(c->path, R_OK) < 0)
        skip();
    char *text = file_read(c->path, 1 << 20, &length, &e);
    assert_non_null(text);
    char *reduced = fixture_reduce(text, c->sides, c->narrower);
    check_plans(reduced, c->path);
    free(reduced);
    free(text);
}

#define NET "[net]\nchannels=3\nheight=9\nwidth=7\n"
#define CONV(n, size, act)                                                                                   \
    "[convolutional]\nfilters=" #n "\nsize=" #size "\npad=1\nactivation=" act "\nbatch_normalize=1\n"
#define END                                                                                                  \
    "[avgpool]\n[connected]\noutput=9\nactivation=relu\n[dropout]\n[connected]\noutput=4\n"                  \
    "activation=linear\n[softmax]\n"

static const char *const texts[][2] = {
    {"shortcuts that join the convolution before them",
     NET CONV(20, 3, "leaky") CONV(8, 1, "relu")
         CONV(20, 1, "linear") "[shortcut]\nfrom=-3\nactivation=relu\n" CONV(8, 1, "relu")
             CONV(20, 1, "linear") "[shortcut]\nfrom=-3\nactivation=leaky\n" END},
    {"shortcuts that do not",
     NET CONV(20, 3, "leaky") CONV(20, 3, "relu") "[shortcut]\nfrom=-2\nactivation=relu\n" CONV(
         20, 3, "linear") "[shortcut]\nfrom=-2\nalpha=0.5\nactivation=tanh\n" END},
    {"layers that repeat another",
     NET CONV(20, 3, "leaky") "[activation]\nactivation=linear\n[dropout]\nprobability=.5\n[route]\nlayers=-"
                              "1\n" CONV(18, 3, "linear") "[activation]\nactivation=linear\n[activation]"
                                                          "\nactivation=relu\n" END},
    {"dense",
     NET CONV(16, 3, "relu") CONV(8, 3, "relu") "[route]\nlayers=-1,-2\n" CONV(
         8, 3, "relu") "[route]\nlayers=-1,-2\n" CONV(17, 1, "relu") "[maxpool]\nsize=2\nstride=2\n" END},
    {"activations in place",
     NET CONV(18, 3, "elu") CONV(18, 3, "logistic") "[batchnorm]\n" CONV(
         5, 3, "plse") "[upsample]\nstride=2\n" CONV(16, 3, "tanh") "[reorg]\nstride=2\n" END},
    {"a crop and a connected layer first", NET
     "[crop]\ncrop_height=6\ncrop_width=6\n[connected]\noutput=21\nactivation=relu\n[connected]\noutput=4\n"
     "activation=linear\n[softmax]\n"},
    {"a cut at the scores", NET CONV(16, 3, "relu") CONV(4, 1, "leaky") "[avgpool]\n[softmax]\n[cost]\n"},
};

static void text_gives_the_scores_again(void **state)
{
    const char *const *c = *state;
    check_plans(c[1], c[0]);
}

/* What is taken out is what libdarknet computes there, number by number in its order. */
static void gives_darknets_numbers(void **state)
{
    (void)state;
    bool none[400] = {false};
    const struct graph_options options = {
        .batch = BATCH, .threads = 1, .algorithms = GRAPH_EXACT, .listed = none};
    struct subject s = subject_make(texts[0][1], texts[0][0], &options);
    size_t n = (size_t)net_shape_size(s.f.net->in);
    float *x = memory_new(n, sizeof *x);
    uint64_t state_of_x = 3;
    for (size_t slot = 0; slot < BATCH; slot++) {
        for (size_t i = 0; i < n; i++)
            x[i] = fixture_random(&state_of_x) + 0.2f * (float)slot;
        darknet_predict(s.f.darknet, x);
        for (int i = 0; i < s.cuts_n; i++) {
            const float *expected = darknet_output(s.f.darknet, s.cuts[i]);
            size_t count = numbers(&s, s.cuts[i]);
            for (size_t k = 0; k < count; k++)
                if (!(fabsf(s.whole[i][slot * count + k] - expected[k]) <= 1e-4f))
                    fail_msg("layer %d: number %zu of image %zu is %g, not %g", s.cuts[i], k, slot,
                             (double)s.whole[i][slot * count + k], (double)expected[k]);
        }
    }
    free(x);
    subject_free(&s);
}

int main(void)
{
    enum { N = sizeof files / sizeof *files, M = sizeof texts / sizeof *texts };
    static struct CMUnitTest tests[N + M + 1];
    for (int i = 0; i < N; i++)
        tests[i] = (struct CMUnitTest){files[i].path, file_gives_the_scores_again, NULL, NULL,
                                       (void *)(uintptr_t)&files[i]};
    for (int i = 0; i < M; i++)
        tests[N + i] = (struct CMUnitTest){texts[i][0], text_gives_the_scores_again, NULL, NULL,
                                           (void *)(uintptr_t)&texts[i]};
    tests[N + M] = (struct CMUnitTest)cmocka_unit_test(gives_darknets_numbers);
    return cmocka_run_group_tests_name("features_plan", tests, NULL, NULL);
}
