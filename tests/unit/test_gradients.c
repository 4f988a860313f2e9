/* The graph's gradient against finite differences of its own forward pass, layer kind by layer kind, alone
 * and in small nets. Every net begins with an identity layer: the gradient at its output is d score / d
 * pixel. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "graph/onednn.h"
#include "graph_fixture.h"
#include "net/definition.h"

enum { BATCH = 2 };

#define NET(c, h, w) "[net]\nchannels=" #c "\nheight=" #h "\nwidth=" #w "\n[activation]\nactivation=linear\n"
#define END "[connected]\noutput=3\nactivation=linear\n[softmax]\n"

struct gradient_case {
    const char *name;
    const char *cfg;
    float tolerance; /* of the largest gradient */
    bool smooth;     /* no kinks anywhere: every pixel is compared */
};

#define ACTIVATION(name, tol, smooth)                                                                        \
    {"activation " name, NET(5, 4, 3) "[activation]\nactivation=" name "\n" END, tol, smooth},               \
    {                                                                                                        \
        "conv " name " blocked",                                                                             \
            NET(5, 4, 3) "[convolutional]\nfilters=19\nsize=3\npad=1\nactivation=" name "\n" END, tol,       \
            smooth                                                                                           \
    }

static const struct gradient_case cases[] = {
    ACTIVATION("linear", 1e-3f, true),
    ACTIVATION("relu", 1e-3f, false),
    ACTIVATION("leaky", 1e-3f, false),
    ACTIVATION("logistic", 2e-3f, true),
    ACTIVATION("tanh", 2e-3f, true),
    ACTIVATION("elu", 2e-3f, true),
    ACTIVATION("ramp", 1e-3f, false),
    ACTIVATION("relie", 1e-3f, false),
    ACTIVATION("plse", 1e-3f, false),
    ACTIVATION("hardtan", 1e-3f, false),
    ACTIVATION("lhtan", 1e-3f, false),
    ACTIVATION("loggy", 2e-3f, true),
    ACTIVATION("selu", 2e-3f, false),
    ACTIVATION("stair", 1e-3f, false),
    ACTIVATION("relu6", 1e-3f, false),
    ACTIVATION("swish", 2e-3f, true),
    ACTIVATION("mish", 2e-3f, true),
    /* Quadratic pieces bend: their slopes are checked exactly in test_activations.c. */
    ACTIVATION("hard_mish", 2e-2f, false),
    ACTIVATION("hard_swish", 2e-2f, false),
    ACTIVATION("hard_sigmoid", 1e-3f, false),
    {"conv stride pad",
     NET(3, 9, 7) "[convolutional]\nfilters=16\nsize=5\nstride=2\npadding=1\nactivation=linear\n" END, 1e-3f,
     true},
    {"conv no pad", NET(16, 7, 6) "[convolutional]\nfilters=8\nsize=3\nactivation=linear\n" END, 1e-3f, true},
    {"conv bn",
     NET(16, 6, 6) "[convolutional]\nbatch_normalize=1\nfilters=16\nsize=3\npad=1\nactivation=elu\n" END,
     2e-3f, true},
    {"conv 1x1 stride",
     NET(16, 7, 7) "[convolutional]\nfilters=32\nsize=1\nstride=2\nactivation=linear\n" END, 1e-3f, true},
    {"winograd relu", NET(16, 9, 6) "[convolutional]\nfilters=32\nsize=3\npad=1\nactivation=relu\n" END,
     4e-3f, false},
    {"winograd elu", NET(32, 8, 11) "[convolutional]\nfilters=16\nsize=3\npad=1\nactivation=elu\n" END, 2e-3f,
     true},
    {"winograd no pad", NET(16, 10, 7) "[convolutional]\nfilters=16\nsize=3\nactivation=linear\n" END, 1e-3f,
     true},
    {"winograd bn",
     NET(16, 5, 9) "[convolutional]\nbatch_normalize=1\nfilters=48\nsize=3\npad=1\nactivation=elu\n" END,
     2e-3f, true},
    {"conv groups",
     NET(12, 6, 5) "[convolutional]\nfilters=8\nsize=3\npad=1\ngroups=4\nactivation=linear\n" END, 1e-3f,
     true},
    {"conv groups blocked",
     NET(32, 6, 5) "[convolutional]\nfilters=32\nsize=3\npad=1\ngroups=2\nactivation=linear\n" END, 1e-3f,
     true},
    {"conv depthwise",
     NET(32, 6, 5) "[convolutional]\nfilters=32\nsize=3\npad=1\ngroups=32\nactivation=linear\n" END, 1e-3f,
     true},
    {"conv groups of 4 in 128",
     NET(128, 5, 5) "[convolutional]\nbatch_normalize=1\nfilters=128\nsize=3\npad=1\ngroups=32\nactivation="
                    "linear\n" END,
     1e-3f, true},
    {"deconv",
     NET(3, 4, 5) "[deconvolutional]\nfilters=4\nsize=4\nstride=2\npadding=1\nactivation=linear\n" END, 1e-3f,
     true},
    {"deconv bn blocked",
     NET(16, 4,
         5) "[deconvolutional]\nbatch_normalize=1\nfilters=32\nsize=3\nstride=2\npad=1\nactivation=elu\n" END,
     2e-3f, true},
    {"maxpool", NET(16, 8, 6) "[maxpool]\nsize=2\nstride=2\n" END, 1e-3f, false},
    {"maxpool odd", NET(5, 7, 9) "[maxpool]\nsize=2\nstride=2\n" END, 1e-3f, false},
    {"maxpool 3/2", NET(16, 9, 7) "[maxpool]\nsize=3\nstride=2\n" END, 1e-3f, false},
    {"maxpool stride 1", NET(16, 5, 7) "[maxpool]\nsize=2\nstride=1\n" END, 1e-3f, false},
    {"maxpool no padding", NET(4, 9, 7) "[maxpool]\nsize=3\nstride=2\npadding=0\n" END, 1e-3f, false},
    {"maxpool subsampling", NET(16, 8, 6) "[maxpool]\nsize=1\nstride=2\n" END, 1e-3f, false},
    {"maxpool subsampling, plain and padded", NET(5, 7, 9) "[maxpool]\nsize=1\nstride=2\npadding=1\n" END,
     1e-3f, false},
    {"maxpool subsampling to one pixel", NET(16, 3, 2) "[maxpool]\nsize=1\nstride=4\n" END, 1e-3f, false},
    {"maxpool subsampling before another reader",
     NET(16, 7, 5) "[maxpool]\nsize=1\nstride=2\n[route]\nlayers=-2\n[convolutional]\nfilters=16\nsize=3\n"
                   "stride=2\npad=1\nactivation=elu\n[shortcut]\nfrom=-3\nactivation=elu\n" END,
     2e-3f, true},
    {"maxpool subsampling after another reader",
     NET(16, 7,
         5) "[convolutional]\nfilters=16\nsize=3\nstride=2\npad=1\nactivation=elu\n[route]\nlayers=-2\n"
            "[maxpool]\nsize=1\nstride=2\n[shortcut]\nfrom=-3\nactivation=elu\n" END,
     2e-3f, true},
    {"maxpool subsampling to one padded pixel after another reader",
     NET(19, 3,
         2) "[convolutional]\nfilters=19\nsize=3\nstride=3\npad=1\nactivation=elu\n[route]\nlayers=-2\n"
            "[maxpool]\nsize=1\nstride=3\n[shortcut]\nfrom=-3\nactivation=elu\n" END,
     2e-3f, true},
    {"two subsamplings of three readers",
     NET(8, 7, 9) "[activation]\nactivation=elu\n"
                  "[convolutional]\nfilters=8\nsize=3\nstride=3\npad=1\nactivation=elu\n"
                  "[route]\nlayers=-2\n[maxpool]\nsize=1\nstride=3\n"
                  "[shortcut]\nfrom=-3\nactivation=linear\n[route]\nlayers=1\n[dropout]\n"
                  "[maxpool]\nsize=1\nstride=3\n[shortcut]\nfrom=-4\nactivation=elu\n" END,
     2e-3f, true},
    {"conv stride_x stride_y",
     NET(16, 9,
         7) "[convolutional]\nfilters=16\nsize=3\npad=1\nstride_x=2\nstride_y=3\nactivation=linear\n" END,
     1e-3f, true},
    {"conv dilation",
     NET(16, 9, 7) "[convolutional]\nfilters=19\nsize=3\npad=1\ndilation=3\nstride=2\nactivation=elu\n" END,
     2e-3f, true},
    {"conv dilation groups",
     NET(12, 8, 7) "[convolutional]\nfilters=8\nsize=5\npad=1\ngroup=4\ndilation=2\nactivation=linear\n" END,
     1e-3f, true},
    {"conv antialiasing",
     NET(5, 9,
         8) "[convolutional]\nfilters=19\nsize=3\npad=1\nstride=2\nantialiasing=1\nactivation=elu\n" END,
     2e-3f, true},
    {"conv antialiasing mish, 1 x 1, of 3 steps",
     NET(16, 8, 9) "[convolutional]\nbatch_normalize=1\nfilters=16\nsize=1\nstride=3\nantialiasing=1\n"
                   "activation=mish\n" END,
     2e-3f, true},
    {"conv antialiasing=2 logistic, before a skip around it",
     NET(16, 7,
         7) "[convolutional]\nfilters=16\nsize=3\npad=1\nstride=2\nantialiasing=2\nactivation="
            "logistic\n[route]\nlayers=0\n[maxpool]\nsize=1\nstride=2\npadding=0\n"
            "[convolutional]\nfilters=8\nsize=2\nactivation=elu\n[shortcut]\nfrom=1\nactivation=swish\n" END,
     2e-3f, true},
    {"maxpool antialiasing", NET(16, 8, 7) "[maxpool]\nsize=2\nstride=2\nantialiasing=1\n" END, 1e-3f, false},
    {"maxpool antialiasing=2", NET(5, 8, 7) "[maxpool]\nsize=3\nstride=2\nantialiasing=2\n" END, 1e-3f,
     false},
    {"maxpool stride_x", NET(16, 8, 7) "[maxpool]\nsize=2\nstride=2\nstride_x=1\n" END, 1e-3f, false},
    {"maxpool subsampling stride_y", NET(16, 8, 7) "[maxpool]\nsize=1\nstride=2\nstride_y=3\n" END, 1e-3f,
     false},
    {"local_avgpool", NET(16, 8, 7) "[local_avgpool]\nsize=2\nstride=2\n" END, 1e-3f, true},
    {"local_avgpool 3/2 padded", NET(5, 9, 8) "[local_avgpool]\nsize=3\nstride=2\n" END, 1e-3f, true},
    {"local_avgpool stride_x, not padded",
     NET(19, 9, 8) "[local_avgpool]\nsize=3\nstride=2\nstride_x=1\npadding=0\n" END, 1e-3f, true},
    {"local_avgpool before another reader",
     NET(16, 7,
         5) "[local_avgpool]\nsize=2\nstride=2\n[route]\nlayers=-2\n[convolutional]\nfilters=16\nsize=3\n"
            "stride=2\npad=1\nactivation=elu\n[shortcut]\nfrom=-3\nactivation=elu\n" END,
     2e-3f, true},
    {"depthwise", NET(5, 6, 7) "[depthwise_convolutional]\nsize=3\nstride=2\npad=1\nactivation=elu\n" END,
     2e-3f, true},
    {"depthwise blocked bn",
     NET(19, 6, 7) "[depthwise_convolutional]\nbatch_normalize=1\nsize=3\npad=1\nactivation=elu\n" END, 2e-3f,
     true},
    {"route of a part", NET(12, 4, 4) "[route]\nlayers=-1\ngroups=3\ngroup_id=1\n" END, 1e-3f, true},
    {"route of a part of whole blocks", NET(32, 4, 4) "[route]\nlayers=-1\ngroups=2\ngroup_id=1\n" END, 1e-3f,
     true},
    {"route of a part of half a block", NET(16, 4, 4) "[route]\nlayers=-1\ngroups=4\ngroup_id=2\n" END, 1e-3f,
     true},
    {"route of parts of two, read twice",
     NET(16, 4, 4) "[convolutional]\nfilters=32\nsize=3\npad=1\nactivation=elu\n"
                   "[route]\nlayers=-1,-2\ngroups=2\ngroup_id=1\n[convolutional]\nfilters=8\nsize=1\n"
                   "activation=elu\n[route]\nlayers=1\ngroups=2\ngroup_id=0\n"
                   "[route]\nlayers=-1,-2,2\n" END,
     2e-3f, true},
    {"route of a part of one pixel", NET(12, 1, 1) "[route]\nlayers=-1\ngroups=3\ngroup_id=2\n" END, 1e-3f,
     true},
    {"scale_channels",
     NET(5, 4, 3) "[avgpool]\n[convolutional]\nfilters=5\nsize=1\nactivation=logistic\n"
                  "[scale_channels]\nfrom=0\n" END,
     2e-3f, true},
    {"scale_channels blocked, with an activation",
     NET(19, 4, 3) "[convolutional]\nfilters=19\nsize=3\npad=1\nactivation=swish\n"
                   "[avgpool]\n[connected]\noutput=4\nactivation=mish\n"
                   "[convolutional]\nfilters=19\nsize=1\nactivation=logistic\n"
                   "[scale_channels]\nfrom=-4\nactivation=elu\n" END,
     4e-3f, true},
    {"scale_channels in a block with a skip",
     NET(16, 5, 4) "[convolutional]\nfilters=32\nsize=1\nactivation=swish\n"
                   "[convolutional]\nfilters=32\ngroups=32\nsize=3\npad=1\nactivation=swish\n[avgpool]\n"
                   "[convolutional]\nfilters=4\nsize=1\nactivation=swish\n"
                   "[convolutional]\nfilters=32\nsize=1\nactivation=logistic\n[scale_channels]\nfrom=-4\n"
                   "[convolutional]\nfilters=16\nsize=1\nactivation=linear\n[dropout]\nprobability=.2\n"
                   "[shortcut]\nfrom=0\nactivation=linear\n" END,
     4e-3f, true},
    {"scale_channels of a map that is its own gate", NET(19, 1, 1) "[scale_channels]\nfrom=0\n" END, 2e-3f,
     true},
    {"scale_channels by pixel",
     NET(19, 4, 3) "[convolutional]\nfilters=1\nsize=3\npad=1\nactivation=logistic\n"
                   "[scale_channels]\nfrom=0\nscale_wh=1\n[shortcut]\nfrom=0\nactivation=linear\n" END,
     2e-3f, true},
    {"sam", NET(19, 4, 3) "[convolutional]\nfilters=19\nsize=1\nactivation=logistic\n[sam]\nfrom=0\n" END,
     2e-3f, true},
    {"sam, its map and gate read again",
     NET(16, 4, 3) "[convolutional]\nfilters=16\nsize=1\nactivation=tanh\n[sam]\nfrom=0\nactivation=elu\n"
                   "[shortcut]\nfrom=1\nactivation=linear\n[shortcut]\nfrom=0\nactivation=linear\n" END,
     4e-3f, true},
    {"avgpool", NET(5, 7, 3) "[avgpool]\n" END, 1e-3f, true},
    {"avgpool blocked", NET(17, 7, 3) "[avgpool]\n" END, 1e-3f, true},
    {"connected", NET(3, 4, 5) "[connected]\noutput=20\nactivation=tanh\n" END, 2e-3f, true},
    {"connected from blocked bn",
     NET(16, 4, 5) "[connected]\nbatch_normalize=1\noutput=20\nactivation=elu\n" END, 2e-3f, true},
    {"connected from padded", NET(19, 3, 2) "[connected]\noutput=7\nactivation=linear\n" END, 1e-3f, true},
    {"batchnorm", NET(5, 4, 4) "[batchnorm]\n" END, 1e-3f, true},
    {"batchnorm blocked", NET(20, 4, 4) "[batchnorm]\n[activation]\nactivation=elu\n" END, 2e-3f, true},
    {"shortcut",
     NET(16, 5, 5) "[convolutional]\nfilters=16\nsize=3\npad=1\nactivation=elu\n[shortcut]\nfrom=-"
                   "2\nactivation=elu\n" END,
     2e-3f, true},
    {"shortcut alpha beta",
     NET(16, 5, 5) "[convolutional]\nfilters=16\nsize=3\npad=1\nactivation=elu\n[shortcut]\nfrom=-2\nalpha=0."
                   "5\nbeta=1.5\nactivation=linear\n" END,
     2e-3f, true},
    {"shortcut fewer channels",
     NET(16, 4, 4) "[convolutional]\nfilters=24\nsize=1\nactivation=linear\n[shortcut]\nfrom=-2\nalpha=0."
                   "5\nbeta=2\nactivation=linear\n" END,
     1e-3f, true},
    {"shortcut from finer",
     NET(16, 8, 8) "[convolutional]\nfilters=32\nsize=3\npad=1\nstride=2\nactivation=linear\n[shortcut]"
                   "\nfrom=-2\nactivation=linear\n" END,
     1e-3f, true},
    {"shortcut from coarser",
     NET(16, 4, 4) "[upsample]\nstride=2\n[convolutional]\nfilters=8\nsize=3\npad=1\nactivation=linear\n["
                   "shortcut]\nfrom=0\nalpha=0.25\nactivation=linear\n" END,
     1e-3f, true},
    {"shortcut with itself",
     NET(4, 3, 3) "[convolutional]\nfilters=4\nsize=1\nactivation=elu\n[shortcut]\nfrom=-1\nactivation="
                  "linear\n" END,
     2e-3f, true},
    {"route one",
     NET(4, 4, 4) "[convolutional]\nfilters=16\nsize=1\nactivation=elu\n[route]\nlayers=-2\n[convolutional]"
                  "\nfilters=16\nsize=1\nactivation=linear\n[shortcut]\nfrom=-3\nactivation=linear\n" END,
     2e-3f, true},
    {"route aligned",
     NET(16, 4, 4) "[convolutional]\nfilters=32\nsize=3\npad=1\nactivation=elu\n[route]\nlayers=-1,-2\n" END,
     2e-3f, true},
    {"route unaligned",
     NET(5, 4, 4) "[convolutional]\nfilters=19\nsize=3\npad=1\nactivation=elu\n[route]\nlayers=-2,-1,-2\n["
                  "convolutional]\nfilters=4\nsize=1\nactivation=linear\n" END,
     2e-3f, true},
    {"upsample", NET(16, 3, 4) "[upsample]\nstride=2\nscale=0.5\n" END, 1e-3f, true},
    {"upsample plain", NET(3, 3, 4) "[upsample]\nstride=3\n" END, 1e-3f, true},
    {"reorg", NET(16, 6, 4) "[reorg]\nstride=2\n" END, 1e-3f, true},
    {"reorg reverse", NET(16, 3, 4) "[reorg]\nstride=2\nreverse=1\n" END, 1e-3f, true},
    {"reorg flatten", NET(16, 4, 4) "[reorg]\nstride=2\nflatten=1\n" END, 1e-3f, true},
    {"crop", NET(3, 9, 8) "[crop]\ncrop_height=6\ncrop_width=5\n" END, 1e-3f, true},
    {"crop noadjust", NET(3, 9, 8) "[crop]\ncrop_height=5\ncrop_width=4\nnoadjust=1\n" END, 1e-3f, true},
    {"dropout",
     NET(16, 4, 4) "[convolutional]\nfilters=16\nsize=3\npad=1\nactivation=elu\n[dropout]\nprobability=.5\n["
                   "convolutional]\nfilters=8\nsize=1\nactivation=linear\n[dropout]\n" END,
     2e-3f, true},
    {"dropout and a skip around it",
     NET(16, 4, 4) "[convolutional]\nfilters=16\nsize=3\npad=1\nactivation=elu\n[dropout]\nprobability=.5\n["
                   "shortcut]\nfrom=-2\nactivation=linear\n" END,
     2e-3f, true},
    {"cost at the end",
     NET(3, 4, 4) "[connected]\noutput=3\nactivation=linear\n[softmax]\n[cost]\ntype=sse\n", 1e-3f, true},
    {"softmax groups", NET(3, 4, 4) "[connected]\noutput=4\nactivation=linear\n[softmax]\ngroups=2\n", 1e-3f,
     true},
    {"no softmax",
     NET(3, 4, 4) "[connected]\noutput=5\nactivation=elu\n[connected]\noutput=3\nactivation=logistic\n",
     2e-3f, true},
    {"score behind an activation", NET(3, 4, 4) "[connected]\noutput=3\nactivation=tanh\n[softmax]\n", 2e-3f,
     true},
    {"residual net with projection",
     NET(3, 12,
         12) "[convolutional]\nbatch_normalize=1\nfilters=16\nsize=3\npad=1\nactivation=elu\n[maxpool]\nsize="
             "2\nstride=2\n"
             "[convolutional]\nbatch_normalize=1\nfilters=16\nsize=1\nactivation=elu\n"
             "[convolutional]\nbatch_normalize=1\nfilters=16\nsize=3\npad=1\nstride=2\nactivation=elu\n"
             "[convolutional]\nbatch_normalize=1\nfilters=32\nsize=1\nactivation=linear\n[route]\nlayers=-4\n"
             "[maxpool]\nsize=1\nstride=2\n[convolutional]\nbatch_normalize=1\nfilters=32\nsize="
             "1\nactivation=linear\n"
             "[shortcut]\nfrom=-4\nactivation=elu\n[convolutional]\nfilters=32\nsize=3\npad=1\nactivation="
             "elu\n"
             "[shortcut]\nfrom=-2\nactivation=elu\n[avgpool]\n" END,
     4e-3f, false},
    {"dense net with routes",
     NET(3, 8,
         8) "[convolutional]\nfilters=16\nsize=3\npad=1\nactivation=elu\n[convolutional]\nfilters=12\nsize="
            "3\npad=1\nactivation=tanh\n"
            "[route]\nlayers=-1,-2\n[convolutional]\nfilters=12\nsize=3\npad=1\nactivation=tanh\n[route]"
            "\nlayers=-1,-2\n"
            "[dropout]\nprobability=.3\n[convolutional]\nfilters=6\nsize=1\nactivation=elu\n[avgpool]\n" END,
     4e-3f, true},
};

