/* The pictures as the yardstick of the cuts: written as JPEG, over the pipe, in the CSV, as a curve beside
 * those of the cuts, and in what the plan says. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "data/dataset.h"
#include "data/decode.h"
#include "deploy/cost_model.h"
#include "features/jpeg_writer.h"
#include "features/measured_pictures.h"
#include "features/rate_curves.h"
#include "report/features_file.h"
#include "report/report.h"
#include "sheet_fixture.h"
#include "wire/message.h"
#include "wire/message_pictures.h"

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

/* ---- JPEG ---------------------------------------------------------------------------------------------- */

/* A picture comes back nearly as it was, in fewer bytes and less near with every quality; grey as grey. */
static void test_jpeg(void **state)
{
    (void)state;
    enum { W = 24, H = 16 };
    static unsigned char pixels[H * W * 3];
    for (int c = 1; c <= 3; c += 2) {
        double last = -1;
        size_t shorter = 10000, longest = 0;
        for (int i = 0; i < W * H; i++)
            for (int k = 0; k < c; k++)
                pixels[i * c + k] = (unsigned char)(30 + 4 * (i % W) + 3 * (i / W) + i * 37 % 23 + 9 * k);
        for (int q = 0; q < PICTURES_QUALITIES; q++) {
            struct error e = {""};
            struct decode_picture back;
            size_t length;
            unsigned char *jpeg = jpeg_writer_run(pixels, W, H, c, pictures_qualities[q], &length, &e);
            assert_non_null(jpeg);
            assert_true(length < shorter + 3); /* small pictures may come out a byte longer */
            longest = q == 0 ? length : longest;
            shorter = length;
            assert_int_equal(decode_bytes(jpeg, length, &back, &e), 0);
            assert_true(back.w == W && back.h == H && back.c == c);
            double off = 0;
            for (int i = 0; i < W * H * c; i++)
                off += abs(back.bytes[i] - pixels[i]) / (double)(W * H * c);
            assert_true(off > last - 0.2 && off < 8);
            last = off;
            free(back.bytes);
            free(jpeg);
        }
        assert_true(shorter < longest * 2 / 3);
    }
}

static void test_jpeg_too_large(void **state)
{
    (void)state;
    struct error e = {""};
    size_t length;
    unsigned char *row = memory_new(70000, 1);
    assert_null(jpeg_writer_run(row, 70000, 1, 1, 90, &length, &e));
    assert_non_null(strstr(e.text, "70000 x 1 pixels cannot be written as JPEG: "));
    free(row);
}

/* ---- Over the pipe ------------------------------------------------------------------------------------- */

static struct picture_row example(int own)
{
    struct picture_row row = {.image = 7, .content = content_of("x", 1), .own = own, .stored = 1000};
    for (int q = 0; q < PICTURES_QUALITIES && own >= 0; q++)
        row.sent[q] = (struct picture_sent){(uint32_t)(900 - 100 * q), q % 3};
    return row;
}

static json_t *carried(json_t *message, enum message_type expected)
{
    struct error e = {""};
    enum message_type type;
    char *text = json_dumps(message, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(message);
    json_t *copy = message_parse(text, strlen(text), &type, &e);
    assert_non_null(copy);
    assert_int_equal(type, expected);
    free(text);
    return copy;
}

static void test_request(void **state)
{
    (void)state;
    struct error e = {""};
    long images[] = {7, 3};
    struct run_options run = run_options_default(), got_run;
    char tuning[17];
    run.images = images;
    run.images_n = 2;
    run.batch = 4;
    for (int i = 0; i < 2; i++) {
        const char *known = i ? "0123456789abcdef" : "";
        json_t *m = carried(message_pictures_request(&run, known), MESSAGE_PICTURES);
        assert_int_equal(message_pictures_request_read(m, &got_run, tuning, &e), 0);
        assert_string_equal(tuning, known);
        assert_true(got_run.images_n == 2 && got_run.images[1] == 3 && got_run.batch == 4);
        run_options_free(&got_run);
        json_decref(m);
    }
}

static void test_message(void **state)
{
    (void)state;
    struct error e = {""};
    struct picture_row got;
    long images;
    for (int own = -1; own < 2; own++) { /* -1: an image that cannot be used */
        const struct picture_row row = example(own);
        json_t *m = carried(message_picture(&row), MESSAGE_PICTURE);
        assert_int_equal(message_picture_read(m, &got, &e), 0);
        assert_true(got.image == 7 && got.own == own && got.stored == 1000 &&
                    got.content.low == row.content.low);
        assert_memory_equal(got.sent, row.sent, sizeof row.sent);
        json_decref(m);
    }
    json_t *m = carried(message_pictures(50), MESSAGE_PICTURES);
    assert_int_equal(message_pictures_read(m, &images, &e), 0);
    assert_int_equal(images, 50);
    json_decref(m);
}

static void test_message_refused(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"image", "-1"},
        {"content", "3"},
        {"top", "-2"},
        {"stored", "4294967296"},
        {"sent", "[]"},
        {"sent", "[1,2]"},
        {"sent", "[0,0,9,9,9,9,9,9,9,9,9,9,9,9,9,9,9,9]"},
        {"sent", "[9,9,9,9,9,9,9,9,9,9,9,9,9,9,9,9,9,2147483648]"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error e = {""};
        struct picture_row got;
        const struct picture_row row = example(1);
        json_t *m = message_picture(&row);
        json_object_set_new(m, wrong[i][0], json_loads(wrong[i][1], JSON_DECODE_ANY, NULL));
        assert_int_equal(message_picture_read(m, &got, &e), -1);
        assert_non_null(strstr(e.text, wrong[i][0]));
        json_decref(m);
    }
}

