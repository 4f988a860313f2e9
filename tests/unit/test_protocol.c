/* The messages of the pipe come out as they went in, and what is not one is refused by name. */
#include <fcntl.h>
#include <fenv.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "curve/heatmap.h"
#include "curve/order.h"
#include "curve/run_options.h"
#include "net/definition.h"
#include "wire/channel.h"
#include "wire/message.h"
#include "wire/message_data.h"
#include "wire/message_hash.h"
#include "wire/message_heatmap.h"
#include "wire/message_hello.h"
#include "wire/message_result.h"
#include "wire/message_retrain.h"
#include "wire/message_run.h"
#include "wire/message_table.h"
#include "wire/version.h"

/* Through text and back, as over the pipe. */
static json_t *carried(json_t *message, enum message_type wanted)
{
    struct error e = {""};
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    assert_true(fcntl(fd[1], F_SETPIPE_SZ, 1 << 20) > 0);
    struct channel *c = channel_new(fd[0], fd[1], CHANNEL_LINE_LIMIT);
    if (channel_send(c, message, &e) < 0)
        fail_msg("%s", e.text);
    char *line;
    size_t n;
    enum message_type type;
    assert_int_equal(channel_receive(c, &line, &n, &e), 1);
    json_t *copy = message_parse(line, n, &type, &e);
    if (!copy)
        fail_msg("%s", e.text);
    assert_int_equal(type, wanted);
    channel_free(c);
    close(fd[0]);
    close(fd[1]);
    return copy;
}

/* "": not known. */
static void assert_content(const struct content *content, const char *text)
{
    char got[CONTENT_TEXT_SIZE];
    content_to_text(content, got);
    assert_string_equal(got, text);
}

/* The contents of "" and "abc" were told by another program. */
static void test_contents(void **state)
{
    (void)state;
    struct content c = content_of("", 0), d;
    assert_content(&c, "99aa06d3014798d86001c324468d497f");
    c = content_of("abc", 3);
    assert_content(&c, "06b05ab6733a618578af5f94892f3950");
    assert_int_equal(content_from_text("06b05ab6733a618578af5f94892f3950", &d), 0);
    assert_true(d.known && d.high == c.high && d.low == c.low);
    assert_int_equal(content_from_text("ffffffffffffffff0000000000000000", &d), 0);
    assert_true(d.known && d.high == UINT64_MAX && d.low == 0);
    const char *const bad[] = {"",
                               "0",
                               "06b05ab6733a618578af5f94892f395",
                               "06b05ab6733a618578af5f94892f39500",
                               "06B05ab6733a618578af5f94892f3950",
                               " 6b05ab6733a618578af5f94892f3950",
                               "06b05ab6733a6185-8af5f94892f3950",
                               "0x0000000000000000000000000000ff"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(content_from_text(bad[i], &d), -1);
        assert_false(d.known);
    }
    /* The same pixels in another geometry are another image. */
    const unsigned char pixels[] = {1, 2, 3, 4, 5, 6};
    c = content_of_pixels(pixels, 2, 3);
    d = content_of_pixels(pixels, 3, 2);
    assert_true(c.known && d.known && (c.high != d.high || c.low != d.low));
}

static void test_hash(void **state)
{
    (void)state;
    struct error e = {""};
    const long images[] = {5, 0, 1000000};
    long *asked, n;
    json_t *m = carried(message_hash(images, 3), MESSAGE_HASH);
    assert_int_equal(message_hash_read(m, &asked, &n, &e), 0);
    json_decref(m);
    assert_int_equal(n, 3);
    assert_memory_equal(asked, images, sizeof images);
    free(asked);

    const long hashed[] = {9, 3};
    const struct content contents[] = {{.high = 1, .low = 2, .known = true}, {0}};
    struct content *got;
    m = carried(message_contents(hashed, contents, 2), MESSAGE_CONTENTS);
    assert_int_equal(message_contents_read(m, &asked, &got, &n, &e), 0);
    json_decref(m);
    assert_true(n == 2 && asked[0] == 9 && asked[1] == 3);
    assert_content(&got[0], "00000000000000010000000000000002");
    assert_content(&got[1], "");
    free(asked);
    free(got);

    m = carried(message_hashed(2), MESSAGE_HASHED);
    assert_int_equal(message_hashed_read(m, &n, &e), 0);
    assert_int_equal(n, 2);
    json_decref(m);
}

static void test_floats_survive(void **state)
{
    (void)state;
    enum { N = 2000 };
    static float row[N], back[N];
    struct order_random r;
    order_random_seed(&r, 3, 3);
    for (int i = 0; i < N; i++) {
        uint32_t bits = (uint32_t)(order_random_next(&r) >> 33); /* no sign: not negative */
        memcpy(&row[i], &bits, sizeof bits);
        if (!isfinite(row[i]))
            row[i] = NAN;
    }
    row[0] = 0;
    row[1] = FLT_MIN;
    row[2] = FLT_TRUE_MIN;
    row[3] = FLT_MAX;
    row[4] = 1;
    const struct curve_row result = {.image = 1234567, .predicted = 9, .score = -0.1f};
    const struct content content = {UINT64_C(0xfedcba9876543210), 7, true};
    struct curve_row got;
    struct content content_got;
    json_t *m = carried(message_result(&result, &content, row, N), MESSAGE_RESULT);
    struct error e;
    assert_int_equal(message_result_read(m, &got, &content_got, back, N, &e), 0);
    json_decref(m);
    assert_true(got.image == result.image && got.predicted == result.predicted && got.score == result.score);
    assert_content(&content_got, "fedcba98765432100000000000000007");
    for (int i = 0; i < N; i++)
        assert_true(isnan(row[i]) ? isnan(back[i]) : memcmp(&row[i], &back[i], sizeof row[i]) == 0);
}

