/* Every way a cfg can be wrong has its one line: which file, which line, what, and what was expected. */
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
#include "net/cfg.h"
#include "net/net.h"

#define NET "[net]\nwidth=8\nheight=8\nchannels=3\n" /* 4 lines: what follows begins in line 5 */

struct wrong {
    const char *cfg, *message;
};

static void all_refused(const struct wrong *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct error e = {""};
        struct net *net = net_parse(cases[i].cfg, strlen(cases[i].cfg), "t.cfg", &e);
        if (net)
            fail_msg("accepted: %s", cases[i].cfg);
        assert_string_equal(e.text, cases[i].message);
    }
}

#define ALL_REFUSED(cases) all_refused(cases, sizeof(cases) / sizeof *(cases))

static void test_the_text_and_the_input(void **state)
{
    (void)state;
    static const struct wrong cases[] = {
        {"", "t.cfg: has no sections (expected [net] and layers)"},
        {"# only\n\n;x\n", "t.cfg: has no sections (expected [net] and layers)"},
        {"filters=3\n" NET, "t.cfg:1: key 'filters' stands before any section (expected [net] first)"},
        {"[convolutional]\nfilters=3\n", "t.cfg:1: the first section is 'convolutional' (expected [net])"},
        {NET, "t.cfg:1: has no layers (expected some after [net])"},
        {"[net]\nwidth=8\n[avgpool]\n",
         "t.cfg:1: [net] without height (expected width, height and channels)"},
        {"[net]\nwidth=8\nchannels=3\n[avgpool]\n",
         "t.cfg:1: [net] without height (expected width, height and channels)"},
        {"[net]\nheight=8\nchannels=3\n[avgpool]\n",
         "t.cfg:1: [net] without width (expected width, height and channels)"},
        {"[net]\nwidth=0\nheight=8\nchannels=3\n[avgpool]\n",
         "t.cfg:2: width='0' in [net] (expected a whole number from 1 to 65536)"},
        {"[net]\nwidth=-8\nheight=8\nchannels=3\n[avgpool]\n",
         "t.cfg:2: width='-8' in [net] (expected a whole number from 1 to 65536)"},
        {"[net]\nwidth=99999999999999999999\nheight=8\nchannels=3\n[avgpool]\n",
         "t.cfg:2: width='99999999999999999999' in [net] (expected a whole number from 1 to 65536)"},
        {"[net]\nwidth=65536\nheight=65536\nchannels=3\n[avgpool]\n",
         "t.cfg:1: an input of 3x65536x65536 numbers (expected at most 2147483647)"},
        {"[net]\nwidth=8\nheight=8\nchannels=3\ninputs=100\n[avgpool]\n",
         "t.cfg:5: inputs=100, but 3 channels of 8x8 are 192 numbers"},
        {"[net\nwidth=8\n", "t.cfg:1: '[net' is no section header (expected [type] and nothing after it)"},
        {"[net] x\n", "t.cfg:1: '[net]x' is no section header (expected [type] and nothing after it)"},
        {"[]\n", "t.cfg:1: '[]' is no section header (expected [type] and nothing after it)"},
        {NET "filters\n[avgpool]\n",
         "t.cfg:5: 'filters' has no '=' (expected key=value, [section] or a # comment)"},
        {NET "=3\n", "t.cfg:5: '=3' has no key (expected key=value)"},
        {NET "angle=\n", "t.cfg:5: 'angle=' has no value (expected key=value)"},
        {NET "[avgpool]\n\001\002x=1\n",
         "t.cfg:6: control character in '\\x01\\x02x=1' (expected a text file)"},
        {NET "[avgpool]\n[net]\n", "t.cfg:6: a second [net] (expected a layer)"},
        {NET "[bad\x1b]\n", "t.cfg:5: control character in '[bad\\x1b]' (expected a text file)"},
    };
    ALL_REFUSED(cases);
}

