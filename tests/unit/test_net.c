/* Networks as the strict reader understands them: shapes by Darknet's rules, parameters, multiply-adds,
 * who reads whom, the scores, the normalised copy. The shapes were checked once against Debian's
 * libdarknet; here they stand worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "net/net.h"

#define NET "[net]\nchannels=3\nheight=9\nwidth=11\n"

static struct net *parse(const char *text)
{
    struct error e = {""};
    struct net *net = net_parse(text, strlen(text), "t.cfg", &e);
    if (!net)
        print_message("%s\n", e.text);
    assert_non_null(net);
    return net;
}

static void out_is(const struct net *net, int layer, int c, int h, int w)
{
    struct net_shape s = net->layers[layer].out;
    assert_int_equal(s.c, c);
    assert_int_equal(s.h, h);
    assert_int_equal(s.w, w);
}

static void warning_is(const struct net *net, const char *text)
{
    for (int i = 0; i < net->warnings_n; i++)
        if (strcmp(net->warnings[i], text) == 0)
            return;
    fail_msg("no warning '%s'", text);
}

static void test_defaults_are_darknets(void **state)
{
    (void)state;
    struct net *net = parse(NET "[convolutional]\n[maxpool]\nstride=3\n[maxpool]\n[upsample]\n[connected]\n"
                                "[activation]\n[dropout]\n[softmax]\n[cost]\n");
    const struct net_layer *l = net->layers;
    assert_int_equal(l[0].filters, 1);
    assert_int_equal(l[0].size, 1);
    assert_int_equal(l[0].stride, 1);
    assert_int_equal(l[0].pad, 0);
    assert_int_equal(l[0].groups, 1);
    assert_int_equal(l[0].act, NET_LOGISTIC);
    assert_false(l[0].batch_normalize);
    assert_int_equal(l[1].size, 3); /* that of the stride */
    assert_int_equal(l[1].pad, 2);  /* size - 1 */
    assert_int_equal(l[2].size, 1);
    assert_int_equal(l[2].stride, 1);
    assert_int_equal(l[3].stride, 2);
    assert_true(l[3].scale == 1);
    assert_int_equal(l[4].filters, 1);
    assert_int_equal(l[4].act, NET_LOGISTIC);
    assert_int_equal(l[5].act, NET_LINEAR);
    assert_int_equal(l[7].groups, 1);
    assert_true(l[7].temperature == 1);
    warning_is(net, "t.cfg:5: [convolutional] without filters: 1, as in Darknet");
    warning_is(net, "t.cfg:5: [convolutional] without activation: logistic, as in Darknet");
    warning_is(net, "t.cfg:10: [connected] without output: 1, as in Darknet");
    net_free(net);
}

static void test_convolutional(void **state)
{
    (void)state;
    struct net *net = parse(
        NET "[convolutional]\nfilters=4\nsize=3\nstride=2\npad=1\nactivation=relu\n"
            "[conv]\nbatch_normalize=1\nfilters=6\nsize=4\nstride=1\npadding=2\ngroups=2\nactivation=leaky\n"
            "[conv]\nfilters=2\nsize=5\npad=1\npadding=7\nactivation=linear\n");
    out_is(net, 0, 4, 5, 6); /* (9 + 2 - 3)/2 + 1, (11 + 2 - 3)/2 + 1 */
    assert_int_equal(net->layers[0].params, 4 + 4 * 3 * 9);
    assert_int_equal(net->layers[0].macs, 4 * 5 * 6 * 3 * 9);
    out_is(net, 1, 6, 6, 7); /* 5 + 4 - 4 + 1, 6 + 4 - 4 + 1 */
    assert_int_equal(net->layers[1].params, 4 * 6 + 6 * (4 / 2) * 16);
    assert_int_equal(net->layers[1].macs, 6 * 6 * 7 * (4 / 2) * 16);
    assert_int_equal(net->layers[1].act, NET_LEAKY);
    out_is(net, 2, 2, 6, 7); /* pad=1 is size/2 = 2 and beats padding */
    assert_int_equal(net->layers[2].pad, 2);
    assert_int_equal(net->score, 2);
    assert_int_equal(net->classes, 2 * 6 * 7);
    assert_int_equal(net->layers[1].line, 11);
    assert_int_equal(net->layers[1].inputs_n, 1);
    assert_int_equal(net->layers[1].inputs[0], 0);
    assert_int_equal(net->layers[0].inputs[0], NET_INPUT);
    assert_int_equal(net->warnings_n, 0);
    net_free(net);
}

