/* Parts of features in a store: found under their own key alone, joined where sizes were measured in turns,
 * refused where they are damaged, merged, listed and removed; and a store of before, which has none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "data/dataset.h"
#include "features/measured_pictures.h"
#include "folder_fixture.h"
#include "store/store_features.h"
#include "store/store_study.h"
#include "store_fixture.h"

static int folder_enter(void **state)
{
    *state = fixture_folder();
    return chdir(*state);
}

static int folder_leave(void **state)
{
    int status = chdir("/");
    fixture_folder_remove(*state);
    return status;
}

enum { CUTS = 5, ANSWER_WORDS = 2 * CUTS, SIZE_WORDS = 9 * CUTS }; /* as many as the fixture lists layers */

/* What one image has. */
struct found {
    int n;
    char names[8][FEATURE_PART_NAME];
    uint32_t words[8][SIZE_WORDS];
};

static void take(void *data, const char *name, const uint32_t *words, size_t n)
{
    struct found *f = data;
    assert_in_range(n, 1, SIZE_WORDS);
    snprintf(f->names[f->n], sizeof *f->names, "%s", name);
    memcpy(f->words[f->n++], words, n * sizeof *words);
}

static struct found find(struct store *s, const struct store_run_key *k, const struct content *content,
                         int expected)
{
    struct error e = {""};
    struct found f = {0};
    int64_t run = store_features_find(s, k, &e);
    int status = run > 0 ? store_features_parts(s, run, content, take, &f, &e) : (int)run;
    if (status != expected)
        fail_msg("%d: %s", status, e.text);
    return f;
}

static void name_sizes(int level, char name[FEATURE_PART_NAME])
{
    feature_part_name(FEATURE_PART_SIZES, DTYPE_INT6, CODER_ZSTD, level, "1.5.4", name);
}

/* Of an image: answers, and sizes of the cuts from `first` on. */
static void keep(struct store *s, const struct store_run_key *k, long image, int first)
{
    struct error e = {""};
    struct dataset *d = fixture_dataset(10, "/data");
    struct store_target *t = store_features_begin(s, k, "batch 8", d);
    const struct content content = fixture_content(image);
    uint32_t answers[ANSWER_WORDS], sizes[SIZE_WORDS] = {0};
    char name[FEATURE_PART_NAME];
    for (int i = 0; i < ANSWER_WORDS; i++)
        answers[i] = (uint32_t)((image + i) % 3);
    for (int i = 9 * first; i < SIZE_WORDS; i++)
        sizes[i] = (uint32_t)(100 * image + i + 1);
    feature_part_name(FEATURE_PART_ANSWERS, DTYPE_INT6, CODER_NONE, 0, "", name);
    store_features_keep(t, &content, name, answers, ANSWER_WORDS);
    name_sizes(11, name);
    store_features_keep(t, &content, name, sizes, SIZE_WORDS);
    store_features_keep(t, &content, "image", (const uint32_t[]){0, 2, 0}, 3);
    store_features_keep(t, NULL, "calibration", (const uint32_t[]){9, 8}, 2);
    store_keep_content(t, image, d->images[image].size, d->images[image].mtime_ns, &content);
    store_end(t);
    if (store_flush(s, &e) < 0)
        fail_msg("%s", e.text);
    dataset_free(d);
}

static void say(void *data, const char *fault)
{
    snprintf(data, 400, "%s", fault);
}

/* The last fault of the file; "": none. */
static void verify(const char *path, char fault[400])
{
    struct error e = {""};
    struct store *s = store_open(path, STORE_READ, NULL, &e);
    assert_non_null(s);
    fault[0] = '\0';
    if (store_verify(s, 100, say, fault, &e) < 0)
        fail_msg("%s", e.text);
    store_close(s);
}

static void test_kept_and_found(void **state)
{
    (void)state;
    struct error e = {""};
    char tuning[17], fault[400];
    const struct store_run_key k = fixture_run_key("00000000deadbeef"),
                               other = fixture_run_key("00000000deadbee0");
    struct store *s = fixture_open("kept.db");
    const struct content content = fixture_content(3), unknown = fixture_content(4);
    assert_int_equal(store_features_find(s, &k, &e), 0); /* there are no tables */
    assert_int_equal(store_features_last_tuning(s, &k, "batch 8", tuning, &e), 0);
    keep(s, &k, 3, 2);
    assert_int_equal(store_features_last_tuning(s, &k, "batch 8", tuning, &e), 1);
    assert_string_equal(tuning, "00000000deadbeef");
    assert_int_equal(store_features_last_tuning(s, &k, "batch 4", tuning, &e), 0);
    assert_int_equal(store_features_any(s, &k, &e), 1);
    assert_int_equal(find(s, &other, &content, 0).n, 0);
    assert_int_equal(find(s, &k, &unknown, 0).n, 0);
    struct found f = find(s, &k, &content, 0);
    assert_int_equal(f.n, 3);
    assert_string_equal(f.names[0], "answers int6");
    assert_string_equal(f.names[1], "image");
    assert_string_equal(f.names[2], "sizes int6 zstd 11 1.5.4");
    assert_true(f.words[2][0] == 0 && f.words[2][18] == 319);
    /* The first cuts come later: what is there of the others stays. */
    keep(s, &k, 3, 0);
    keep(s, &k, 3, 4);
    f = find(s, &k, &content, 0);
    assert_true(f.words[2][0] == 301 && f.words[2][18] == 319 && f.words[2][44] == 345);
    f = find(s, &k, NULL, 0);
    assert_true(f.n == 1 && f.words[0][0] == 9 && f.words[0][1] == 8);
    struct content by_file;
    struct dataset *d = fixture_dataset(10, "/data");
    assert_int_equal(fixture_find_content(s, d, 3, &by_file), 1);
    dataset_free(d);
    store_close(s);
    verify("kept.db", fault);
    assert_string_equal(fault, "");
}