static void test_sections(void **state)
{
    (void)state;
    static const struct wrong cases[] = {
        {NET "[yolo]\n", "t.cfg:5: section [yolo] is not supported (expected layers of an image classifier: "
                         "convolutional, maxpool, connected, shortcut, route, ...)"},
        {NET "[lstm]\n", "t.cfg:5: section [lstm] is not supported (expected layers of an image classifier: "
                         "convolutional, maxpool, connected, shortcut, route, ...)"},
        {NET "[convolutionl]\n", "t.cfg:5: unknown section 'convolutionl' (did you mean [convolutional]?)"},
        {NET "[wobble]\n", "t.cfg:5: unknown section 'wobble' (expected a layer such as [convolutional])"},
    };
    ALL_REFUSED(cases);
}

static void test_keys(void **state)
{
    (void)state;
    static const struct wrong cases[] = {
        {NET "[conv]\nfiltres=4\n", "t.cfg:6: unknown key 'filtres' in [conv] (did you mean 'filters'?)"},
        {NET "[conv]\nzzzzzzzz=4\n", "t.cfg:6: unknown key 'zzzzzzzz' in [conv] (expected filters, size, "
                                     "stride, stride_x, stride_y, dilation, antialiasing, pad, "
                                     "padding, groups, group, batch_normalize, activation)"},
        {NET "[avgpool]\nzzzzzzzz=4\n",
         "t.cfg:6: unknown key 'zzzzzzzz' in [avgpool] (expected no such key)"},
        {NET "[conv]\noutput=4\n", "t.cfg:6: key 'output' does not belong in [conv]"},
        {NET "[conv]\nxnor=1\n", "t.cfg:6: xnor='1' in [conv] is not supported: binary arithmetic has no "
                                 "exact gradient (expected 0 or no such key)"},
        {NET "[conv]\nflipped=1\n", "t.cfg:6: flipped='1' in [conv] is not supported: transposed convolution "
                                    "weights are not supported (expected 0 or no such key)"},
        {NET "[conv]\ndontload=1\n", "t.cfg:6: dontload='1' in [conv] is not supported: changes what is read "
                                     "from the weights file (expected 0 or no such key)"},
        {NET "[conv]\nactivation=gelu\n",
         "t.cfg:6: activation 'gelu' belongs to newer forks of Darknet and is not supported"},
        {NET "[conv]\nactivation=rleu\n",
         "t.cfg:6: unknown activation 'rleu' (expected logistic, relu, relie, linear, ramp, tanh, "
         "plse, leaky, elu, loggy, stair, hardtan, lhtan, selu, relu6, swish, mish, hard_mish, hard_swish or "
         "hard_sigmoid)"},
        {NET "[conv]\nactivation=whatever\n",
         "t.cfg:6: unknown activation 'whatever' (expected logistic, relu, relie, linear, ramp, tanh, "
         "plse, leaky, elu, loggy, stair, hardtan, lhtan, selu, relu6, swish, mish, hard_mish, hard_swish or "
         "hard_sigmoid)"},
        {NET "[connected]\nsoftmax=1\n", "t.cfg:6: unknown key 'softmax' in [connected] (expected "
                                         "batch_normalize, activation, output, transpose)"},
        {"[net]\nwidth=8\nheight=8\nchannels=3\ntime_steps=3\n[avgpool]\n",
         "t.cfg:5: time_steps='3' in [net] is not supported: recurrent networks are not supported (expected "
         "1 or no such key)"},
        {NET "[conv]\nshare_index=0\n", "t.cfg:6: share_index='0' in [conv] is not supported: belongs to "
                                        "newer forks of Darknet and would be ignored here "
                                        "(expected no such key)"},
        {NET "[shortcut]\nweights_type=per_channel\n",
         "t.cfg:6: weights_type='per_channel' in [shortcut] is not supported: belongs to newer forks of "
         "Darknet and would "
         "be ignored here (expected none or no such key)"},
        {NET "[maxpool]\nmaxpool_depth=1\n", "t.cfg:6: maxpool_depth='1' in [maxpool] is not supported: "
                                             "belongs to newer forks of Darknet and would be "
                                             "ignored here (expected 0 or no such key)"},
        {"[net]\nwidht=8\n",
         "t.cfg:2: unknown key 'widht' in [net] (expected width, height, channels, inputs)"},
    };
    ALL_REFUSED(cases);
}