static void test_convolutional_warnings(void **state)
{
    (void)state;
    struct net *net = parse(NET "[conv]\nfilters=4\nsize=1\nstride=2\npad=1\nactivation=relu\n"
                                "[conv]\nfilters=4\nsize=1\npadding=1\nactivation=relu\n"
                                "[conv]\nfilters=4\nsize=3\npad=2\nactivation=relu\n");
    out_is(net, 0, 4, 5, 6); /* size/2 = 0: no padding; (9 - 1)/2 + 1 */
    out_is(net, 1, 4, 7, 8);
    out_is(net, 2, 4, 7, 8);
    assert_int_equal(net->warnings_n, 3);
    warning_is(
        net, "t.cfg:5: layer 0: a 1x1 convolution with stride, which stock Darknet of this version computes "
             "wrongly; isplit computes it right");
    warning_is(
        net,
        "t.cfg:11: layer 1: a 1x1 convolution with padding, which stock Darknet of this version computes "
        "wrongly; isplit computes it right");
    warning_is(net,
               "t.cfg:19: pad=2 pads by size/2 = 1, as in Darknet; a number of pixels goes into padding");
    net_free(net);
}

static void test_deconvolutional(void **state)
{
    (void)state;
    struct net *net = parse(NET "[deconvolutional]\nfilters=4\nsize=4\nstride=2\npadding=1\nactivation=relu\n"
                                "[deconv]\nbatch_normalize=1\nfilters=5\nsize=3\nactivation=relu\n");
    out_is(net, 0, 4, 18, 22); /* (9 - 1)*2 + 4 - 2, (11 - 1)*2 + 4 - 2 */
    assert_int_equal(net->layers[0].params, 4 + 3 * 4 * 16);
    assert_int_equal(net->layers[0].macs, 3 * 4 * 16 * 9 * 11); /* each input pixel meets each weight once */
    out_is(net, 1, 5, 20, 24);
    assert_int_equal(net->layers[1].params, 4 * 5 + 4 * 5 * 9);
    net_free(net);
}

static void maxpool_is(int in, const char *keys, int out)
{
    char text[200];
    snprintf(text, sizeof text, "[net]\nchannels=2\nheight=%d\nwidth=%d\n[maxpool]\n%s", in, in, keys);
    struct net *net = parse(text);
    out_is(net, 0, 2, out, out);
    net_free(net);
}

static void test_maxpool(void **state)
{
    (void)state;
    maxpool_is(5, "size=3\nstride=2\n", 3); /* (5 + 2 - 3)/2 + 1 */
    maxpool_is(5, "size=3\n", 5);
    maxpool_is(5, "size=2\nstride=2\n", 3); /* (5 + 1 - 2)/2 + 1: Darknet rounds up */
    maxpool_is(4, "size=3\nstride=2\n", 2);
    maxpool_is(7, "size=3\nstride=3\n", 3);
    maxpool_is(2, "size=3\nstride=2\n", 1);
    maxpool_is(8, "stride=3\n", 3);
    maxpool_is(8, "stride=2\nsize=1\n", 4);
    maxpool_is(7, "size=3\nstride=2\npadding=0\n", 3);
    maxpool_is(6, "size=3\nstride=2\npadding=3\n", 4); /* (6 + 3 - 3)/2 + 1, first window at -1 */
}

