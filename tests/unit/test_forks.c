/* Layers of Darknet's forks: what is read, shapes, numbers, costs, cuts, and which Darknet runs them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "net/net.h"
#include "net/stock.h"
#include "net/table.h"

#define NET "[net]\nchannels=6\nheight=9\nwidth=7\n"

static struct net *parse(const char *text)
{
    struct error e = {""};
    struct net *net = net_parse(text, strlen(text), "t.cfg", &e);
    if (!net)
        fail_msg("%s", e.text);
    return net;
}

struct shaped {
    const char *cfg;
    struct net_shape out; /* of the last layer */
    int64_t params, macs;
};

static void test_shapes_and_costs(void **state)
{
    (void)state;
    static const struct shaped cases[] = {
        {"[conv]\nfilters=4\nsize=3\npad=1\nstride=9\nstride_x=2\nstride_y=3\n",
         {4, 3, 4},
         4 + 216,
         216 * 12},
        {"[conv]\nfilters=4\nsize=3\npad=1\nstride_x=2\n", {4, 9, 4}, 4 + 216, 216 * 36},
        {"[conv]\nfilters=4\nsize=3\npad=1\ndilation=4\nstride=2\n", {4, 5, 4}, 4 + 216, 216 * 20},
        {"[conv]\nfilters=4\nsize=1\ndilation=4\n", {4, 9, 7}, 4 + 24, 24 * 63}, /* nothing to dilate */
        {"[conv]\nfilters=6\nsize=3\ngroup=3\n", {6, 7, 5}, 6 + 108, 108 * 35},
        {"[conv]\nfilters=6 # eight\nsize=3#5\ngroups=3;\n", {6, 7, 5}, 6 + 108, 108 * 35},
        /* The blurred convolution is computed at every pixel. */
        {"[conv]\nfilters=4\nsize=3\npad=1\nstride=2\nantialiasing=1\n", {4, 5, 4}, 4 + 216, 216 * 63},
        {"[conv]\nfilters=4\nsize=3\nstride=2\nantialiasing=2\n", {4, 3, 2}, 4 + 216, 216 * 35},
        {"[maxpool]\nsize=2\nstride=2\nantialiasing=1\n", {6, 5, 4}, 0, 0},
        {"[maxpool]\nsize=2\nstride=2\nstride_x=1\n", {6, 5, 7}, 0, 0},
        {"[local_avgpool]\nsize=2\nstride=2\n", {6, 5, 4}, 0, 0},
        {"[local_avg]\nsize=3\nstride=2\npadding=0\n", {6, 4, 3}, 0, 0},
        {"[depthwise_convolutional]\nsize=3\nstride=2\npad=1\n", {6, 5, 4}, 6 + 54, 54 * 20},
        {"[depthwise_convolutional]\nbatch_normalize=1\nsize=3\npad=1\n", {6, 9, 7}, 24 + 54, 54 * 63},
        {"[conv]\nfilters=4\n[route]\nlayers=-1\ngroups=2\ngroup_id=1\n", {2, 9, 7}, 0, 0},
        {"[conv]\nfilters=4\n[conv]\nfilters=6\n[route]\nlayers=0,1\ngroups=2\n", {5, 9, 7}, 0, 0},
        {"[conv]\nfilters=4\n[avgpool]\n[scale_channels]\nfrom=0\n", {4, 9, 7}, 0, 0},
        {"[conv]\nfilters=4\n[conv]\nfilters=1\n[scale_channels]\nfrom=0\nscale_wh=1\n", {4, 9, 7}, 0, 0},
        {"[conv]\nfilters=4\n[conv]\nfilters=4\n[sam]\nfrom=0\n", {4, 9, 7}, 0, 0},
        {"[connected]\noutput=5\ntranspose=1\n", {5, 1, 1}, 5 + 5 * 378, 5 * 378},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[400] = NET;
        struct net *net = parse(strcat(text, cases[i].cfg));
        const struct net_layer *l = &net->layers[net->layers_n - 1];
        const struct net_shape out = cases[i].out;
        if (l->out.c != out.c || l->out.h != out.h || l->out.w != out.w || l->params != cases[i].params ||
            l->macs != cases[i].macs)
            fail_msg("%s: %dx%dx%d, %lld numbers, %lld MACs", cases[i].cfg, l->out.c, l->out.h, l->out.w,
                     (long long)l->params, (long long)l->macs);
        net_free(net);
    }
}

