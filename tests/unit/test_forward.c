/* The graph's forward pass against libdarknet's own, for every classifier cfg of Debian's package at a
 * reduced input size, the larger ones with a quarter of the filters, and for the layer kinds those do not
 * use. */
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
#include "net/definition.h"

#define BUNDLED "/usr/share/darknet/cfg/"

/* `narrower` as in fixture_reduce. */
struct forward_case {
    const char *file;
    int narrower;
    struct fixture_side sides[2]; /* of the input, and of the crop where there is one */
};

static const struct forward_case cases[] = {
    {"alexnet.cfg", 4, {{227, 99}}},    {"cifar.cfg", 1, {{28, 28}}},
    {"darknet.cfg", 1, {{256, 64}}},    {"darknet19.cfg", 1, {{256, 64}}},
    {"darknet53.cfg", 4, {{256, 64}}},  {"densenet201.cfg", 2, {{256, 64}}},
    {"extraction.cfg", 4, {{224, 64}}}, {"resnet18.cfg", 1, {{256, 64}}},
    {"resnet34.cfg", 4, {{256, 64}}},   {"resnet50.cfg", 4, {{256, 64}}},
    {"resnet101.cfg", 4, {{256, 64}}},  {"resnet152.cfg", 4, {{256, 64}}},
    {"resnext50.cfg", 4, {{256, 64}}},  {"strided.cfg", 4, {{256, 72}, {224, 64}}},
    {"tiny.cfg", 1, {{224, 64}}},       {"vgg-16.cfg", 4, {{256, 72}, {224, 64}}},
};

/* Scores of two different images in one batch, each against libdarknet's one by one. */
static void compare(const char *cfg, const char *name, float tolerance)
{
    enum { BATCH = 2 };
    struct error e;
    struct fixture f = fixture_make(cfg, name, BATCH, TAP_POST, 0.9f);
    size_t n = (size_t)net_shape_size(f.net->in), classes = (size_t)f.net->classes;
    float *x = memory_new(BATCH * n, sizeof *x);
    uint64_t state = 3;
    for (size_t i = 0; i < BATCH * n; i++)
        x[i] = fixture_random(&state) + (i < n ? 0.2f : -0.1f);
    for (int slot = 0; slot < BATCH; slot++)
        graph_set_input(f.graph, slot, x + (size_t)slot * n);
    assert_int_equal(graph_forward(f.graph, &e), 0);
    for (size_t slot = 0; slot < BATCH; slot++) {
        darknet_predict(f.darknet, x + slot * n);
        const float *expected = darknet_output(f.darknet, f.net->score);
        const float *got = graph_scores(f.graph) + slot * classes;
        double largest = 0, difference = 0, spread = 0;
        for (size_t i = 0; i < classes; i++) {
            largest = fmax(largest, fabsf(expected[i]));
            spread = fmax(spread, fabsf(expected[i] - expected[0]));
            difference = fmax(difference, fabsf(expected[i] - got[i]));
        }
        if (!(spread > 0) || !isfinite(largest))
            fail_msg("%s: the network is degenerate on this input", name);
        if (!(difference <= tolerance * largest))
            fail_msg("%s: image %zu: scores differ by %.3g of the largest %.3g", name, slot, difference,
                     largest);
    }
    free(x);
    fixture_free(&f);
}

static void bundled_cfg_agrees_with_libdarknet(void **state)
{
    const struct forward_case *c = *state;
    char *path = memory_format(BUNDLED "%s", c->file);
    struct error e;
    size_t length;
    char *text = access(path, R_OK) == 0 ? file_read(path, 1 << 20, &length, &e) : NULL;
    free(path);
    if (!text)
        skip();
    char *reduced = fixture_reduce(text, c->sides, c->narrower);
    compare(reduced, c->file, 1e-4f);
    free(reduced);
    free(text);
}

#define NET(c, h, w) "[net]\nchannels=" #c "\nheight=" #h "\nwidth=" #w "\n"
#define END "[connected]\noutput=4\nactivation=linear\n[softmax]\n"