static void test_values_and_shapes(void **state)
{
    (void)state;
    static const struct wrong cases[] = {
        {"[net]\ninputs=100\n[avgpool]\n", "t.cfg:3: [avgpool] needs an image, but the input (100x1x1) is a "
                                           "plain vector (expected width, height and channels)"},
        {NET "[conv]\nfilters=0\n",
         "t.cfg:6: filters='0' in [conv] (expected a whole number from 1 to 16777216)"},
        {NET "[conv]\nfilters=-1\n",
         "t.cfg:6: filters='-1' in [conv] (expected a whole number from 1 to 16777216)"},
        {NET "[conv]\nfilters=3x\n",
         "t.cfg:6: filters='3x' in [conv] (expected a whole number from 1 to 16777216)"},
        {NET "[conv]\nsize=0\n", "t.cfg:6: size='0' in [conv] (expected a whole number from 1 to 65536)"},
        {NET "[conv]\nstride=0\n", "t.cfg:6: stride='0' in [conv] (expected a whole number from 1 to 65536)"},
        {NET "[conv]\ngroups=0\n",
         "t.cfg:6: groups='0' in [conv] (expected a whole number from 1 to 16777216)"},
        {NET "[conv]\ngroups=2\nfilters=4\n",
         "t.cfg:6: groups=2 does not divide both the 3 channels and the 4 filters"},
        {NET "[conv]\nfilters=1000000000000\n",
         "t.cfg:6: filters='1000000000000' in [conv] (expected a whole number from 1 to 16777216)"},
        {NET "[conv]\nfilters=16777216\nsize=300\npad=1\n",
         "t.cfg:5: [conv] has 4529848320000 weights (expected at most 2147483647)"},
        {NET "[conv]\nsize=9\n",
         "t.cfg:5: a window of 9 is larger than the padded input of 8x8 (height x width)"},
        {NET "[conv]\npadding=-1\n",
         "t.cfg:6: padding='-1' in [conv] (expected a whole number from 0 to 65536)"},
        {NET "[conv]\nbatch_normalize=2\n",
         "t.cfg:6: batch_normalize='2' in [conv] (expected a whole number from 0 to 1)"},
        {"[net]\nwidth=8\nheight=4\nchannels=3\n[conv]\nsize=8\n",
         "t.cfg:5: a window of 8 is larger than the padded input of 4x8 (height x width)"},
        {NET "[maxpool]\nsize=2\nstride=2\npadding=8\n",
         "t.cfg:5: with size=2, stride=2, padding=8 on a height of 8 a window lies wholly in the padding"},
        {NET "[maxpool]\nsize=3\npadding=0\nstride=0\n",
         "t.cfg:8: stride='0' in [maxpool] (expected a whole number from 1 to 65536)"},
        {NET "[maxpool]\nsize=9\npadding=0\n",
         "t.cfg:5: a window of 9 is larger than the padded height of 8"},
        {NET "[maxpool]\nsize=1\nstride=5\npadding=2\n",
         "t.cfg:5: with size=1, stride=5, padding=2 on a height of 8 a window lies wholly in the padding"},
        {NET "[maxpool]\nsize=1\npadding=1\n", /* only the last window, one pixel past the edge */
         "t.cfg:5: with size=1, stride=1, padding=1 on a height of 8 a window lies wholly in the padding"},
        {NET "[upsample]\nstride=-2\n",
         "t.cfg:6: stride='-2' in [upsample] (expected a whole number from 1 to 65536)"},
        {NET "[upsample]\nstride=65536\n",
         "t.cfg:5: [upsample] would make 3x524288x524288 numbers (expected at most 2147483647)"},
        {NET "[upsample]\nscale=x\n", "t.cfg:6: scale='x' in [upsample] (expected a number)"},
        {NET "[reorg]\nstride=3\n", "t.cfg:5: stride=3 does not divide the input of 8x8 (height x width)"},
        {NET "[reorg]\nstride=2\n",
         "t.cfg:5: stride=2 needs channels that are a multiple of 4 (the input has 3)"},
        {NET "[reorg]\nextra=2\nflatten=1\n", "t.cfg:6: extra together with flatten is not supported"},
        {NET "[reorg]\nextra=2\n[avgpool]\n",
         "t.cfg:7: [avgpool] needs an image, but layer 0 (reorg, 194x1x1) is a plain vector (expected width, "
         "height and channels)"},
        {NET "[crop]\ncrop_height=9\ncrop_width=8\n",
         "t.cfg:5: a crop of 9x8 is larger than its input of 8x8 (height x width)"},
        {NET "[deconv]\npadding=9\nfilters=2\nactivation=relu\n",
         "t.cfg:5: [deconv] would make 2x-10x-10 numbers (expected at least 1x1x1)"},
        {"[net]\nwidth=30\nheight=8\nchannels=3\n[deconv]\npadding=9\nfilters=2\nactivation=relu\n",
         "t.cfg:5: [deconv] would make 2x-10x12 numbers (expected at least 1x1x1)"},
        {NET "[connected]\noutput=2147483647\nactivation=relu\n[connected]\noutput=2\nactivation=relu\n",
         "t.cfg:5: [connected] has 412316860224 weights (expected at most 2147483647)"},
        {NET "[connected]\noutput=1\xff\n",
         "t.cfg:6: output='1\\xff' in [connected] (expected a whole number from 1 to 2147483647)"},
    };
    ALL_REFUSED(cases);
}

