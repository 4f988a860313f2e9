/* Overflow in a forward pass: the layer and the image are known whatever the tuning, although relu and
 * max-pool hide it, and the other images of the batch keep their numbers. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "graph/graph_parts.h"
#include "graph_fixture.h"
#include "net/activations.h"

enum { SLOTS = 3, SIDE = 16, PIXELS = 3 * SIDE * SIDE, CLASSES = 5, WEIGHTED = 4, MIDDLE = 16 * 8 * 8 };

/* The weights of a layer: all of them `weight`, or that and its opposite in turns; biases are 0. */
struct filling {
    float weight;
    bool turns;
};

struct tested {
    struct net *net;
    struct params *params;
    struct graph *graph;
};

static void write_filling(FILE *f, const struct net_layer *l, struct filling w)
{
    for (int64_t i = 0; i < l->params; i++) {
        float v = i < l->filters ? 0.0f : w.turns && i % 2 ? -w.weight : w.weight;
        fwrite(&v, sizeof v, 1, f);
    }
}

static struct tested tested_make(const char *cfg, const struct filling *fillings,
                                 const struct graph_options *options)
{
    struct tested t = {0};
    struct error e;
    struct weights_info info;
    static const int32_t header[5] = {0, 2, 0, 0, 0};
    char path[] = "/tmp/isplit-finite-XXXXXX";
    t.net = net_parse(cfg, strlen(cfg), "t.cfg", &e);
    assert_non_null(t.net);
    FILE *f = fdopen(mkstemp(path), "wb");
    assert_non_null(f);
    fwrite(header, sizeof header, 1, f);
    for (int l = 0, w = 0; l < t.net->layers_n; l++)
        if (t.net->layers[l].params > 0)
            write_filling(f, &t.net->layers[l], fillings[w++]);
    fclose(f);
    assert_int_equal(weights_check(path, t.net, &info, &e), 0);
    t.params = params_open(path, t.net, &info, &e);
    unlink(path);
    assert_non_null(t.params);
    t.graph = graph_make(t.net, t.params, options, &e);
    if (!t.graph)
        fail_msg("%s", e.text);
    return t;
}

static void tested_free(struct tested *t)
{
    graph_free(t->graph);
    params_close(t->params);
    net_free(t->net);
}

/* The middle slot is as bright as that; the others are black. */
static void forward(struct graph *graph, float middle)
{
    struct error e;
    float x[PIXELS];
    for (int slot = 0; slot < SLOTS; slot++) {
        for (int i = 0; i < PIXELS; i++)
            x[i] = slot == 1 ? middle : 0.0f;
        graph_set_input(graph, slot, x);
    }
    assert_int_equal(graph_forward(graph, &e), 0);
}

/* Every tuning, and either side of the activation tapped: what is tapped before it has no relu in its op. */
static void for_every_tuning(const char *cfg, const struct filling *fillings, const bool *listed,
                             float bright, int expected)
{
    static const struct graph_options tunings[] = {
        {.algorithms = GRAPH_EXACT},
        {.algorithms = GRAPH_WINOGRAD},
        {.algorithms = GRAPH_EXACT, .tap = TAP_PRE},
        {.precision = PRECISION_BF16},
    };
    int n = onednn_has_bf16() ? 4 : 3;
    for (int i = 0; i < n; i++) {
        struct graph_options options = tunings[i];
        options.batch = SLOTS;
        options.threads = 1;
        options.listed = listed;
        struct tested t = tested_make(cfg, fillings, &options);
        forward(t.graph, 0.0f);
        for (int slot = 0; slot < SLOTS; slot++)
            assert_int_equal(graph_not_finite(t.graph, slot), -1);
        for (int again = 0; again < 2; again++) {
            forward(t.graph, bright);
            if (graph_not_finite(t.graph, 1) != expected)
                fail_msg("tuning %d: layer %d (expected %d)", i, graph_not_finite(t.graph, 1), expected);
            assert_int_equal(graph_not_finite(t.graph, 0), -1);
            assert_int_equal(graph_not_finite(t.graph, 2), -1);
        }
        forward(t.graph, 0.0f);
        assert_int_equal(graph_not_finite(t.graph, 1), -1);
        tested_free(&t);
    }
}

#define CONV(act) "[convolutional]\nfilters=16\nsize=3\npad=1\nactivation=" act "\n"
#define NET "[net]\nchannels=3\nheight=16\nwidth=16\n"
#define END "[connected]\noutput=5\nactivation=linear\n[softmax]\n"
static const bool all[] = {true, true, true, true, true, true};