static void test_connected_batchnorm_avgpool(void **state)
{
    (void)state;
    struct net *net = parse(NET "[batchnorm]\n[connected]\noutput=10\nactivation=tanh\n"
                                "[connected]\nbatch_normalize=1\noutput=7\nactivation=linear\n[avgpool]\n");
    out_is(net, 0, 3, 9, 11);
    assert_int_equal(net->layers[0].params, 9); /* scales, mean, variance; no biases */
    assert_int_equal(net->layers[0].macs, 0);
    out_is(net, 1, 10, 1, 1);
    assert_int_equal(net->layers[1].params, 10 + 10 * 297);
    assert_int_equal(net->layers[1].macs, 10 * 297);
    assert_int_equal(net->layers[2].params, 4 * 7 + 7 * 10);
    out_is(net, 3, 7, 1, 1);
    net_free(net);
}

static void test_shortcut(void **state)
{
    (void)state;
    struct net *net = parse(NET "[conv]\nfilters=4\nactivation=relu\nsize=1\n"
                                "[conv]\nfilters=6\nactivation=relu\nsize=3\npad=1\nstride=2\n"
                                "[shortcut]\nfrom=-2\nalpha=.5\nbeta=-2\nactivation=leaky\n"
                                "[shortcut]\nfrom=1\n");
    const struct net_layer *l = &net->layers[2];
    out_is(net, 2, 6, 5, 6); /* that of the layer before, whatever the other has: 4x9x11 */
    assert_int_equal(l->inputs_n, 2);
    assert_int_equal(l->inputs[0], 1);
    assert_int_equal(l->inputs[1], 0);
    assert_true(l->alpha == 0.5f && l->beta == -2.0f);
    assert_int_equal(l->act, NET_LEAKY);
    assert_int_equal(net->layers[3].inputs[1], 1);
    assert_true(net->layers[3].alpha == 1 && net->layers[3].beta == 1);
    assert_int_equal(net->layers[3].act, NET_LINEAR);
    net_free(net);
}

static void test_route(void **state)
{
    (void)state;
    struct net *net =
        parse(NET "[conv]\nfilters=4\nactivation=relu\nsize=1\n[conv]\nfilters=5\nactivation=relu\nsize=1\n"
                  "[route]\nlayers = -1, 0, -1\n[route]\nlayers=1\n");
    const struct net_layer *l = &net->layers[2];
    out_is(net, 2, 14, 9, 11);
    assert_int_equal(l->inputs_n, 3);
    assert_int_equal(l->inputs[0], 1);
    assert_int_equal(l->inputs[1], 0);
    assert_int_equal(l->inputs[2], 1);
    assert_int_equal(l->in.c, 14);
    out_is(net, 3, 5, 9, 11);
    net_free(net);
}

static void test_upsample_reorg_crop(void **state)
{
    (void)state;
    struct net *net =
        parse("[net]\nchannels=4\nheight=6\nwidth=8\n[upsample]\nstride=2\nscale=.25\n[reorg]\nstride=2\n"
              "[reorg]\nstride=2\nreverse=1\n[reorg]\nstride=2\nflatten=1\n"
              "[crop]\ncrop_height=3\ncrop_width=5\nnoadjust=1\nflip=1\nangle=7\n[reorg]\nextra=6\n"
              "[activation]\nactivation=ramp\n[connected]\noutput=2\nactivation=linear\n");
    out_is(net, 0, 4, 12, 16);
    assert_true(net->layers[0].scale == 0.25f);
    out_is(net, 1, 16, 6, 8);
    out_is(net, 2, 4, 12, 16);
    assert_true(net->layers[2].reverse);
    out_is(net, 3, 16, 6, 8);
    assert_true(net->layers[3].flatten);
    out_is(net, 4, 16, 3, 5);
    assert_true(net->layers[4].noadjust);
    out_is(net, 5, 16 * 15 + 6, 1, 1);
    assert_int_equal(net->layers[6].act, NET_RAMP);
    assert_int_equal(net->layers[7].params, 2 + 2 * 246);
    net_free(net);
}