/* The gradient at layer 0, as [BATCH][c][h][w]. */
struct seen {
    float *g;
    int calls;
};

/* alpha is the mean of G for every image and channel. */
static void check_alpha(struct tensor t, const float *alpha, const void *gradient)
{
    size_t channels = tensor_channels(t);
    for (size_t n = 0; n < BATCH; n++)
        for (int c = 0; c < t.c; c++) {
            double sum = 0, size = 1e-12;
            for (size_t i = 0; i < tensor_pixels(t); i++) {
                float g =
                    number_get(t.type, gradient,
                               n * tensor_numbers(t) + tensor_at_index(t, (size_t)c * tensor_pixels(t) + i));
                sum += g;
                size += fabsf(g);
            }
            double digits = t.type == NUMBER_F32 ? 1e-5 : 1.0 / 256; /* alpha is summed before G is rounded */
            assert_true(fabs(sum / (double)tensor_pixels(t) - alpha[n * channels + (size_t)c]) <=
                        digits * size);
        }
}

static void keep_input_gradient(void *user, int layer, struct tensor t, const void *a, const float *alpha,
                                const void *g)
{
    (void)a;
    struct seen *seen = user;
    seen->calls++;
    check_alpha(t, alpha, g);
    if (layer != 0)
        return;
    size_t n = (size_t)t.c * tensor_pixels(t);
    for (size_t image = 0; image < BATCH; image++)
        for (size_t i = 0; i < n; i++)
            seen->g[image * n + i] = number_get(t.type, g, image * tensor_numbers(t) + tensor_at_index(t, i));
}