static void every_infinity_is_seen(void **state)
{
    (void)state;
    static const struct filling seconds[] = {{1e20f, false}, {-1e20f, false}, {1e20f, true}};
    static const char *const nets[] = {
        NET CONV("relu") CONV("relu") "[maxpool]\nsize=2\nstride=2\n" CONV("relu") END,
        NET CONV("linear") CONV("leaky") "[maxpool]\nsize=2\nstride=2\n" CONV("relu") END,
        NET CONV("relu") CONV("linear") "[maxpool]\nsize=2\nstride=2\n" CONV("relu") END,
        NET CONV("relu") CONV("logistic") "[maxpool]\nsize=2\nstride=2\n" CONV("relu") END,
    };
    for (size_t n = 0; n < sizeof nets / sizeof *nets; n++)
        for (size_t s = 0; s < sizeof seconds / sizeof *seconds; s++) {
            const struct filling fillings[WEIGHTED] = {
                {1e20f, false}, seconds[s], {1e-3f, true}, {1e-3f, true}};
            for_every_tuning(nets[n], fillings, all, 1.0f, 1);
        }
}

static void numbers_that_grow_layer_by_layer(void **state)
{
    (void)state;
    static const char net[] = NET CONV("relu") CONV("relu") "[maxpool]\nsize=2\nstride=2\n" CONV("relu") END;
    const struct filling fillings[WEIGHTED] = {{1e12f, false}, {1e12f, false}, {-1e12f, false}, {1, true}};
    for_every_tuning(net, fillings, all, 1.0f, 3);
    for_every_tuning(net, fillings, all, 1e-9f, -1);
    for_every_tuning(net, fillings, all, 1e20f, 1);
    for_every_tuning(net, fillings, all, INFINITY, 0);
}

static void layers_that_are_no_convolution(void **state)
{
    (void)state;
    static const char connected[] = NET CONV("relu") "[connected]\noutput=7\nactivation=relu\n" END;
    const struct filling down[] = {{1e20f, false}, {-1e20f, false}, {1, true}};
    for_every_tuning(connected, down, all, 1.0f, 1);
    static const char deconvolutional[] =
        NET CONV("relu") "[deconvolutional]\nfilters=4\nsize=2\nstride=2\nactivation=relu\n" END;
    for_every_tuning(deconvolutional, down, all, 1.0f, 1);
    static const char upsample[] =
        NET CONV("relu") "[upsample]\nstride=2\nscale=-1e20\n[activation]\nactivation=relu\n" END;
    const struct filling two[] = {{1e20f, false}, {1, true}};
    for_every_tuning(upsample, two, all, 1.0f, 1);
    static const char score[] = NET CONV("relu") "[connected]\noutput=5\nactivation=relu\n[softmax]\n";
    const struct filling last[] = {{1e20f, false}, {-1e20f, false}};
    for_every_tuning(score, last, all, 1.0f, 1);
}

static void layers_of_forks(void **state)
{
    (void)state;
    const struct filling two[] = {{1e20f, false}, {1, true}},
                         down[] = {{1e20f, false}, {-1e20f, false}, {1, true}};
    /* The largest of the map times the largest of the gate. */
    static const char gate[] = NET CONV("relu") "[avgpool]\n[scale_channels]\nfrom=0\nactivation=relu\n" END;
    for_every_tuning(gate, two, all, 1.0f, 2);
    for_every_tuning(gate, two, all, 1e-9f, -1);
    static const char sam[] = NET CONV("relu") "[sam]\nfrom=0\nactivation=relu\n" END;
    for_every_tuning(sam, two, all, 1.0f, 1);
    /* relu6 is behind the primitive, and its zeros would be blurred. */
    static const char blurred[] = NET CONV("relu") "[convolutional]\nfilters=4\nsize=3\npad=1\nstride=2\n"
                                                   "antialiasing=1\nactivation=relu6\n" END;
    for_every_tuning(blurred, down, all, 1.0f, 1);
    static const char depthwise[] =
        NET CONV("relu") "[depthwise_convolutional]\nsize=3\npad=1\nactivation=relu6\n" END;
    for_every_tuning(depthwise, down, all, 1.0f, 1);
    static const char tame[] =
        NET CONV("relu") "[local_avgpool]\nsize=2\nstride=2\n[route]\nlayers=-1\ngroups=2\n"
                         "[maxpool]\nsize=2\nstride=2\nantialiasing=2\n" END;
    for_every_tuning(tame, (const struct filling[]){{1e20f, false}, {1, true}}, all, 1.0f, -1);
}

/* Where the convolution is not listed, it and the shortcut are one primitive. */
static void shortcut_joined_to_a_convolution(void **state)
{
    (void)state;
    static const char net[] = NET CONV("relu") CONV("relu") "[convolutional]\nfilters=16\nsize=1\n"
                                                            "activation=linear\n"
                                                            "[shortcut]\nfrom=-3\nactivation=relu\n" END;
    static const bool ends[] = {true, true, false, true, true, true};
    const struct filling conv[] = {{1e20f, false}, {1e-3f, false}, {-1e20f, false}, {1, true}};
    for_every_tuning(net, conv, ends, 1.0f, 2);
    for_every_tuning(net, conv, all, 1.0f, 2);
    /* 27 * 7e36 = 1.9e38, twice */
    static const char tame[] = NET CONV("relu") "[convolutional]\nfilters=16\nsize=1\nactivation=relu\n"
                                                "[convolutional]\nfilters=16\nsize=1\nactivation=linear\n"
                                                "[shortcut]\nfrom=-3\nactivation=relu\n" END;
    const struct filling ones[] = {{7e36f, false}, {1.0f / 16, false}, {1.0f / 16, false}, {1e-30f, true}};
    for_every_tuning(tame, ones, ends, 1.0f, 3);
}