static void test_infinite_results_are_not_sent(void **state)
{
    (void)state;
    float row[2] = {1, INFINITY};
    struct curve_row result = {.score = 1};
    const struct content content = {0};
    assert_null(message_result(&result, &content, row, 2));
    row[1] = 1;
    result.score = NAN;
    assert_null(message_result(&result, &content, row, 2));
}

static void test_run_options(void **state)
{
    (void)state;
    int layers[] = {0, 3, 17};
    long images[] = {5, 0, 1000000};
    struct run_options o = run_options_default(), got;
    o.score = SCORE_TOP;
    o.reduce = REDUCE_SUM;
    o.tap = TAP_PRE;
    o.pixels.fit = PIXELS_LETTERBOX;
    o.pixels.mean[0] = 0.485f;
    o.pixels.std[2] = 0.225f;
    o.pixels.scale = 255;
    o.pixels.bgr = true;
    o.pixels.exif = true;
    o.batch = 8;
    o.threads = 2;
    o.exact = true;
    o.precision = PRECISION_BF16;
    o.memory = 3L << 32;
    strcpy(o.tuning_file, "a plan\xff.json");
    o.layers = layers;
    o.layers_n = 3;
    o.images = images;
    o.images_n = 3;
    json_t *m = carried(message_run(&o), MESSAGE_RUN);
    struct error e = {""};
    if (message_run_read(m, &got, &e) < 0)
        fail_msg("%s", e.text);
    assert_true(got.exact && got.precision == PRECISION_BF16 && got.memory == 3L << 32);
    assert_string_equal(got.tuning_file, "a plan\xff.json");
    run_options_free(&got);
    char long_path[sizeof o.tuning_file + 1] = "";
    for (int i = 0; i < 2; i++) { /* none, and one that is longer than there is room for */
        json_t *path = json_incref(json_object_get(m, "plan_file"));
        json_object_set_new(m, "plan_file", json_string(long_path));
        assert_int_equal(message_run_read(m, &got, &e), -1);
        assert_non_null(strstr(e.text, "the path of a file"));
        json_object_set_new(m, "plan_file", path);
        memset(long_path, 'x', sizeof long_path - 1);
    }
    json_object_del(m, "exact");
    json_object_del(m, "precision");
    json_object_del(m, "memory");
    json_object_del(m, "plan_file");
    assert_true(json_is_true(json_object_get(m, "exif")));
    if (message_run_read(m, &got, &e) < 0)
        fail_msg("%s", e.text);
    json_decref(m);
    assert_true(!got.exact && got.precision == PRECISION_F32 && got.memory == 0 &&
                got.tuning_file[0] == '\0');
    assert_true(got.score == SCORE_TOP && got.reduce == REDUCE_SUM && got.tap == TAP_PRE);
    assert_memory_equal(&got.pixels.mean, &o.pixels.mean, sizeof o.pixels.mean);
    assert_memory_equal(&got.pixels.std, &o.pixels.std, sizeof o.pixels.std);
    assert_true(got.pixels.fit == PIXELS_LETTERBOX && got.pixels.bgr && got.pixels.exif);
    assert_true(got.pixels.scale == 255 && got.batch == 8 && got.threads == 2);
    assert_int_equal(got.layers_n, 3);
    assert_memory_equal(got.layers, layers, sizeof layers);
    assert_int_equal(got.images_n, 3);
    assert_memory_equal(got.images, images, sizeof images);
    run_options_free(&got);
}

static void test_heatmap_request(void **state)
{
    (void)state;
    int layers[] = {2, 5};
    struct heatmap_request r = {.run = run_options_default(), .image = 12, .side = 64}, got;
    r.run.layers = layers;
    r.run.layers_n = 2;
    r.run.score = SCORE_TOP;
    r.run.pixels.fit = PIXELS_STRETCH;
    r.run.pixels.mean[1] = 0.456f;
    r.run.batch = 4;
    struct error e = {""};
    json_t *m = carried(message_heatmap_request(&r), MESSAGE_HEATMAP);
    if (message_heatmap_request_read(m, &got, &e) < 0)
        fail_msg("%s", e.text);
    assert_true(got.image == 12 && got.side == 64 && got.run.score == SCORE_TOP && got.run.batch == 4);
    assert_true(got.run.pixels.fit == PIXELS_STRETCH && got.run.pixels.mean[1] == 0.456f);
    assert_true(got.run.layers_n == 2 && got.run.layers[1] == 5 && got.run.images_n == 0);
    heatmap_request_free(&got);

    /* The answer to a request that is wrong names its image. */
    json_object_set_new(m, "side", json_integer(HEATMAP_SIDE_LIMIT + 1));
    assert_int_equal(message_heatmap_request_read(m, &got, &e), -1);
    assert_int_equal(got.image, 12);
    assert_null(got.run.layers);
    json_decref(m);
}

static void test_heatmap(void **state)
{
    (void)state;
    unsigned char rgb[2 * 3 * 3], near[] = {0, 255, 17, 4}, far[] = {255};
    for (int i = 0; i < 18; i++)
        rgb[i] = (unsigned char)(14 * i);
    struct heatmap_map maps[] = {{0, 0.25f, 2, 2, 1.5f, near}, {7, 0, 1, 1, FLT_TRUE_MIN, far}};
    struct heatmap h = {3, NULL, 4, -0.5f, 0.1f, 2, 3, rgb, maps, 2, {{4, 0.1f, 0.75f}, {1, -3, 0.25f}},
                        2, false},
                   got;
    struct error e = {""};
    json_t *m = carried(message_heatmap(&h), MESSAGE_HEATMAP);
    if (message_heatmap_read(m, &got, &e) < 0)
        fail_msg("%s", e.text);
    json_decref(m);
    assert_null(got.error);
    assert_true(got.image == 3 && got.predicted == 4 && got.score == -0.5f && got.predicted_score == 0.1f);
    assert_true(got.w == 2 && got.h == 3 && got.maps_n == 2);
    assert_memory_equal(got.rgb, rgb, sizeof rgb);
    assert_true(got.maps[0].importance == 0.25f && got.maps[0].max == 1.5f && got.maps[0].w == 2);
    assert_memory_equal(got.maps[0].bytes, near, sizeof near);
    assert_true(got.maps[1].layer == 7 && got.maps[1].max == FLT_TRUE_MIN && got.maps[1].bytes[0] == 255);
    heatmap_free(&got);

    maps[1].max = NAN;
    assert_null(message_heatmap(&h));

    char text[] = "cannot be decoded: \xff";
    struct heatmap bad = {.image = 9, .error = text};
    m = carried(message_heatmap(&bad), MESSAGE_HEATMAP);
    assert_int_equal(message_heatmap_read(m, &got, &e), 0);
    json_decref(m);
    assert_string_equal(got.error, "cannot be decoded: \\xff");
    assert_true(got.image == 9 && got.maps_n == 0 && !got.rgb);
    heatmap_free(&got);
}