/* ---- Summed up ----------------------------------------------------------------------------------------- */

static void test_sum(void **state)
{
    (void)state;
    const struct picture_row a = example(1), b = example(2);
    struct picture_row bare = a;
    const struct picture_row *rows[] = {&a, &b};
    const int labels[] = {1, 0};
    struct measured_pictures p;
    pictures_sum(rows, labels, 2, &p);
    assert_true(p.images == 2 && p.correct == 1 && p.rows_n == PICTURES_ROWS);
    assert_true(p.rows[0].quality == PICTURES_STORED && p.rows[0].bytes == 2000 && p.rows[0].agrees == 2);
    /* Quality 90: both predict 1. */
    assert_true(p.rows[2].quality == 90 && p.rows[2].bytes == 1600 && p.rows[2].correct == 1 &&
                p.rows[2].agrees == 1 && p.rows[2].deviation == 0);
    bare.stored = 0;
    rows[1] = &bare;
    pictures_sum(rows, labels, 2, &p);
    assert_true(p.rows_n == PICTURES_QUALITIES && p.rows[0].quality == 95);
    pictures_sum(rows, labels, 0, &p);
    assert_true(p.images == 0 && p.rows_n == 0);
}

/* ---- In the CSV ---------------------------------------------------------------------------------------- */

static struct measured_pictures fifty(void)
{
    struct measured_pictures p = {.images = 50, .correct = 45, .rows_n = PICTURES_ROWS};
    p.rows[0] = (struct measured_picture){PICTURES_STORED, 50000, 10.5f, 45, 50};
    for (int q = 0; q < PICTURES_QUALITIES; q++)
        p.rows[1 + q] =
            (struct measured_picture){pictures_qualities[q], 30000 - 3000 * q, 0, 44 - 2 * q, 48 - 3 * q};
    return p;
}

static struct features reads(void)
{
    struct error e = {""};
    struct features f;
    if (features_file_read("f.csv", sheet_table, "net.cfg", &f, &e) < 0)
        fail_msg("%s", e.text);
    return f;
}

/* What report_features writes behind the cuts comes back. */
static void test_written_and_read(void **state)
{
    (void)state;
    struct measured_feature row = {
        .layer = 1, .type = DTYPE_INT8, .images = 50, .correct = 45, .agrees = 50, .scale = 1};
    struct measured_features m = {.images = 50, .rows = &row, .rows_n = 1, .coders = {[CODER_NONE] = true}};
    struct measured_pictures p = fifty();
    struct report r = {.table = sheet_table, .features = &m, .pictures = &p};
    row.coded[CODER_NONE] = (struct coded_size){.images = 50, .bytes = 50 * 48};
    FILE *out = fopen("f.csv", "w");
    report_features(out, &r);
    fclose(out);
    struct features f = reads();
    assert_true(f.rows_n == 1 && f.pictures_n == PICTURES_ROWS);
    assert_int_equal(f.pictures[0].quality, PICTURES_STORED);
    assert_true(f.pictures[0].bytes.value == 1000 && f.pictures[0].correct.value == 0.9);
    assert_true(f.pictures[0].bytes.low < 1000 && f.pictures[0].bytes.high > 1000);
    assert_true(f.pictures[9].quality == 20 && f.pictures[9].bytes.value == 120);
    assert_true(f.pictures[9].agrees.value == 24 / 50.);
    features_free(&f);
}

