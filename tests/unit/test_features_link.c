/* The messages of isplit features come out as they went in, and what is not one is refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "features/measured_features.h"
#include "features/sampling.h"
#include "wire/message.h"
#include "wire/message_features.h"

/* Through text and back, as over the pipe. */
static json_t *carried(json_t *message, enum message_type expected)
{
    struct error e = {""};
    enum message_type type;
    char *text = json_dumps(message, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(message);
    assert_non_null(text);
    json_t *copy = message_parse(text, strlen(text), &type, &e);
    if (!copy)
        fail_msg("%s", e.text);
    assert_int_equal(type, expected);
    free(text);
    return copy;
}

static int layers[] = {0, 3, 17};
static long images[] = {9, 2, 1000000000000};
static long calibration[] = {4};

static struct features_request request(void)
{
    return (struct features_request){
        .layers = layers,
        .layers_n = 3,
        .images = images,
        .images_n = 3,
        .calibration = calibration,
        .calibration_n = 1,
        .dtypes = {[DTYPE_F32] = true, [DTYPE_INT6] = true},
        .coders = {[CODER_NONE] = true, [CODER_LZMA] = true},
        .level = 19,
        .sample = 7,
        .pixels =
            {.fit = PIXELS_LETTERBOX, .mean = {0.485f, 1, 2}, .std = {0.1f, 2, 3}, .scale = 255, .bgr = true},
        .batch = 4,
        .threads = 2,
        .exact = true,
        .memory = INT64_C(5000000000),
    };
}

static void test_request(void **state)
{
    (void)state;
    struct error e = {""};
    const struct features_request r = request();
    struct features_request got;
    json_t *m = carried(message_features_request(&r), MESSAGE_FEATURES);
    assert_int_equal(message_features_request_read(m, &got, &e), 0);
    json_decref(m);
    assert_true(got.layers_n == 3 && got.images_n == 3 && got.calibration_n == 1);
    assert_memory_equal(got.layers, layers, sizeof layers);
    assert_memory_equal(got.images, images, sizeof images);
    assert_int_equal(got.calibration[0], 4);
    assert_memory_equal(got.dtypes, r.dtypes, sizeof r.dtypes);
    assert_memory_equal(got.coders, r.coders, sizeof r.coders);
    assert_true(got.level == 19 && got.sample == 7 && got.batch == 4 && got.threads == 2 && got.exact &&
                got.memory == INT64_C(5000000000));
    assert_true(got.pixels.fit == PIXELS_LETTERBOX && got.pixels.bgr && got.pixels.scale == 255 &&
                got.pixels.mean[0] == 0.485f && got.pixels.std[2] == 3);
    assert_true(!got.needs && !got.ranges && !got.tuning[0]);
    features_request_free(&got);
}

enum { CUTS = 3 };

static struct sent_ranges ranges(void)
{
    struct sent_ranges r = {.calibrated = 9, .draws = 2};
    r.scales[DTYPE_INT6] = memory_new(CUTS, sizeof *r.scales[0]);
    for (int i = 0; i < CUTS; i++)
        r.scales[DTYPE_INT6][i] =
            (struct sent_scales){{0.0123456789f * (float)(i + 1), i}, {{0.25f, 63}, {0.5f, 1}}};
    return r;
}

/* What was known before: which parts of which image are wanted, by which tuning, with which ranges. */
static void test_known(void **state)
{
    (void)state;
    struct error e = {""};
    struct features_request r = request(), got;
    uint32_t needs[] = {0, sent_need_size(CODER_LZMA, DTYPE_INT6), sent_needs_all(&r)};
    struct sent_ranges known = ranges();
    r.needs = needs;
    r.ranges = &known;
    strcpy(r.tuning, "0123456789abcdef");
    json_t *m = carried(message_features_request(&r), MESSAGE_FEATURES);
    assert_int_equal(message_features_request_read(m, &got, &e), 0);
    assert_memory_equal(got.needs, needs, sizeof needs);
    assert_string_equal(got.tuning, r.tuning);
    assert_true(got.ranges->calibrated == 9 && got.ranges->draws == 2 && !got.ranges->scales[DTYPE_INT8]);
    assert_memory_equal(got.ranges->scales[DTYPE_INT6], known.scales[DTYPE_INT6],
                        CUTS * sizeof *known.scales[0]);
    features_request_free(&got);
    static const char *const wrong[][2] = {
        {"needs", "[0,0,0]"},
        {"needs", "[1,1]"},
        {"needs", "[1,1,4]"} /* f16, which is not asked for */,
        {"needs", "[1,1,4294967296]"},
        {"plan", "\"x\""},
        {"ranges", "3"},
        {"ranges", "{\"calibrated\":0}"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        json_t *other = json_deep_copy(m);
        json_object_set_new(other, wrong[i][0], json_loads(wrong[i][1], JSON_DECODE_ANY, NULL));
        assert_int_equal(message_features_request_read(other, &got, &e), -1);
        json_decref(other);
    }
    json_decref(m);
    sent_ranges_free(&known);
}

static void test_ranges(void **state)
{
    (void)state;
    struct error e = {""};
    struct sent_ranges r = ranges(), got;
    json_t *m = carried(message_ranges(&r, CUTS), MESSAGE_RANGES);
    assert_int_equal(message_ranges_read(m, CUTS, &got, &e), 0);
    assert_memory_equal(got.scales[DTYPE_INT6], r.scales[DTYPE_INT6], CUTS * sizeof *r.scales[0]);
    sent_ranges_free(&got);
    assert_int_equal(message_ranges_read(m, CUTS + 1, &got, &e), -1);
    json_object_set_new(m, "draws", json_integer(3)); /* whose scales are not there */
    assert_int_equal(message_ranges_read(m, CUTS, &got, &e), -1);
    json_object_set_new(m, "draws", json_integer(FEATURES_DRAWS + 1));
    assert_int_equal(message_ranges_read(m, CUTS, &got, &e), -1);
    json_decref(m);
    sent_ranges_free(&r);
}

static struct sent_row row(void)
{
    const struct features_request r = request();
    struct sent_row row = {.image = 2, .content = content_of("y", 1), .own = 5};
    sent_row_make(&row, sent_needs_all(&r), CUTS);
    for (int i = 0; i < CUTS; i++) {
        row.answers[DTYPE_INT6][i] = (struct sent_answer){i, 4000000000u};
        row.sizes[CODER_LZMA][DTYPE_INT6][i] = (struct sent_size){70 + (uint32_t)i, {1, 2, 3, 4, 5, 6, 7, 8}};
        row.sizes[CODER_NONE][DTYPE_F32][i].bytes = 4096;
    }
    return row;
}

static void test_row(void **state)
{
    (void)state;
    struct error e = {""};
    struct sent_row r = row(), got;
    json_t *m = carried(message_sent(&r, CUTS), MESSAGE_SENT);
    assert_int_equal(message_sent_read(m, CUTS, &got, &e), 0);
    assert_true(got.image == 2 && got.own == 5 && got.content.high == r.content.high);
    for (int t = 0; t < DTYPES; t++) {
        assert_int_equal(got.answers[t] != NULL, t == DTYPE_INT6);
        for (int c = 0; c < CODERS; c++)
            assert_int_equal(got.sizes[c][t] != NULL, (t == DTYPE_INT6 || t == DTYPE_F32) && c != CODER_ZSTD);
    }
    assert_memory_equal(got.answers[DTYPE_INT6], r.answers[DTYPE_INT6], CUTS * sizeof(struct sent_answer));
    assert_memory_equal(got.sizes[CODER_LZMA][DTYPE_INT6], r.sizes[CODER_LZMA][DTYPE_INT6],
                        CUTS * sizeof(struct sent_size));
    sent_row_free(&got);
    static const char *const wrong[][2] = {
        {"image", "-1"},
        {"top", "-1"},
        {"content", "3"},
        {"answers", "3"},
        {"sizes", "[]"},
        {"answers", "{\"int6\":[1,2]}"},
        {"answers", "{\"int6\":[2147483648,0,0,0,0,0]}"},
        {"sizes", "{\"lzma\":{\"int6\":[1]}}"},
        {"sizes", "{\"lzma\":3}"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        json_t *other = json_deep_copy(m);
        json_object_set_new(other, wrong[i][0], json_loads(wrong[i][1], JSON_DECODE_ANY, NULL));
        if (message_sent_read(other, CUTS, &got, &e) != -1 || !strstr(e.text, "sent"))
            fail_msg("%s = %s: %s", wrong[i][0], wrong[i][1], e.text);
        json_decref(other);
    }
    json_decref(m);
    sent_row_free(&r);
}

static void test_times(void **state)
{
    (void)state;
    struct error e = {""};
    struct sent_time own[CUTS] = {{0.25f, 2}, {0, 0}, {1e-4f, 3}};
    const struct sent_times times = {.of[CODER_ZSTD][DTYPE_INT4] = own};
    struct sent_times got;
    json_t *m = carried(message_times(&times, CUTS), MESSAGE_TIMES);
    assert_int_equal(message_times_read(m, CUTS, &got, &e), 0);
    assert_memory_equal(got.of[CODER_ZSTD][DTYPE_INT4], own, sizeof own);
    assert_null(got.of[CODER_NONE][DTYPE_INT4]);
    sent_times_free(&got);
    json_object_set_new(m, "times", json_loads("{\"zstd\":{\"int4\":[1,1,1,1,1,-1]}}", 0, NULL));
    assert_int_equal(message_times_read(m, CUTS, &got, &e), -1);
    json_decref(m);
}

/* What is missing of a row follows from its place: beyond the sample nothing but answers. */
static void test_lacks(void **state)
{
    (void)state;
    const struct features_request q = request(); /* f32 and int6, none and lzma, a sample of 7 */
    const size_t numbers[CUTS] = {100, 100, 1 << 20};
    struct sent_row r = row();
    assert_int_equal(sampling_coded(&q, 100, DTYPE_INT6, CODER_LZMA), 7);
    assert_int_equal(sampling_coded(&q, 1 << 20, DTYPE_INT6, CODER_LZMA), 2);
    assert_int_equal(sent_row_lacks(NULL, &q, numbers, 8, 0), sent_needs_all(&q));
    uint32_t none = sent_need_size(CODER_NONE, DTYPE_INT6), lzma = sent_need_size(CODER_LZMA, DTYPE_F32);
    assert_int_equal(sent_row_lacks(&r, &q, numbers, 8, 0), none | lzma); /* of which the bytes are 0 */
    assert_int_equal(sent_row_lacks(&r, &q, numbers, 8, 7), 0);
    for (int i = 0; i < CUTS; i++) {
        r.sizes[CODER_NONE][DTYPE_INT6][i].bytes = 9;
        r.sizes[CODER_LZMA][DTYPE_F32][i].bytes = i < 2 ? 9 : 0;
    }
    assert_int_equal(sent_row_lacks(&r, &q, numbers, 8, 1), lzma);
    assert_int_equal(sent_row_lacks(&r, &q, numbers, 8, 2), 0); /* of the large cut two are enough */
    r.sizes[CODER_LZMA][DTYPE_INT6][1].drawn[7] = 0;
    assert_int_equal(sent_row_lacks(&r, &q, numbers, 8, 0) & ~lzma, sent_need_size(CODER_LZMA, DTYPE_INT6));
    assert_int_equal(sent_row_lacks(&r, &q, numbers, 7, 0), lzma); /* there is no eighth draw */
    free(r.answers[DTYPE_INT6]);
    r.answers[DTYPE_INT6] = NULL;
    assert_int_equal(sent_row_lacks(&r, &q, numbers, 8, 1000), sent_need_answer(DTYPE_INT6));
    sent_row_free(&r);
}

/* The request with one field changed. */
static void refuse(const char *key, const char *value)
{
    struct error e = {""};
    const struct features_request r = request();
    json_t *m = message_features_request(&r);
    json_object_set_new(m, key, json_loads(value, JSON_DECODE_ANY, NULL));
    struct features_request asked;
    assert_int_equal(message_features_request_read(m, &asked, &e), -1);
    char quoted[40];
    snprintf(quoted, sizeof quoted, "\"%s\" is wrong (expected ", key);
    if (!strstr(e.text, quoted) || !strstr(e.text, "message features"))
        fail_msg("%s = %s: %s", key, value, e.text);
    json_decref(m);
}

static void test_refused(void **state)
{
    (void)state;
    refuse("layers", "[]");
    refuse("layers", "[3,3]");
    refuse("layers", "[-1]");
    refuse("images", "[]");
    refuse("images", "[-1]");
    refuse("calibration", "[]");
    refuse("dtypes", "[]");
    refuse("dtypes", "\"f32\"");
    refuse("dtypes", "[\"int7\"]");
    refuse("dtypes", "[\"f32\",\"f32\"]");
    refuse("dtypes", "[2]");
    refuse("coders", "[\"zip\"]");
    refuse("coders", "[\"zstd\",\"none\"]");
    refuse("level", "0");
    refuse("level", "20");
    refuse("sample", "0");
    refuse("threads", "-1");
    refuse("exact", "1");
    refuse("memory", "null");
    refuse("std", "[1,0,1]");
}

static void test_end(void **state)
{
    (void)state;
    struct error e = {""};
    long n;
    json_t *m = carried(message_features(12), MESSAGE_FEATURES);
    assert_int_equal(message_features_read(m, &n, &e), 0);
    assert_int_equal(n, 12);
    json_object_set_new(m, "images", json_integer(-1));
    assert_int_equal(message_features_read(m, &n, &e), -1);
    json_decref(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request), cmocka_unit_test(test_known),   cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_row),     cmocka_unit_test(test_times),   cmocka_unit_test(test_lacks),
        cmocka_unit_test(test_end),     cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