static void test_the_forks_layers(void **state)
{
    (void)state;
    static const struct wrong cases[] = {
        {NET "[conv]\nfilters=3\nsize=3\ndilation=2\n",
         "t.cfg:8: dilation=2 with size=3 and a padding of 0: Darknet's forks compute a wrong size (expected "
         "an odd size and a padding of size/2)"},
        {NET "[conv]\nfilters=3\ngroups=3\ngroup=3\n",
         "t.cfg:8: group together with groups (expected one of the two, which mean the same)"},
        {NET "[conv]\nfilters=4\ngroup=3\n",
         "t.cfg:7: group=3 does not divide both the 3 channels and the 4 filters"},
        {NET "[conv]\nstride_x=0\n",
         "t.cfg:6: stride_x='0' in [conv] (expected a whole number from 1 to 65536)"},
        {NET "[conv]\nantialiasing=3\n",
         "t.cfg:6: antialiasing='3' in [conv] (expected a whole number from 0 to 2)"},
        {NET "[conv]\nsize=8\nstride=2\nantialiasing=2\n",
         "t.cfg:5: antialiasing=2 blurs by a window of 2x2, but there are 1x1 pixels (height x width)"},
        {"[net]\nwidth=8\nheight=1\nchannels=3\n[conv]\nantialiasing=2\n",
         "t.cfg:5: antialiasing=2 blurs by a window of 2x2, but there are 1x8 pixels (height x width)"},
        {"[net]\nwidth=1\nheight=8\nchannels=3\n[conv]\nantialiasing=2\n",
         "t.cfg:5: antialiasing=2 blurs by a window of 2x2, but there are 8x1 pixels (height x width)"},
        {NET "[conv]\nfilters=16777216\npadding=4\nstride=16\nantialiasing=1\n",
         "t.cfg:5: [conv] would make 16777216x16x16 numbers (expected at most 2147483647)"},
        {NET "[deconv]\nstride_x=2\n", "t.cfg:6: key 'stride_x' does not belong in [deconv]"},
        {NET "[depthwise_convolutional]\nfilters=x\n",
         "t.cfg:6: filters='x' in [depthwise_convolutional] (expected a whole number from 1 to 16777216)"},
        {NET "[connected]\ntranspose=2\n",
         "t.cfg:6: transpose='2' in [connected] (expected a whole number from 0 to 1)"},
        {NET "[avgpool]\n[route]\nlayers=-1\ngroups=2\n",
         "t.cfg:8: groups=2 does not divide the channels of layer 0 (avgpool, 3x1x1)"},
        {NET "[avgpool]\n[route]\nlayers=-1\ngroups=3\ngroup_id=3\n",
         "t.cfg:9: group_id='3' in [route] (expected a whole number from 0 to 2)"},
        {NET "[scale_channels]\nfrom=-1\n",
         "t.cfg:6: [scale_channels] is the first layer (expected an earlier one for from to read)"},
        {NET "[avgpool]\n[scale_channels]\n",
         "t.cfg:6: [scale_channels] without from (expected the number of a layer to multiply)"},
        {NET "[conv]\nfilters=4\n[avgpool]\n[conv]\nfilters=3\n[scale_channels]\nfrom=0\n",
         "t.cfg:10: [scale_channels]: layer 2 (convolutional, 3x1x1) cannot be the gate of layer 0 "
         "(convolutional, 4x8x8) (expected one pixel, and as many channels)"},
        {NET "[conv]\nfilters=4\n[scale_channels]\nfrom=0\n",
         "t.cfg:7: [scale_channels]: layer 0 (convolutional, 4x8x8) cannot be the gate of layer 0 "
         "(convolutional, 4x8x8) (expected one pixel, and as many channels)"},
        {NET "[conv]\nfilters=4\n[scale_channels]\nfrom=0\nscale_wh=1\n",
         "t.cfg:7: [scale_channels]: layer 0 (convolutional, 4x8x8) cannot be the gate of layer 0 "
         "(convolutional, 4x8x8) (expected with scale_wh=1 one channel, and the same height and width)"},
        {NET "[conv]\nfilters=4\n[conv]\nfilters=3\n[sam]\nfrom=0\n",
         "t.cfg:9: [sam]: layer 1 (convolutional, 3x8x8) cannot be the gate of layer 0 (convolutional, "
         "4x8x8) (expected the same shape)"},
        {NET "[local_avgpool]\nsize=2\nstride=2\npadding=8\n",
         "t.cfg:5: with size=2, stride=2, padding=8 on a height of 8 a window lies wholly in the padding"},
    };
    ALL_REFUSED(cases);
}