/* No more classes than the layer that computes the scores has numbers; a cost after it is none. */
static void check_scores(struct table *t)
{
    struct {
        const char *type;
        int classes;
        bool fits;
    } cases[] = {{"softmax", 11, false},  {"softmax", 268435456, false}, {"cost", 288, true},
                 {"dropout", 289, false}, {"connected", 10, true},       {"connected", 11, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error e = {""};
        char cfg[17], w[17];
        strcpy(t->rows[1].type, cases[i].type);
        t->classes = cases[i].classes;
        json_t *m = carried(message_layers(t, 1, NULL), MESSAGE_LAYERS);
        struct table *got = message_layers_read(m, cfg, w, &e);
        json_decref(m);
        assert_int_equal(got != NULL, cases[i].fits);
        if (!got)
            assert_string_equal(e.text,
                                "message layers: \"classes\" is wrong (expected at most the numbers of "
                                "the layer that computes the scores)");
        table_free(got);
    }
}

/* That a bottleneck's code is meant for int8 is said where it is so, and in no other word. */
static void test_table_code(void **state)
{
    (void)state;
    struct table_row row = {.name = "connected1", .type = "connected", .out = {10, 1, 1}};
    struct table t = {.in = {3, 8, 9}, .input_bytes = 864, .classes = 10, .rows = &row, .rows_n = 1};
    for (int i = 0; i < 3; i++) {
        struct error e = {""};
        char cfg[17], w[17];
        t.int8 = i > 0;
        json_t *m = carried(message_layers(&t, 1, NULL), MESSAGE_LAYERS);
        assert_int_equal(json_object_get(m, "code") != NULL, i > 0);
        if (i == 2)
            json_object_set_new(m, "code", json_string("int4"));
        struct table *got = message_layers_read(m, cfg, w, &e);
        assert_int_equal(got != NULL, i < 2);
        if (got)
            assert_int_equal(got->int8, t.int8);
        else
            assert_non_null(strstr(e.text, "\"code\" is wrong"));
        table_free(got);
        json_decref(m);
    }
}

/* More tensors than a cut can have, and more layers than any network. */
static void check_lengths(const struct table *t)
{
    char cfg[17], weights[17];
    struct error e = {""};
    json_t *m = message_layers(t, 1, NULL), *rows = json_object_get(m, "rows"),
           *row = json_array_get(rows, 0), *crossing = json_object_get(row, "crossing");
    json_array_append_new(crossing, json_integer(1));
    assert_null(message_layers_read(m, cfg, weights, &e));
    assert_non_null(strstr(e.text, "layers of the head, each once"));
    for (int i = 0; i <= 100000; i++)
        json_array_append(rows, row);
    assert_null(message_layers_read(m, cfg, weights, &e));
    assert_non_null(strstr(e.text, "\"rows\" is wrong (expected a row for every layer)"));
    json_decref(m);
}

static void test_table(void **state)
{
    (void)state;
    struct table t = {.in = {3, 8, 9}, .input_bytes = 864, .classes = 10, .rows_n = 2};
    t.rows = memory_new(2, sizeof *t.rows);
    t.rows[0] = (struct table_row){.layer = 0,
                                   .name = "block1_conv1",
                                   .type = "convolutional",
                                   .out = {4, 8, 9},
                                   .out_bytes = 1152,
                                   .params = 112,
                                   .macs = INT64_C(1) << 40,
                                   .cut_tensors = 2,
                                   .kernel = 3,
                                   .stride = 2,
                                   .filters = 8,
                                   .cut_bytes = 2016,
                                   .head_params = 1,
                                   .head_macs = 2,
                                   .head_peak_bytes = 3,
                                   .tail_params = 4,
                                   .tail_macs = 5,
                                   .tail_peak_bytes = 6,
                                   .clean = false,
                                   .backbone = true};
    t.rows[0].crossing = memory_new(2, sizeof(int));
    t.rows[0].crossing[0] = NET_INPUT;
    t.rows[1] = (struct table_row){
        .layer = 1, .name = "softmax", .type = "softmax", .out = {10, 1, 1}, .out_bytes = 40, .clean = true};
    uint64_t weights = 255;
    char cfg[17], w[17];
    struct error e = {""};
    json_t *m = carried(message_layers(&t, UINT64_C(0xfedcba9876543210), &weights), MESSAGE_LAYERS);
    struct table *got = message_layers_read(m, cfg, w, &e);
    json_decref(m);
    if (!got)
        fail_msg("%s", e.text);
    assert_string_equal(cfg, "fedcba9876543210");
    assert_string_equal(w, "00000000000000ff");
    assert_true(got->rows_n == 2 && got->classes == 10 && got->input_bytes == 864 && got->in.w == 9);
    const struct table_row *a = &got->rows[0];
    assert_string_equal(a->name, "block1_conv1");
    assert_string_equal(a->type, "convolutional");
    assert_true(a->out_bytes == 1152 && a->params == 112 && a->macs == INT64_C(1) << 40);
    assert_true(a->cut_tensors == 2 && a->crossing[0] == NET_INPUT && a->crossing[1] == 0);
    assert_true(a->cut_bytes == 2016 && a->head_params == 1 && a->head_macs == 2 && a->head_peak_bytes == 3);
    assert_true(a->kernel == 3 && a->stride == 2 && a->filters == 8 && got->rows[1].kernel == 0);
    assert_true(a->tail_params == 4 && a->tail_macs == 5 && a->tail_peak_bytes == 6);
    assert_true(!a->clean && a->backbone && got->rows[1].clean && !got->rows[1].backbone);
    table_free(got);

    m = carried(message_layers(&t, 1, NULL), MESSAGE_LAYERS);
    got = message_layers_read(m, cfg, w, &e);
    assert_non_null(got);
    enum epsilon epsilon;
    assert_int_equal(message_layers_epsilon(m, &epsilon, &e), 0);
    assert_int_equal(epsilon, EPSILON_DARKNET); /* as the messages in stores of old are */
    for (int said = EPSILON_HEADER; said <= EPSILON_DARKNET; said++) {
        message_layers_add_epsilon(m, (enum epsilon)said);
        assert_int_equal(message_layers_epsilon(m, &epsilon, &e), 0);
        assert_int_equal(epsilon, said);
    }
    json_decref(m);
    assert_string_equal(w, "");
    table_free(got);
    check_scores(&t);
    check_lengths(&t);
    free(t.rows[0].crossing);
    free(t.rows);
}

static void test_dataset(void **state)
{
    (void)state;
    struct dataset_image images[] = {
        {"a/1.png", 0, -1, -1},
        {"b c/\xff\n%.png", 4, 0, -1},
        {"../x;rm -rf $(y)", DATASET_NO_CLASS, INT64_C(1) << 40, INT64_C(1577836800123456789)}};
    struct dataset_class classes[] = {{0, "cat \xc3\xa9", "a", 1}, {4, "dog\xff", NULL, 1}};
    struct dataset d = {.root = "\xfe data",
                        .place = "/tmp/\xfe data",
                        .layout = "class folders",
                        .split = "",
                        .labelled = "file name: 1, folder: 1",
                        .images = images,
                        .images_n = 3,
                        .classes = classes,
                        .classes_n = 2};
    struct dataset *got = memory_new(1, sizeof *got);
    struct error e = {""};
    json_t *m = carried(message_portion(&d, 0, 2, false), MESSAGE_IMAGES);
    assert_int_equal(message_portion_read(m, got, false, &e), 0);
    assert_int_equal(message_portion_read(m, got, false, &e), -1); /* the same portion again */
    json_decref(m);
    m = carried(message_dataset(&d), MESSAGE_DATASET);
    assert_int_equal(message_dataset_read(m, got, &e), -1); /* one image is missing */
    json_decref(m);
    m = carried(message_portion(&d, 2, 99, false), MESSAGE_IMAGES);
    assert_int_equal(message_portion_read(m, got, false, &e), 0);
    json_decref(m);
    m = carried(message_dataset(&d), MESSAGE_DATASET);
    if (message_dataset_read(m, got, &e) < 0)
        fail_msg("%s", e.text);
    json_decref(m);
    assert_string_equal(got->root, d.root);
    assert_string_equal(got->place, d.place);
    assert_string_equal(got->labelled, d.labelled);
    assert_int_equal(got->images_n, 3);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(got->images[i].path, images[i].path);
        assert_int_equal(got->images[i].class_index, images[i].class_index);
        assert_true(got->images[i].size == -1 && got->images[i].mtime_ns == -1); /* not asked for */
    }
    assert_int_equal(got->classes_n, 2);
    assert_string_equal(got->classes[0].name, "cat \xc3\xa9");
    assert_string_equal(got->classes[1].name, "dog\\xff"); /* not UTF-8: escaped */
    assert_null(got->classes[1].folder);
    dataset_free(got);

    got = memory_new(1, sizeof *got);
    m = carried(message_portion(&d, 0, 3, true), MESSAGE_IMAGES);
    assert_int_equal(message_portion_read(m, got, false, &e), -1);
    assert_int_equal(message_portion_read(m, got, true, &e), 0);
    json_decref(m);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(got->images[i].path, images[i].path);
        assert_true(got->images[i].size == images[i].size && got->images[i].mtime_ns == images[i].mtime_ns);
    }
    d.place = NULL;
    m = carried(message_dataset(&d), MESSAGE_DATASET);
    assert_int_equal(message_dataset_read(m, got, &e), 0);
    json_decref(m);
    assert_null(got->place);
    dataset_free(got);

    /* Below all that are listed, which no message brings, but the list of a store may; between them; beyond.
     */
    const int unlisted[] = {-99999999, 3, 5, 1 << 28};
    for (size_t i = 0; i < sizeof unlisted / sizeof unlisted[0]; i++) {
        got = memory_new(1, sizeof *got);
        m = carried(message_portion(&d, 0, 3, false), MESSAGE_IMAGES);
        assert_int_equal(message_portion_read(m, got, false, &e), 0);
        json_decref(m);
        got->images[1].class_index = unlisted[i];
        m = carried(message_dataset(&d), MESSAGE_DATASET);
        assert_int_equal(message_dataset_read(m, got, &e), -1);
        assert_non_null(strstr(e.text, "a class for every labelled image"));
        json_decref(m);
        dataset_free(got);
    }
}

