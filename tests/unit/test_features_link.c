/* The messages of isplit features come out as they went in, and what is not one is refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "features/measured_features.h"
#include "wire/message.h"
#include "wire/message_features.h"

/* Through text and back, as over the pipe. */
static json_t *carried(json_t *message)
{
    struct error e = {""};
    enum message_type type;
    char *text = json_dumps(message, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(message);
    assert_non_null(text);
    json_t *copy = message_parse(text, strlen(text), &type, &e);
    if (!copy)
        fail_msg("%s", e.text);
    assert_int_equal(type, MESSAGE_FEATURES);
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
    json_t *m = carried(message_features_request(&r));
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
    features_request_free(&got);
}

static struct measured_feature rows[] = {
    {.layer = 3,
     .type = DTYPE_F16,
     .coded =
         {[CODER_NONE] = {3, INT64_C(1) << 40, 0.1f, 0.5f, 0.25f, 2}, [CODER_LZMA] = {1, 17, 0, 0, 1e-4f, 3}},
     .images = 3,
     .correct = 2,
     .agrees = 3,
     .gained = 1,
     .lost = 1,
     .scale = 1},
    {.layer = 3,
     .type = DTYPE_INT8,
     .coded = {[CODER_NONE] = {2, 77, 3, 2}, [CODER_LZMA] = {2, 78, 4, 1}},
     .images = 2,
     .clipped = 5,
     .scale = 0.0123456789f,
     .zero = 255},
};

static struct measured_features answer(void)
{
    return (struct measured_features){.images = 3,
                                      .calibrated = 1,
                                      .draws = 8,
                                      .correct = 2,
                                      .coders = {[CODER_NONE] = true, [CODER_LZMA] = true},
                                      .versions = {[CODER_LZMA] = "5.4.1"},
                                      .rows = rows,
                                      .rows_n = 2};
}

static void test_answer(void **state)
{
    (void)state;
    struct error e = {""};
    const struct measured_features a = answer();
    struct measured_features got;
    json_t *m = carried(message_features(&a));
    assert_int_equal(message_features_read(m, &got, &e), 0);
    json_decref(m);
    assert_true(got.images == 3 && got.calibrated == 1 && got.draws == 8 && got.correct == 2 &&
                got.rows_n == 2);
    assert_string_equal(got.versions[CODER_LZMA], "5.4.1");
    assert_memory_equal(got.coders, a.coders, sizeof a.coders);
    for (int i = 0; i < 2; i++) {
        const struct measured_feature *g = &got.rows[i], *w = &rows[i];
        assert_true(g->layer == w->layer && g->type == w->type &&
                    memcmp(g->coded, w->coded, sizeof g->coded) == 0 && g->clipped == w->clipped &&
                    g->correct == w->correct && g->agrees == w->agrees && g->scale == w->scale &&
                    g->zero == w->zero && g->images == w->images && g->gained == w->gained &&
                    g->lost == w->lost);
    }
    measured_features_free(&got);
    assert_null(got.rows);
}

/* The request or answer with one field changed, of the object or, with an index, of that row. */
static void refuse(bool asks, int row, const char *key, const char *value)
{
    struct error e = {""};
    const struct features_request r = request();
    const struct measured_features a = answer();
    json_t *m = asks ? message_features_request(&r) : message_features(&a);
    json_t *at = row < 0 ? m : json_array_get(json_object_get(m, "rows"), (size_t)row);
    json_object_set_new(at, key, json_loads(value, JSON_DECODE_ANY, NULL));
    struct features_request asked;
    struct measured_features answered;
    assert_int_equal(
        asks ? message_features_request_read(m, &asked, &e) : message_features_read(m, &answered, &e), -1);
    char quoted[40], where[40] = "message features";
    snprintf(quoted, sizeof quoted, "\"%s\" is wrong (expected ", key);
    if (row >= 0)
        snprintf(where, sizeof where, "message features: rows[%d]: ", row);
    if (!strstr(e.text, quoted) || !strstr(e.text, where))
        fail_msg("%s = %s: %s", key, value, e.text);
    json_decref(m);
}

/* A size with one field changed, or all of them. */
static void refuse_coded(const char *coder, const char *value, const char *why)
{
    struct error e = {""};
    const struct measured_features a = answer();
    json_t *m = message_features(&a), *row = json_array_get(json_object_get(m, "rows"), 1);
    json_object_set_new(json_object_get(row, "coded"), coder, json_loads(value, JSON_DECODE_ANY, NULL));
    struct measured_features answered;
    assert_int_equal(message_features_read(m, &answered, &e), -1);
    if (!strstr(e.text, why))
        fail_msg("%s", e.text);
    json_decref(m);
}

static void test_refused_sizes(void **state)
{
    (void)state;
    refuse_coded("none", "{\"images\":1,\"bytes\":-1,\"deviation\":0,\"spread\":0}",
                 "features: rows[1]: none: \"bytes\" is wrong (expected ");
    refuse_coded("lzma", "{\"images\":1,\"bytes\":1,\"deviation\":-0.5,\"spread\":0}",
                 "rows[1]: lzma: \"deviation\" is wrong (expected ");
    refuse_coded("lzma", "{\"images\":1,\"bytes\":1}", "rows[1]: lzma: \"deviation\" is missing");
    refuse_coded("lzma", "{\"images\":0,\"bytes\":1,\"deviation\":0,\"spread\":0}",
                 "rows[1]: lzma: \"images\" is wrong");
    refuse_coded("lzma", "{\"images\":1,\"bytes\":1,\"deviation\":0,\"spread\":-1}",
                 "rows[1]: lzma: \"spread\" is wrong");
    refuse_coded("lzma",
                 "{\"images\":1,\"bytes\":1,\"deviation\":0,\"spread\":0,\"encode_ms\":-1,\"decode_ms\":0}",
                 "rows[1]: lzma: \"encode_ms\" is wrong");
    refuse_coded("lzma", "{\"images\":1,\"bytes\":1,\"deviation\":0,\"spread\":0,\"encode_ms\":1}",
                 "rows[1]: lzma: \"decode_ms\" is missing");
    refuse_coded("lzma", "null", "rows[1]: lzma: is not an object");
    struct error e = {""};
    const struct measured_features a = answer();
    struct measured_features answered;
    json_t *m = message_features(&a);
    json_object_set_new(m, "coders", json_loads("{\"zstd\":\"1\"}", 0, NULL)); /* whose sizes are not there */
    assert_int_equal(message_features_read(m, &answered, &e), -1);
    json_object_set_new(m, "coders", json_loads("{\"none\":3}", 0, NULL));
    assert_int_equal(message_features_read(m, &answered, &e), -1);
    json_object_set_new(m, "coders", json_integer(3));
    assert_int_equal(message_features_read(m, &answered, &e), -1);
    json_decref(m);
}

static void test_refused(void **state)
{
    (void)state;
    refuse(true, -1, "layers", "[]");
    refuse(true, -1, "layers", "[3,3]");
    refuse(true, -1, "layers", "[-1]");
    refuse(true, -1, "images", "[]");
    refuse(true, -1, "images", "[-1]");
    refuse(true, -1, "calibration", "[]");
    refuse(true, -1, "dtypes", "[]");
    refuse(true, -1, "dtypes", "\"f32\"");
    refuse(true, -1, "dtypes", "[\"int7\"]");
    refuse(true, -1, "dtypes", "[\"f32\",\"f32\"]");
    refuse(true, -1, "dtypes", "[2]");
    refuse(true, -1, "coders", "[\"zip\"]");
    refuse(true, -1, "coders", "[\"zstd\",\"none\"]");
    refuse(true, -1, "level", "0");
    refuse(true, -1, "level", "20");
    refuse(true, -1, "sample", "0");
    refuse(true, -1, "threads", "-1");
    refuse(true, -1, "exact", "1");
    refuse(true, -1, "memory", "null");
    refuse(true, -1, "std", "[1,0,1]");
    refuse(false, -1, "images", "-1");
    refuse(false, -1, "correct", "4");
    refuse(false, -1, "rows", "{}");
    refuse(false, -1, "draws", "9");
    refuse(false, 0, "images", "4");
    refuse(false, 0, "gained", "3"); /* more than are right */
    refuse(false, 0, "lost", "2");   /* more than are wrong */
    refuse(false, 1, "as", "\"f64\"");
    refuse(false, 1, "scale", "0");
    refuse(false, 1, "zero", "256");
    refuse(false, 0, "correct", "4");
    refuse(false, 0, "agrees", "4");
    refuse(false, 1, "clipped", "-1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_refused_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