/* Importance rows beside them are left alone, and the other way round. */
static void test_beside_rows(void **state)
{
    (void)state;
    struct error e = {""};
    int n;
    char fault[400];
    const struct store_run_key k = fixture_run_key("00000000deadbeef");
    struct dataset *d = fixture_dataset(20, "/data");
    struct store *s = fixture_open("both.db");
    fixture_fill(s, &k, d);
    keep(s, &k, 3, 0);
    struct store_study *studies = store_features_studies(s, &n, &e);
    assert_true(n == 1 && studies[0].features && studies[0].rows == 1 && studies[0].images == 10);
    assert_string_equal(studies[0].tuning_key, "batch 8");
    store_studies_free(studies, n);
    assert_int_equal(store_remove(s, 1, &e), 0);
    const struct content content = fixture_content(3);
    assert_int_equal(find(s, &k, &content, 0).n, 3);
    assert_int_equal(store_features_remove(s, 1, &e), 0);
    assert_int_equal(store_features_find(s, &k, &e), 0);
    store_close(s);
    verify("both.db", fault);
    assert_string_equal(fault, "");
    dataset_free(d);
}

static void change(const char *path, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

#define NAMED(part) " WHERE name LIKE '" part "%'"

static void test_damaged(void **state)
{
    (void)state;
    static const char *const damages[][2] = {
        {"UPDATE feature_part SET words = substr(words, 1, length(words) - 1) || x'00'" NAMED("answers"),
         "the part 'answers int6' of features 1 is not as it was written"},
        {"UPDATE feature_part SET words = substr(words, 5)" NAMED("sizes"), "is not as it was written"},
        {"UPDATE feature_part SET words = x'00112233'" NAMED("sizes"), "is not as it was written"},
        {"UPDATE feature_part SET words = words || x'00'" NAMED("sizes"), "is not as it was written"},
        {"UPDATE feature_part SET name = 'answers int8'" NAMED("answers"), "is not as it was written"},
        {"UPDATE feature_part SET content = x'00112233445566778899aabbccddeeff'" NAMED("image"),
         "is not as it was written"},
        {"UPDATE feature_part SET content = x'00'" NAMED("image"),
         "is of a content that is not 16 bytes long"},
        {"UPDATE feature_part SET run = 7" NAMED("image"), "refers to no row of table feature_run"},
        {"UPDATE feature_run SET plan = 'x'", "features 1 do not say their tuning"},
        {"UPDATE feature_run SET layers = '{'", "features 1 do not say their layers"},
    };
    struct error e = {""};
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        char path[32], into[32], fault[400];
        snprintf(path, sizeof path, "damaged%zu.db", i);
        snprintf(into, sizeof into, "into%zu.db", i);
        const struct store_run_key k = fixture_run_key("00000000deadbeef");
        struct store *s = fixture_open(path);
        keep(s, &k, 3, 0);
        store_close(s);
        change(path, damages[i][0]);
        verify(path, fault);
        if (!strstr(fault, damages[i][1]))
            fail_msg("%s: %s", damages[i][0], fault);
        struct store *from = store_open(path, STORE_READ, NULL, &e), *to = fixture_open(into);
        long added;
        assert_int_equal(store_merge_begin(to, &e), 0);
        assert_int_equal(store_merge(to, from, &added, &e), -1);
        assert_int_equal(store_merge_end(to, false, &e), 0);
        store_close(from);
        store_close(to);
    }
    const struct store_run_key k = fixture_run_key("00000000deadbeef");
    const struct content content = fixture_content(3);
    struct store *s = fixture_open("damaged0.db");
    assert_int_equal(find(s, &k, &content, STORE_WRONG).n, 2); /* the others are as good as ever */
    store_close(s);
}

static long merge(const char *into, const char *path, struct error *e)
{
    long added = 0;
    struct store *from = store_open(path, STORE_READ, NULL, e), *to = fixture_open(into);
    assert_non_null(from);
    assert_int_equal(store_merge_begin(to, e), 0);
    int status = store_merge(to, from, &added, e);
    store_merge_end(to, status == 0, e);
    store_close(from);
    store_close(to);
    return status < 0 ? -1 : added;
}