/* The scores of the targets with that pixel of every image moved by `step`: the images do not see each other,
 * so that one pass serves them all. */
static void scores_at(struct fixture *f, const int *target, float *images, size_t pixel, float step,
                      double scores[BATCH])
{
    struct error e;
    size_t n = (size_t)net_shape_size(f->net->in);
    for (int slot = 0; slot < BATCH; slot++) {
        float *x = images + (size_t)slot * n, kept = x[pixel];
        x[pixel] += step;
        graph_set_input(f->graph, slot, x);
        x[pixel] = kept;
    }
    assert_int_equal(graph_forward(f->graph, &e), 0);
    for (int slot = 0; slot < BATCH; slot++)
        scores[slot] = graph_scores(f->graph)[slot * f->net->classes + target[slot]];
}

static double largest_of(const float *g, size_t n)
{
    double largest = 1e-3;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabsf(g[i]));
    return largest;
}

/* Central differences; a pixel at a kink, where the two one-sided ones disagree, is not compared. Returns the
 * share of pixels left out. */
static double compare(struct fixture *f, const struct gradient_case *c, const int *target, float *images,
                      const float *g)
{
    const float eps = 1.0f / 64;
    size_t n = (size_t)net_shape_size(f->net->in), kinks = 0;
    double below[BATCH], at[BATCH], above[BATCH], largest[BATCH];
    scores_at(f, target, images, 0, 0, at);
    for (size_t slot = 0; slot < BATCH; slot++)
        largest[slot] = largest_of(g + slot * n, n);
    for (size_t i = 0; i < n; i++) {
        scores_at(f, target, images, i, -eps, below);
        scores_at(f, target, images, i, eps, above);
        for (size_t slot = 0; slot < BATCH; slot++) {
            double bent = fabs((above[slot] - at[slot]) - (at[slot] - below[slot]));
            if (!c->smooth && bent > 1.5 * eps * c->tolerance * largest[slot]) {
                kinks++;
                continue;
            }
            double expected = (above[slot] - below[slot]) / (2 * eps), got = g[slot * n + i];
            if (fabs(expected - got) > c->tolerance * largest[slot])
                fail_msg("%s: image %zu pixel %zu: gradient %.6g (finite differences %.6g, largest %.3g)",
                         c->name, slot, i, got, expected, largest[slot]);
        }
    }
    return (double)kinks / (double)(BATCH * n);
}