static void test_requests(void **state)
{
    (void)state;
    struct error e;
    char *cfg, *weights;
    enum epsilon epsilon;
    json_t *m = carried(message_open("a b.cfg", NULL, EPSILON_FORK), MESSAGE_OPEN);
    assert_int_equal(message_open_read(m, &cfg, &weights, &epsilon, &e), 0);
    assert_string_equal(cfg, "a b.cfg");
    assert_null(weights);
    assert_int_equal(epsilon, EPSILON_FORK);
    free(cfg);
    json_object_del(m, "bn_epsilon");
    assert_int_equal(message_open_read(m, &cfg, &weights, &epsilon, &e), 0);
    assert_int_equal(epsilon, EPSILON_HEADER);
    free(cfg);
    json_object_set_new(m, "bn_epsilon", json_string("opencv"));
    assert_int_equal(message_open_read(m, &cfg, &weights, &epsilon, &e), -1);
    assert_non_null(strstr(e.text, "bn_epsilon"));
    json_decref(m);

    struct images_request request = {"d", NULL, "l", true, true, "t", "r", "n", true, true}, got;
    m = carried(message_images_request(&request), MESSAGE_IMAGES);
    assert_int_equal(message_images_request_read(m, &got, &e), 0);
    assert_string_equal(got.data, "d");
    assert_null(got.split);
    assert_string_equal(got.labels, "l");
    assert_string_equal(got.truth, "t");
    assert_string_equal(got.root, "r");
    assert_string_equal(got.names, "n");
    assert_true(got.unlabelled && got.keeps);
    assert_true(got.probe && got.stamps);
    images_request_free(&got);
    json_object_del(m, "stamps");
    assert_int_equal(message_images_request_read(m, &got, &e), 0);
    assert_true(got.probe && !got.stamps);
    images_request_free(&got);
    json_object_del(m, "root");
    json_object_del(m, "unlabelled");
    json_object_del(m, "keeps");
    assert_int_equal(message_images_request_read(m, &got, &e), 0);
    assert_true(got.truth && !got.root && !got.unlabelled && !got.keeps);
    images_request_free(&got);
    json_object_set_new(m, "stamps", json_integer(1));
    assert_int_equal(message_images_request_read(m, &got, &e), -1);
    json_decref(m);

    int protocol;
    m = carried(message_hello(), MESSAGE_HELLO);
    assert_int_equal(message_hello_read(m, &protocol, &e), 0);
    assert_int_equal(protocol, ISPLIT_PROTOCOL);
    json_decref(m);
}

