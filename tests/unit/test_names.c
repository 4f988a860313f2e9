/* Layer names as in the paper's figures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "net/net.h"
#include "net/stock.h"
#include "net/table.h"

#define DARKNET "/usr/share/darknet/cfg/"
#define C(filters) "[conv]\nfilters=" #filters "\nsize=3\npad=1\nactivation=relu\n"
#define P(filters) "[conv]\nfilters=" #filters "\nsize=1\nactivation=linear\n"
#define POOL "[maxpool]\nsize=2\nstride=2\n"
#define ADD(from) "[shortcut]\nfrom=" #from "\nactivation=relu\n"
#define FC(n) "[connected]\noutput=" #n "\nactivation=relu\n"
#define NET "[net]\nchannels=3\nheight=16\nwidth=16\n"

/* All names, with spaces between them. New string. */
static char *names_of(const struct net *net)
{
    char *all = memory_new((size_t)net->layers_n * sizeof net->layers->name + 1, 1);
    char *at = all;
    for (int i = 0; i < net->layers_n; i++)
        at += sprintf(at, "%s%s", i ? " " : "", net->layers[i].name);
    return all;
}

static void names_are(const char *cfg, const char *names)
{
    struct error e = {""};
    struct net *net = net_parse(cfg, strlen(cfg), "t.cfg", &e);
    if (!net)
        fail_msg("%s", e.text);
    char *all = names_of(net);
    assert_string_equal(all, names);
    free(all);
    net_free(net);
}

static void test_vgg_like(void **state)
{
    (void)state;
    names_are(NET "[crop]\ncrop_height=8\ncrop_width=8\n" C(2) C(2) POOL C(4) "[dropout]\n" POOL C(4)
                  FC(8) "[dropout]\n" FC(8) "[dropout]\n" FC(3) "[softmax]\n",
              "crop block1_conv1 block1_conv2 block1_pool block2_conv1 dropout1 block2_pool block3_conv1 fc1 "
              "dropout2 "
              "fc2 dropout3 fc3 softmax");
}

/* The last convolution is the classifier; it counts among all convolutions. */
static void test_fully_convolutional(void **state)
{
    (void)state;
    names_are(NET C(2) POOL C(2) C(2) POOL C(4) P(3) "[avgpool]\n[softmax]\n[cost]\n",
              "block1_conv1 block1_pool block2_conv1 block2_conv2 block2_pool block3_conv1 conv5 avgpool "
              "softmax cost");
}

static void test_by_kind(void **state)
{
    (void)state;
    names_are(NET C(2) POOL C(2) "[avgpool]\n", "conv1 pool1 conv2 avgpool");
    names_are(
        NET C(2) C(2) "[route]\nlayers=0,1\n" C(
            4) "[upsample]\n[reorg]\nstride=2\n[deconv]\nfilters=2\n"
               "activation=relu\n[batchnorm]\n[activation]\nactivation=relu\n[avgpool]\n" FC(4) "[avgpool]\n",
        "conv1 conv2 route1 conv3 upsample1 reorg1 deconv1 batchnorm1 activation1 avgpool1 fc1 avgpool2");
}

/* Darknet's way: no projections, the shortcut copes with other sizes. Stage 2 halves the image. */
static void test_residual_darknet(void **state)
{
    (void)state;
    names_are(NET C(4) POOL C(4) C(4) ADD(-3) C(4) C(4) ADD(-3) "[conv]\nfilters=8\nsize=3\npad=1\nstride=2\n"
                                                                "activation=relu\n" C(8)
                                                                    ADD(-3) "[avgpool]\n" P(3) "[softmax]\n",
              "conv1 maxpool layer1_block1_conv1 layer1_block1_conv2 layer1_block1 layer1_block2_conv1 "
              "layer1_block2_conv2 layer1_block2 layer2_block1_conv1 layer2_block1_conv2 layer2_block1 "
              "avgpool conv8 "
              "softmax");
}

/* torchvision's way: bottlenecks with a projection, its convolution before or after the main branch;
 * the stage begins with more channels at the same size. */
static void test_residual_projection(void **state)
{
    (void)state;
    names_are(
        NET C(4) P(2) C(2) P(8) "[route]\nlayers=0\n" P(8) ADD(-3) P(2) C(2) P(8) ADD(-4) /* layer 1 */
        P(16) "[route]\nlayers=-2\n" P(4) C(4) P(16) ADD(-5)                              /* layer 2 */
        "[avgpool]\n" FC(3) "[softmax]\n",
        "conv1 layer1_block1_conv1 layer1_block1_conv2 layer1_block1_conv3 layer1_block1_route1 "
        "layer1_block1_downsample layer1_block1 layer1_block2_conv1 layer1_block2_conv2 layer1_block2_conv3 "
        "layer1_block2 layer2_block1_downsample layer2_block1_route1 layer2_block1_conv1 layer2_block1_conv2 "
        "layer2_block1_conv3 layer2_block1 avgpool fc1 softmax");
}

