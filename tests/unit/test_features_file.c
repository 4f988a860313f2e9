/* What isplit features wrote, read back: what is taken in, and what is refused with the place it stands at.
 */
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

#include "report/features_file.h"
#include "report/report.h"
#include "sheet_fixture.h"

static int set_up(void **state)
{
    (void)state;
    return sheet_begin("[softmax]\n");
}

static int tear_down(void **state)
{
    (void)state;
    return sheet_end();
}

static struct features reads(void)
{
    struct error e = {""};
    struct features f;
    if (features_file_read("f.csv", sheet_table, "net.cfg", &f, &e) < 0)
        fail_msg("%s", e.text);
    return f;
}

static void refused(const char *text, const char *why)
{
    struct error e = {""};
    struct features f;
    sheet_put("f.csv", text);
    assert_int_equal(features_file_read("f.csv", sheet_table, "net.cfg", &f, &e), -1);
    assert_string_equal(e.text, why);
}

#define HEADER                                                                                               \
    "layer,name,dtype,bytes,coded_bytes,coded_low,coded_high,scale,zero_point,clipped,accuracy,accuracy_"    \
    "low,"                                                                                                   \
    "accuracy_high,agreement,agreement_low,agreement_high,images,coder\n"
#define WIDE "0,conv1,f32,796,500,490.5,509.5,,,0,.9,.8,.95,1,.96,1,50,zstd\n"
#define BYTE "1,pool1,int8,76,30,29,31,0.1,7,.001,0.5,0.25,0.75,0.98,0.9,0.99,50,lzma\n"
#define FEW "1,pool1,int3,46,46,46,46,0.1,7,.001,0.5,0.25,0.75,0.98,0.9,0.99,50,none\n"

static void test_read(void **state)
{
    (void)state;
    sheet_put("f.csv", HEADER WIDE BYTE FEW);
    struct features f = reads();
    assert_int_equal(f.rows_n, 3);
    assert_int_equal(f.images, 50);
    const struct feature *wide = features_find(&f, 0, DTYPE_F32, CODER_ZSTD),
                         *byte = features_find(&f, 1, DTYPE_INT8, CODER_LZMA);
    assert_null(features_find(&f, 0, DTYPE_INT8, CODER_LZMA));
    assert_null(features_find(&f, 0, DTYPE_F32, CODER_NONE));
    assert_ptr_equal(features_find_dtype(&f, 0, DTYPE_F32), wide);
    assert_int_equal(features_find(&f, 1, DTYPE_INT3, CODER_NONE)->bytes, 46);
    assert_true(wide->bytes == 796 && wide->coded.value == 500 && wide->coded.low == 490.5 &&
                wide->coded.high == 509.5 && wide->correct.value == 0.9 && wide->correct.low == 0.8 &&
                wide->correct.high == 0.95 && wide->agrees.value == 1 && wide->agrees.low == 0.96 &&
                wide->agrees.high == 1);
    assert_true(byte->bytes == 76 && byte->correct.value == 0.5 && byte->agrees.high == 0.99);
    features_free(&f);
    assert_null(f.rows);
}

/* In any order of columns, without what is not known; empty cells, other columns, CRLF. */
static void test_less(void **state)
{
    (void)state;
    sheet_put("f.csv", "\xef\xbb\xbfimages,type,name,layer,bytes,agreement,accuracy,zstd_bytes,note\r\n"
                       "9,f16,pool1,1,96,,1,,\"a, b\"\r\n9,f16,conv1,0,384,0.5,,17,\r\n");
    struct features f = reads();
    assert_int_equal(f.rows_n, 2);
    assert_true(isnan(f.rows[0].coded.value) && isnan(f.rows[0].agrees.value) &&
                f.rows[0].correct.value == 1);
    assert_true(isnan(f.rows[0].correct.low) && isnan(f.rows[1].correct.value) &&
                f.rows[1].coded.value == 17);
    features_free(&f);
}

/* Files from when zstd was the only coder. */
static void test_former(void **state)
{
    (void)state;
    sheet_put("f.csv", "layer,name,type,bytes,zstd_bytes,zstd_low,zstd_high,accuracy,agreement,images\n"
                       "1,pool1,int8,48,30,29,31,0.5,0.98,50\n");
    struct features f = reads();
    assert_int_equal(f.rows_n, 1);
    const struct feature *byte = features_find(&f, 1, DTYPE_INT8, CODER_ZSTD);
    assert_true(byte->bytes == 48 && byte->coded.value == 30 && byte->coded.low == 29 &&
                byte->coded.high == 31);
    features_free(&f);
}