static const int targets[BATCH] = {2, 1};

/* [BATCH][c][h][w], new. */
static float *make_images(const struct fixture *f)
{
    size_t n = BATCH * (size_t)net_shape_size(f->net->in);
    uint64_t state = 11;
    float *images = calloc(n, sizeof *images);
    assert_non_null(images);
    for (size_t i = 0; i < n; i++)
        images[i] = 2.5f * fixture_random(&state);
    return images;
}

/* The gradient of the targets' scores by the images; new. `listed` as the graph was made with. */
static float *input_gradient(struct fixture *f, const bool *listed, const float *images)
{
    size_t n = (size_t)net_shape_size(f->net->in);
    struct seen seen = {.g = calloc(BATCH * n, sizeof(float))};
    struct error e;
    for (int slot = 0; slot < BATCH; slot++)
        graph_set_input(f->graph, slot, images + (size_t)slot * n);
    assert_int_equal(graph_forward(f->graph, &e), 0);
    assert_int_equal(graph_backward(f->graph, targets, keep_input_gradient, &seen, &e), 0);
    int expected_calls = 0;
    for (int l = 0; l < f->net->layers_n; l++)
        expected_calls += graph_has_gradient(f->graph, l) && (!listed || listed[l]);
    assert_int_equal(seen.calls, expected_calls);
    return seen.g;
}