/* As darknet53: a strided convolution between the stages; and a separate activation after each sum. */
static void test_between_blocks(void **state)
{
    (void)state;
    names_are(
        NET C(4) C(8) P(4) C(8) ADD(-3) "[activation]\nactivation=relu\n" POOL C(16) P(8) C(16) ADD(-3) P(8)
            C(16) ADD(-3) "[avgpool]\n",
        "conv1 conv2 layer1_block1_conv1 layer1_block1_conv2 layer1_block1 layer1_activation1 layer2_pool1 "
        "layer2_conv1 layer2_block1_conv1 layer2_block1_conv2 layer2_block1 layer2_block2_conv1 "
        "layer2_block2_conv2 layer2_block2 avgpool");
}

/* As a head ends: its last sum is read by nothing, so the pool before it stands in no block. */
static void test_pool_behind_blocks(void **state)
{
    (void)state;
    names_are(NET C(4) POOL C(4) C(4) ADD(-3) C(4) POOL C(4),
              "conv1 maxpool layer1_block1_conv1 layer1_block1_conv2 layer1_block1 conv4 maxpool2 conv5");
}

/* A sum inside a block is no block's output: more than its own tensor crosses after it. */
static void test_inner_shortcut(void **state)
{
    (void)state;
    names_are(
        NET C(4) C(4) ADD(-2) C(4) ADD(0) C(4) "[avgpool]\n",
        "conv1 layer1_block1_conv1 layer1_block1_shortcut1 layer1_block1_conv2 layer1_block1 conv4 avgpool");
}

static struct net *bundled(const char *name)
{
    char *path = memory_format(DARKNET "%s", name);
    struct error e = {""};
    struct net *net = net_read(path, &e);
    free(path);
    if (!net) {
        print_message("skipped: %s\n", e.text);
        skip();
    }
    return net;
}

static void test_vgg16(void **state)
{
    (void)state;
    struct net *net = bundled("vgg-16.cfg");
    char *all = names_of(net);
    assert_string_equal(
        all, "crop block1_conv1 block1_conv2 block1_pool block2_conv1 block2_conv2 block2_pool block3_conv1 "
             "block3_conv2 block3_conv3 block3_pool block4_conv1 block4_conv2 block4_conv3 block4_pool "
             "block5_conv1 block5_conv2 block5_conv3 block5_pool fc1 dropout1 fc2 dropout2 fc3 softmax");
    free(all);
    net_free(net);
}

static void blocks_are(const char *name, const int *blocks, int stages)
{
    struct net *net = bundled(name);
    for (int s = 1; s <= stages + 1; s++) {
        int n = 0;
        for (int i = 0; i < net->layers_n; i++) {
            char wanted[40];
            snprintf(wanted, sizeof wanted, "layer%d_block%d", s, n + 1);
            if (strcmp(net->layers[i].name, wanted) == 0) {
                assert_int_equal(net->layers[i].kind, NET_SHORTCUT);
                n++;
            }
        }
        assert_int_equal(n, s <= stages ? blocks[s - 1] : 0);
    }
    net_free(net);
}

static void test_resnets(void **state)
{
    (void)state;
    blocks_are("resnet18.cfg", (const int[]){2, 2, 2, 2}, 4);
    blocks_are("resnet34.cfg", (const int[]){3, 4, 6, 3}, 4);
    blocks_are("resnet50.cfg", (const int[]){3, 4, 6, 3}, 4);
    blocks_are("resnext50.cfg", (const int[]){3, 4, 6, 3}, 4);
    blocks_are("resnet101.cfg", (const int[]){3, 4, 23, 3}, 4);
    blocks_are("resnet152.cfg", (const int[]){3, 8, 36, 3}, 4);
    blocks_are("darknet53.cfg", (const int[]){1, 2, 8, 8, 4}, 5);
    struct net *net = bundled("resnet50.cfg");
    assert_string_equal(net->layers[0].name, "conv1");
    assert_string_equal(net->layers[1].name, "maxpool");
    assert_string_equal(net->layers[2].name, "layer1_block1_conv1");
    assert_string_equal(net->layers[64].name, "layer4_block3_conv3");
    assert_string_equal(net->layers[65].name, "layer4_block3");
    assert_string_equal(net->layers[66].name, "avgpool");
    assert_string_equal(net->layers[67].name, "conv50");
    net_free(net);
}

