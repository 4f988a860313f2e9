/* Bottlenecks: their words, their shapes, the cfgs of the whole and the rest, and the first weights. That
 * they compute what they should is shown by test_bottleneck_graph.c, that libdarknet runs them by
 * tests/e2e/test_bottleneck.py. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "net/params.h"
#include "net/possible.h"
#include "partition/bottleneck.h"
#include "partition/bottleneck_weights.h"
#include "partition/partition.h"

#define DARKNET "/usr/share/darknet/cfg/"
#define CONV(filters) "[convolutional]\nfilters=" #filters "\nsize=3\npad=1\nactivation=relu\n"
#define END "[avgpool]\n[connected]\noutput=3\nactivation=linear\n[softmax]\n"

static void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' does not hold '%s'", text, part);
}

static struct net *parse(const char *text)
{
    struct error e = {""};
    struct net *net = net_parse(text, strlen(text), "folder/t.cfg", &e);
    if (!net)
        fail_msg("%s\n%s", e.text, text);
    return net;
}

static struct bottleneck form_of(const char *word)
{
    struct bottleneck b;
    struct error e = {""};
    if (bottleneck_read(word, &b, &e) < 0)
        fail_msg("%s", e.text);
    return b;
}

typedef int write_function(FILE *, const struct cfg *, const struct net *, int, const struct bottleneck *,
                           struct error *);

/* The cfg of whole or rest. New string. */
static char *made(write_function *write, const char *text, const struct net *net, int layer,
                  const struct bottleneck *b)
{
    struct error e = {""};
    char *bytes = NULL;
    size_t size;
    struct cfg *cfg = cfg_parse(text, strlen(text), net->path, &e);
    FILE *out = memory_stream(&bytes, &size);
    assert_int_equal(write(out, cfg, net, layer, b, &e), 0);
    fclose(out);
    cfg_free(cfg);
    return bytes;
}

/* ---- Words ------------------------------------------------------------------------------------------ */

static void test_words(void **state)
{
    (void)state;
    static const char *const words[] = {"none", "ratio", "floats:512", "bytes:1"};
    for (int i = 0; i < 4; i++) {
        struct bottleneck b = form_of(words[i]);
        assert_int_equal(b.form, i);
        char *word = bottleneck_word(&b);
        assert_string_equal(word, words[i]);
        free(word);
    }
    static const char *const wrong[] = {"",        "rati",     "ratios",     "floats",
                                        "floats:", "floats:0", "floats:-16", "bytes512",
                                        "bytes:x", "none:3",   "RATIO",      "bytes:9999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct bottleneck b;
        struct error e = {""};
        assert_int_equal(bottleneck_read(wrong[i], &b, &e), -1);
        has(e.text, "is no bottleneck (expected none, ratio, floats:N or bytes:N");
    }
}

/* ---- Shapes and layers ------------------------------------------------------------------------------ */

/* The kinds and shapes of a bottleneck's layers: "conv3/2 2x4x4 conv3/2 4x2x2 | upsample 4x4x4 ..." */
static char *layers_of(const struct net *net)
{
    char *text = NULL;
    size_t size;
    FILE *out = memory_stream(&text, &size);
    for (int i = net->inserted.first; i <= net->inserted.last; i++) {
        const struct net_layer *l = &net->layers[i];
        fputs(i == net->inserted.first ? "" : i == net->inserted.sent + 1 ? " | " : " ", out);
        if (l->kind == NET_CONVOLUTIONAL)
            fprintf(out, "conv%d/%d%s", l->size, l->stride, l->act == NET_RELU ? "+" : "");
        else
            fputs(net_kind_name(l->kind), out);
        fprintf(out, " %dx%dx%d", l->out.c, l->out.h, l->out.w);
        assert_int_equal(l->batch_normalize, l->act == NET_RELU);
    }
    fclose(out);
    return text;
}

static char *cut_of(int c, int h, int w)
{
    return memory_format(
        "[net]\nchannels=3\nheight=%d\nwidth=%d\n[convolutional]\nfilters=%d\nsize=3\npad=1\n"
        "activation=relu\n" CONV(5) END,
        h, w, c);
}

static void layers_are(const char *word, int c, int h, int w, const char *expected)
{
    struct bottleneck b = form_of(word);
    char *text = cut_of(c, h, w);
    struct net *net = parse(text);
    char *whole = made(partition_write_whole, text, net, 0, &b);
    struct net *bigger = parse(whole);
    char *layers = layers_of(bigger);
    assert_string_equal(layers, expected);
    free(layers);
    net_free(bigger);
    free(whole);
    net_free(net);
    free(text);
}

