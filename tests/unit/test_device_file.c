/* What a device takes for each layer, told by a file or a speed: what is read, and what is refused with the
 * place it stands at. */
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

#include "report/device_file.h"
#include "report/report.h"
#include "sheet_fixture.h"

static int set_up(void **state)
{
    (void)state;
    return sheet_begin("");
}

static int tear_down(void **state)
{
    (void)state;
    return sheet_end();
}

static void reads(const char *named, const char *source, const double expected[3])
{
    struct error e = {""};
    struct device d;
    if (device_read(named, sheet_table, "net.cfg", &d, &e) < 0)
        fail_msg("%s", e.text);
    assert_string_equal(d.source, source);
    assert_int_equal(d.layers_n, 3);
    for (int l = 0; l < 3; l++)
        assert_true(fabs(d.layer_ms[l] - expected[l]) <= 1e-12 * expected[l]);
    device_free(&d);
    assert_null(d.layer_ms);
}

static void refused(const char *named, const char *why)
{
    struct error e = {""};
    struct device d;
    assert_int_equal(device_read(named, sheet_table, "net.cfg", &d, &e), -1);
    assert_string_equal(e.text, why);
}

static void file_reads(const char *text, const double expected[3])
{
    sheet_put("pi.csv", text);
    reads("pi.csv", "pi.csv", expected);
}

static void file_refused(const char *text, const char *why)
{
    sheet_put("pi.csv", text);
    refused("pi.csv", why);
}

#define HEADER "layer,name,type,median_ms,p95_ms,runs\n"
#define FIRST "0,conv1,convolutional,1.5,2,20\n"
#define SECOND "1,pool1,maxpool,0,0,20\n"
#define THIRD "2,fc1,connected,2.5e-1,1,20\n"

static const double expected[] = {1.5, 0, 0.25};

static void test_files(void **state)
{
    (void)state;
    file_reads(HEADER FIRST SECOND THIRD, expected);
    file_reads(HEADER THIRD FIRST SECOND, expected);
    file_reads("\xef\xbb\xbfmedian_ms,layer\r\n0.25,2\r\n1.5,0\r\n\r\n 0 ,1\r\n", expected);
    file_reads("note,layer,name,median_ms\n\"a, b\",0,conv1,1.5\n,1,,0\n,2,,.25", expected);
    /* The name of a file may begin as a speed does. */
    sheet_put("20.csv", HEADER FIRST SECOND THIRD);
    reads("20.csv", "20.csv", expected);
}

/* Two operations for each multiply-add: 10368 and 288. */
static void test_speeds(void **state)
{
    (void)state;
    const double at_20[] = {5.184e-4, 0, 1.44e-5}, at_half[] = {2.0736e-2, 0, 5.76e-4};
    reads("20", "20 GFLOP/s", at_20);
    reads("20GFLOP/s", "20 GFLOP/s", at_20);
    reads("+2e1 GFLOP/s", "20 GFLOP/s", at_20);
    reads(".5", "0.5 GFLOP/s", at_half);
    reads("500MFLOP/s", "0.5 GFLOP/s", at_half);
    reads("0.02 TFLOP/s", "20 GFLOP/s", at_20);
}

/* As spreadsheets write them. */
static void test_spreadsheets(void **state)
{
    (void)state;
    file_reads("layer;median_ms\n0;1.5\n1;0\n2;0.25\n", expected);
    file_reads("\xef\xbb\xbfLayer;Median_ms\r\n0;1,5\r\n1;0\r\n2;2,5E-1\r\n;\r\n;\r\n", expected);
    file_reads("LAYER\tName\tMEDIAN_MS\n0\tconv1\t1,5\n1\t\t0,0\n2\t\t,25\n", expected);
    file_reads("\"note; with, both\";layer;median_ms\n\"1; 2\";0;1,5\n\"3,4\";1;0\n;2;0,25\n", expected);
    file_reads("layer,median_ms\n0,1.5\n1,0\n2,0.25\n,\n,\n", expected);
}

#define NO_DEVICE "is neither a speed nor a file (expected a number above 0, as in 20GFLOP/s)"

static void test_no_speeds(void **state)
{
    (void)state;
    refused("0", "the device '0' " NO_DEVICE);
    refused("-20", "the device '-20' " NO_DEVICE);
    refused("1e999", "the device '1e999' " NO_DEVICE);
    refused("0x20", "the device '0x20' " NO_DEVICE);
    refused("20 PFLOP/s", "the device '20 PFLOP/s' " NO_DEVICE);
    refused("20\nmore", "the device '20\\nmore' " NO_DEVICE);
    refused("gpu.csv", "gpu.csv: cannot open: No such file or directory");
    refused(".", ".: is not a regular file");
}