/* The gradient of sum_i by[slot][i] * score_i, after a forward pass that has run; new. */
static float *gradient_from(struct fixture *f, const float *by)
{
    struct seen seen = {.g = calloc(BATCH * (size_t)net_shape_size(f->net->in), sizeof(float))};
    struct error e;
    assert_int_equal(graph_backward_from(f->graph, by, keep_input_gradient, &seen, &e), 0);
    return seen.g;
}

/* From given gradients: one 1 an image is the gradient of the targets to the bit, a second pass after the
 * same forward pass too, and a mixture of scores has the mixture of their gradients. */
static void check_given(struct fixture *f, const char *name, const float *expected)
{
    size_t classes = (size_t)f->net->classes, n = BATCH * (size_t)net_shape_size(f->net->in);
    float *by = calloc(BATCH * classes, sizeof *by);
    for (size_t slot = 0; slot < BATCH; slot++)
        by[slot * classes + (size_t)targets[slot]] = 1;
    float *once = gradient_from(f, by);
    for (size_t slot = 0; slot < BATCH; slot++)
        by[slot * classes + ((size_t)targets[slot] + 1) % classes] = 1;
    float *both = gradient_from(f, by);
    for (size_t slot = 0; slot < BATCH; slot++)
        by[slot * classes + (size_t)targets[slot]] = -0.5f;
    float *mixed = gradient_from(f, by);
    double apart = 0, size = 1e-30;
    for (size_t i = 0; i < n; i++) {
        if (once[i] != expected[i])
            fail_msg("%s: number %zu is %g from the score, %g from a given 1", name, i, expected[i], once[i]);
        double d = (double)mixed[i] - ((double)both[i] - 1.5 * (double)once[i]);
        apart += d * d;
        size += (double)once[i] * (double)once[i] + (double)both[i] * (double)both[i];
    }
    if (!(sqrt(apart / size) < 1e-4))
        fail_msg("%s: a mixture of scores is %.2g off", name, sqrt(apart / size));
    free(by);
    free(once);
    free(both);
    free(mixed);
}