static void test_small_answers(void **state)
{
    (void)state;
    struct error e;
    struct message_versions v = {1, "0.1.0", "d", "2.6", "s", "avx2", "1.5", "5.4", ""}, versions;
    json_t *m = carried(message_versions(&v), MESSAGE_HELLO);
    assert_int_equal(message_versions_read(m, &versions, &e), 0);
    assert_string_equal(versions.onednn, "2.6");
    assert_true(strcmp(versions.zstd, "1.5") == 0 && strcmp(versions.lzma, "5.4") == 0 && !versions.jpeg[0]);
    json_decref(m);

    struct message_tuning tuning;
    m = carried(message_tuning(UINT64_C(0xabc), 16, 2), MESSAGE_TUNING);
    assert_int_equal(message_tuning_read(m, &tuning, &e), 0);
    assert_string_equal(tuning.hash, "0000000000000abc");
    assert_true(tuning.batch == 16 && tuning.threads == 2);
    json_decref(m);

    long image;
    int layer;
    const char *text;
    bool warning, diverged;
    const struct content unknown = {0}, known = {.high = 1, .low = UINT64_MAX, .known = true};
    struct content content;
    m = carried(message_skipped(7, "bad \xff huffman", &unknown), MESSAGE_SKIPPED);
    assert_int_equal(message_skipped_read(m, &image, &text, &content, &e), 0);
    assert_int_equal(image, 7);
    assert_string_equal(text, "bad \\xff huffman");
    assert_content(&content, "");
    json_object_del(m, "content");
    assert_int_equal(message_skipped_read(m, &image, &text, &content, &e), -1);
    json_decref(m);
    m = carried(message_nonfinite(8, 3, &known), MESSAGE_NONFINITE);
    assert_int_equal(message_nonfinite_read(m, &image, &layer, &content, &e), 0);
    assert_true(image == 8 && layer == 3);
    assert_content(&content, "0000000000000001ffffffffffffffff");
    json_object_set_new(m, "content", json_integer(3));
    assert_int_equal(message_nonfinite_read(m, &image, &layer, &content, &e), -1);
    json_decref(m);
    m = carried(message_done(9), MESSAGE_DONE);
    assert_int_equal(message_done_read(m, &image, &e), 0);
    assert_int_equal(image, 9);
    json_decref(m);
    m = carried(message_log(true, "careful"), MESSAGE_LOG);
    assert_int_equal(message_log_read(m, &warning, &text, &e), 0);
    assert_true(warning);
    json_decref(m);
    m = carried(message_error("no", false), MESSAGE_ERROR);
    assert_int_equal(message_error_read(m, &text, &diverged, &e), 0);
    assert_false(diverged);
    assert_string_equal(text, "no");
    json_decref(m);
    m = carried(message_error("no", true), MESSAGE_ERROR);
    assert_int_equal(message_error_read(m, &text, &diverged, &e), 0);
    assert_true(diverged);
    json_object_set_new(m, "diverged", json_integer(1));
    assert_int_equal(message_error_read(m, &text, &diverged, &e), -1);
    json_decref(m);
}