/* The paper's axis for ResNet-50, from our own cfg, whose projections hold pools of their own. */
static void test_paper_axis(void **state)
{
    (void)state;
    struct error e;
    struct net *net = net_read("cfg/resnet50.cfg", &e);
    assert_non_null(net);
    struct table *table = table_make(net);
    int n, *listed = table_listed(table, TABLE_BACKBONE, &n);
    assert_int_equal(n, 18);
    assert_string_equal(table->rows[listed[0]].name, "conv1");
    assert_string_equal(table->rows[listed[1]].name, "maxpool");
    const int blocks[] = {3, 4, 6, 3};
    for (int s = 0, i = 2; s < 4; s++)
        for (int b = 1; b <= blocks[s]; b++, i++) {
            char wanted[40];
            snprintf(wanted, sizeof wanted, "layer%d_block%d", s + 1, b);
            assert_string_equal(table->rows[listed[i]].name, wanted);
        }
    free(listed);
    table_free(table);
    net_free(net);
}

/* As a tail begins: a pool of one pixel has no part in the names of others, whoever reads it, and no list has
 * it; what tails began with before is a layer like others. */
#define PASS "[maxpool]\nsize=1\nstride=1\n"

static void test_identity(void **state)
{
    (void)state;
    names_are(NET PASS C(2) POOL C(4) PASS POOL C(4) FC(8),
              "identity1 block1_conv1 block1_pool block2_conv1 identity2 block2_pool block3_conv1 fc1");
    names_are(
        NET PASS C(3) C(3) ADD(0) POOL C(3) C(3) ADD(-3) C(4),
        "identity1 layer1_block1_conv1 layer1_block1_conv2 layer1_block1 layer2_pool1 layer2_block1_conv1 "
        "layer2_block1_conv2 layer2_block1 conv5");
    names_are(NET "[activation]\nactivation=linear\n" C(3) C(3) ADD(0) C(4),
              "activation1 layer1_block1_conv1 layer1_block1_conv2 layer1_block1 conv3");
    names_are(NET PASS, "identity1");
    names_are(NET "[maxpool]\nsize=1\nstride=2\n" C(3) "[maxpool]\nsize=2\nstride=1\n", "pool1 conv1 pool2");

    const char text[] = NET C(2) PASS C(4) "[softmax]\n";
    struct net *net = net_parse(text, strlen(text), "t.cfg", NULL);
    struct table *table = table_make(net);
    int n, *listed = table_listed(table, TABLE_ALL, &n);
    assert_int_equal(n, 3);
    assert_true(listed[0] == 0 && listed[1] == 2 && listed[2] == 3);
    assert_string_equal(table->rows[1].type, "identity");
    assert_true(table->rows[0].clean && !table->rows[1].clean && table->rows[2].clean);
    assert_int_equal(net_runs_in(net, 1, 1), NET_RUNS_STOCK);
    free(listed);
    table_free(table);
    net_free(net);
}

static void test_names_are_unique(void **state)
{
    (void)state;
    DIR *dir = opendir(DARKNET);
    if (!dir) {
        print_message("skipped: " DARKNET " is not there\n");
        skip();
    }
    int nets = 0;
    for (struct dirent *d; (d = readdir(dir));) {
        if (!strstr(d->d_name, ".cfg"))
            continue;
        char *path = memory_format(DARKNET "%s", d->d_name);
        struct net *net = net_read(path, NULL);
        for (int i = 0; net && i < net->layers_n; i++)
            for (int k = 0; k < i; k++)
                if (strcmp(net->layers[i].name, net->layers[k].name) == 0)
                    fail_msg("%s: layers %d and %d are both %s", path, k, i, net->layers[i].name);
        nets += net != NULL;
        net_free(net);
        free(path);
    }
    closedir(dir);
    assert_in_range(nets, 20, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vgg_like),
        cmocka_unit_test(test_fully_convolutional),
        cmocka_unit_test(test_by_kind),
        cmocka_unit_test(test_residual_darknet),
        cmocka_unit_test(test_residual_projection),
        cmocka_unit_test(test_between_blocks),
        cmocka_unit_test(test_pool_behind_blocks),
        cmocka_unit_test(test_inner_shortcut),
        cmocka_unit_test(test_vgg16),
        cmocka_unit_test(test_resnets),
        cmocka_unit_test(test_paper_axis),
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_names_are_unique),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