/* Ops that ran as Winograd convolutions, over all cases. */
static int winograds;

/* The fewer layers are shown, the more ways round there are. */
static const bool only_first[16] = {true};

static void check_case(const struct gradient_case *c, enum tap tap, enum graph_algorithms algorithms,
                       const bool *listed)
{
    const struct graph_options options = {.batch = BATCH,
                                          .threads = 1,
                                          .tap = tap,
                                          .listed = listed,
                                          .shows_gradients = true,
                                          .algorithms = algorithms};
    struct fixture f = fixture_make_graph(c->cfg, c->name, &options, 1.0f);
    if (algorithms == GRAPH_WINOGRAD && fixture_winograds(&f) == 0) {
        fixture_free(&f);
        return; /* the same as the exact graph */
    }
    winograds += fixture_winograds(&f);
    float *images = make_images(&f), *g = input_gradient(&f, listed, images);
    check_given(&f, c->name, g);
    double kinks = compare(&f, c, targets, images, g);
    if (kinks > 0.3)
        fail_msg("%s: %.0f %% of the pixels lie at a kink", c->name, 100 * kinks);
    free(images);
    free(g);
    fixture_free(&f);
}

static void gradients_match_finite_differences(void **state)
{
    const struct gradient_case *c = *state;
    check_case(c, TAP_POST, GRAPH_EXACT, NULL);
    check_case(c, TAP_PRE, GRAPH_EXACT, NULL);
    check_case(c, TAP_POST, GRAPH_WINOGRAD, NULL);
    check_case(c, TAP_PRE, GRAPH_WINOGRAD, NULL);
    check_case(c, TAP_POST, GRAPH_EXACT, only_first);
}