static void test_no_features(void **state)
{
    (void)state;
    static const char ours[] = "(expected a file that isplit features wrote)";
    char why[200];
    snprintf(why, sizeof why, "f.csv: holds no row %s", ours);
    refused("", why);
    refused(HEADER, why);
    snprintf(why, sizeof why, "f.csv:1: has no column 'layer' in its header '1,2' %s", ours);
    refused("1,2\n", why);
    snprintf(why, sizeof why, "f.csv:1: has no column 'coded_bytes' in its header 'layer,name,type,bytes' %s",
             ours);
    refused("layer,name,type,bytes\n0,conv1,f32,768\n", why);
    refused(HEADER WIDE "1,pool1\n", "f.csv:3: has 2 columns (expected 18)");
    struct error e = {""};
    struct features f;
    assert_int_equal(features_file_read("none.csv", sheet_table, "net.cfg", &f, &e), -1);
    assert_string_equal(e.text, "none.csv: cannot open: No such file or directory");
}

#define REST ",500,490,510,,,0,.9,.8,.95,1,.96,1,50,zstd\n"

static void test_rows(void **state)
{
    (void)state;
    refused(HEADER WIDE "4,x,f32,796" REST, "f.csv:3: refers to layer 4, but net.cfg has layers 0 to 3");
    refused(HEADER "-1,conv1,f32,796" REST, "f.csv:2: layer is '-1' (expected a whole number, 0 or more)");
    refused(HEADER ",conv1,f32,796" REST, "f.csv:2: layer is '' (expected a whole number, 0 or more)");
    refused(HEADER "0,conv9,f32,796" REST,
            "f.csv:2: layer 0 has the name 'conv9' here, but 'conv1' in net.cfg (expected features of this "
            "network)");
    refused(
        HEADER "3,softmax,f32,12" REST,
        "f.csv:2: cannot cut after layer 3 (softmax): no tail is left: no layer after it reads anything (the "
        "nearest clean cut is after layer 2 (fc1))");
    refused(HEADER "0,conv1,f64,768" REST,
            "f.csv:2: dtype is 'f64' (expected f32, f16, int8, int6, int5, int4, int3 or int2)");
    refused(HEADER "0,conv1,f32,796,500,490,510,,,0,.9,.8,.95,1,.96,1,50,zip\n",
            "f.csv:2: coder is 'zip' (expected none, zstd or lzma)");
    refused(HEADER WIDE BYTE WIDE,
            "f.csv:4: layer 0 (conv1) as f32 by zstd occurs a second time (first in line 2)");
    refused(HEADER "0,conv1,f16,796" REST,
            "f.csv:2: layer 0 (conv1) sends 796 bytes as f16 here, but 412 in net.cfg");
    refused(HEADER "0,conv1,f32,many" REST, "f.csv:2: bytes is 'many' (expected a whole number, 0 or more)");
}

static void test_scales(void **state)
{
    (void)state;
    sheet_put("f.csv", HEADER WIDE BYTE FEW);
    struct features f = reads();
    assert_true(isnan(f.rows[0].scale) && f.rows[1].scale == 0.1f && f.rows[1].zero == 7);
    features_free(&f);
    refused(HEADER "1,pool1,int3,46,46,46,46,0.1,8,.001,0.5,0.25,0.75,0.98,0.9,0.99,50,none\n",
            "f.csv:2: zero_point is '8' (expected a whole number from 0 to 7)");
    refused(HEADER "1,pool1,int3,46,46,46,46,-0.1,1,.001,0.5,0.25,0.75,0.98,0.9,0.99,50,none\n",
            "f.csv:2: scale is '-0.1' (expected a number above 0)");
    refused(HEADER "1,pool1,f16,124,46,46,46,,3,.001,0.5,0.25,0.75,0.98,0.9,0.99,50,none\n",
            "f.csv:2: zero_point is '3' (expected a whole number from 0 to 0)");
}