static void test_ratio(void **state)
{
    (void)state;
    layers_are("ratio", 16, 8, 8,
               "conv3/2+ 2x4x4 conv3/2+ 4x2x2 | upsample 4x4x4 conv3/1+ 2x4x4 upsample 2x8x8 conv3/1 16x8x8");
    layers_are("ratio", 16, 7, 7,
               "conv3/2+ 2x4x4 conv3/2+ 4x2x2 | upsample 4x4x4 conv3/1+ 2x4x4 upsample 2x8x8 conv2/1 16x7x7");
    layers_are(
        "ratio", 16, 13, 13,
        "conv3/2+ 2x7x7 conv3/2+ 4x4x4 | upsample 4x8x8 conv2/1+ 2x7x7 upsample 2x14x14 conv2/1 16x13x13");
    /* Of 7x8 a row is too many, and no column. */
    layers_are("ratio", 16, 7, 8,
               "conv3/2+ 2x4x4 conv3/2+ 4x2x2 | upsample 4x4x4 conv3/1+ 2x4x4 upsample 2x8x8 crop 2x7x8 "
               "conv3/1 16x7x8");
    layers_are("ratio", 16, 12, 14,
               "conv3/2+ 2x6x7 conv3/2+ 4x3x4 | upsample 4x6x8 crop 4x6x7 conv3/1+ 2x6x7 upsample 2x12x14 "
               "conv3/1 16x12x14");
    layers_are("ratio", 16, 3, 3,
               "conv3/2+ 2x2x2 conv3/2+ 4x1x1 | upsample 4x2x2 conv3/1+ 2x2x2 upsample 2x4x4 conv2/1 16x3x3");
    /* One pixel is not halved, and nothing is narrower than what is sent. */
    layers_are("ratio", 16, 2, 2,
               "conv3/2+ 4x1x1 conv1/1+ 4x1x1 | conv1/1+ 4x1x1 upsample 4x2x2 conv3/1 16x2x2");
    layers_are("ratio", 16, 1, 1, "conv1/1+ 4x1x1 conv1/1+ 4x1x1 | conv1/1+ 4x1x1 conv1/1 16x1x1");
    layers_are("ratio", 16, 1, 4,
               "conv3/2+ 2x1x2 conv3/2+ 4x1x1 | upsample 4x2x2 crop 4x1x2 conv3/1+ 2x1x2 upsample 2x2x4 crop "
               "2x1x4 conv3/1 16x1x4");
    layers_are("ratio", 3, 8, 8,
               "conv3/2+ 1x4x4 conv3/2+ 1x2x2 | upsample 1x4x4 conv3/1+ 1x4x4 upsample 1x8x8 conv3/1 3x8x8");
}

static void test_floats(void **state)
{
    (void)state;
    layers_are("floats:32", 16, 8, 8, "conv2/2 2x4x4 | conv1/1 64x4x4 reorg 16x8x8");
    layers_are("floats:47", 16, 8, 8, "conv2/2 2x4x4 | conv1/1 64x4x4 reorg 16x8x8");
    layers_are("bytes:48", 16, 8, 8, "conv2/2 3x4x4 | conv1/1 64x4x4 reorg 16x8x8");
    layers_are("floats:100", 16, 7, 7, "conv1/1 2x7x7 | conv1/1 16x7x7");
    /* Two rows and columns behind the patches are dropped and made again. */
    layers_are("floats:32", 16, 14, 14, "conv3/3 2x4x4 | conv2/1 144x5x5 reorg 16x15x15 crop 16x14x14");
    layers_are("floats:20", 16, 9, 8, "conv2/2 1x4x4 | conv2/1 64x5x5 reorg 16x10x10 crop 16x9x8");
    /* k = 1 would make 56 places of 7x8, k = 2 makes 12; 16 are wanted. */
    layers_are("floats:24", 16, 7, 8, "conv2/2 2x3x4 | conv2/1 64x4x5 reorg 16x8x10 crop 16x7x8");
    layers_are("floats:24", 16, 2, 2, "conv1/1 6x2x2 | conv1/1 16x2x2");
    layers_are("floats:5", 16, 1, 1, "conv1/1 5x1x1 | conv1/1 16x1x1");
    layers_are("floats:40", 16, 1, 9, "conv1/1 4x1x9 | conv1/1 16x1x9");
}