/* |a - b| / |b|, as vectors. */
static double distance(const float *a, const float *b, size_t n)
{
    double apart = 0, size = 1e-30;
    for (size_t i = 0; i < n; i++) {
        apart += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
        size += (double)b[i] * (double)b[i];
    }
    return sqrt(apart / size);
}

/* In bfloat16 a number is right to one part in 512: some thousandths of the gradient behind a few layers,
 * some percent where a pixel is taken to the other side of a kink. A wrong derivative, or a gradient left out
 * where two are added, is far more. */
static void gradients_in_halves_are_near(void **state)
{
    const struct gradient_case *c = *state;
    if (!onednn_has_bf16())
        skip();
    for (int way = 0; way < 3; way++) {
        const bool *listed = way < 2 ? NULL : only_first;
        struct graph_options options = {.batch = BATCH,
                                        .threads = 1,
                                        .tap = way == 1 ? TAP_PRE : TAP_POST,
                                        .listed = listed,
                                        .shows_gradients = true,
                                        .algorithms = GRAPH_EXACT};
        struct fixture f = fixture_make_graph(c->cfg, c->name, &options, 1.0f);
        struct error e;
        float *images = make_images(&f), *expected = input_gradient(&f, listed, images);
        options.precision = PRECISION_BF16;
        if (fixture_graph_again(&f, &options, &e) < 0)
            fail_msg("%s: %s", c->name, e.text);
        float *got = input_gradient(&f, listed, images);
        double apart = distance(got, expected, BATCH * (size_t)net_shape_size(f.net->in));
        if (!(apart < (c->smooth ? 0.02 : 0.1)))
            fail_msg("%s: the gradients are %.2g apart", c->name, apart);
        free(images);
        free(expected);
        free(got);
        fixture_free(&f);
    }
}