static void test_no_profiles(void **state)
{
    (void)state;
    file_refused("",
                 "pi.csv: has no row for layer 0 (conv1) and others (expected one for each of the layers 0 "
                 "to 2 of net.cfg)");
    file_refused(
        "layer,name\n",
        "pi.csv:1: has no column 'median_ms' in its header 'layer,name' (expected a profile as isplit "
        "profile writes it)");
    file_refused("1,2\n",
                 "pi.csv:1: has no column 'layer' in its header '1,2' (expected a profile as isplit profile "
                 "writes it)");
    file_refused(
        "Schicht;Zeit in ms\n0;1,5\n",
        "pi.csv:1: has no column 'layer' in its header 'Schicht,Zeit in ms' (expected a profile as isplit "
        "profile writes it)");
    file_refused("layer;median_ms\n0;1.500,25\n",
                 "pi.csv:2: median_ms is '1.500,25' (expected milliseconds, 0 or more)");
    file_refused("layer,median_ms\n0,\"1,5\"\n", /* a thousand and more, or a decimal comma? */
                 "pi.csv:2: median_ms is '1,5' (expected milliseconds, 0 or more)");
    file_refused(HEADER FIRST "1,pool1,maxpool,0,0\n", "pi.csv:3: has 5 columns (expected 6)");
    file_refused(HEADER "0,\"conv1\n", "pi.csv:2: a quote is never closed");
}

static void test_layers(void **state)
{
    (void)state;
    file_refused(HEADER FIRST SECOND,
                 "pi.csv: has no row for layer 2 (fc1) (expected one for each of the layers "
                 "0 to 2 of net.cfg)");
    file_refused(HEADER FIRST FIRST, "pi.csv:3: layer 0 (conv1) occurs a second time (first in line 2)");
    file_refused(HEADER FIRST SECOND THIRD "3,softmax,softmax,0,0,20\n",
                 "pi.csv:5: refers to layer 3, but net.cfg has layers 0 to 2");
    file_refused(HEADER "-1,conv1,convolutional,1,1,1\n",
                 "pi.csv:2: layer is '-1' (expected a whole number, 0 or more)");
    file_refused(HEADER "one,conv1,convolutional,1,1,1\n",
                 "pi.csv:2: layer is 'one' (expected a whole number, 0 or more)");
    file_refused(HEADER FIRST "1,conv2,maxpool,1,1,1\n",
                 "pi.csv:3: layer 1 has the name 'conv2' here, but 'pool1' in net.cfg (expected a profile of "
                 "this network)");
    file_refused(HEADER FIRST "1,pool1,avg\x01pool,1,1,1\n",
                 "pi.csv:3: layer 1 has the type 'avg\\x01pool' here, but 'maxpool' in net.cfg (expected a "
                 "profile of this network)");
}

static void test_times(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "-1", "nan", "inf", "1e999", "0x1", "1 ms", "1;5"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[200], why[200];
        snprintf(text, sizeof text, HEADER "0,conv1,convolutional,%s,1,1\n", bad[i]);
        snprintf(why, sizeof why, "pi.csv:2: median_ms is '%s' (expected milliseconds, 0 or more)", bad[i]);
        file_refused(text, why);
    }
}

/* What isplit profile writes is read back: every layer, to the last digit that stands there. */
static void test_written(void **state)
{
    (void)state;
    float median[] = {1.0f / 3, 0, 123456.7f}, p95[] = {1, 0, 2};
    const struct profile p = {.runs = 20, .median_ms = median, .p95_ms = p95, .layers_n = 3};
    const struct report r = {.table = sheet_table, .profile = &p};
    FILE *f = fopen("pi.csv", "w");
    assert_non_null(f);
    report_profile(f, &r);
    fclose(f);
    struct error e = {""};
    struct device d;
    if (device_read("pi.csv", sheet_table, "net.cfg", &d, &e) < 0)
        fail_msg("%s", e.text);
    for (int l = 0; l < 3; l++)
        assert_true((float)d.layer_ms[l] == median[l]);
    device_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),     cmocka_unit_test(test_spreadsheets), cmocka_unit_test(test_speeds),
        cmocka_unit_test(test_no_speeds), cmocka_unit_test(test_no_profiles),  cmocka_unit_test(test_layers),
        cmocka_unit_test(test_times),     cmocka_unit_test(test_written),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
