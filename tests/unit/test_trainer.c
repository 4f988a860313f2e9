/* The gradients of parameters against finite differences of the trainer's own forward pass, layer kind by
 * layer kind; its steps against the formula. The loss is a fixed sum of the scores, so that nothing but the
 * network bends. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "graph_fixture.h"
#include "net/weights.h"
#include "train/trainer.h"

enum { BATCH = 3, PROBES = 40 };

#define NET(c, h, w) "[net]\nchannels=" #c "\nheight=" #h "\nwidth=" #w "\n"
#define END "[connected]\noutput=3\nactivation=linear\n[softmax]\n"
#define BN "batch_normalize=1\n"

struct trainer_case {
    const char *name, *cfg;
    bool by_batch;
    float tolerance; /* of the layer's largest gradient */
};

#define CONV(words) "[convolutional]\nfilters=19\nsize=3\npad=1\nactivation=elu\n" words "\n"

static const struct trainer_case cases[] = {
    {"connected", NET(5, 4, 3) "[connected]\noutput=7\nactivation=elu\n" END, false, 2e-3f},
    {"connected bn", NET(5, 4, 3) "[connected]\noutput=7\nactivation=elu\n" BN END, false, 2e-3f},
    {"connected bn by batch", NET(5, 4, 3) "[connected]\noutput=7\nactivation=elu\n" BN END, true, 4e-3f},
    {"conv", NET(5, 6, 7) CONV("") END, false, 2e-3f},
    {"conv bn", NET(5, 6, 7) CONV(BN) END, false, 2e-3f},
    {"conv bn by batch", NET(5, 6, 7) CONV(BN) END, true, 4e-3f},
    {"conv twice, plain", NET(3, 6, 7) CONV("") CONV("") END, false, 3e-3f},
    {"conv twice, bn", NET(3, 6, 7) CONV(BN) CONV(BN) END, false, 3e-3f},
    {"conv twice, bn by batch", NET(3, 6, 7) CONV(BN) CONV(BN) END, true, 5e-3f},
    {"conv stride", NET(3, 9, 7) "[convolutional]\nfilters=16\nsize=5\nstride=2\npad=1\nactivation=elu\n" END,
     false, 2e-3f},
    {"conv unequal strides",
     NET(3, 9, 8) "[convolutional]\nfilters=16\nsize=3\nstride_x=2\nstride_y=1\npad=1\nactivation=elu\n" END,
     false, 2e-3f},
    {"conv dilated",
     NET(3, 9, 8) "[convolutional]\nfilters=16\nsize=3\ndilation=2\npad=1\nactivation=elu\n" END, false,
     2e-3f},
    {"conv groups",
     NET(12, 6, 5) "[convolutional]\nfilters=8\nsize=3\npad=1\ngroups=4\nactivation=elu\n" BN END, false,
     2e-3f},
    {"conv depthwise by batch",
     NET(32, 6, 5) "[convolutional]\nfilters=32\nsize=3\npad=1\ngroups=32\nactivation=elu\n" BN END, true,
     4e-3f},
    {"depthwise_convolutional",
     NET(32, 6, 5) "[depthwise_convolutional]\nsize=3\npad=1\nactivation=elu\n" BN END, false, 2e-3f},
    {"winograd",
     NET(16, 9, 6) "[convolutional]\nfilters=32\nsize=3\npad=1\nactivation=elu\n" BN
                   "[convolutional]\nfilters=16\nsize=3\npad=1\nactivation=elu\n" BN END,
     false, 5e-3f},
    {"deconv", NET(3, 4, 5) "[deconvolutional]\nfilters=4\nsize=4\nstride=2\npadding=1\nactivation=elu\n" END,
     false, 2e-3f},
    {"deconv bn",
     NET(16, 4, 5) "[deconvolutional]\nfilters=32\nsize=3\nstride=2\npad=1\nactivation=elu\n" BN END, false,
     2e-3f},
    {"deconv bn by batch",
     NET(16, 4, 5) "[deconvolutional]\nfilters=32\nsize=3\nstride=2\npad=1\nactivation=elu\n" BN END, true,
     4e-3f},
    {"batchnorm", NET(5, 4, 3) CONV("") "[batchnorm]\n" END, false, 2e-3f},
    {"batchnorm by batch", NET(5, 4, 3) CONV("") "[batchnorm]\n" END, true, 4e-3f},
    {"curved", NET(5, 6, 7) "[convolutional]\nfilters=19\nsize=3\npad=1\nactivation=mish\n" BN END, true,
     4e-3f},
    {"joined shortcut",
     NET(16, 5, 5) CONV("") "[convolutional]\nfilters=19\nsize=1\nactivation=linear\n" BN
                            "[shortcut]\nfrom=-2\nactivation=elu\n" END,
     false, 3e-3f},
    {"shortcut by batch",
     NET(16, 5, 5) CONV(BN) "[convolutional]\nfilters=19\nsize=1\nactivation=linear\n" BN
                            "[shortcut]\nfrom=-2\nactivation=elu\n" END,
     true, 5e-3f},
    {"two branches by batch",
     NET(16, 6, 6) CONV(BN)
         CONV(BN) "[route]\nlayers=-2\n[convolutional]\nfilters=19\nsize=1\nactivation=linear\n" BN
                  "[shortcut]\nfrom=-3\nactivation=elu\n" END,
     true, 6e-3f},
    {"antialiased",
     NET(3, 8,
         9) "[convolutional]\nfilters=16\nsize=3\nstride=2\npad=1\nantialiasing=1\nactivation=elu\n" BN END,
     false, 2e-3f},
    {"antialiased by batch",
     NET(3, 8, 9) "[convolutional]\nfilters=16\nsize=3\nstride=2\npad=1\nantialiasing=1\nactivation=elu\n" BN
                  "[convolutional]\nfilters=19\nsize=2\nstride=2\nantialiasing=2\nactivation=mish\n" BN END,
     true, 6e-3f},
    {"upsample and avgpool", NET(5, 3, 4) CONV(BN) "[upsample]\nstride=2\n" CONV("") "[avgpool]\n" END, false,
     3e-3f},
    {"gate",
     NET(16, 5, 5) CONV("") "[avgpool]\n[connected]\noutput=19\nactivation=logistic\n"
                            "[scale_channels]\nfrom=-3\nactivation=linear\n" END,
     false, 3e-3f},
    {"one output", NET(5, 4, 3) CONV("") "[connected]\noutput=1\nactivation=logistic\n", false, 2e-3f},
};