/* Keys of training do not change what is read. */
static void test_training_keys_pass(void **state)
{
    (void)state;
    struct net *net = parse(NET "max_epochs=10\nswa=1\nswa_lr=0.001\nswa_start=9\nepsilon=1e-05\n"
                                "[conv]\nfilters=2\nactivation=relu\nsize=1\nstream=1\nwait_stream=2\n");
    assert_int_equal(net->warnings_n, 0);
    net_free(net);
}

static void test_filters_of_depthwise_are_warned_of(void **state)
{
    (void)state;
    struct net *net = parse(NET "[depthwise_convolutional]\nfilters=8\nsize=1\nactivation=relu\n");
    assert_int_equal(net->layers[0].out.c, 6);
    assert_int_equal(net->warnings_n, 1);
    assert_string_equal(
        net->warnings[0],
        "t.cfg:6: filters=8 in [depthwise_convolutional] is not looked at, as in Darknet's fork: "
        "there is one a channel, 6");
    net_free(net);
}

static void test_what_is_written_is_what_is_read(void **state)
{
    (void)state;
    struct net *net = parse(
        NET "[conv]\nfilters=4\nsize=3\npad=1\ndilation=2\nstride_x=2\nstride_y=3\nactivation=hard_swish\n"
            "[depthwise_convolutional]\nsize=3\npad=1\nactivation=mish\n"
            "[maxpool]\nsize=2\nstride=1\nantialiasing=2\n"
            "[local_avgpool]\nsize=2\nstride=1\npadding=1\n[conv]\nfilters=1\nactivation=swish\n"
            "[scale_channels]\nfrom=-2\nscale_wh=1\nactivation=relu6\n[sam]\nfrom=-1\n"
            "[route]\nlayers=-1,-2\ngroups=2\ngroup_id=1\n");
    char *text = net_normalised(net);
    struct net *again = parse(text);
    char *same = net_normalised(again);
    assert_string_equal(text, same);
    for (int i = 0; i < net->layers_n; i++) {
        const struct net_layer *a = &net->layers[i], *b = &again->layers[i];
        assert_int_equal(a->kind, b->kind);
        assert_int_equal(a->act, b->act);
        assert_memory_equal(&a->out, &b->out, sizeof a->out);
        assert_int_equal(a->stride, b->stride);
        assert_int_equal(a->stride_x, b->stride_x);
        assert_int_equal(a->dilation, b->dilation);
        assert_int_equal(a->blur, b->blur);
        assert_int_equal(a->groups, b->groups);
        assert_int_equal(a->group_id, b->group_id);
        assert_int_equal(a->by_pixel, b->by_pixel);
    }
    free(text);
    free(same);
    net_free(net);
    net_free(again);
}