static void test_values(void **state)
{
    (void)state;
    static const char head[] = HEADER "0,conv1,f32,796,";
    static const char bytes[] = "a number of bytes, 0 or more", share[] = "a share from 0 to 1";
    static const struct {
        const char *cells, *column, *cell, *expected;
    } bad[] = {
        {"-5,490,510,,,0,.9,.8,.95,1,.96,1,50", "coded_bytes", "-5", bytes},
        {"500,many,510,,,0,.9,.8,.95,1,.96,1,50", "coded_low", "many", bytes},
        {"500,490,inf,,,0,.9,.8,.95,1,.96,1,50", "coded_high", "inf", bytes},
        {"500,501,510,,,0,.9,.8,.95,1,.96,1,50", "coded_low", "501", "no more than the value"},
        {"500,490,499,,,0,.9,.8,.95,1,.96,1,50", "coded_high", "499", "no less than the value"},
        {"500,490,510,,,0,1.1,.8,1,1,.96,1,50", "accuracy", "1.1", share},
        {"500,490,510,,,0,nan,.8,1,1,.96,1,50", "accuracy", "nan", share},
        {"500,490,510,,,0,.9,-.1,.95,1,.96,1,50", "accuracy_low", "-.1", share},
        {"500,490,510,,,0,.9,.8,.85,1,.96,1,50", "accuracy_high", ".85", "no less than the value"},
        {"500,490,510,,,0,.9,.8,.95,2,.96,1,50", "agreement", "2", share},
        {"500,490,510,,,0,.9,.8,.95,.5,.96,1,50", "agreement_low", ".96", "no more than the value"},
        {"500,490,510,,,0,.9,.8,.95,1,.96,1,0", "images", "0", "a whole number, 1 or more"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[400], why[200];
        snprintf(text, sizeof text, "%s%s,zstd\n", head, bad[i].cells);
        snprintf(why, sizeof why, "f.csv:2: %s is '%s' (expected %s)", bad[i].column, bad[i].cell,
                 bad[i].expected);
        refused(text, why);
    }
    refused(HEADER WIDE "1,pool1,f32,220,5,4,6,,,0,.9,.8,.95,1,.96,1,49,none\n",
            "f.csv:3: images is 49 here, but 50 in line 2");
}

/* What isplit features writes comes back to the last digit that stands there. */
static void test_written(void **state)
{
    (void)state;
    struct measured_feature rows[2 * DTYPES];
    for (int i = 0; i < 2 * DTYPES; i++)
        rows[i] = (struct measured_feature){
            .layer = i / DTYPES,
            .type = i % DTYPES,
            .coded = {[CODER_NONE] = {.images = 7, .bytes = 3000},
                      [CODER_LZMA] = {.images = 6,
                                      .bytes = 3000 + i,
                                      .deviation = 12.5f,
                                      .spread = 20,
                                      .encode_ms = 0.125f,
                                      .decode_ms = 0.5f}},
            .images = i % DTYPES == DTYPE_F16 ? 6 : 7,
            .gained = i % 2,
            .lost = 1,
            .correct = 5 - i % 3,
            .agrees = 6 - i % 3,
            .clipped = i,
            .scale = 0.1f,
            .zero = 3,
        };
    const struct measured_features m = {.images = 7,
                                        .draws = 4,
                                        .coders = {[CODER_NONE] = true, [CODER_LZMA] = true},
                                        .rows = rows,
                                        .rows_n = 2 * DTYPES};
    const struct report report = {.table = sheet_table, .features = &m};
    FILE *out = fopen("f.csv", "w");
    assert_non_null(out);
    report_features(out, &report);
    fclose(out);
    struct features f = reads();
    assert_int_equal(f.rows_n, 2 * m.rows_n);
    assert_int_equal(f.images, 7);
    for (int i = 0; i < m.rows_n; i++) {
        const struct feature *got = features_find(&f, rows[i].layer, rows[i].type, CODER_LZMA);
        int draws = dtype_is_affine(rows[i].type) ? 4 : 0;
        struct estimate coded = feature_mean(rows[i].coded[CODER_LZMA].bytes, 12.5, 6, 20, draws),
                        correct = feature_proportion(rows[i].correct, rows[i].images);
        assert_int_equal(got->bytes, 28 + dtype_bytes(rows[i].type, i < DTYPES ? 768 : 192));
        assert_true(fabs(got->coded.low / (28 + coded.low) - 1) < 1e-8 &&
                    fabs(got->coded.high / (28 + coded.high) - 1) < 1e-8);
        assert_true(fabs(got->correct.value - correct.value) < 1e-8 &&
                    fabs(got->correct.low - correct.low) < 1e-8);
        assert_true(fabs(got->agrees.value - (double)rows[i].agrees / (double)rows[i].images) < 1e-8);
        assert_true(got->images == rows[i].images && got->gained == rows[i].gained && got->lost == 1);
        assert_true(got->encode_ms == 0.125 && got->decode_ms == 0.5);
        got = features_find(&f, rows[i].layer, rows[i].type, CODER_NONE);
        assert_true(fabs(got->coded.value - 28 - 3000 / 7.0) < 1e-6);
    }
    features_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),   cmocka_unit_test(test_less),   cmocka_unit_test(test_no_features),
        cmocka_unit_test(test_rows),   cmocka_unit_test(test_values), cmocka_unit_test(test_written),
        cmocka_unit_test(test_former), cmocka_unit_test(test_scales),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
