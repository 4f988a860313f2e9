/* What each option of a run decides: a change of it alone is one of row, tuning and graph, as written here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/row_key.h"
#include "net/definition.h"
#include "wire/run_fields.h"

static int layers[] = {2, 5};

static struct run_options usual(void)
{
    struct run_options o = run_options_default();
    o.layers = layers;
    o.layers_n = 2;
    return o;
}

static unsigned decided(const struct run_options *changed)
{
    const struct run_options before = usual();
    unsigned all = 0;
    for (unsigned key = RUN_FIELDS_ROW; key <= RUN_FIELDS_GRAPH; key *= 2)
        all |= run_fields_same(&before, changed, key) ? 0 : key;
    return all;
}

static void test_each_option_decides(void **state)
{
    (void)state;
    struct run_options o[18];
    for (int i = 0; i < 18; i++)
        o[i] = usual();
    o[0].score = SCORE_TOP;
    o[1].reduce = REDUCE_SUM;
    o[2].pixels.fit = PIXELS_STRETCH;
    o[3].pixels.mean[1] = 0.5f;
    o[4].pixels.std[2] = 0.5f;
    o[5].pixels.scale = 255;
    o[6].pixels.bgr = true;
    o[7].layers_n = 1;
    o[15].pixels.exif = true;
    assert_int_equal(decided(&o[15]), RUN_FIELDS_ROW);
    o[15].pixels.exif = false;
    for (int i = 0; i < 8; i++)
        assert_int_equal(decided(&o[i]), RUN_FIELDS_ROW);
    o[8].batch = 3;
    o[9].threads = 3;
    o[10].exact = true;
    o[11].memory = 1 << 30;
    strcpy(o[12].tuning_file, "t.json");
    for (int i = 8; i < 13; i++)
        assert_int_equal(decided(&o[i]), RUN_FIELDS_TUNING | RUN_FIELDS_GRAPH);
    o[13].tap = TAP_PRE;
    assert_int_equal(decided(&o[13]), RUN_FIELDS_ROW | RUN_FIELDS_GRAPH);
    o[14].precision = PRECISION_BF16;
    assert_int_equal(decided(&o[14]), RUN_FIELDS_ROW | RUN_FIELDS_TUNING | RUN_FIELDS_GRAPH);
    long image = 7;
    o[15].images = &image;
    o[15].images_n = 1;
    assert_int_equal(decided(&o[15]), 0);
    o[16].bn_epsilon = EPSILON_FORK;
    assert_int_equal(decided(&o[16]), RUN_FIELDS_ROW | RUN_FIELDS_TUNING | RUN_FIELDS_GRAPH);
    o[17].bn_epsilon = EPSILON_DARKNET; /* what all rows were before there was a choice */
    assert_int_equal(decided(&o[17]), 0);
}

/* Stores that were written long ago are found by these texts. */
static void test_texts_stay(void **state)
{
    (void)state;
    const struct message_versions v = {
        .version = "0.1.0", .darknet = "2018", .onednn = "2.6", .stb = "2.27", .isa = "AVX-512"};
    struct run_options o = usual();
    o.batch = 16;
    o.memory = 5;
    strcpy(o.tuning_file, "t.json");
    char *row = row_key_of_run(&o, &v), *tuning = tuning_key_of_run(&o, &v);
    assert_string_equal(row, "{\"bgr\":false,\"darknet\":\"2018\",\"fit\":\"crop\",\"layers\":[2,5],"
                             "\"mean\":[0.0,0.0,0.0],\"precision\":\"f32\",\"reduce\":\"mean\",\"rows\":1,"
                             "\"scale\":1,\"score\":\"truth\",\"stb\":\"2.27\",\"std\":[1.0,1.0,1.0],"
                             "\"tap\":\"post\"}");
    assert_string_equal(tuning, "{\"batch\":16,\"exact\":false,\"isa\":\"AVX-512\",\"memory\":5,"
                                "\"onednn\":\"2.6\",\"plan_file\":\"t.json\",\"precision\":\"f32\","
                                "\"threads\":0}");
    free(row);
    free(tuning);
    o.precision = PRECISION_BF16; /* these have changed once */
    row = row_key_of_run(&o, &v);
    assert_non_null(strstr(row, "\"precision\":\"bf16\",\"reduce\":\"mean\",\"rows\":2,"));
    free(row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_option_decides),
        cmocka_unit_test(test_texts_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
