/* Stores joined: shards become what one run would have been, nothing is joined that does not belong together,
 * and a merge that is refused changes nothing. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "store/store_parts.h"
#include "store_fixture.h"

#define PLAN "00000000000000aa"
#define OTHER_TUNING "00000000000000bb"
enum { IMAGES = 3000, LABELLED = IMAGES - IMAGES / 7 };

struct place {
    char *folder, *paths[3];
    struct store *into, *a, *b;
    struct dataset *d;
};

static int begin(void **state)
{
    struct place *p = memory_new(1, sizeof *p);
    p->folder = fixture_folder();
    for (int i = 0; i < 3; i++)
        p->paths[i] = memory_format("%s/%d.db", p->folder, i);
    p->into = fixture_open(p->paths[0]);
    p->a = fixture_open(p->paths[1]);
    p->b = fixture_open(p->paths[2]);
    p->d = fixture_dataset(IMAGES, NULL);
    *state = p;
    return 0;
}

static int end(void **state)
{
    struct place *p = *state;
    store_close(p->into);
    store_close(p->a);
    store_close(p->b);
    for (int i = 0; i < 3; i++)
        free(p->paths[i]);
    fixture_folder_remove(p->folder);
    dataset_free(p->d);
    free(p);
    return 0;
}

static void fill(struct store *s, const char *tuning, const struct dataset *d, long first, long step)
{
    const struct store_run_key run_key = fixture_run_key(tuning);
    struct store_target *t = store_begin(s, &run_key, "batch 8", d, FIXTURE_LAYERS);
    fixture_keep(s, t, d, first, d->images_n, step);
    store_end(t);
}

static void sql(struct store *s, const char *text)
{
    struct error e = {""};
    if (sql_script(&s->sql, text, &e) < 0)
        fail_msg("%s", e.text);
}

static int64_t number(struct store *s, const char *text)
{
    int64_t n = -1;
    struct error e;
    assert_int_equal(sql_number(&s->sql, &e, &n, text, ""), 1);
    return n;
}

static void merge(struct store *into, struct store *from, long wanted)
{
    struct error e = {""};
    long added = -1;
    if (store_merge_begin(into, &e) < 0 || store_merge(into, from, &added, &e) < 0 ||
        store_merge_end(into, true, &e) < 0)
        fail_msg("%s", e.text);
    assert_int_equal(added, wanted);
    fixture_verify(into);
}

/* Refused with these words, and as if it had never been tried. */
static void refuse(struct store *into, struct store *from, const char *says)
{
    static const char *const tables[] = {"content", "root",    "file",  "network", "series",
                                         "choice",  "dataset", "study", "listing", "measured"};
    int64_t before[10];
    char text[64];
    for (int i = 0; i < 10; i++) {
        snprintf(text, sizeof text, "SELECT count(*) FROM %s", tables[i]);
        before[i] = number(into, text);
    }
    struct error e = {""};
    long added = -1;
    assert_int_equal(store_merge_begin(into, &e), 0);
    assert_int_equal(store_merge(into, from, &added, &e), -1);
    assert_int_equal(store_merge_end(into, false, NULL), 0);
    assert_int_equal(added, 0);
    if (!strstr(e.text, says))
        fail_msg("'%s' does not say '%s'", e.text, says);
    for (int i = 0; i < 10; i++) {
        snprintf(text, sizeof text, "SELECT count(*) FROM %s", tables[i]);
        assert_int_equal(number(into, text), before[i]);
    }
    fixture_verify(into);
}

static struct curve *load(struct store *s, const struct store_study *study, struct dataset **d)
{
    struct store_load l;
    struct error e = {""};
    long done, of;
    int status = store_load_begin(s, study, FIXTURE_LAYERS, FIXTURE_CLASSES, &l, &e);
    while (status == 0 || status == 2)
        status = store_load_step(&l, 1000, &done, &of, &e);
    if (status < 0)
        fail_msg("%s", e.text);
    struct curve *curve = l.curve;
    l.curve = NULL;
    *d = l.dataset;
    l.dataset = NULL;
    store_load_free(&l);
    return curve;
}

