/* Curves as isplit curve writes them, read back for the best split: which row counts, and what is no curve,
 * or that of another network. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "report/curve_file.h"

#define NET "[net]\nchannels=3\nheight=8\nwidth=6\n"
#define CONV "[convolutional]\nfilters=4\nsize=3\npad=1\nactivation=relu\n"

/* 0 conv, 1 conv, 2 conv, 3 shortcut with 0, 4 connected */
static const char skipping[] =
    NET CONV CONV CONV "[shortcut]\nfrom=0\nactivation=linear\n[connected]\noutput=3\nactivation=linear\n";

static char folder[] = "/tmp/isplit_curve_XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink("curve.csv");
    unlink("curve.csv.meta.csv");
    return chdir("/") == 0 ? rmdir(folder) : -1;
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' does not hold '%s'", text, part);
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

#define COLUMNS "layer,name,type,out_c,out_h,out_w,cui,local_max,rank\n"
#define ROW(layer, name, c, cui, local_max, rank)                                                            \
#layer "," name ",x," #c ",8,6," cui "," #local_max "," rank "\n"

static struct curve_file *read_curve(const char *text, const char *subset, struct error *e)
{
    put("curve.csv", text);
    return curve_file_read("curve.csv", subset, e);
}

struct points {
    int *layers, n;
    struct curve_point *points;
    double *pick_share;
};

static struct points points_of(const struct curve_file *f)
{
    struct points p;
    p.n = curve_file_points(f, &p.layers, &p.points, &p.pick_share);
    for (int i = 1; i < p.n; i++)
        assert_true(p.layers[i - 1] < p.layers[i]);
    return p;
}

static void points_free(struct points *p)
{
    free(p->layers);
    free(p->points);
    free(p->pick_share);
}

static void curve_refused(const char *text, const char *subset, const char *why)
{
    struct error e = {""};
    assert_null(read_curve(text, subset, &e));
    has(e.text, why);
}

/* Of the local maxima the one that ranks first; a higher layer that is none does not count. */
static void test_best(void **state)
{
    (void)state;
    struct error e = {""};
    struct curve_file *f = read_curve(
        "\xef\xbb\xbf" COLUMNS ROW(1, "conv2", 4, "1e-3", 1, "3") ROW(0, "conv1", 4, "1.5e-3", 0, "1")
            ROW(2, "conv3", 4, "1.2e-3", 1, "2") ROW(3, "shortcut1", 4, "", 0, ""),
        NULL, &e);
    assert_string_equal(e.text, "");
    assert_int_equal(curve_file_best(f), 2);
    struct points p = points_of(f);
    assert_int_equal(p.n, 4);
    assert_true(isnan(p.points[3].cui));
    assert_true(p.points[0].cui > 1.49e-3 && p.points[0].cui < 1.51e-3);
    assert_string_equal(curve_file_weights(f), "");
    points_free(&p);
    curve_file_free(f);
    put("curve.csv.meta.csv", "key,value\ncfg_xxh3,0123456789abcdef\nweights_xxh3,fedcba9876543210\n");
    f = read_curve(COLUMNS ROW(0, "conv1", 4, "1", 0, "1"), NULL, &e);
    assert_string_equal(curve_file_weights(f), "fedcba9876543210");
    assert_int_equal(curve_file_best(f), -1);
    curve_file_free(f);
}

/* What a curve of later programs has beside: how sure its pick is. */
static void test_shares(void **state)
{
    (void)state;
    static const char columns[] = "layer,name,out_c,out_h,out_w,cui,log10_cui,local_max,rank,pick_share\n";
    char text[400];
    struct error e = {""};
    put("curve.csv.meta.csv", "key,value\nresamples,1000\n");
    snprintf(text, sizeof text, "%s0,conv1,4,8,6,0.01,-2.5,0,1,0.25\n1,conv2,4,8,6,0,,0,2,\n", columns);
    struct curve_file *f = read_curve(text, NULL, &e);
    assert_string_equal(e.text, "");
    assert_int_equal(curve_file_resamples(f), 1000);
    struct points p = points_of(f);
    assert_true(p.pick_share[0] == 0.25 && p.points[0].log10_cui == -2.5);
    assert_true(isnan(p.pick_share[1]) && isnan(p.points[1].log10_cui));
    points_free(&p);
    curve_file_free(f);
    put("curve.csv.meta.csv", "key,value\nresamples,-3\n");
    f = read_curve(COLUMNS ROW(0, "conv1", 4, "1", 0, "1"), NULL, &e);
    assert_int_equal(curve_file_resamples(f), 0);
    p = points_of(f);
    assert_true(isnan(p.pick_share[0]) && isnan(p.points[0].log10_cui));
    points_free(&p);
    curve_file_free(f);
    snprintf(text, sizeof text, "%s0,conv1,4,8,6,0.01,-2,0,1,1.5\n", columns);
    curve_refused(text, NULL, "curve.csv:2: pick_share is '1.5' (expected a share from 0 to 1)");
    snprintf(text, sizeof text, "%s0,conv1,4,8,6,0.01,low,0,1,1\n", columns);
    curve_refused(text, NULL, "curve.csv:2: log10_cui is 'low' (expected a number)");
    snprintf(text, sizeof text, "%s0,conv1,4,8,6,-0.01,-2,0,1,1\n", columns);
    curve_refused(text, NULL, "curve.csv:2: cui is '-0.01' (expected a number, 0 or more)");
}