static void set_random(struct graph *graph, int slot, int seed, float scale)
{
    float x[PIXELS];
    uint64_t state = 100 + (uint64_t)seed;
    for (int i = 0; i < PIXELS; i++)
        x[i] = scale * fixture_random(&state);
    graph_set_input(graph, slot, x);
}

/* An image beside one that overflows, and after it, has the bits it has alone. */
static void others_keep_their_numbers(void **state)
{
    (void)state;
    static const char net[] = NET CONV("relu") CONV("leaky") "[maxpool]\nsize=2\nstride=2\n" CONV("relu")
        CONV("relu") "[connected]\noutput=7\nactivation=relu\n" END;
    static const struct graph_options tunings[] = {
        {.algorithms = GRAPH_EXACT}, {.algorithms = GRAPH_WINOGRAD}, {.precision = PRECISION_BF16}};
    static const bool listed[8] = {true, true, true, true, true, true, true, true};
    int n = onednn_has_bf16() ? 3 : 2;
    for (int i = 0; i < n; i++) {
        struct graph_options options = tunings[i];
        options.batch = SLOTS;
        options.threads = 1;
        options.listed = listed;
        struct fixture f = fixture_make_graph(net, "finite", &options, 1.0f);
        float alone[CLASSES], kept[MIDDLE], got[MIDDLE];
        struct error e;
        for (int pass = 0; pass < 3; pass++) {
            for (int slot = 0; slot < SLOTS; slot++)
                set_random(f.graph, slot, slot, slot == 1 && pass == 1 ? 3e38f : 1.0f);
            assert_int_equal(graph_forward(f.graph, &e), 0);
            assert_true((graph_not_finite(f.graph, 1) >= 0) == (pass == 1));
            const float *scores = graph_scores(f.graph) + 2 * CLASSES;
            graph_get(f.graph, 3, 2, pass ? got : kept);
            if (pass == 0)
                memcpy(alone, scores, sizeof alone);
            assert_memory_equal(alone, scores, sizeof alone);
            assert_memory_equal(kept, pass ? got : kept, sizeof kept);
        }
        int apart = 0;
        for (int l = 0; l < f.net->layers_n; l++)
            apart += f.graph->nodes[l].apart;
        assert_true(apart >= 1); /* else nothing is shown by this */
        fixture_free(&f);
    }
}

/* What the bounds rely on: finite.c takes 1.1 |z| + 2 for all that are not straight. */
static void no_activation_grows_faster(void **state)
{
    (void)state;
    for (int act = 0; act < NET_ACTS; act++)
        for (float size = 1e-6f; size < 1e37f; size *= 1.07f)
            for (int sign = -1; sign <= 1; sign += 2) {
                float z = (float)sign * size, y = fabsf(activations[act].value(z));
                assert_true(activations[act].straight ? y <= size : y <= 1.1f * size + 2);
            }
}

static void the_largest_number(void **state)
{
    (void)state;
    float x[5000];
    uint16_t halves[5000];
    for (int i = 0; i < 5000; i++)
        x[i] = -(float)i / 5000;
    x[4321] = -7;
    for (int i = 0; i < 5000; i++)
        halves[i] = number_round(x[i]);
    assert_float_equal(kernels_largest(NUMBER_F32, 5000, x), 7, 0);
    assert_float_equal(kernels_largest(NUMBER_BF16, 5000, halves), 7, 0);
    assert_float_equal(kernels_largest(NUMBER_F32, 0, x), 0, 0);
    static const float bad[] = {NAN, -NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 4; i++) {
        x[4990] = bad[i];
        halves[4990] = number_round(bad[i]);
        assert_false(isfinite(kernels_largest(NUMBER_F32, 5000, x)));
        assert_false(isfinite(kernels_largest(NUMBER_BF16, 5000, halves)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_infinity_is_seen),
        cmocka_unit_test(numbers_that_grow_layer_by_layer),
        cmocka_unit_test(layers_that_are_no_convolution),
        cmocka_unit_test(layers_of_forks),
        cmocka_unit_test(shortcut_joined_to_a_convolution),
        cmocka_unit_test(others_keep_their_numbers),
        cmocka_unit_test(no_activation_grows_faster),
        cmocka_unit_test(the_largest_number),
    };
    return cmocka_run_group_tests_name("finite", tests, NULL, NULL);
}