/* Whatever the sides: the decoder makes the cut's shape, and no more is sent than was allowed. */
static void test_all_sides(void **state)
{
    (void)state;
    for (int h = 1; h <= 18; h++) {
        for (int w = 1; w <= 18; w++) {
            char *text = cut_of(16, h, w);
            struct net *net = parse(text);
            for (int i = 0; i < 3; i++) {
                struct bottleneck b = form_of(i == 0 ? "ratio" : i == 1 ? "floats:64" : "bytes:300");
                struct error e = {""};
                if (bottleneck_possible(net, 0, &b, &e) < 0)
                    continue;
                char *whole = made(partition_write_whole, text, net, 0, &b);
                struct net *bigger = parse(whole);
                struct net_shape code = bottleneck_code(&b, net->layers[0].out);
                const struct net_layer *sent = &bigger->layers[bigger->inserted.sent],
                                       *last = &bigger->layers[bigger->inserted.last];
                assert_memory_equal(&sent->out, &code, sizeof code);
                assert_memory_equal(&last->out, &net->layers[0].out, sizeof last->out);
                assert_true(net_shape_size(code) < net_shape_size(last->out));
                assert_true(i == 0 || net_shape_size(code) <= b.n);
                assert_int_equal(bigger->inserted.int8, i == 2);
                net_free(bigger);
                free(whole);
            }
            net_free(net);
            free(text);
        }
    }
}

/* ---- What cannot be ------------------------------------------------------------------------------------ */

static void refused(const char *text, int layer, const char *word, const char *why)
{
    struct net *net = parse(text);
    struct bottleneck b = form_of(word);
    struct error e = {""};
    int status = bottleneck_possible(net, layer, &b, &e);
    if (why)
        has(e.text, why);
    assert_int_equal(status, why ? -1 : 0);
    assert_null(strchr(e.text, '\n'));
    net_free(net);
}

static void test_refused(void **state)
{
    (void)state;
    static const char text[] = "[net]\nchannels=3\nheight=8\nwidth=6\n" CONV(4) CONV(4)
        CONV(4) "[shortcut]\nfrom=0\nactivation=linear\n[dropout]\n" END;
    refused(text, 0, "ratio", NULL);
    refused(text, 3, "ratio", NULL);
    refused(text, 3, "none", NULL);
    refused(text, -1, "ratio", "has no layer -1");
    refused(text, 1, "none",
            "cannot cut after layer 1 (layer1_block1_conv1): the tail reads the skip connection");
    refused(text, 1, "ratio",
            "cannot cut after layer 1 (layer1_block1_conv1): the tail reads the skip connection");
    refused(text, 4, "ratio", "a dropout passes on what it is given");
    refused(text, 6, "ratio",
            "cannot put a bottleneck after layer 6 (fc1): the scores are there, no layer is left to compute "
            "them");
    refused(
        text, 0, "floats:11",
        "bottleneck floats:11 after layer 0 (conv1): a code of 4x3 places has 12 numbers at least (expected "
        "floats:12 or more)");
    refused(
        text, 0, "floats:192",
        "bottleneck floats:192 after layer 0 (conv1): its code of 192 numbers is no smaller than the cut's "
        "tensor of 192");
    refused(text, 0, "floats:191", NULL);
    refused(text, 0, "bytes:800", "is no smaller than the cut's tensor of 192");
    static const char pixel[] = "[net]\nchannels=3\nheight=1\nwidth=1\n" CONV(1) CONV(3) "[softmax]\n";
    refused(pixel, 0, "ratio", "its code of 1 numbers is no smaller");
    static const char flat[] = "[net]\nchannels=3\nheight=8\nwidth=8\n" CONV(
        4) "[reorg]\nextra=5\n"
           "[activation]\nactivation=relu\n[connected]\noutput=3\nactivation=linear\n";
    refused(flat, 1, "ratio", "cannot put a bottleneck after layer 1 (reorg1): it gives a plain vector");
    refused(flat, 2, "ratio", "cannot put a bottleneck after layer 2 (activation1): it gives a plain vector");
}

static void test_no_second(void **state)
{
    (void)state;
    char *text = cut_of(16, 8, 8);
    struct net *net = parse(text);
    struct bottleneck b = form_of("bytes:32"), none = form_of("none");
    char *whole = made(partition_write_whole, text, net, 0, &b);
    refused(whole, 4, "ratio", "the network has a bottleneck already, layers 1 to 3");
    /* Written again as it is, it still says where its bottleneck is. */
    struct net *bigger = parse(whole);
    char *again = made(partition_write_whole, whole, bigger, 1, &none);
    struct net *same = parse(again);
    assert_memory_equal(&same->inserted, &bigger->inserted, sizeof same->inserted);
    net_free(same);
    free(again);
    /* Head and tail are no whole any more. */
    struct error e = {""};
    struct cfg *cfg = cfg_parse(whole, strlen(whole), "w.cfg", &e);
    char *head = NULL;
    size_t size;
    FILE *out = memory_stream(&head, &size);
    assert_int_equal(partition_write_head(out, cfg, bigger, 1, &e), 0);
    fclose(out);
    has(head, "# It is the code of a bottleneck, and the accuracy was measured with it sent as int8.\n");
    assert_null(strstr(head, "inserted"));
    assert_null(strstr(head, "code="));
    net_free(parse(head));
    free(head);
    cfg_free(cfg);
    net_free(bigger);
    free(whole);
    net_free(net);
    free(text);
}