static void test_which_darknet_runs_it(void **state)
{
    (void)state;
    static const struct {
        const char *cfg, *lacks, *runs_in;
    } cases[] = {
        {"[conv]\nfilters=6\ngroup=3\nactivation=leaky\n", NULL, "stock"},
        {"[conv]\nstride_x=2\nstride_y=2\ndilation=1\n[maxpool]\nstride_x=1\nstride_y=1\n", NULL, "stock"},
        {"[connected]\ntranspose=1\n", NULL, "stock"},
        {"[deconv]\nactivation=relu\n", NULL, "isplit"}, /* has it, but crashes */
        {"[conv]\nactivation=mish\n", "activation 'mish' of layer 0 (conv1)", "fork"},
        {"[conv]\n[conv]\nactivation=swish\n", "activation 'swish' of layer 1 (conv2)", "fork"},
        {"[connected]\nactivation=relu6\n", "activation 'relu6' of layer 0 (fc1)", "fork"},
        {"[connected]\nactivation=mish\n", "activation 'mish' of layer 0 (fc1)", "isplit"}, /* zeros there */
        {"[conv]\nactivation=hard_swish\n", "activation 'hard_swish' of layer 0 (conv1)", "isplit"},
        {"[conv]\nactivation=hard_sigmoid\n", "activation 'hard_sigmoid' of layer 0 (conv1)", "isplit"},
        {"[conv]\nsize=3\npad=1\ndilation=2\n", "dilation of layer 0 (conv1)", "fork"},
        {"[conv]\nstride_x=2\n", "stride_x and stride_y of layer 0 (conv1)", "fork"},
        {"[maxpool]\nsize=2\nantialiasing=1\n", "antialiasing of layer 0 (pool1)", "fork"},
        {"[conv]\nfilters=2\n[route]\nlayers=0\ngroups=2\n", "groups of layer 1 (route1)", "fork"},
        {"[local_avgpool]\n", "section [local_avgpool] of layer 0 (local_avgpool1)", "fork"},
        {"[depthwise_convolutional]\n", "section [depthwise_convolutional] of layer 0 (dwconv1)", "fork"},
        /* No one fork has both. */
        {"[depthwise_convolutional]\n[conv]\nactivation=mish\n",
         "section [depthwise_convolutional] of layer 0 (dwconv1)", "isplit"},
        {"[deconv]\nactivation=relu\n[conv]\nactivation=mish\n", "activation 'mish' of layer 1 (conv1)",
         "isplit"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[400] = NET;
        struct net *net = parse(strcat(text, cases[i].cfg));
        char *lacks = net_stock_lacks(net);
        if ((lacks == NULL) != (cases[i].lacks == NULL) || (lacks && strcmp(lacks, cases[i].lacks) != 0))
            fail_msg("%s: lacks %s", cases[i].cfg, lacks ? lacks : "nothing");
        if (strcmp(net_runs_words[net_runs_in(net, 0, net->layers_n - 1)], cases[i].runs_in) != 0)
            fail_msg("%s: runs in %s", cases[i].cfg, net_runs_words[net_runs_in(net, 0, net->layers_n - 1)]);
        free(lacks);
        net_free(net);
    }
}

static void test_which_darknet_runs_a_part_of_it(void **state)
{
    (void)state;
    struct net *net = parse(NET "[conv]\nfilters=8\nactivation=relu\n[batchnorm]\n[conv]\nactivation=mish\n"
                                "[conv]\nactivation=relu\n[conv]\nactivation=hard_swish\n");
    static const struct {
        int first, last;
        const char *fails, *runs_in;
    } parts[] = {
        {0, 0, NULL, "stock"},
        {0, 1, "it crashes on layer 1 (batchnorm1), [batchnorm]", "isplit"},
        {2, 3, "it lacks activation 'mish' of layer 2 (conv2)", "fork"},
        {3, 3, NULL, "stock"},
        {0, 4, "it lacks activation 'mish' of layer 2 (conv2)", "isplit"},
        {3, 4, "it lacks activation 'hard_swish' of layer 4 (conv4)", "isplit"},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char *fails = net_stock_fails(net, parts[i].first, parts[i].last);
        assert_int_equal(fails == NULL, parts[i].fails == NULL);
        if (fails)
            assert_string_equal(fails, parts[i].fails);
        assert_string_equal(net_runs_words[net_runs_in(net, parts[i].first, parts[i].last)],
                            parts[i].runs_in);
        free(fails);
    }
    net_free(net);
}

/* The average and the connected layer of a gate do not end the backbone: something passes beside them. */
static void test_a_gate_is_part_of_the_backbone(void **state)
{
    (void)state;
    struct net *net = parse(NET "[conv]\nfilters=8\n[conv]\nfilters=8\n[avgpool]\n[connected]\noutput=2\n"
                                "[conv]\nfilters=8\nactivation=logistic\n[scale_channels]\nfrom=1\n"
                                "[conv]\nfilters=4\n[shortcut]\nfrom=-1\n[avgpool]\n[connected]\noutput=3\n"
                                "[softmax]\n");
    struct table *table = table_make(net);
    static const bool clean[] = {true, true, false, false, false, true, true, true, true, true, false};
    for (int i = 0; i < net->layers_n; i++) {
        assert_int_equal(table->rows[i].clean, clean[i]);
        assert_int_equal(table->rows[i].backbone, clean[i] && i < 8);
    }
    assert_int_equal(table->rows[2].cut_tensors, 2); /* the map, and its average */
    assert_int_equal(table->rows[3].cut_bytes, 4 * (8 * 9 * 7 + 2));
    table_free(table);
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes_and_costs),
        cmocka_unit_test(test_training_keys_pass),
        cmocka_unit_test(test_filters_of_depthwise_are_warned_of),
        cmocka_unit_test(test_what_is_written_is_what_is_read),
        cmocka_unit_test(test_which_darknet_runs_it),
        cmocka_unit_test(test_which_darknet_runs_a_part_of_it),
        cmocka_unit_test(test_a_gate_is_part_of_the_backbone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