static const char *const others[][2] = {
    {"deconvolutional",
     NET(16, 5, 6) "[deconvolutional]\nfilters=20\nsize=4\nstride=2\npadding=1\nactivation=leaky\n" END},
    {"deconvolutional bn",
     NET(3, 5, 6) "[deconvolutional]\nbatch_normalize=1\nfilters=5\nsize=3\nstride=1\nactivation=relu\n" END},
    {"connected bn", NET(3, 5, 6) "[connected]\nbatch_normalize=1\noutput=9\nactivation=relu\n" END},
    {"upsample", NET(5, 4, 6) "[upsample]\nstride=2\n" END},
    {"reorg", NET(16, 6, 4) "[reorg]\nstride=2\n" END},
    {"reorg plain", NET(4, 6, 4) "[reorg]\nstride=2\n" END},
    {"reorg reverse", NET(16, 6, 4) "[reorg]\nstride=2\nreverse=1\n" END},
    {"reorg flatten", NET(16, 6, 4) "[reorg]\nstride=2\nflatten=1\n" END},
    {"reorg flatten back", NET(16, 6, 4) "[reorg]\nstride=2\nflatten=1\nreverse=1\n" END},
    {"crop", NET(3, 9, 8) "[crop]\ncrop_height=6\ncrop_width=5\n" END},
    {"crop noadjust", NET(3, 9, 8) "[crop]\ncrop_height=5\ncrop_width=6\nnoadjust=1\n" END},
    {"shortcut alpha beta",
     NET(8, 4, 4) "[convolutional]\nfilters=20\nsize=1\nactivation=leaky\n[convolutional]\nfilters=12\nsize="
                  "1\nactivation=leaky\n[shortcut]\nfrom=-2\nalpha=.5\nbeta=2\nactivation=leaky\n" END},
    {"shortcut from finer", NET(8, 8, 8) "[convolutional]\nfilters=6\nsize=1\nactivation=leaky\n[maxpool]"
                                         "\nsize=2\nstride=2\n[shortcut]\nfrom=-2\nactivation=relu\n" END},
    {"shortcut from coarser",
     NET(8, 4, 4) "[convolutional]\nfilters=6\nsize=1\nactivation=leaky\n[upsample]\nstride=2\n[shortcut]"
                  "\nfrom=-2\nalpha=.5\nactivation=relu\n" END},
    {"every activation",
     NET(3, 4, 4) "[connected]\noutput=19\nactivation=logistic\n[connected]\noutput=18\nactivation=relie\n"
                  "[connected]\noutput=18\nactivation=ramp\n[connected]\noutput=18\nactivation=tanh\n["
                  "connected]\noutput=18\nactivation=plse\n"
                  "[connected]\noutput=18\nactivation=elu\n[connected]\noutput=18\nactivation=loggy\n["
                  "connected]\noutput=18\nactivation=hardtan\n"
                  "[connected]\noutput=18\nactivation=lhtan\n[connected]\noutput=18\nactivation=selu\n" END},
    {"stair", NET(3, 4, 4) "[connected]\noutput=19\nactivation=linear\n[activation]\nactivation=stair\n" END},
    {"connected leaky before softmax", NET(3, 4, 4) "[connected]\noutput=5\nactivation=leaky\n[softmax]\n"},
};

static void other_layers_agree_with_libdarknet(void **state)
{
    const char *const *c = *state;
    compare(c[1], c[0], 1e-5f);
}

int main(void)
{
    enum { N = sizeof cases / sizeof *cases, M = sizeof others / sizeof *others };
    static struct CMUnitTest tests[N + M];
    for (int i = 0; i < N; i++)
        tests[i] = (struct CMUnitTest){cases[i].file, bundled_cfg_agrees_with_libdarknet, NULL, NULL,
                                       (void *)(uintptr_t)&cases[i]};
    for (int i = 0; i < M; i++)
        tests[N + i] = (struct CMUnitTest){others[i][0], other_layers_agree_with_libdarknet, NULL, NULL,
                                           (void *)(uintptr_t)&others[i]};
    return cmocka_run_group_tests_name("forward", tests, NULL, NULL);
}