/* ---- The texts ----------------------------------------------------------------------------------------- */

static const char original[] =
    "[net]\nbatch=128\nheight=8\nwidth=6\nchannels=3\nhue=.1\npolicy=steps\nsteps=10,20\n"
    "[conv]\nfilters=8\nsize=1\nactivation=relu\n"
    "[convolutional]\nfilters=8\nsize=3\npad=1\nactivation=leaky\nstopbackward=1\n"
    "[shortcut]\nfrom=0\nactivation=linear\n"
    "[shortcut]\nfrom=-2\nactivation=relu\n"
    "[route]\nlayers = -1, 1,0\n"
    "[connected]\noutput=3\nactivation=linear\n[softmax]\n";

#define MADE_TITLE                                                                                           \
    "# t.cfg with the bottleneck floats:40 after layer 0 (conv1).\n"                                         \
    "# The tensor that is sent: 3 x 4 x 3 (channels, rows, columns).\n# In the original network: "           \
    "batch=128\n\n"                                                                                          \
    "[net]\nbatch=1\nsubdivisions=1\n"
#define MADE_LAYERS                                                                                          \
    "\n[convolutional]\nfilters=3\nsize=2\nstride=2\npad=0\nactivation=linear\n"                             \
    "\n[convolutional]\nfilters=32\nsize=1\nstride=1\npad=0\nactivation=linear\n"                            \
    "\n[reorg]\nstride=2\nreverse=1\n"                                                                       \
    "\n[convolutional]\nfilters=8\nsize=3\npad=1\nactivation=leaky\nstopbackward=1\n"

/* Numbers from the start move, those from the layer do not, and what was conv1 is now the decoder's end. */
static void test_texts(void **state)
{
    (void)state;
    struct net *net = parse(original);
    struct bottleneck b = form_of("floats:40");
    char *whole = made(partition_write_whole, original, net, 0, &b);
    assert_string_equal(
        whole,
        MADE_TITLE "height=8\nwidth=6\nchannels=3\nhue=.1\npolicy=steps\nsteps=10,20\ninserted=1,1,3\n"
                   "\n[conv]\nfilters=8\nsize=1\nactivation=relu\n" MADE_LAYERS
                   "\n[shortcut]\nfrom=3\nactivation=linear\n\n[shortcut]\nfrom=-2\nactivation=relu\n"
                   "\n[route]\nlayers=-1,4,3\n\n[connected]\noutput=3\nactivation=linear\n\n[softmax]\n");
    char *rest = made(partition_write_rest, original, net, 0, &b);
    assert_string_equal(
        rest,
        MADE_TITLE "height=8\nwidth=6\nchannels=8\npolicy=steps\nsteps=10,20\ninserted=0,0,2\n" MADE_LAYERS
                   "\n[shortcut]\nfrom=2\nactivation=linear\n\n[shortcut]\nfrom=-2\nactivation=relu\n"
                   "\n[route]\nlayers=-1,3,2\n\n[connected]\noutput=3\nactivation=linear\n\n[softmax]\n");
    free(whole);
    free(rest);
    net_free(net);
}

/* ---- Everything else stays, in many networks ----------------------------------------------------------- */

/* Layer i of `net` is layer k of `bigger`, and reads the same, `shift` further on where it lies after `cut`.
 */
static void is_same_layer(const struct net *net, int i, const struct net *bigger, int k, int cut, int shift)
{
    const struct net_layer *a = &net->layers[i], *b = &bigger->layers[k];
    struct net_layer x = *a, y = *b;
    if (k <= cut || bigger->layers_n > net->layers_n)
        assert_string_equal(a->name, b->name);
    assert_int_equal(a->inputs_n, b->inputs_n);
    for (int n = 0; n < a->inputs_n; n++)
        assert_int_equal(a->inputs[n] >= cut && i > cut ? a->inputs[n] + shift : a->inputs[n], b->inputs[n]);
    x.inputs = y.inputs = NULL;
    x.line = y.line = 0;
    x.tree = y.tree = NULL;
    memcpy(x.name, y.name, sizeof x.name);
    assert_memory_equal(&x, &y, sizeof x);
}