struct subject {
    struct fixture f;
    struct trainer *t;
    float *weigh; /* [BATCH][outputs] of the loss */
};

static void set_inputs(struct subject *s)
{
    size_t n = (size_t)net_shape_size(s->f.net->in);
    float *x = calloc(n, sizeof *x);
    uint64_t state = 3;
    for (int slot = 0; slot < BATCH; slot++) {
        for (size_t i = 0; i < n; i++)
            x[i] = fixture_random(&state);
        trainer_set_input(s->t, slot, x);
    }
    free(x);
}

static struct subject begin(const struct trainer_case *c, enum graph_algorithms algorithms, float momentum,
                            float decay)
{
    struct subject s = {.f = fixture_make(c->cfg, c->name, BATCH, TAP_POST, 1.0f)};
    size_t layers = (size_t)s.f.net->layers_n;
    bool *all = malloc(layers), *by_batch = malloc(layers);
    memset(all, true, layers);
    memset(by_batch, c->by_batch, layers);
    struct graph_options o = {
        .batch = BATCH, .threads = 1, .trains = all, .by_batch = by_batch, .algorithms = algorithms};
    struct error e;
    s.t = trainer_make(s.f.net, s.f.params, &o, momentum, decay, &e);
    if (!s.t)
        fail_msg("%s: %s", c->name, e.text);
    free(all);
    free(by_batch);
    size_t outputs = BATCH * (size_t)trainer_outputs(s.t);
    uint64_t state = 11;
    s.weigh = malloc(outputs * sizeof *s.weigh);
    for (size_t i = 0; i < outputs; i++)
        s.weigh[i] = fixture_random(&state);
    set_inputs(&s);
    return s;
}