/* The scores are what enters the softmax; without one, the last layer that is no dropout and no cost. */
static void test_score(void **state)
{
    (void)state;
    static const struct {
        const char *tail;
        int score, classes;
    } cases[] = {
        {"[avgpool]\n[softmax]\n", 1, 5},
        {"[avgpool]\n[dropout]\n[softmax]\n[cost]\n", 2, 5},
        {"[avgpool]\n[softmax]\n[dropout]\n[cost]\n[cost]\n", 1, 5},
        {"[connected]\noutput=7\nactivation=linear\n", 1, 7},
        {"[connected]\noutput=7\nactivation=linear\n[dropout]\n[cost]\n", 1, 7},
        /* One output tells two classes apart, but not behind a softmax, which always makes 1 of it. */
        {"[connected]\noutput=1\nactivation=logistic\n[cost]\n", 1, 2},
        {"[connected]\noutput=1\nactivation=linear\n[softmax]\n", 1, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[400];
        snprintf(text, sizeof text, NET "[conv]\nfilters=5\nsize=1\nactivation=relu\n%s", cases[i].tail);
        struct net *net = parse(text);
        assert_int_equal(net->score, cases[i].score);
        assert_int_equal(net->classes, cases[i].classes);
        assert_int_equal(net_is_single(net), cases[i].classes == 2);
        net_free(net);
    }
}

static void test_plain_vector_input(void **state)
{
    (void)state;
    struct net *net =
        parse("[network]\ninputs=12\n[dropout]\n[connected]\noutput=3\nactivation=relu\n[softmax]\n");
    assert_int_equal(net_shape_size(net->in), 12);
    assert_int_equal(net->layers[1].params, 39);
    net_free(net);
    net = parse(NET "inputs=297\n[avgpool]\n");
    assert_int_equal(net->classes, 3);
    net_free(net);
}

/* Training-only keys of the whole family, and keys of forks that have the value which changes nothing. */
static void test_keys_without_effect(void **state)
{
    (void)state;
    struct net *net =
        parse(NET "batch=64\nsubdivisions=8\nlearning_rate=0.1\nmomentum=.9\ndecay=5e-4\npolicy=steps\n"
                  "steps=1,2\nscales=.1,.1\nburn_in=1000\nmax_batches=5\nangle=7\nhue=.1\nsaturation=.75\n"
                  "exposure=.75\naspect=.75\nmosaic=1\ncutmix=1\nletter_box=1\nflip=0\nadam=1\nB1=.9\nB2=.9\n"
                  "eps=1e-6\nmax_crop=9\nmin_crop=8\nlabel_smooth_eps=0.1\ntime_steps=1\ncenter=1\n"
                  "[conv]\nfilters=2\nsize=3\nactivation=relu\ndilation=1\nxnor=0\nbinary=0\nflipped=0\n"
                  "antialiasing=0\nstopbackward=1\ndontload=0\n[maxpool]\nsize=2\nmaxpool_depth=0\n"
                  "[shortcut]\nfrom=0\nweights_type=none\n[route]\nlayers=-1\ngroups=1\ngroup_id=0\n"
                  "[dropout]\nprobability=.5\ndropblock=1\n[cost]\ntype=masked\nscale=2\n");
    assert_int_equal(net->warnings_n, 0);
    assert_int_equal(net->layers_n, 6);
    net_free(net);
}

static void test_crlf_and_duplicates(void **state)
{
    (void)state;
    struct net *net =
        parse("[net]\r\nchannels=3\r\nheight=9\r\nwidth=11\r\n[conv]\r\nfilters=2\r\nfilters=3\r\nsize=1\r\n"
              "activation=relu\r\n");
    out_is(net, 0, 2, 9, 11);
    assert_int_equal(net->warnings_n, 1);
    warning_is(net, "t.cfg:7: key 'filters' again in [conv]; the first, in line 6, counts, as in Darknet");
    net_free(net);
}

static void test_activations_have_darknets_numbers(void **state)
{
    (void)state;
    static const char *const names[] = {"logistic", "relu", "relie", "linear", "ramp",    "tanh",  "plse",
                                        "leaky",    "elu",  "loggy", "stair",  "hardtan", "lhtan", "selu"};
    for (int i = 0; i < (int)(sizeof names / sizeof *names); i++) {
        char text[200];
        snprintf(text, sizeof text, NET "[activation]\nactivation=%s\n", names[i]);
        struct net *net = parse(text);
        assert_int_equal(net->layers[0].act, i);
        assert_string_equal(net_act_name(net->layers[0].act), names[i]);
        net_free(net);
    }
}

static void test_normalised_text(void **state)
{
    (void)state;
    struct net *net = parse(
        NET "batch=64\nmosaic=1\n[dropout]\n[conv]\nstride=2\nfilters=4\nfilters=9\nsize=3\npad=1\ngroups=1\n"
            "activation=relu\nlearning_rate=1\n[shortcut]\nfrom=-1\nalpha=.1\n[route]\nlayers=-1,-2\n"
            "[deconv]\nfilters=2\nactivation=elu\n[softmax]\n[cost]\ntype=sse\n");
    char *text = net_normalised(net);
    assert_string_equal(text, "[net]\nbatch=1\nsubdivisions=1\nheight=9\nwidth=11\nchannels=3\n\n"
                              "[activation]\nactivation=linear\n\n" /* Darknet's dropout cannot come first */
                              "[convolutional]\nfilters=4\nsize=3\nstride=2\npadding=1\nactivation=relu\n\n"
                              "[shortcut]\nfrom=1\nalpha=0.100000001\nbeta=1\nactivation=linear\n\n"
                              "[route]\nlayers=2,1\n\n"
                              "[deconvolutional]\nfilters=2\nsize=1\nstride=1\npadding=0\nactivation=elu\n\n"
                              "[softmax]\ngroups=1\ntemperature=1\n\n[cost]\n");
    free(text);
    net_free(net);
}

static char *write_tree(const char *text)
{
    char *path = memory_copy("/tmp/isplit_tree_XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    return path;
}

static void tree_gives(const char *tree, const char *expected)
{
    char *path = write_tree(tree);
    char *text = memory_format(NET "[avgpool]\n[softmax]\ntree=%s\n", path);
    struct error e = {""};
    struct net *net = net_parse(text, strlen(text), "t.cfg", &e);
    if (expected) {
        assert_null(net);
        assert_non_null(strstr(e.text, "t.cfg:7: tree: /tmp/isplit_tree_"));
        assert_non_null(strstr(e.text, expected));
    } else {
        assert_non_null(net);
        assert_string_equal(net->layers[1].tree, path);
    }
    net_free(net);
    unlink(path);
    free(path);
    free(text);
}

static void test_softmax_tree(void **state)
{
    (void)state;
    tree_gives("a -1\nb -1\nc 0\n", NULL);
    tree_gives("a -1\nb -1\nc 0", NULL);
    tree_gives("a -1\nb -1\n", "has 2 nodes (expected 3, one for each score)");
    tree_gives("a -1\nb -1\nc 0\nd 0\n", "has 4 nodes (expected 3, one for each score)");
    tree_gives("a -1\nb 1\nc 0\n", ":2: ");
    tree_gives("a -1\n\nb -1\nc 0\n", ":2: is an empty line");
    tree_gives("", "holds no tree");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_are_darknets),
        cmocka_unit_test(test_convolutional),
        cmocka_unit_test(test_convolutional_warnings),
        cmocka_unit_test(test_deconvolutional),
        cmocka_unit_test(test_maxpool),
        cmocka_unit_test(test_connected_batchnorm_avgpool),
        cmocka_unit_test(test_shortcut),
        cmocka_unit_test(test_route),
        cmocka_unit_test(test_upsample_reorg_crop),
        cmocka_unit_test(test_score),
        cmocka_unit_test(test_plain_vector_input),
        cmocka_unit_test(test_keys_without_effect),
        cmocka_unit_test(test_crlf_and_duplicates),
        cmocka_unit_test(test_activations_have_darknets_numbers),
        cmocka_unit_test(test_normalised_text),
        cmocka_unit_test(test_softmax_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