static void check_rest(const char *text, const struct net *net, int cut, const struct bottleneck *b,
                       const struct net *bigger)
{
    char *cfg = made(partition_write_rest, text, net, cut, b);
    struct net *rest = parse(cfg);
    bottleneck_take_names(rest, net, cut);
    int shift = rest->layers_n - net->layers_n;
    assert_memory_equal(&rest->in, &net->layers[cut].out, sizeof rest->in);
    assert_int_equal(rest->inserted.n, bigger->inserted.n);
    assert_int_equal(rest->inserted.sent, bigger->inserted.sent - cut - 1);
    for (int i = cut + 1; i < net->layers_n; i++) {
        is_same_layer(net, i, rest, i + shift, cut, shift);
        assert_string_equal(net->layers[i].name, rest->layers[i + shift].name);
    }
    assert_int_equal(rest->classes, net->classes);
    net_free(rest);
    free(cfg);
}

/* The encoder's work and memory are the head's: as the table says without being told. */
static void check_table(const struct net *net, const struct net *bigger, int cut)
{
    struct table *before = table_make(net), *after = table_make(bigger);
    const struct table_row *old = &before->rows[cut], *new = &after->rows[bigger->inserted.sent];
    int64_t macs[2] = {0, 0}, params[2] = {0, 0}; /* of encoder, decoder */
    for (int i = bigger->inserted.first; i <= bigger->inserted.last; i++) {
        const struct net_layer *l = &bigger->layers[i];
        bool decodes = i > bigger->inserted.sent;
        int64_t window = (int64_t)l->size * l->size * l->in.c, channels = l->batch_normalize ? 4 : 1;
        if (l->kind != NET_CONVOLUTIONAL)
            continue;
        macs[decodes] += window * net_shape_size(l->out);
        params[decodes] += (window + channels) * l->out.c;
    }
    assert_true(new->clean);
    assert_int_equal(new->cut_tensors, 1);
    assert_int_equal(new->cut_bytes, 4 * net_shape_size(bigger->layers[bigger->inserted.sent].out));
    assert_int_equal(new->head_macs, old->head_macs + macs[0]);
    assert_int_equal(new->tail_macs, old->tail_macs + macs[1]);
    assert_int_equal(new->head_params, old->head_params + params[0]);
    assert_int_equal(new->tail_params, old->tail_params + params[1]);
    assert_true(new->head_peak_bytes >= old->head_peak_bytes);
    assert_true(new->head_peak_bytes >= before->rows[cut].out_bytes + new->cut_bytes);
    table_free(before);
    table_free(after);
}

static void check_cut(const char *text, const struct net *net, int cut, const struct bottleneck *b)
{
    char *whole = made(partition_write_whole, text, net, cut, b);
    struct net *bigger = parse(whole);
    int shift = bigger->inserted.n;
    assert_int_equal(bigger->layers_n, net->layers_n + shift);
    assert_int_equal(bigger->inserted.first, cut + 1);
    assert_int_equal(bigger->inserted.last, cut + shift);
    assert_int_equal(bigger->classes, net->classes);
    assert_int_equal(bigger->score, net->score + shift);
    for (int i = 0; i < net->layers_n; i++)
        is_same_layer(net, i, bigger, i <= cut ? i : i + shift, cut, shift);
    for (int i = cut + 1; i <= cut + shift; i++) {
        char name[40];
        bool encodes = i <= bigger->inserted.sent;
        snprintf(name, sizeof name, "%s%d", encodes ? "encoder" : "decoder",
                 encodes ? i - cut : i - bigger->inserted.sent);
        assert_string_equal(bigger->layers[i].name, name);
    }
    check_table(net, bigger, cut);
    check_rest(text, net, cut, b, bigger);
    net_free(bigger);
    free(whole);
}

/* Every clean cut with every form; returns how many there were with `ratio`. */
static int check_network(const char *path)
{
    struct error e = {""};
    size_t size;
    struct net *net = net_read(path, &e);
    int cuts = 0;
    if (!net)
        return 0;
    char *text = file_read(path, CFG_BYTES_MAX, &size, &e);
    static const char *const words[] = {"ratio", "floats:512", "bytes:2000"};
    for (int cut = 0; cut < net->layers_n; cut++)
        for (int i = 0; i < 3; i++) {
            struct bottleneck b = form_of(words[i]);
            if (bottleneck_possible(net, cut, &b, &e) < 0)
                continue;
            check_cut(text, net, cut, &b);
            cuts += b.form == BOTTLENECK_RATIO;
        }
    free(text);
    net_free(net);
    return cuts;
}

static void test_demo(void **state)
{
    (void)state;
    assert_int_equal(check_network("cfg/letters-vgg16.cfg"), 20);    /* 13 + 5, and two connected layers */
    assert_int_equal(check_network("cfg/letters-resnet50.cfg"), 19); /* conv1, maxpool, 16 blocks, avgpool */
}