static void end(struct subject *s)
{
    free(s->weigh);
    trainer_free(s->t);
    fixture_free(&s->f);
}

static double loss_of(struct subject *s, const float *state)
{
    struct error e;
    double sum = 0;
    assert_int_equal(trainer_put_state(s->t, state, &e), 0);
    assert_int_equal(trainer_forward(s->t, true, &e), 0);
    for (int i = 0; i < BATCH * trainer_outputs(s->t); i++)
        sum += (double)s->weigh[i] * (double)trainer_scores(s->t)[i];
    return sum;
}

/* With a rate of 1, no momentum and no decay a step is the gradient. */
static float *gradient_of(struct subject *s, const float *state)
{
    struct error e;
    size_t n = trainer_state_floats(s->t);
    float *after = malloc(n * sizeof *after);
    loss_of(s, state);
    assert_int_equal(trainer_step(s->t, s->weigh, 1.0, &e), 0);
    trainer_get_state(s->t, after);
    for (size_t i = 0; i < n / 2; i++)
        after[i] = state[i] - after[i];
    return after;
}

static double difference(struct subject *s, float *state, size_t i)
{
    float kept = state[i], step = 4e-3f * fmaxf(fabsf(kept), 0.25f);
    volatile float above = kept + step, below = kept - step;
    state[i] = above;
    double more = loss_of(s, state);
    state[i] = below;
    double less = loss_of(s, state);
    state[i] = kept;
    return (more - less) / ((double)above - (double)below);
}

static bool is_statistic(const struct net_layer *l, int64_t at)
{
    int64_t first[WEIGHTS_PARTS], n[WEIGHTS_PARTS];
    weights_ranges(l, first, n);
    for (int part = WEIGHTS_MEAN; part <= WEIGHTS_VARIANCE; part++)
        if (at >= first[part] && at < first[part] + n[part])
            return true;
    return false;
}

/* The numbers of one layer, which begin at `base` of the state. */
static void compare_layer(struct subject *s, const struct trainer_case *c, int layer, float *state,
                          size_t base, const float *gradient)
{
    const struct net_layer *l = &s->f.net->layers[layer];
    float largest = 0;
    for (int64_t i = 0; i < l->params; i++)
        if (!is_statistic(l, i))
            largest = fmaxf(largest, fabsf(gradient[base + (size_t)i]));
    assert_true(largest > 0);
    uint64_t random = 5;
    for (int probe = 0; probe < PROBES; probe++) {
        size_t at = (size_t)((double)(fixture_random(&random) + 1) / 2 * (double)l->params);
        if (at >= (size_t)l->params || is_statistic(l, (int64_t)at))
            continue;
        double expected = difference(s, state, base + at), found = (double)gradient[base + at];
        if (fabs(expected - found) > (double)(c->tolerance * largest))
            fail_msg("%s: layer %d, number %zu: %g by differences, %g (largest %g)", c->name, layer, at,
                     expected, found, (double)largest);
    }
}

static void check_case(const struct trainer_case *c, enum graph_algorithms algorithms)
{
    struct subject s = begin(c, algorithms, 0, 0);
    float *state = malloc(trainer_state_floats(s.t) * sizeof *state);
    trainer_get_state(s.t, state);
    float *gradient = gradient_of(&s, state);
    size_t base = 0;
    for (int l = 0; l < s.f.net->layers_n; l++) {
        if (s.f.net->layers[l].params == 0)
            continue;
        compare_layer(&s, c, l, state, base, gradient);
        base += (size_t)s.f.net->layers[l].params;
    }
    assert_int_equal(2 * base, trainer_state_floats(s.t));
    free(gradient);
    free(state);
    end(&s);
}

static void test_direct(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(&cases[i], GRAPH_EXACT);
}

static void test_winograd(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (strstr(cases[i].cfg, "size=3"))
            check_case(&cases[i], GRAPH_WINOGRAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_direct),
        cmocka_unit_test(test_winograd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
