/* What crosses a cut, and what is alive: networks small enough to work out by hand. Bytes are fp32. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/table.h"

struct expected {
    int cut_bytes;
    int head_peak, tail_peak;
    const char *crossing; /* digits: layer numbers */
    char mark;            /* f feature (and clean), c clean, or space */
};

static struct table *make(const char *text)
{
    struct error e = {""};
    struct net *net = net_parse(text, strlen(text), "t.cfg", &e);
    if (!net)
        print_message("%s\n", e.text);
    assert_non_null(net);
    struct table *table = table_make(net);
    net_free(net);
    return table;
}

static void check_rows(const struct table *t, const struct expected *expected, int n)
{
    assert_int_equal(t->rows_n, n);
    for (int i = 0; i < n; i++) {
        const struct table_row *r = &t->rows[i];
        const struct expected *x = &expected[i];
        assert_int_equal(r->layer, i);
        assert_int_equal(r->cut_tensors, strlen(x->crossing));
        for (int k = 0; k < r->cut_tensors; k++)
            assert_int_equal(r->crossing[k], x->crossing[k] - '0');
        assert_int_equal(r->cut_bytes, x->cut_bytes);
        assert_int_equal(r->head_peak_bytes, x->head_peak);
        assert_int_equal(r->tail_peak_bytes, x->tail_peak);
        assert_int_equal(r->clean, x->mark != ' ');
        assert_int_equal(r->backbone, x->mark == 'f');
    }
}

static void listed_is(const struct table *t, enum table_list list, const char *layers, const char *cde)
{
    int n;
    int *listed = table_listed(t, list, &n);
    bool *flags = table_cde(t, listed, n);
    assert_int_equal(n, strlen(layers));
    for (int i = 0; i < n; i++) {
        assert_int_equal(listed[i], layers[i] - '0');
        assert_int_equal(flags[i], cde[i] == '1');
    }
    free(listed);
    free(flags);
}

/* A ResNet basic block. Tensors: input 2x4x4 = 128 bytes; 0, 1, 2, 3: 4x4x4 = 256; 4: 4 channels = 16;
 * 5, 6: 3 scores = 12.
 *
 *     0 conv   reads input   alive: input + 0                128 + 256             = 384
 *     1 conv   reads 0       0 (the shortcut reads it) + 1   256 + 256             = 512
 *     2 conv   reads 1       0 + 1 + 2                       3 * 256               = 768
 *     3 add    reads 2, 0    0 + 2 + 3                       3 * 256               = 768
 *     4 avg    reads 3       3 + 4                           256 + 16              = 272
 *     5 fc     reads 4       4 + 5                           16 + 12               = 28
 *     6 soft   reads 5       5 + 6                           12 + 12               = 24 */
static void test_basic_block(void **state)
{
    (void)state;
    struct table *t = make("[net]\nchannels=2\nheight=4\nwidth=4\n"
                           "[conv]\nfilters=4\nsize=3\npad=1\nactivation=relu\n"
                           "[conv]\nfilters=4\nsize=3\npad=1\nactivation=relu\n"
                           "[conv]\nfilters=4\nsize=3\npad=1\nactivation=linear\n"
                           "[shortcut]\nfrom=-3\nactivation=relu\n"
                           "[avgpool]\n[connected]\noutput=3\nactivation=linear\n[softmax]\n");
    static const struct expected rows[] = {
        {256, 384, 768, "0", 'f'}, {512, 512, 768, "01", ' '}, {512, 768, 768, "02", ' '},
        {256, 768, 272, "3", 'f'}, {16, 768, 28, "4", 'c'},    {12, 768, 24, "5", 'c'},
        {0, 768, 0, "", ' '},
    };
    check_rows(t, rows, 7);
    assert_int_equal(t->input_bytes, 128);
    assert_int_equal(t->classes, 3);
    /* params: 4 + 4*2*9 = 76, 4 + 4*4*9 = 148, 148, fc 3 + 12 = 15; macs: 4*16*18 = 1152, 4*16*36 = 2304,
     * 2304, 12 */
    assert_int_equal(t->rows[1].head_params, 76 + 148);
    assert_int_equal(t->rows[1].tail_params, 148 + 15);
    assert_int_equal(t->rows[1].head_macs, 1152 + 2304);
    assert_int_equal(t->rows[1].tail_macs, 2304 + 12);
    assert_int_equal(t->rows[6].head_params, 76 + 148 + 148 + 15);
    assert_int_equal(t->rows[6].tail_params, 0);
    listed_is(t, TABLE_BACKBONE, "03", "00");      /* 256 is not below the input's 128 */
    listed_is(t, TABLE_CLEAN, "0345", "0011");     /* 16 < 128, 12 < 16 */
    listed_is(t, TABLE_ALL, "0123456", "0000110"); /* nothing crosses after 6: no cut */
    table_free(t);
}