/* Debian's networks, where they are installed. */
static void test_debian(void **state)
{
    (void)state;
    DIR *d = opendir(DARKNET);
    if (!d)
        skip();
    int networks = 0;
    for (const struct dirent *entry; (entry = readdir(d));) {
        char path[400];
        snprintf(path, sizeof path, DARKNET "%s", entry->d_name);
        /* A quarter of a million layers takes its time; the shallower ones of a family show the same. */
        if (strstr(path, ".cfg") && !strstr(path, "152") && !strstr(path, "101"))
            networks += check_network(path) > 0;
    }
    closedir(d);
    assert_true(networks >= 10);
}

/* ---- The places in [net] ------------------------------------------------------------------------------- */

static void not_inserted(const char *value, const char *layers, const char *why)
{
    struct error e = {""};
    char *text = memory_format("[net]\nchannels=4\nheight=4\nwidth=4\n%s\n%s", value, layers);
    assert_null(net_parse(text, strlen(text), "t.cfg", &e));
    has(e.text, "t.cfg:5: ");
    has(e.text, why);
    free(text);
}

static void test_places(void **state)
{
    (void)state;
    static const char four[] = CONV(4) CONV(4) CONV(4) CONV(4);
    static const char *const wrong[] = {"1,2",   "1,2,3,3", "1,2,x", "a", "-1,2,3",
                                        "2,1,3", "1,3,3",   "1,2,4", ",,"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char value[40];
        snprintf(value, sizeof value, "inserted=%s", wrong[i]);
        not_inserted(value, four,
                     "(expected the numbers of a bottleneck's first layer, of its encoder's last");
    }
    not_inserted("inserted=1,1,2", CONV(4) CONV(4) CONV(5) CONV(4), "another shape than the first reads");
    not_inserted("inserted=1,1,2", CONV(4) CONV(4) "[shortcut]\nfrom=0\n" CONV(4),
                 "reads more than the layer before");
    not_inserted("inserted=1,1,2", CONV(4) CONV(4) CONV(4) CONV(4) "[shortcut]\nfrom=0\n",
                 "a layer after them reads one before the last");
    not_inserted("inserted=1,1,2\ncode=int8", CONV(4) CONV(4) CONV(4) "[route]\nlayers=1\n",
                 "a layer after them reads one before the last");
    struct error e = {""};
    static const char code[] =
        "[net]\nchannels=4\nheight=4\nwidth=4\ncode=int4\ninserted=1,1,2\n" CONV(4) CONV(4) CONV(4);
    assert_null(net_parse(code, strlen(code), "t.cfg", &e));
    assert_string_equal(e.text, "t.cfg:5: code='int4' in [net] (expected int8, or no such key)");
}

/* ---- Weights ------------------------------------------------------------------------------------------- */

static const char weighted[] = "[net]\nchannels=2\nheight=8\nwidth=8\n"
                               "[conv]\nbatch_normalize=1\nfilters=16\nsize=3\npad=1\nactivation=relu\n"
                               "[connected]\noutput=5\nbatch_normalize=1\nactivation=relu\n"
                               "[connected]\noutput=2\nactivation=linear\n[softmax]\n";
enum { FIRST = 16 * 4 + 16 * 18, SECOND = 5 * 4 + 5 * 1024, THIRD = 2 + 10 };

/* A file on the disk, and what reads it. */
struct numbers {
    char path[40];
    struct net *net;
    struct weights_info info;
    struct params *params;
};

static struct numbers open_numbers(const char *bytes, size_t size, const char *cfg)
{
    struct numbers f = {.path = "/tmp/isplit-bottleneck-XXXXXX", .net = parse(cfg)};
    struct error e = {""};
    FILE *out = fdopen(mkstemp(f.path), "wb");
    fwrite(bytes, 1, size, out);
    fclose(out);
    if (weights_check(f.path, f.net, &f.info, &e) < 0 ||
        !(f.params = params_open(f.path, f.net, &f.info, &e)))
        fail_msg("%s", e.text);
    return f;
}

static void close_numbers(struct numbers *f)
{
    params_close(f->params);
    net_free(f->net);
    unlink(f->path);
}