static void check_study(struct store *s, int index, int of, long rows, const char *place)
{
    int n;
    struct error e = {""};
    struct store_study *all = store_studies(s, &n, &e);
    struct dataset *d;
    assert_int_equal(n, of);
    struct curve *c = load(s, &all[index], &d);
    assert_string_equal(all[index].place, place);
    assert_int_equal(store_study_count(s, &all[index], &e), 0);
    assert_int_equal(all[index].rows + all[index].skipped + all[index].nonfinite, rows);
    assert_int_equal(c->rows_n, all[index].rows);
    curve_free(c);
    dataset_free(d);
    store_studies_free(all, n);
}

/* ---- What belongs together ----------------------------------------------------------------------- */

static void test_shards(void **state)
{
    struct place *p = *state;
    const struct store_run_key run_key = fixture_run_key(PLAN);
    fill(p->a, PLAN, p->d, 0, 2);
    fill(p->b, PLAN, p->d, 1, 2);
    /* The same data on another machine. */
    sql(p->b, "UPDATE root SET place = CAST('/scratch/7' AS BLOB)");
    long half = number(p->a, "SELECT count(*) FROM measured");
    merge(p->into, p->a, half);
    merge(p->into, p->b, LABELLED - half);
    merge(p->into, p->b, 0); /* again: nothing is new */
    assert_int_equal(fixture_count(p->into, &run_key, p->d), LABELLED);
    check_study(p->into, 0, 1, LABELLED, "/data");
    assert_int_equal(number(p->into, "SELECT count(*) FROM file"), IMAGES);
    char tuning[17];
    struct error e;
    assert_int_equal(store_last_tuning(p->into, &run_key, "batch 8", tuning, &e), 1);
    assert_string_equal(tuning, PLAN);
    int64_t changed = number(p->a, "SELECT changed FROM study");
    assert_true(number(p->into, "SELECT changed FROM study") >= changed);
}

/* Numbers in the files differ, and one file holds more than the other. */
static void test_into_others(void **state)
{
    struct place *p = *state;
    const struct store_run_key run_key = fixture_run_key(PLAN);
    struct dataset *few = fixture_dataset(100, "/few");
    struct store_run_key another = fixture_run_key(OTHER_TUNING);
    another.cfg_xxh3 = "ffffffffffffffff";
    fixture_fill(p->into, &another, few);
    sql(p->into, "UPDATE sqlite_sequence SET seq = seq + 1000");
    fill(p->into, PLAN, p->d, 2, 3);
    fill(p->a, PLAN, p->d, 0, 1);
    fill(p->a, PLAN, few, 0, 1);
    merge(p->into, p->a, LABELLED - number(p->into, "SELECT count(*) FROM measured WHERE series > 1000"));
    assert_int_equal(fixture_count(p->into, &run_key, p->d), LABELLED);
    assert_int_equal(fixture_count(p->into, &another, few), 100 - 14);
    assert_int_equal(fixture_count(p->into, &run_key, few), 100 - 14);
    check_study(p->into, 1, 3, LABELLED, "/data");
    check_study(p->into, 2, 3, 100 - 14, "/few");
    dataset_free(few);
}

/* Equal names are not equal images: what is known of the contents decides. */
static void test_other_pictures(void **state)
{
    struct place *p = *state;
    const struct store_run_key run_key = fixture_run_key(PLAN);
    fill(p->into, PLAN, p->d, 0, 1);
    struct store_target *t = store_begin(p->a, &run_key, "", p->d, FIXTURE_LAYERS);
    struct content content = fixture_content(5000);
    struct error e;
    const struct store_row row = {0};
    const float values[FIXTURE_LAYERS] = {1};
    store_keep_content(t, 1, 1, 1, &content);
    store_keep_row(t, &content, 1, &row, values);
    store_end(t);
    assert_int_equal(store_flush(p->a, &e), 0);
    sql(p->a, "UPDATE root SET place = CAST('/noisy' AS BLOB)");
    merge(p->into, p->a, 1);
    check_study(p->into, 0, 2, LABELLED, "/data");
    check_study(p->into, 1, 2, 1, "/noisy");
}