static void test_curve_refused(void **state)
{
    (void)state;
    curve_refused("", NULL, "holds no layers");
    curve_refused(COLUMNS, NULL, "holds no layers");
    curve_refused("layer,name,out_c,out_h,out_w,cui,rank\n", NULL, "curve.csv:1: has no column 'local_max'");
    curve_refused(COLUMNS "0,conv1\n", NULL, "curve.csv:2: has 2 columns (expected 9)");
    curve_refused(COLUMNS ROW(one, "conv1", 4, "1", 0, "1"), NULL,
                  "layer is 'one' (expected a whole number)");
    curve_refused(COLUMNS ROW(0, "conv1", 4, "1", 0, "1") ROW(1, "conv2", 4, "1", 2, "1"), NULL,
                  "curve.csv:3: local_max is '2' (expected 0 or 1)");
    curve_refused(COLUMNS ROW(0, "conv1", 4, "much", 0, "1"), NULL, "cui is 'much'");
    curve_refused(COLUMNS ROW(0, "conv1", 0, "1", 0, "1"), NULL, "out_c is '0'");
    curve_refused(COLUMNS ROW(0, "conv1", 4, "1", 0, "1"), "cats", "has no column 'subset'");
    struct error e = {""};
    assert_null(curve_file_read("missing.csv", NULL, &e));
    has(e.text, "missing.csv: cannot open");
}

static void test_subsets(void **state)
{
    (void)state;
#define OF(subset, row) subset "," row
    static const char text[] = "subset," COLUMNS OF("cats", ROW(0, "conv1", 4, "1", 1, "1"))
        OF("dogs", ROW(0, "conv1", 4, "1", 0, "2")) OF("dogs", ROW(1, "conv2", 4, "2", 1, "1"));
    struct error e = {""};
    curve_refused(text, NULL, "holds curves of several subsets, 'cats', 'dogs' (expected --subset");
    curve_refused(text, "birds", "holds no subset 'birds' (its first is 'cats')");
    struct curve_file *f = read_curve(text, "dogs", &e);
    assert_string_equal(e.text, "");
    struct points p = points_of(f);
    assert_int_equal(p.n, 2);
    assert_int_equal(curve_file_best(f), 1);
    points_free(&p);
    curve_file_free(f);
}

static void matched(const char *rows, const char *why)
{
    struct error e = {""};
    struct net *net = net_parse(skipping, strlen(skipping), "t.cfg", &e);
    assert_non_null(net);
    struct table *table = table_make(net);
    char *text = memory_format(COLUMNS "%s", rows);
    struct curve_file *f = read_curve(text, NULL, &e);
    assert_non_null(f);
    assert_int_equal(curve_file_match(f, table, "t.cfg", &e), why ? -1 : 0);
    if (why)
        has(e.text, why);
    curve_file_free(f);
    free(text);
    table_free(table);
    net_free(net);
}

static void test_foreign_curve(void **state)
{
    (void)state;
    matched(ROW(0, "conv1", 4, "1", 0, "1") ROW(3, "layer1_block1", 4, "1", 1, "2"), NULL);
    matched(ROW(0, "conv1", 4, "1", 0, "1") ROW(3, "conv4", 4, "1", 1, "2"),
            "curve.csv:3: layer 3 is conv4 with 4x8x6 here, but layer1_block1 with 4x8x6 in t.cfg");
    matched(ROW(0, "conv1", 5, "1", 0, "1"),
            "curve.csv:2: layer 0 is conv1 with 5x8x6 here, but conv1 with 4x8x6");
    matched(ROW(8, "conv9", 4, "1", 0, "1"), "curve.csv:2: refers to layer 8, but t.cfg has layers 0 to 4");
    matched(ROW(0, "conv1", 4, "1", 0, "1") ROW(0, "conv1", 4, "1", 1, "2"), "occurs a second time");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_best),          cmocka_unit_test(test_shares),
        cmocka_unit_test(test_curve_refused), cmocka_unit_test(test_subsets),
        cmocka_unit_test(test_foreign_curve),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