/* Number i is i + 1; connected weights as the version has them. */
static struct numbers original_numbers(const int32_t version[3])
{
    float all[5 + FIRST + SECOND + THIRD];
    int header = weights_seen_is_wide(version[0], version[1]) ? 5 : 4;
    memset(all, 0, sizeof all);
    memcpy(all, version, 12);
    for (int i = 0; i < FIRST + SECOND + THIRD; i++)
        all[header + i] = (float)(i + 1);
    if (version[1] > 1000) {
        float *w = all + header + FIRST + 5;
        for (int o = 0; o < 5; o++)
            for (int i = 0; i < 1024; i++)
                w[i * 5 + o] = (float)(FIRST + 5 + o * 1024 + i + 1);
        w = all + header + FIRST + SECOND + 2;
        for (int o = 0; o < 2; o++)
            for (int i = 0; i < 5; i++)
                w[i * 2 + o] = (float)(FIRST + SECOND + 2 + o * 5 + i + 1);
    }
    return open_numbers((const char *)all, sizeof *all * (size_t)(header + FIRST + SECOND + THIRD), weighted);
}

static char *first_weights(const struct numbers *f, const struct net *net, uint64_t seed, size_t *size)
{
    char *bytes = NULL;
    struct error e = {""};
    FILE *out = memory_stream(&bytes, size);
    assert_int_equal(bottleneck_write_weights(out, net, f->net, 0, f->params, &f->info, seed, &e), 0);
    fclose(out);
    return bytes;
}

static void counts_up(const char *bytes, int first, int n)
{
    for (int i = 0; i < n; i++) {
        float v, wanted = (float)(first + i + 1);
        memcpy(&v, bytes + 4 * i, sizeof v);
        assert_memory_equal(&v, &wanted, sizeof v);
    }
}

/* The header is what is expected, the original's numbers are where they belong, and in the rest without a
 * head. */
static void check_weights(const int32_t version[3], enum epsilon epsilon, const int32_t expected[3])
{
    struct numbers f = original_numbers(version);
    struct bottleneck b = form_of("ratio");
    f.info.epsilon = epsilon;
    char *cfg = made(partition_write_whole, weighted, f.net, 0, &b),
         *rest_cfg = made(partition_write_rest, weighted, f.net, 0, &b);
    struct net *whole = parse(cfg), *rest = parse(rest_cfg);
    size_t size, rest_size, other_size;
    char *bytes = first_weights(&f, whole, 5, &size), *rest_bytes = first_weights(&f, rest, 5, &rest_size),
         *other = first_weights(&f, whole, 6, &other_size);
    int header = weights_seen_is_wide(expected[0], expected[1]) ? 20 : 16;
    int64_t inserted = 0;
    for (int i = whole->inserted.first; i <= whole->inserted.last; i++)
        inserted += 4 * whole->layers[i].params;
    assert_memory_equal(bytes, expected, 12);
    assert_int_equal(size, header + 4 * (FIRST + SECOND + THIRD) + inserted);
    counts_up(bytes + header, 0, FIRST);
    counts_up(bytes + header + 4 * FIRST + inserted, FIRST, SECOND + THIRD);
    assert_int_equal(rest_size, size - 4 * FIRST);
    assert_memory_equal(rest_bytes, bytes, (size_t)header);
    assert_memory_equal(rest_bytes + header, bytes + header + 4 * FIRST, rest_size - (size_t)header);
    assert_int_equal(other_size, size);
    assert_memory_not_equal(other, bytes, size);
    /* As a file of its own it is read like any other. */
    struct numbers read = open_numbers(bytes, size, cfg);
    assert_int_equal(read.info.transposed, false);
    assert_int_equal(read.info.epsilon, epsilon);
    close_numbers(&read);
    free(bytes);
    free(rest_bytes);
    free(other);
    free(cfg);
    free(rest_cfg);
    net_free(whole);
    net_free(rest);
    close_numbers(&f);
}

static void test_weights(void **state)
{
    (void)state;
    static const int32_t stock[] = {0, 1, 0}, plain[] = {0, 2, 0}, fork[] = {0, 2, 5}, later[] = {0, 2, 6},
                         turned[] = {0, 1001, 0};
    check_weights(plain, EPSILON_DARKNET, stock);
    check_weights(stock, EPSILON_DARKNET, stock);
    check_weights(turned, EPSILON_DARKNET, stock);
    check_weights(fork, EPSILON_FORK, fork);
    check_weights(later, EPSILON_FORK, later);
    check_weights(fork, EPSILON_DARKNET, stock);
    check_weights(plain, EPSILON_FORK, fork);
    check_weights(turned, EPSILON_FORK, fork);
}

/* Mean and variance of the numbers of a layer's weights. */
static void spread(const float *weights, int64_t n, double variance)
{
    double sum = 0, squares = 0, most = 0;
    for (int64_t i = 0; i < n; i++) {
        double v = (double)weights[i];
        sum += v;
        squares += v * v;
        most = v > most ? v : most;
    }
    double mean = sum / (double)n, found = squares / (double)n;
    /* Six standard errors. */
    assert_true(mean * mean < 36 * variance / (double)n);
    assert_true((found / variance - 1) * (found / variance - 1) < 36 * 2 / (double)n);
    assert_true(most * most > 6 * variance); /* normal, not uniform, whose largest square is 3 variances */
}