/* A listing that was broken off: its rows are taken, and the target's own is completed by a whole one. */
static void test_broken_off(void **state)
{
    struct place *p = *state;
    const struct store_run_key run_key = fixture_run_key(PLAN);
    fill(p->a, PLAN, p->d, 0, 2);
    sql(p->a, "UPDATE dataset SET complete = 0; DELETE FROM listing WHERE part > 0");
    merge(p->into, p->a, number(p->a, "SELECT count(*) FROM measured"));
    assert_int_equal(number(p->into, "SELECT count(*) FROM study"), 0);
    fill(p->into, PLAN, p->d, 0, 2);
    check_study(p->into, 0, 1, number(p->a, "SELECT count(*) FROM measured"), "/data");
    sql(p->into, "UPDATE dataset SET complete = 0; DELETE FROM listing WHERE part > 1");
    fill(p->b, PLAN, p->d, 0, 1);
    merge(p->into, p->b, LABELLED - number(p->a, "SELECT count(*) FROM measured"));
    check_study(p->into, 0, 1, LABELLED, "/data");
    assert_int_equal(fixture_count(p->into, &run_key, p->d), LABELLED);
}

/* ---- What does not ------------------------------------------------------------------------------- */

static void test_other_tuning(void **state)
{
    struct place *p = *state;
    fill(p->into, PLAN, p->d, 0, 2);
    fill(p->a, OTHER_TUNING, p->d, 1, 2);
    refuse(p->into, p->a, "a\\xfe.cfg were measured with tuning " OTHER_TUNING);
    struct error e = {""};
    long added;
    assert_int_equal(store_merge_begin(p->into, &e), 0);
    assert_int_equal(store_merge(p->into, p->a, &added, &e), -1);
    assert_int_equal(store_merge_end(p->into, false, &e), 0);
    assert_non_null(strstr(e.text, p->paths[0]));
    assert_non_null(strstr(e.text, p->paths[1]));
    assert_non_null(strstr(e.text, "with tuning " PLAN));
    /* A file that holds both tunings takes both. */
    fill(p->into, OTHER_TUNING, p->d, 0, 2);
    merge(p->into, p->a, number(p->a, "SELECT count(*) FROM measured"));
}

/* In place of the row that `a` has. */
static void keep_other(const struct place *p, long image, const struct store_row *row, const float *values)
{
    const struct store_run_key run_key = fixture_run_key(PLAN);
    struct error e = {""};
    struct content content = fixture_content(image);
    struct store_target *t = store_begin(p->a, &run_key, "batch 8", p->d, FIXTURE_LAYERS);
    store_keep_row(t, &content, p->d->images[image].class_index, row, values);
    if (store_flush(p->a, &e) < 0)
        fail_msg("%s", e.text);
    store_end(t);
}

static void test_other_numbers(void **state)
{
    enum { IMAGE = 3 };
    struct store_row rows[3];
    float values[3][FIXTURE_LAYERS];
    struct place *p = *state;
    fill(p->into, PLAN, p->d, 0, 1);
    fill(p->a, PLAN, p->d, 0, 3);
    merge(p->into, p->a, 0);
    for (int i = 0; i < 3; i++)
        fixture_row(IMAGE, &rows[i], values[i]);
    rows[0].score++;
    rows[1].predicted = 3 - rows[1].predicted;
    values[2][1]++;
    for (int i = 0; i < 3; i++) {
        keep_other(p, IMAGE, &rows[i], values[i]);
        refuse(p->into, p->a, "has other numbers than in");
    }
    const struct store_row excluded = {.kind = EXCLUDED_UNDECODABLE, .reason = "not here"};
    keep_other(p, IMAGE, &excluded, NULL);
    refuse(p->into, p->a, "has other numbers than in");
    fill(p->a, PLAN, p->d, 0, 3);
    /* Why an image could not be decoded may be said in other words. */
    sql(p->a, "UPDATE measured SET reason = 'too small' WHERE kind = 1");
    merge(p->into, p->a, 0);
    enum { NOT_FINITE = 21 };
    fixture_row(NOT_FINITE, &rows[0], values[0]);
    assert_int_equal(rows[0].kind, EXCLUDED_NONFINITE);
    rows[0].layer++;
    keep_other(p, NOT_FINITE, &rows[0], NULL);
    refuse(p->into, p->a, "has other numbers than in");
}