static void test_merged(void **state)
{
    (void)state;
    struct error e = {""};
    char fault[400];
    const struct store_run_key k = fixture_run_key("00000000deadbeef"),
                               other = fixture_run_key("00000000deadbee0");
    struct store *a = fixture_open("a.db"), *b = fixture_open("b.db"), *c = fixture_open("c.db");
    keep(a, &k, 3, 3);
    keep(b, &k, 3, 0);
    keep(b, &k, 5, 0);
    keep(c, &other, 5, 0);
    store_close(a);
    store_close(b);
    store_close(c);
    assert_int_equal(merge("a.db", "b.db", &e), 3); /* of the fifth image; of the third one more sizes */
    assert_int_equal(merge("a.db", "b.db", &e), 0);
    a = fixture_open("a.db");
    const struct content content = fixture_content(3);
    assert_true(find(a, &k, &content, 0).words[2][0] == 301);
    store_close(a);
    verify("a.db", fault);
    assert_string_equal(fault, "");
    assert_int_equal(merge("a.db", "c.db", &e), -1);
    assert_non_null(
        strstr(e.text, "with tuning 00000000deadbee0, those of a.db with tuning 00000000deadbeef"));
    b = fixture_open("b.db"); /* the same image, other numbers */
    struct dataset *d = fixture_dataset(10, "/data");
    struct store_target *t = store_features_begin(b, &k, "batch 8", d);
    store_features_keep(t, &content, "image", (const uint32_t[]){0, 1, 0}, 3);
    store_end(t);
    store_close(b);
    dataset_free(d);
    assert_int_equal(merge("a.db", "b.db", &e), -1);
    assert_non_null(strstr(e.text, "its part 'image' of features has other numbers than in a.db"));
}

/* A file that a program of before has made. */
static void test_store_of_before(void **state)
{
    (void)state;
    struct error e = {""};
    int n;
    char fault[400];
    const struct store_run_key k = fixture_run_key("00000000deadbeef");
    struct dataset *d = fixture_dataset(20, "/data");
    struct store *s = fixture_open("before.db");
    fixture_fill(s, &k, d);
    store_close(s);
    verify("before.db", fault);
    assert_string_equal(fault, "");
    s = store_open("before.db", STORE_READ, NULL, &e);
    assert_int_equal(store_features_find(s, &k, &e), 0);
    struct store_study *studies = store_features_studies(s, &n, &e);
    assert_non_null(studies);
    assert_int_equal(n, 0);
    store_studies_free(studies, n);
    store_close(s);
    assert_true(merge("after.db", "before.db", &e) > 0);
    s = fixture_open("before.db");
    keep(s, &k, 3, 0);
    assert_true(store_find_run_key(s, &k, &e) > 0); /* the rows are there as before */
    store_close(s);
    verify("before.db", fault);
    assert_string_equal(fault, "");
    dataset_free(d);
}

/* What a part may say of a network with 5 cuts, 4 classes and 6 layers. */
static void test_faults(void **state)
{
    (void)state;
    const struct feature_part_frame frame = {CUTS, 4, 6};
    uint32_t words[2 + 9 * 2 * CUTS] = {0};
    assert_null(feature_part_fault("image", words, 3, &frame));
    assert_null(feature_part_fault("image", words, 20, &frame)); /* with a reason */
    assert_non_null(feature_part_fault("image", words, 2, &frame));
    assert_non_null(feature_part_fault("image", (const uint32_t[]){3, 0, 0}, 3, &frame));
    assert_non_null(feature_part_fault("image", (const uint32_t[]){0, 4, 0}, 3, &frame));
    assert_non_null(feature_part_fault("image", (const uint32_t[]){2, 0, 6}, 3, &frame));
    assert_null(feature_part_fault("answers int6", words, ANSWER_WORDS, &frame));
    assert_non_null(feature_part_fault("answers int6", words, ANSWER_WORDS - 2, &frame));
    words[2] = 4;
    assert_non_null(feature_part_fault("answers int6", words, ANSWER_WORDS, &frame));
    assert_null(feature_part_fault("sizes int6 none", words, SIZE_WORDS, &frame));
    assert_null(feature_part_fault("calibration", (const uint32_t[]){1, 0}, 2, &frame));
    assert_non_null(feature_part_fault("calibration", (const uint32_t[]){0, 0}, 2, &frame));
    assert_non_null(feature_part_fault("ranges int6", words, 18 * CUTS, &frame)); /* a scale of 0 */
    assert_non_null(feature_part_fault("times int6 none", (const uint32_t[2 + 2 * CUTS]){0, 0, 0xbf800000},
                                       2 + 2 * CUTS, &frame));
    assert_non_null(feature_part_fault("picture jpeg", words, 2 + 2 * PICTURES_QUALITIES, &frame));
    assert_null(feature_part_fault("of a later version", words, 1, &frame));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kept_and_found, folder_enter, folder_leave),
        cmocka_unit_test_setup_teardown(test_beside_rows, folder_enter, folder_leave),
        cmocka_unit_test_setup_teardown(test_damaged, folder_enter, folder_leave),
        cmocka_unit_test_setup_teardown(test_merged, folder_enter, folder_leave),
        cmocka_unit_test_setup_teardown(test_store_of_before, folder_enter, folder_leave),
        cmocka_unit_test(test_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