/* A bottleneck with projection, as torchvision has it. Tensors: input 2x4x4 = 128; 0: 4x4x4 = 256;
 * 1: 4x2x2 = 64; 2: 2x2x2 = 32; 3: 2x1x1 = 8; 4, 6, 7, 8: 8x1x1 = 32; 5 (the route copies 1): 64; 9: 12.
 *
 *     0 128 + 256 = 384          5 1 + 4 + 5 = 64 + 32 + 64 = 160
 *     1 256 + 64 = 320           6 4 + 5 + 6 = 32 + 64 + 32 = 128
 *     2 1 + 2 = 96               7 4 + 6 + 7 = 96
 *     3 1 + 2 + 3 = 104          8 7 + 8 = 64
 *     4 1 + 3 + 4 = 104          9 8 + 9 = 44 */
static void test_bottleneck_with_projection(void **state)
{
    (void)state;
    struct table *t = make("[net]\nchannels=2\nheight=4\nwidth=4\n"
                           "[conv]\nfilters=4\nsize=3\npad=1\nactivation=relu\n"
                           "[maxpool]\nsize=2\nstride=2\n"
                           "[conv]\nfilters=2\nsize=1\nactivation=relu\n"
                           "[conv]\nfilters=2\nsize=3\nstride=2\npad=1\nactivation=relu\n"
                           "[conv]\nfilters=8\nsize=1\nactivation=linear\n"
                           "[route]\nlayers=1\n"
                           "[conv]\nfilters=8\nsize=1\nstride=2\nactivation=linear\n"
                           "[shortcut]\nfrom=4\nactivation=relu\n"
                           "[avgpool]\n[connected]\noutput=3\nactivation=linear\n");
    static const struct expected rows[] = {
        {256, 384, 320, "0", 'f'}, {64, 384, 160, "1", 'f'},  {96, 384, 160, "12", ' '},
        {72, 384, 160, "13", ' '}, {96, 384, 160, "14", ' '}, {96, 384, 128, "45", ' '},
        {64, 384, 96, "46", ' '},  {32, 384, 64, "7", 'f'},   {32, 384, 44, "8", 'c'},
        {0, 384, 0, "", ' '},
    };
    check_rows(t, rows, 10);
    listed_is(t, TABLE_BACKBONE, "017", "011"); /* 64 < 128, 32 < 64 */
    listed_is(t, TABLE_CLEAN, "0178", "0110");  /* equal is not fewer */
    table_free(t);
}

/* Two layers of a dense block. Tensors: input 2x2x2 = 32; 0: 4x2x2 = 64; 1: 2x2x2 = 32; 2 = [1, 0]:
 * 6x2x2 = 96; 3: 32; 4 = [3, 2]: 8x2x2 = 128; 5: 3x2x2 = 48; 6: 12. The classifier begins at the last
 * layer with weights, 5, which comes before the avgpool.
 *
 *     0 32 + 64 = 96             3 2 + 3 = 96 + 32 = 128          5 4 + 5 = 176
 *     1 0 + 1 = 96               4 2 + 3 + 4 = 96 + 32 + 128 = 256    6 5 + 6 = 60
 *     2 0 + 1 + 2 = 192 */
static void test_dense_block(void **state)
{
    (void)state;
    struct table *t = make("[net]\nchannels=2\nheight=2\nwidth=2\n"
                           "[conv]\nfilters=4\nsize=1\nactivation=relu\n"
                           "[conv]\nfilters=2\nsize=3\npad=1\nactivation=relu\n[route]\nlayers=-1,-2\n"
                           "[conv]\nfilters=2\nsize=3\npad=1\nactivation=relu\n[route]\nlayers=-1,-2\n"
                           "[conv]\nfilters=3\nsize=1\nactivation=linear\n[avgpool]\n");
    static const struct expected rows[] = {
        {64, 96, 256, "0", 'f'},    {96, 96, 256, "01", ' '},  {96, 192, 256, "2", 'f'},
        {128, 192, 256, "23", ' '}, {128, 256, 176, "4", 'f'}, {48, 256, 60, "5", 'c'},
        {0, 256, 0, "", ' '},
    };
    check_rows(t, rows, 7);
    table_free(t);
}