#define HEADER "layer,name,dtype,coder,bytes,coded_bytes,accuracy,agreement,images\n"
#define CUT "1,pool1,int8,none,76,48,.9,1,50\n"

static void refused(const char *text, const char *why)
{
    struct error e = {""};
    struct features f;
    sheet_put("f.csv", text);
    assert_int_equal(features_file_read("f.csv", sheet_table, "net.cfg", &f, &e), -1);
    if (!strstr(e.text, why))
        fail_msg("%s", e.text);
}

static void test_refused(void **state)
{
    (void)state;
    refused(HEADER CUT ",input,uint8,jpeg0,144,10,.9,1,50\n", "f.csv:3:");
    refused(HEADER CUT ",input,uint8,png,144,10,.9,1,50\n", "stored, or jpeg1 to jpeg100");
    refused(HEADER CUT ",input,uint8,jpeg5,144,10,1.5,1,50\n", "a share from 0 to 1");
    refused(HEADER CUT ",input,uint8,stored,144,10,.9,1,50\n,input,uint8,stored,144,11,.9,1,50\n",
            "the picture as stored occurs a second time");
    refused(HEADER ",input,uint8,stored,144,10,.9,1,50\n", "holds no row");
}

/* ---- Curves -------------------------------------------------------------------------------------------- */

/* Of the first layer f32 by zstd takes fewer bytes than without; int4 loses. JPEG beats int8, which is right
 * as often as the whole network, but not int4. */
static const char measured[] = HEADER "0,conv1,f32,none,796,768,.9,1,50\n"
                                      "0,conv1,f32,zstd,796,400,.9,1,50\n"
                                      "0,conv1,int8,zstd,220,200,.92,.96,50\n"
                                      "0,conv1,int4,lzma,124,50,.7,.8,50\n"
                                      "1,pool1,f32,none,220,192,.9,1,50\n"
                                      "1,pool1,int4,none,52,24,.6,.7,50\n"
                                      ",input,uint8,stored,144,180,.9,1,50\n"
                                      ",input,uint8,jpeg90,144,150,.88,.9,50\n"
                                      ",input,uint8,jpeg20,144,60,.7,.7,50\n";

static void test_curves(void **state)
{
    (void)state;
    sheet_put("f.csv", measured);
    struct features f = reads();
    struct rate_curves c = rate_curves_make(&f, false);
    assert_true(c.n == 3 && c.whole == 0.9);
    const struct rate_curve *pictures = rate_curves_find(&c, RATE_PICTURES), *conv = rate_curves_find(&c, 0);
    assert_true(pictures == c.curves && pictures->n == 3 && pictures->marks[0].quality == 20);
    assert_true(conv->n == 3 && conv->marks[0].type == DTYPE_INT4 && conv->marks[0].coder == CODER_LZMA);
    const struct rate_mark *wide = rate_curve_find(conv, DTYPE_F32);
    assert_true(wide->at.cost == 400 && wide->coder == CODER_ZSTD && !wide->front);
    assert_true(rate_curve_find(conv, DTYPE_INT8)->front && conv->marks[0].front);
    assert_null(rate_curve_find(conv, DTYPE_F16));
    /* The front of conv1 is int4 and int8: a line of log bytes from 0.7 to 0.92; of JPEG from 0.7 to 0.88. */
    double here = log(50) + (log(200) - log(50)) * (.79 - .7) / .22, jpeg = (log(60) + log(150)) / 2;
    assert_true(fabs(conv->jpeg.rate - expm1(here - jpeg)) < 1e-12);
    assert_true(conv->jpeg.low == .7 && conv->jpeg.high == .88);
    /* A share above the whole network's is not better than that. */
    assert_true(rate_curves_picture(&c, .92)->quality == PICTURES_STORED);
    assert_true(rate_curves_picture(&c, .88)->quality == 90 && rate_curves_picture(&c, .6)->quality == 20);
    rate_curves_free(&c);
    c = rate_curves_make(&f, true);
    assert_true(c.whole == 1 && rate_curves_picture(&c, .96)->quality == PICTURES_STORED);
    assert_true(rate_curve_find(rate_curves_find(&c, 0), DTYPE_INT8)->at.gain == .96);
    rate_curves_free(&c);
    features_free(&f);
    c = rate_curves_make(NULL, false);
    assert_true(c.n == 0 && !rate_curves_picture(&c, .5));
    rate_curves_free(&c);
}