/* The second of two does not belong there: the first is not taken in either. */
static void test_all_or_none(void **state)
{
    struct place *p = *state;
    struct error e = {""};
    long added = 0;
    fill(p->a, PLAN, p->d, 0, 2);
    fill(p->b, OTHER_TUNING, p->d, 1, 2);
    assert_int_equal(store_merge_begin(p->into, &e), 0);
    assert_int_equal(store_merge(p->into, p->a, &added, &e), 0);
    assert_true(added > 0);
    assert_int_equal(store_merge(p->into, p->b, &added, &e), -1);
    assert_int_equal(added, 0);
    assert_int_equal(store_merge_end(p->into, false, &e), 0);
    assert_int_equal(number(p->into, "SELECT count(*) FROM measured"), 0);
    assert_int_equal(number(p->into, "SELECT count(*) FROM study"), 0);
    merge(p->into, p->a, number(p->a, "SELECT count(*) FROM measured"));
}

struct heard {
    char whats[256]; /* what was told, each once */
    bool whole;      /* never more than all */
};

static void hear_progress(void *data, const char *what, long done, long of)
{
    struct heard *h = data;
    h->whole = h->whole && done >= 0 && (of == 0 || done <= of);
    if (!strstr(h->whats, what))
        snprintf(h->whats + strlen(h->whats), sizeof h->whats - strlen(h->whats), "%s;", what);
}

static void test_progress(void **state)
{
    struct place *p = *state;
    struct heard merged = {.whole = true}, verified = {.whole = true};
    struct error e;
    fill(p->a, PLAN, p->d, 0, 1);
    store_watch(p->a, hear_progress, &merged);
    merge(p->into, p->a, number(p->a, "SELECT count(*) FROM measured"));
    assert_string_equal(merged.whats, "checking pages;checking rows;taking in rows;");
    store_watch(p->a, hear_progress, &verified);
    assert_int_equal(store_verify(p->a, 10, NULL, NULL, &e), 0);
    assert_string_equal(verified.whats, "checking pages;checking rows;");
    assert_true(merged.whole && verified.whole);
    store_watch(p->a, NULL, NULL);
}

static void test_itself(void **state)
{
    struct place *p = *state;
    fill(p->into, PLAN, p->d, 0, 50);
    struct error e = {""};
    struct store *again = store_open(p->paths[0], STORE_READ, NULL, &e);
    assert_non_null(again);
    refuse(p->into, again, "into itself");
    store_close(again);
}

/* What store_verify would find in the source is not taken over. */
static void test_damaged_source(void **state)
{
    static const struct {
        const char *change, *says;
    } wrong[] = {
        {"UPDATE content SET hash = x'00' WHERE id = 3", "1 contents are not 16 bytes long"},
        {"DELETE FROM content WHERE id = 2", "to no row of table content"},
        {"UPDATE network SET layers = '{'", "series 1 does not say its layers and classes"},
        {"UPDATE network SET layers = json_set(layers, '$.rows', json('[]'))",
         "series 1 does not say its layers"},
        {"UPDATE series SET plan = 'p'", "series 1 does not say its tuning"},
        {"UPDATE measured SET cells = x'0000803f' || zeroblob(16) WHERE content = 2",
         "series 1, content 2, class"},
        {"UPDATE measured SET top = -1 WHERE kind = 0", "has a winning class that the network does not have"},
        {"UPDATE measured SET class = -5 WHERE content = 2", "has a class that the network does not have"},
        {"UPDATE listing SET entries = CAST(substr(entries, 1, 8) || x'011f0afa' || substr(entries, 13) AS "
         "BLOB)",
         "data set 1: image 0 has class -99999999"},
        {"UPDATE content SET id = -5 WHERE id = 59", "a content has the number -5"},
        {"UPDATE series SET id = -1; UPDATE measured SET series = -1; UPDATE study SET series = -1",
         "a series has the number -1"},
        {"UPDATE dataset SET id = 0; UPDATE listing SET dataset = 0; UPDATE study SET dataset = 0",
         "a data set has the number 0"},
    };
    struct place *p = *state;
    fill(p->a, PLAN, p->d, 0, 50);
    char *copy = fixture_in(p->folder, "copy.db"), *into = memory_format("VACUUM INTO '%s'", copy);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        sql(p->a, into);
        struct store *damaged = fixture_open(copy);
        sql(damaged, wrong[i].change);
        refuse(p->into, damaged, wrong[i].says);
        store_close(damaged);
        remove(copy);
    }
    free(copy);
    free(into);
    merge(p->into, p->a, number(p->a, "SELECT count(*) FROM measured"));
}