static void test_first_numbers(void **state)
{
    (void)state;
    static const char text[] =
        "[net]\nchannels=2\nheight=8\nwidth=8\n" CONV(128) CONV(3) "[avgpool]\n[softmax]\n";
    static const char *const words[] = {"ratio", "floats:512"};
    float zeros[5 + 128 * 19 + 3 * (1 + 9 * 128)] = {0};
    memcpy(zeros, (const int32_t[]){0, 2, 0}, 12);
    struct numbers f = open_numbers((const char *)zeros, sizeof zeros, text);
    for (int k = 0; k < 2; k++) {
        struct bottleneck b = form_of(words[k]);
        char *cfg = made(partition_write_whole, text, f.net, 0, &b);
        struct net *whole = parse(cfg);
        size_t size;
        char *bytes = first_weights(&f, whole, 1, &size);
        struct numbers read = open_numbers(bytes, size, cfg);
        for (int i = whole->inserted.first; i <= whole->inserted.last; i++) {
            const struct net_layer *l = &whole->layers[i];
            struct net_params p;
            struct error e;
            if (l->params == 0)
                continue;
            assert_int_equal(params_read(read.params, i, &p, &e), 0);
            int64_t n = (int64_t)l->in.c * l->size * l->size;
            for (int c = 0; c < l->out.c; c++)
                assert_true(p.biases[c] == 0 && (!l->batch_normalize ||
                                                 (p.scales[c] == 1 && p.mean[c] == 0 && p.variance[c] == 1)));
            spread(p.weights, n * l->out.c, (l->act == NET_RELU ? 2.0 : 1.0) / (double)n);
        }
        close_numbers(&read);
        free(bytes);
        net_free(whole);
        free(cfg);
    }
    close_numbers(&f);
}

/* What was trained behind the cut, and the original's head. */
static void check_join(const char *word)
{
    static const int32_t version[] = {0, 2, 0};
    struct numbers f = original_numbers(version);
    struct bottleneck b = form_of(word);
    char *cfg = made(partition_write_whole, weighted, f.net, 0, &b),
         *rest_cfg = made(partition_write_rest, weighted, f.net, 0, &b);
    struct net *whole = parse(cfg), *rest = parse(rest_cfg);
    size_t size, joined_size;
    char *bytes = first_weights(&f, rest, 5, &size), *joined = NULL;
    for (size_t at = 16; at < size; at += 4) /* trained */
        memcpy(bytes + at, &(float){(float)at}, 4);
    struct numbers trained = open_numbers(bytes, size, rest_cfg);
    struct error e = {""};
    FILE *out = memory_stream(&joined, &joined_size);
    assert_int_equal(
        bottleneck_join_weights(out, whole, rest, 0, f.params, trained.params, &trained.info, &e), 0);
    fclose(out);
    assert_int_equal(joined_size, size + 4 * FIRST);
    counts_up(joined + 16, 0, FIRST);
    assert_memory_equal(joined + 16 + 4 * FIRST, bytes + 16, size - 16);
    close_numbers(&trained);
    free(joined);
    free(bytes);
    net_free(rest);
    net_free(whole);
    free(cfg);
    free(rest_cfg);
    close_numbers(&f);
}

static void test_join(void **state)
{
    (void)state;
    check_join("ratio");
    check_join("floats:32");
    check_join("none");
}

static void test_lost_file(void **state)
{
    (void)state;
    static const int32_t version[] = {0, 2, 0};
    struct numbers f = original_numbers(version);
    struct error e = {""};
    FILE *out = fopen("/dev/null", "w");
    assert_int_equal(truncate(f.path, 40), 0);
    assert_int_equal(bottleneck_write_weights(out, f.net, f.net, 0, f.params, &f.info, 1, &e), -1);
    has(e.text, "it has become shorter meanwhile");
    fclose(out);
    close_numbers(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),   cmocka_unit_test(test_ratio),
        cmocka_unit_test(test_floats),  cmocka_unit_test(test_all_sides),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_no_second),
        cmocka_unit_test(test_texts),   cmocka_unit_test(test_demo),
        cmocka_unit_test(test_debian),  cmocka_unit_test(test_places),
        cmocka_unit_test(test_weights), cmocka_unit_test(test_first_numbers),
        cmocka_unit_test(test_join),    cmocka_unit_test(test_lost_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