/* One tensor crosses after layer 2, but it is 0's, because nothing reads 2: not clean. */
static void test_another_layers_tensor_is_not_clean(void **state)
{
    (void)state;
    struct table *t = make("[net]\nchannels=1\nheight=2\nwidth=2\n"
                           "[conv]\nfilters=2\nsize=1\nactivation=relu\n"
                           "[conv]\nfilters=2\nsize=1\nactivation=relu\n"
                           "[conv]\nfilters=2\nsize=1\nactivation=relu\n"
                           "[route]\nlayers=0\n[conv]\nfilters=2\nsize=1\nactivation=relu\n[avgpool]\n");
    assert_int_equal(t->rows[2].cut_tensors, 1);
    assert_int_equal(t->rows[2].crossing[0], 0);
    assert_false(t->rows[2].clean);
    /* computing 1 keeps 0 alive; 2 keeps 0 and 1; nobody reads 2, so 3 has 0 and itself */
    assert_int_equal(t->rows[1].head_peak_bytes, 64);
    assert_int_equal(t->rows[2].head_peak_bytes, 96);
    assert_int_equal(t->rows[2].tail_peak_bytes, 64);
    table_free(t);
}

/* A route that names a tensor twice sends it once. */
static void test_a_tensor_read_twice_crosses_once(void **state)
{
    (void)state;
    struct table *t =
        make("[net]\nchannels=1\nheight=2\nwidth=2\n[conv]\nfilters=2\nsize=1\nactivation=relu\n"
             "[route]\nlayers=0,0\n[conv]\nfilters=2\nsize=1\nactivation=relu\n");
    assert_int_equal(t->rows[0].cut_tensors, 1);
    assert_int_equal(t->rows[0].cut_bytes, 32);
    assert_true(t->rows[0].clean);
    assert_int_equal(t->rows[1].cut_bytes, 64);
    table_free(t);
}

/* Crop before the first weights is preprocessing: not listed, and CDE compares with what it gives:
 * 1x4x4 = 64 bytes. Behind weights it is a layer like others. Dropout is listed only by `all`. */
static void test_preprocessing_and_dropout(void **state)
{
    (void)state;
    struct table *t = make("[net]\nchannels=1\nheight=6\nwidth=6\n[crop]\ncrop_height=4\ncrop_width=4\n"
                           "[conv]\nfilters=2\nsize=1\nactivation=relu\n" /* 128 bytes */
                           "[crop]\ncrop_height=3\ncrop_width=3\n"        /* 72: below 144, not below 64 */
                           "[dropout]\n[maxpool]\nsize=2\nstride=2\n"     /* 2x2x2 = 32 */
                           "[conv]\nfilters=3\nsize=1\nactivation=linear\n[avgpool]\n[softmax]\n[cost]\n");
    assert_int_equal(t->input_bytes, 64);
    assert_int_equal(t->in.h, 6);
    assert_false(t->rows[0].clean);
    assert_true(t->rows[2].backbone);
    assert_false(t->rows[3].clean);
    listed_is(t, TABLE_BACKBONE, "124", "001");
    listed_is(t, TABLE_CLEAN, "12456", "00101"); /* 5: 48, 6: 12 */
    table_free(t);
}

static void backbone_is(const char *name, int features, int64_t input_bytes)
{
    char path[200] = "/usr/share/darknet/cfg/";
    strcat(path, name);
    if (access(path, R_OK) != 0) {
        print_message("skipped: %s is not there\n", path);
        skip();
    }
    struct error e = {""};
    struct net *net = net_read(path, &e);
    if (!net)
        fail_msg("%s", e.text);
    struct table *t = table_make(net);
    int n;
    free(table_listed(t, TABLE_BACKBONE, &n));
    assert_int_equal(n, features);
    assert_int_equal(t->input_bytes, input_bytes);
    table_free(t);
    net_free(net);
}

/* The axes of the paper's figures. */
static void test_papers_axes(void **state)
{
    (void)state;
    backbone_is("vgg-16.cfg", 13 + 5, 4 * 3 * 224 * 224);
    backbone_is("resnet50.cfg", 1 + 1 + 16, 4 * 3 * 256 * 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_basic_block),
        cmocka_unit_test(test_bottleneck_with_projection),
        cmocka_unit_test(test_dense_block),
        cmocka_unit_test(test_another_layers_tensor_is_not_clean),
        cmocka_unit_test(test_a_tensor_read_twice_crosses_once),
        cmocka_unit_test(test_preprocessing_and_dropout),
        cmocka_unit_test(test_papers_axes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