static void refuse(const char *line, const char *part)
{
    struct error e = {"no error"};
    enum message_type type;
    json_t *m = message_parse(line, strlen(line), &type, &e);
    int status = m ? 0 : -1;
    struct run_options options = {0};
    struct heatmap heatmap;
    struct heatmap_request request;
    struct curve_row result;
    struct content content;
    struct dataset *d = memory_new(1, sizeof *d);
    struct content *contents;
    long *images, n;
    float row[2];
    char a[17], b[17];
    if (m && type == MESSAGE_RUN)
        status = message_run_read(m, &options, &e);
    else if (m && type == MESSAGE_RESULT)
        status = message_result_read(m, &result, &content, row, 2, &e);
    else if (m && type == MESSAGE_HEATMAP && json_object_get(m, "side"))
        status = message_heatmap_request_read(m, &request, &e);
    else if (m && type == MESSAGE_HEATMAP)
        status = message_heatmap_read(m, &heatmap, &e);
    else if (m && type == MESSAGE_LAYERS)
        status = message_layers_read(m, a, b, &e) ? 0 : -1;
    else if (m && type == MESSAGE_IMAGES)
        status = message_portion_read(m, d, json_object_get(m, "stamps"), &e);
    else if (m && type == MESSAGE_HASH)
        status = message_hash_read(m, &images, &n, &e);
    else if (m && type == MESSAGE_CONTENTS)
        status = message_contents_read(m, &images, &contents, &n, &e);
    else if (m && type == MESSAGE_HASHED)
        status = message_hashed_read(m, &n, &e);
    else if (m && type == MESSAGE_DATASET)
        status = message_dataset_read(m, d, &e);
    json_decref(m);
    dataset_free(d);
    if (status == 0)
        fail_msg("taken: %s", line);
    if (!strstr(e.text, part))
        fail_msg("'%s' does not hold '%s'", e.text, part);
}

static void refuse_names(const char *name, const char *kind, const char *part)
{
    char line[400];
    snprintf(line, sizeof line,
             "{\"type\":\"layers\",\"cfg_xxh3\":\"0123456789abcdef\",\"weights_xxh3\":null,\"input\":[1,1,1],"
             "\"input_bytes\":4,\"classes\":1,\"rows\":[{\"layer\":0,\"name\":\"%s\",\"kind\":\"%s\"}]}",
             name, kind);
    refuse(line, part);
}

/* They stand in every report: names are as ours are. */
static void test_layer_names(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "", "\\u001b[31mA", "Conv1", "conv 1", "conv-1", "conv1\\n", "gr\xc3\xa4te", "conv1,", "=1",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        refuse_names(wrong[i], "connected", "rows[0]: \"name\" is wrong (expected a name of the characters");
        refuse_names("conv1", wrong[i], "rows[0]: \"kind\" is wrong (expected a name of the characters");
    }
    refuse_names("a234567890123456789012345678901234567890", "connected", "a shorter name");
    refuse_names("layer1_block2_conv3", "connected", "\"out\" is missing"); /* it was taken */
}

static void test_rubbish(void **state)
{
    (void)state;
    refuse("Segmentation fault", "not a message: Segmentation fault");
    refuse("", "not a message");
    refuse("[1]", "not an object");
    refuse("{}", "\"type\" is missing");
    refuse("{\"type\":3}", "\"type\" is wrong");
    refuse("{\"type\":\"dance\"}", "\"type\" is wrong");
    refuse("{\"type\":\"stop\",\"type\":\"stop\"}", "not a message");
    refuse("{\"type\":\"result\"}", "message result: \"image\" is missing");
    refuse("{\"type\":\"result\",\"image\":-1,\"top\":0,\"score\":1,\"row\":[1,2]}", "\"image\" is wrong");
    refuse("{\"type\":\"result\",\"image\":1.5,\"top\":0,\"score\":1,\"row\":[1,2]}", "\"image\" is wrong");
    refuse("{\"type\":\"result\",\"image\":1,\"top\":0,\"score\":1,\"row\":[1]}", "an array of 2");
    refuse("{\"type\":\"result\",\"image\":1,\"top\":0,\"score\":1,\"row\":[1,-2]}", "\"row\"");
    refuse("{\"type\":\"result\",\"image\":1,\"top\":0,\"score\":1e39,\"row\":[1,2]}", "\"score\"");
    refuse("{\"type\":\"result\",\"image\":1,\"top\":0,\"score\":\"1\",\"row\":[1,2]}", "\"score\"");
    refuse("{\"type\":\"run\",\"images\":[1],\"layers\":[]}", "at least one layer");
    refuse("{\"type\":\"run\",\"images\":[1],\"layers\":[3,3]}", "ascending");
    refuse("{\"type\":\"run\",\"images\":[-1],\"layers\":[3]}",
           "\"images\" is wrong (expected whole numbers");
    refuse("{\"type\":\"run\",\"images\":[1],\"layers\":[3],\"score\":\"best\"}", "one of truth, top");
    refuse("{\"type\":\"layers\",\"cfg_xxh3\":\"12\"}", "16 hex digits");
    refuse("{\"type\":\"layers\",\"cfg_xxh3\":\"0123456789abcdef\",\"weights_xxh3\":null,\"input\":"
           "[268435456,268435456,268435456],\"input_bytes\":1,\"classes\":1,\"rows\":[]}",
           "a shape that fits");
    refuse("{\"type\":\"images\",\"first\":1,\"items\":[]}", "\"first\" is wrong");
    refuse("{\"type\":\"images\",\"first\":0,\"items\":[[\"%zz\",1]]}", "percent-encoded");
    refuse("{\"type\":\"images\",\"first\":0,\"items\":[[\"a\",-2]]}", "class index");
    refuse("{\"type\":\"dataset\",\"root\":\"a\",\"place\":null,\"layout\":\"b\",\"split\":\"\",\"images\":0,"
           "\"classes\":"
           "[{\"index\":1,\"name\":\"x\",\"folder\":null,\"images\":0},"
           "{\"index\":1,\"name\":\"y\",\"folder\":null,\"images\":0}]}",
           "dataset: classes[1]: \"index\"");
}