static void test_references(void **state)
{
    (void)state;
    static const struct wrong cases[] = {
        {NET "[shortcut]\nfrom=-1\n",
         "t.cfg:6: [shortcut] is the first layer (expected an earlier one for from to read)"},
        {NET "[avgpool]\n[shortcut]\n",
         "t.cfg:6: [shortcut] without from (expected the number of a layer to add)"},
        {NET "[avgpool]\n[shortcut]\nfrom=-2\n",
         "t.cfg:7: from=-2 at layer 1 names no earlier layer (expected -1 to -1 or 0 to 0)"},
        {NET "[avgpool]\n[shortcut]\nfrom=1\n",
         "t.cfg:7: from=1 at layer 1 names no earlier layer (expected -1 to -1 or 0 to 0)"},
        {NET "[avgpool]\n[shortcut]\nfrom=-1,-1\n",
         "t.cfg:7: from='-1,-1' in [shortcut] (expected one layer number)"},
        {NET "[conv]\n[crop]\ncrop_width=4\ncrop_height=8\n[shortcut]\nfrom=0\n",
         "t.cfg:9: cannot add layer 0 (convolutional, 1x8x8) to layer 1 (crop, 1x8x4) (expected heights and "
         "widths in the same ratio)"},
        {NET "[avgpool]\n[route]\n",
         "t.cfg:6: [route] without layers (expected the numbers of layers to join)"},
        {NET "[avgpool]\n[route]\nlayers=-1,\n",
         "t.cfg:7: layers='-1,' in [route] (expected layer numbers with commas between them)"},
        {NET "[avgpool]\n[route]\nlayers=7\n",
         "t.cfg:7: layers=7 at layer 1 names no earlier layer (expected -1 to -1 or 0 to 0)"},
        {NET "[conv]\n[crop]\ncrop_width=8\ncrop_height=4\n[route]\nlayers=0,1\n",
         "t.cfg:10: cannot join layer 0 (convolutional, 1x8x8) and layer 1 (crop, 1x4x8) (expected equal "
         "heights and widths)"},
        {NET "[conv]\n[avgpool]\n[route]\nlayers=0,1\n",
         "t.cfg:8: cannot join layer 0 (convolutional, 1x8x8) and layer 1 (avgpool, 1x1x1) (expected equal "
         "heights and widths)"},
    };
    ALL_REFUSED(cases);
}