/* Another byte in a text of a row, not in the copy of it that an index has: pages say of which kind they are.
 */
static void damage_row(const char *path, const char *text)
{
    enum { TABLE_LEAF = 13, FILE_MAX = 1 << 20 };
    size_t n, page, length = strlen(text);
    struct error e;
    char *bytes = file_read(path, FILE_MAX, &n, &e), *at = bytes;
    assert_non_null(bytes);
    page = (size_t)(unsigned char)bytes[16] << 8 | (unsigned char)bytes[17];
    while ((at = memmem(at, n - (size_t)(at - bytes), text, length)) &&
           bytes[(size_t)(at - bytes) / page * page] != TABLE_LEAF)
        at++;
    assert_non_null(at);
    at[0] = '\t';
    fixture_write(path, bytes, n);
    free(bytes);
}

/* One query takes a text from the row, another one from an index: they must agree before the first is checked
 * and the second taken over. */
static void test_row_unlike_index(void **state)
{
    struct place *p = *state;
    fill(p->a, PLAN, p->d, 0, 50);
    char *copy = fixture_in(p->folder, "copy.db"), *into = memory_format("VACUUM INTO '%s'", copy);
    sql(p->a, into);
    damage_row(copy, fixture_run_key(PLAN).row_key);
    struct store *damaged = fixture_open(copy);
    refuse(p->into, damaged, "missing from index");
    store_close(damaged);
    free(copy);
    free(into);
}

/* Numbers as large as there are: memory goes by how many rows there are. */
static void test_large_numbers(void **state)
{
    struct place *p = *state;
    fill(p->a, PLAN, p->d, 0, 50);
    long rows = number(p->a, "SELECT count(*) FROM measured");
    sql(p->a, "UPDATE content SET id = id + 9223372036854770000 WHERE id % 2;"
              "UPDATE measured SET content = content + 9223372036854770000 WHERE content % 2;"
              "UPDATE file SET content = content + 9223372036854770000 WHERE content % 2;"
              "UPDATE series SET id = 9223372036854775807; UPDATE measured SET series = 9223372036854775807;"
              "UPDATE study SET series = 9223372036854775807;"
              "UPDATE dataset SET id = 9223372036854775806; UPDATE listing SET dataset = 9223372036854775806;"
              "UPDATE study SET dataset = 9223372036854775806");
    merge(p->into, p->a, rows);
    assert_int_equal(number(p->into, "SELECT count(*) FROM study"), 1);
    assert_true(number(p->into, "SELECT max(id) FROM content") < 2 * IMAGES);
}

/* Deleted between begin and end: nothing is said to be in a file that is gone. */
static void test_deleted_meanwhile(void **state)
{
    struct place *p = *state;
    struct error e = {""};
    long added;
    fill(p->a, PLAN, p->d, 0, 50);
    assert_int_equal(store_merge_begin(p->into, &e), 0);
    assert_int_equal(store_merge(p->into, p->a, &added, &e), 0);
    assert_int_equal(remove(p->paths[0]), 0);
    assert_int_equal(store_merge_end(p->into, true, &e), -1);
    assert_non_null(strstr(e.text, p->paths[0]));
    assert_non_null(strstr(e.text, "was deleted or replaced meanwhile"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_shards, begin, end),
        cmocka_unit_test_setup_teardown(test_into_others, begin, end),
        cmocka_unit_test_setup_teardown(test_other_pictures, begin, end),
        cmocka_unit_test_setup_teardown(test_broken_off, begin, end),
        cmocka_unit_test_setup_teardown(test_other_tuning, begin, end),
        cmocka_unit_test_setup_teardown(test_other_numbers, begin, end),
        cmocka_unit_test_setup_teardown(test_all_or_none, begin, end),
        cmocka_unit_test_setup_teardown(test_itself, begin, end),
        cmocka_unit_test_setup_teardown(test_damaged_source, begin, end),
        cmocka_unit_test_setup_teardown(test_row_unlike_index, begin, end),
        cmocka_unit_test_setup_teardown(test_large_numbers, begin, end),
        cmocka_unit_test_setup_teardown(test_deleted_meanwhile, begin, end),
        cmocka_unit_test_setup_teardown(test_progress, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