/* Of size and time, and of what identifies an image. */
static void test_rubbish_contents(void **state)
{
    (void)state;
    const char *const stamps[] = {"1",       "1,null", "null,1", "-1,1", "1.5,1",
                                  "1,\"2\"", "1,2,3",  "true,1", "1,1e9"};
    for (size_t i = 0; i < sizeof stamps / sizeof stamps[0]; i++) {
        char *line = memory_format("{\"type\":\"images\",\"first\":0,\"stamps\":1,\"items\":[[\"a\",1,%s]]}",
                                   stamps[i]);
        refuse(line, "size and time");
        free(line);
    }
    refuse("{\"type\":\"images\",\"first\":0,\"items\":[[\"a\",1,1,1]]}", "class index");
    refuse(
        "{\"type\":\"dataset\",\"root\":\"a\",\"layout\":\"b\",\"split\":\"\",\"images\":0,\"classes\":[]}",
        "\"place\" is missing");
    refuse("{\"type\":\"dataset\",\"root\":\"a\",\"place\":\"%zz\",\"layout\":\"b\",\"split\":\"\","
           "\"images\":0,\"classes\":[]}",
           "\"place\" is wrong");
    refuse("{\"type\":\"result\",\"image\":1,\"top\":0,\"score\":1,\"row\":[1,2]}", "\"content\" is missing");
    refuse("{\"type\":\"result\",\"image\":1,\"top\":0,\"score\":1,\"row\":[1,2],\"content\":\"\"}",
           "\"content\" is wrong (expected 32 hex digits or null)");
    refuse("{\"type\":\"hash\"}", "\"images\" is missing");
    refuse("{\"type\":\"hash\",\"images\":[1,-1]}", "\"images\" is wrong");
    refuse("{\"type\":\"hash\",\"images\":[1,\"a\"]}", "\"images\" is wrong");
    refuse("{\"type\":\"contents\",\"items\":{}}", "\"items\" is wrong");
    refuse("{\"type\":\"contents\",\"items\":[[1]]}", "\"items\" is wrong");
    refuse("{\"type\":\"contents\",\"items\":[[1,null],7]}", "\"items\" is wrong");
    refuse("{\"type\":\"contents\",\"items\":[[-1,null]]}", "\"items\" is wrong");
    refuse("{\"type\":\"contents\",\"items\":[[1,null,null]]}", "\"items\" is wrong");
    refuse("{\"type\":\"contents\",\"items\":[[1,\"99aa06d3\"]]}", "\"items\" is wrong");
    refuse("{\"type\":\"hashed\",\"images\":-1}", "\"images\" is wrong");
}