static void test_the_end_of_the_network(void **state)
{
    (void)state;
    static const struct wrong cases[] = {
        {NET "[softmax]\n", "t.cfg:5: no layer computes class scores (expected one before [softmax])"},
        {NET "[cost]\n", "t.cfg:5: no layer computes class scores (expected one before [cost])"},
        {NET "[avgpool]\n[softmax]\n[avgpool]\n",
         "t.cfg:7: [avgpool] after the [softmax] in line 6 (expected softmax at the end)"},
        {NET "[avgpool]\n[cost]\n[dropout]\n", "t.cfg:7: [dropout] after [cost] (expected nothing after it)"},
        {NET "[avgpool]\n[softmax]\ngroups=2\n", "t.cfg:7: groups=2 does not divide the 3 scores"},
        {NET "[avgpool]\n[softmax]\ntemperature=0\n", "t.cfg:7: temperature=0 (expected more than 0)"},
        {NET "[conv]\n[softmax]\nspatial=1\n",
         "t.cfg:7: spatial=1 on 8x8 places is not supported (expected scores of the whole image)"},
    };
    ALL_REFUSED(cases);
}

/* A typing slip is told the key that was meant. */
static void test_nearest_key(void **state)
{
    (void)state;
    static const char *const slips[][2] = {
        {"filtrs=2", "'filters'"},
        {"activaton=relu", "'activation'"},
        {"batch_normalise=1", "'batch_normalize'"},
        {"paddign=1", "'padding'"},
        {"strid=1", "'stride'"},
        {"learning_rat=1", "'learning_rate'"},
        {"stop_backward=1", "'stopbackward'"},
    };
    for (size_t i = 0; i < sizeof slips / sizeof *slips; i++) {
        char *text = memory_format(NET "[convolutional]\n%s\n", slips[i][0]);
        struct error e = {""};
        assert_null(net_parse(text, strlen(text), "t.cfg", &e));
        assert_non_null(strstr(e.text, "t.cfg:6: unknown key "));
        assert_non_null(strstr(e.text, "did you mean "));
        assert_non_null(strstr(e.text, slips[i][1]));
        free(text);
    }
}

static void test_trees(void **state)
{
    (void)state;
    char path[] = "/tmp/isplit_tree_XXXXXX", line[300];
    memset(line, 'x', sizeof line);
    close(mkstemp(path));
    const struct {
        const char *bytes, *says;
        size_t length;
    } wrong[] = {{"a -1\nb\0 0\n", "holds a NUL byte (expected a text file)", 10},
                 {line, ":1: is a line of over 255 bytes (expected \"name parent\")", 256},
                 {"a -1\n\nb 0\n", ":2: is an empty line", 10},
                 {"a -2\n", ":1: is not a node of a tree", 5},
                 {"a -1\nb 1\n", ":2: is not a node of a tree", 9},
                 {"a\n", ":1: is not a node of a tree", 2},
                 {"a x\n", ":1: is not a node of a tree", 4},
                 {"a 99999999999999999999\n", ":1: is not a node of a tree", 23},
                 {"", "holds no tree", 0},
                 {"a -1\nb 0\n", "has 2 nodes (expected 3, one for each score)", 9}};
    char *text = memory_format(NET "[avgpool]\n[softmax]\ntree=%s\n", path);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        FILE *f = fopen(path, "wb");
        fwrite(wrong[i].bytes, 1, wrong[i].length, f);
        fclose(f);
        struct error e = {""};
        assert_null(net_parse(text, strlen(text), "t.cfg", &e));
        if (!strstr(e.text, wrong[i].says) || !strstr(e.text, "t.cfg:7: tree: "))
            fail_msg("'%s' does not say '%s'", e.text, wrong[i].says);
    }
    unlink(path);
    free(text);
}