/* Where a curve is nearly flat, 1 - y has no digits left in bfloat16: each pixel's own gradient shows from
 * what its derivative was told. */
static void flat_ends_of_curves_keep_their_digits_in_halves(void **state)
{
    (void)state;
    if (!onednn_has_bf16())
        skip();
    static const char *const names[] = {"tanh", "logistic", "loggy", "elu", "selu"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char cfg[512];
        snprintf(cfg, sizeof cfg, NET(5, 4, 3) "[activation]\nactivation=%s\n" END, names[i]);
        struct graph_options options = {
            .batch = BATCH, .threads = 1, .shows_gradients = true, .algorithms = GRAPH_EXACT};
        struct fixture f = fixture_make_graph(cfg, names[i], &options, 1.0f);
        size_t n = BATCH * (size_t)net_shape_size(f.net->in);
        float *images = make_images(&f);
        for (size_t k = 0; k < n; k++)
            images[k] *= 1.6f; /* up to 4 */
        float *expected = input_gradient(&f, NULL, images);
        struct error e;
        options.precision = PRECISION_BF16;
        assert_int_equal(fixture_graph_again(&f, &options, &e), 0);
        float *got = input_gradient(&f, NULL, images);
        for (size_t k = 0; k < n; k++)
            if (!(fabsf(got[k] - expected[k]) <= 0.05f * fabsf(expected[k])))
                fail_msg("%s at %g: gradient %g, not %g", names[i], images[k], got[k], expected[k]);
        free(images);
        free(expected);
        free(got);
        fixture_free(&f);
    }
}

static bool winograd_exists(void)
{
    struct error e;
    struct onednn *dn = onednn_open(1, &e);
    const struct tensor t = {.c = 32, .h = 8, .w = 8, .block = onednn_block()};
    const struct onednn_layer l = {.in = t,
                                   .out = t,
                                   .size_h = 3,
                                   .size_w = 3,
                                   .stride_h = 1,
                                   .stride_w = 1,
                                   .dilation = 1,
                                   .pad = 1,
                                   .groups = 1};
    struct onednn_op *op =
        onednn_trial(dn, ONEDNN_CONVOLUTION, &l, ONEDNN_FORWARD, ONEDNN_WINOGRAD, false, &e);
    bool exists = op && strstr(onednn_op_implementation(op), "wino");
    onednn_op_free(op);
    onednn_close(dn);
    return exists;
}

static void both_algorithms_were_checked(void **state)
{
    (void)state;
    if (!winograd_exists())
        skip();
    assert_in_range(winograds, 16, 1000); /* four cases, both passes, both taps */
}

int main(void)
{
    enum { N = sizeof cases / sizeof *cases };
    static struct CMUnitTest tests[2 * N + 2];
    for (int i = 0; i < N; i++) {
        void *argument = (void *)(uintptr_t)&cases[i];
        tests[i] =
            (struct CMUnitTest){cases[i].name, gradients_match_finite_differences, NULL, NULL, argument};
        tests[N + 1 + i] =
            (struct CMUnitTest){cases[i].name, gradients_in_halves_are_near, NULL, NULL, argument};
    }
    tests[N] = (struct CMUnitTest)cmocka_unit_test(both_algorithms_were_checked);
    tests[2 * N + 1] = (struct CMUnitTest)cmocka_unit_test(flat_ends_of_curves_keep_their_digits_in_halves);
    return cmocka_run_group_tests_name("gradients", tests, NULL, NULL);
}