/* One pixel and one map, of which `from` (its first mention) is replaced by `to`. */
static void refuse_heatmap(const char *from, const char *to, const char *part)
{
    const char *good =
        "{\"type\":\"heatmap\",\"image\":1,\"error\":null,\"top\":0,\"score\":1,\"top_score\":1,"
        "\"pixels\":{\"w\":1,\"h\":1,\"data\":\"AAAA\"},\"maps\":[{\"layer\":3,\"importance\":0.5,"
        "\"max\":1,\"w\":2,\"h\":1,\"data\":\"/wA=\"}],\"likely\":[]}";
    const char *at = strstr(good, from);
    assert_non_null(at);
    char *line = memory_format("%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
    refuse(line, part);
    free(line);
}

static void test_rubbish_heatmaps(void **state)
{
    (void)state;
    refuse("{\"type\":\"heatmap\",\"image\":1,\"side\":0,\"layers\":[1]}", "\"side\" is wrong");
    refuse("{\"type\":\"heatmap\",\"image\":-1,\"side\":9,\"layers\":[1]}", "\"image\" is wrong");
    refuse("{\"type\":\"heatmap\",\"image\":1,\"side\":9,\"layers\":[2,1]}", "ascending");
    refuse("{\"type\":\"heatmap\",\"image\":1,\"side\":9,\"layers\":[1],\"score\":\"best\"}",
           "one of truth, top");
    refuse_heatmap("\"error\":null,", "", "\"error\" is missing");
    refuse_heatmap("null", "7", "\"error\" is wrong");
    refuse_heatmap("\"top\":0", "\"top\":-1", "\"top\" is wrong");
    refuse_heatmap("\"score\":1", "\"score\":1e39", "\"score\" is wrong");
    refuse_heatmap("\"pixels\":{", "\"pixel\":{", "heatmap: pixels: is not an object");
    refuse_heatmap("\"w\":1", "\"w\":0", "heatmap: pixels: \"w\" is wrong");
    refuse_heatmap("\"w\":1", "\"w\":513", "heatmap: pixels: \"w\" is wrong");
    refuse_heatmap("\"h\":1", "\"h\":2", "heatmap: pixels: \"data\" is wrong");
    refuse_heatmap("AAAA", "AAA=", "heatmap: pixels: \"data\" is wrong");
    refuse_heatmap("AAAA", "AA A", "heatmap: pixels: \"data\" is wrong");
    refuse_heatmap("\"maps\":[", "\"maps\":[3,", "heatmap: maps[0]: is not an object");
    refuse_heatmap("\"layer\":3", "\"layer\":-1", "heatmap: maps[0]: \"layer\" is wrong");
    refuse_heatmap("0.5", "-0.5", "\"importance\" is wrong");
    refuse_heatmap("\"max\":1", "\"max\":-1", "\"max\" is wrong");
    refuse_heatmap("/wA=", "/wB=", "heatmap: maps[0]: \"data\" is wrong"); /* bits that belong to no byte */
    refuse_heatmap("}],", "},{\"layer\":3,\"importance\":0,\"max\":0,\"w\":1,\"h\":1,\"data\":\"AA==\"}],",
                   "heatmap: maps[1]: \"layer\" is wrong");
    refuse_heatmap("\"likely\":[]", "\"likely\":{}", "\"likely\" is wrong");
    refuse_heatmap("\"likely\":[", "\"likely\":[3", "heatmap: likely[0]: is not an object");
    refuse_heatmap("\"likely\":[", "\"likely\":[{\"class\":-1,\"score\":1,\"probability\":1}",
                   "heatmap: likely[0]: \"class\" is wrong");
    refuse_heatmap("\"likely\":[", "\"likely\":[{\"class\":1,\"score\":1,\"probability\":2}",
                   "heatmap: likely[0]: \"probability\" is wrong");
}

static void test_retrain(void **state)
{
    (void)state;
    long training[] = {0, 5, 7}, validation[] = {1};
    struct error e = {""};
    struct retrain_request got, r = {.cfg_xxh3 = "0123456789abcdef",
                                     .weights_xxh3 = "fedcba9876543210",
                                     .layer = 4,
                                     .bottleneck = {BOTTLENECK_FLOATS, 512},
                                     .trains = RETRAIN_ALL,
                                     .norm = RETRAIN_RETAKE,
                                     .loss = RETRAIN_BOTH,
                                     .temperature = 2.5,
                                     .rate = 0.01,
                                     .epochs = 0,
                                     .steps = 70,
                                     .stages = 3,
                                     .seed = 9,
                                     .batch = 16,
                                     .threads = 2,
                                     .exact = true,
                                     .memory = 1 << 20,
                                     .flip = true,
                                     .shift = 2,
                                     .training = training,
                                     .training_n = 3,
                                     .validation = validation,
                                     .validation_n = 1,
                                     .data = content_of("abc", 3),
                                     .checkpoint = (char[]){"a b"},
                                     .folder = NULL,
                                     .force = true,
                                     .pixels = run_options_default().pixels};
    json_t *m = carried(message_retrain(&r), MESSAGE_RETRAIN);
    assert_int_equal(message_retrain_read(m, &got, &e), 0);
    assert_string_equal(got.weights_xxh3, r.weights_xxh3);
    assert_true(got.layer == 4 && got.bottleneck.form == BOTTLENECK_FLOATS && got.bottleneck.n == 512);
    assert_true(got.trains == RETRAIN_ALL && got.norm == RETRAIN_RETAKE && got.loss == RETRAIN_BOTH);
    assert_true(got.temperature == 2.5 && got.rate == 0.01 && got.steps == 70 && got.stages == 3);
    assert_true(got.seed == 9 && got.batch == 16 && got.threads == 2 && got.exact && got.memory == 1 << 20);
    assert_true(got.flip && got.shift == 2 && got.force && !got.folder);
    assert_string_equal(got.checkpoint, "a b");
    assert_true(got.training_n == 3 && got.training[2] == 7 && got.validation_n == 1 &&
                got.validation[0] == 1);
    assert_true(got.data.known && got.data.high == r.data.high && got.data.low == r.data.low);
    retrain_request_free(&got);
    for (int i = 0; i < 2; i++) { /* none of either kind */
        const char *kind = i == 0 ? "training" : "validation";
        json_t *images = json_incref(json_object_get(m, kind));
        json_object_set_new(m, kind, json_array());
        assert_int_equal(message_retrain_read(m, &got, &e), -1);
        assert_non_null(strstr(e.text, "at least one image"));
        json_object_set_new(m, kind, images);
    }
    json_object_set_new(m, "train", json_string("tail")); /* images pass the head once: they cannot vary */
    assert_int_equal(message_retrain_read(m, &got, &e), -1);
    assert_non_null(strstr(e.text, "flip and shift"));
    json_decref(m);
}

static void test_retrain_answers(void **state)
{
    (void)state;
    struct error e = {""};
    long done, of, images;
    double x;
    json_t *m = carried(message_step(3, 9, 0.25), MESSAGE_STEP);
    assert_int_equal(message_step_read(m, &done, &of, &x, &e), 0);
    assert_true(done == 3 && of == 9 && x == 0.25);
    json_decref(m);
    m = carried(message_retrained(3, 9, 1.5, 7), MESSAGE_RETRAINED);
    assert_int_equal(message_retrained_read(m, &done, &of, &x, &images, &e), 0);
    assert_true(done == 3 && of == 9 && x == 1.5 && images == 7);
    json_object_set_new(m, "done", json_integer(10));
    assert_int_equal(message_retrained_read(m, &done, &of, &x, &images, &e), -1);
    json_decref(m);
    assert_null(message_step(3, 9, (double)NAN));

    char right[] = "10-1";
    struct retrain_check got, c = {RETRAIN_BEST, 3, 0.5, 3, 2, right};
    m = carried(message_check(&c), MESSAGE_CHECK);
    assert_int_equal(message_check_read(m, &got, &e), 0);
    assert_true(got.when == RETRAIN_BEST && got.step == 3 && got.loss == 0.5 && got.images == 3 &&
                got.correct == 2);
    assert_string_equal(got.right, right);
    free(got.right);
    const char *const bad[] = {"", "10-", "10-1x", "11-1", "1001", "11-x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_object_set_new(m, "right", json_string(bad[i]));
        assert_int_equal(message_check_read(m, &got, &e), -1);
    }
    json_decref(m);
}

int main(void)
{
    /* Test programs link libdarknet, which makes its process flush denormals when it is loaded. */
    fesetenv(FE_DFL_ENV);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retrain),          cmocka_unit_test(test_retrain_answers),
        cmocka_unit_test(test_floats_survive),   cmocka_unit_test(test_infinite_results_are_not_sent),
        cmocka_unit_test(test_run_options),      cmocka_unit_test(test_heatmap_request),
        cmocka_unit_test(test_heatmap),          cmocka_unit_test(test_table),
        cmocka_unit_test(test_table_code),       cmocka_unit_test(test_dataset),
        cmocka_unit_test(test_requests),         cmocka_unit_test(test_small_answers),
        cmocka_unit_test(test_contents),         cmocka_unit_test(test_hash),
        cmocka_unit_test(test_layer_names),      cmocka_unit_test(test_rubbish),
        cmocka_unit_test(test_rubbish_contents), cmocka_unit_test(test_rubbish_heatmaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