/* Commas ask for memory, each for a number. */
static void test_long_route(void **state)
{
    (void)state;
    char list[2 * CFG_SECTIONS_MAX + 2];
    for (int i = 0; i < CFG_SECTIONS_MAX; i++)
        memcpy(list + 2 * i, "0,", 2);
    strcpy(list + 2 * CFG_SECTIONS_MAX, "0");
    char *text = memory_format(NET "[avgpool]\n[route]\nlayers=%s\n", list);
    struct error e = {""};
    assert_null(net_parse(text, strlen(text), "t.cfg", &e));
    assert_string_equal(e.text, "t.cfg:7: layers names 4098 layers (expected at most 4097)");
    free(text);
}

static void test_missing_tree(void **state)
{
    (void)state;
    struct error e = {""};
    const char *text = NET "[avgpool]\n[softmax]\ntree=/nonexistent/tree\n";
    assert_null(net_parse(text, strlen(text), "t.cfg", &e));
    assert_string_equal(e.text, "t.cfg:7: tree: /nonexistent/tree: cannot open: No such file or directory");
}

static void test_too_many_parameters(void **state)
{
    (void)state;
    /* 600 layers of 46336 x 46336 + 46336 weights are the first to pass 2^40 */
    char *text = memory_new(100 + 600 * 60, 1);
    strcat(text, "[net]\ninputs=46336\n");
    char *at = text + strlen(text);
    for (int i = 0; i < 600; i++)
        at = stpcpy(at, "[connected]\noutput=46336\nactivation=relu\n");
    struct error e = {""};
    assert_null(net_parse(text, strlen(text), "t.cfg", &e));
    assert_string_equal(e.text, "t.cfg:1539: more than 1099511627776 parameters up to here (expected fewer)");
    free(text);
}

static void test_files(void **state)
{
    (void)state;
    struct error e = {""};
    assert_null(net_read("/nonexistent.cfg", &e));
    assert_string_equal(e.text, "/nonexistent.cfg: cannot open: No such file or directory");
    assert_null(net_read("/", &e));
    assert_string_equal(e.text, "/: is not a regular file");
    assert_null(net_read("/dev/zero", &e));
    assert_string_equal(e.text, "/dev/zero: is not a regular file");
    assert_null(net_parse("", 0, "a\nb;$(x).cfg", &e)); /* a file name stays one printable line */
    assert_string_equal(e.text, "a\\nb;$(x).cfg: has no sections (expected [net] and layers)");
}

static void test_file_that_is_too_large(void **state)
{
    (void)state;
    char path[] = "/tmp/isplit_cfg_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (16 << 20) + 1), 0); /* sparse */
    close(fd);
    struct error e = {""};
    assert_null(net_read(path, &e));
    assert_non_null(strstr(e.text, ": has 16777217 bytes (expected at most 16777216)"));
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_text_and_the_input),
        cmocka_unit_test(test_sections),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_values_and_shapes),
        cmocka_unit_test(test_the_forks_layers),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_the_end_of_the_network),
        cmocka_unit_test(test_nearest_key),
        cmocka_unit_test(test_trees),
        cmocka_unit_test(test_long_route),
        cmocka_unit_test(test_missing_tree),
        cmocka_unit_test(test_too_many_parameters),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_file_that_is_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