/* f16 is right on each of the 10 images that it is judged on, as the whole network is: it changes nothing. */
static void test_fewer_images(void **state)
{
    (void)state;
    sheet_put("f.csv", "layer,name,dtype,coder,bytes,coded_bytes,accuracy,agreement,images,gained,lost\n"
                       "0,conv1,f32,none,796,768,.9,1,50,0,0\n"
                       "0,conv1,f16,none,412,384,1,1,10,0,0\n");
    struct features f = reads();
    struct rate_curves c = rate_curves_make(&f, false);
    assert_true(rate_curve_find(c.curves, DTYPE_F16)->at.gain == .9);
    rate_curves_free(&c);
    features_free(&f);
}

/* ---- In the plan --------------------------------------------------------------------------------------- */

static double ms[4];
static const struct device device = {ms, 4, NULL};

static struct cost_model model(void)
{
    struct cost_model d = cost_model_default(sheet_table);
    d.edge = d.server = &device;
    d.link = (struct link){.name = "hand", .mbit_s = 8, .mtu = 1000};
    return d;
}

static void test_input(void **state)
{
    (void)state;
    struct cost_model d = model();
    enum input_from from;
    sheet_put("f.csv", measured);
    struct features f = reads();
    assert_int_equal(cost_model_input(&d, sheet_table, &from), 3 * 8 * 6);
    assert_int_equal(from, INPUT_PIXELS);
    d.features = &f;
    assert_int_equal(cost_model_input(&d, sheet_table, &from), 180);
    assert_int_equal(from, INPUT_MEASURED);
    d.stored = 170.2;
    assert_int_equal(cost_model_input(&d, sheet_table, &from), 171);
    assert_int_equal(from, INPUT_STORED);
    d.input = 99;
    assert_int_equal(cost_model_input(&d, sheet_table, &from), 99);
    assert_int_equal(from, INPUT_GIVEN);
    features_free(&f);
}

static void test_placements(void **state)
{
    (void)state;
    static const int layers[] = {0, 1};
    struct cost_model d = model();
    sheet_put("f.csv", measured);
    struct features f = reads();
    d.features = &f;
    d.type = DTYPE_INT8;
    struct placement *wide = cost_model_placements(&d, sheet_table, layers, 2, NULL, NULL);
    d.head_type = DTYPE_INT8;
    struct placement *c = cost_model_placements(&d, sheet_table, layers, 2, NULL, NULL);
    assert_int_equal(c[0].bytes, 180);
    assert_true(c[1].picture_bytes == 180 && c[1].picture_quality == PICTURES_STORED);
    assert_true(c[1].jpeg.low == .7 && c[1].jpeg.high == .88);
    assert_true(isnan(c[2].picture_bytes)); /* not measured as int8 */
    for (int i = 0; i < 4; i++)
        assert_int_equal(4 * c[i].memory, wide[i].memory);
    assert_true(wide[3].memory > 0);
    cost_model_free(c, 4);
    cost_model_free(wide, 4);
    features_free(&f);
}

static void test_files(void **state)
{
    (void)state;
    struct dataset_image images[] = {
        {"a.png", 0, 100, 1}, {"b#1.png", 0, 301, 1}, {"t#7", 0, 5000, 1}, {"c", 0, -1, 1}};
    struct dataset d = {.images = images, .images_n = 4};
    assert_true(dataset_mean_bytes(&d, (long[]){0, 1}, 2) == 200.5);
    assert_true(isnan(dataset_mean_bytes(&d, (long[]){0, 2}, 2))); /* in an IDX file */
    assert_true(isnan(dataset_mean_bytes(&d, (long[]){0, 3}, 2)));
    assert_true(isnan(dataset_mean_bytes(&d, NULL, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jpeg),
        cmocka_unit_test(test_jpeg_too_large),
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_message),
        cmocka_unit_test(test_message_refused),
        cmocka_unit_test(test_sum),
        cmocka_unit_test(test_written_and_read),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_curves),
        cmocka_unit_test(test_fewer_images),
        cmocka_unit_test(test_input),
        cmocka_unit_test(test_placements),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
