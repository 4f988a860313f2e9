/* Studies: listed, counted, loaded without a network, removed with all that nothing else needs, and checked.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/memory.h"
#include "store/store_parts.h"
#include "store_fixture.h"

#define PLAN "00000000000000aa"
#define OTHER_TUNING "00000000000000bb"
/* As many bytes as there should be, and none of them at its place. */
#define IN_ODD_PARTS                                                                                         \
    "INSERT INTO listing(dataset, part, entries) SELECT dataset, part + 1, substr(entries, 8) FROM listing;" \
    "UPDATE listing SET entries = substr(entries, 1, 7) WHERE part = 0"

struct place {
    char *folder, *path;
    struct store *s;
};

static int begin(void **state)
{
    struct place *p = memory_new(1, sizeof *p);
    p->folder = fixture_folder();
    p->path = fixture_in(p->folder, "rows.db");
    p->s = fixture_open(p->path);
    *state = p;
    return 0;
}

static int end(void **state)
{
    struct place *p = *state;
    store_close(p->s);
    fixture_folder_remove(p->folder);
    free(p->path);
    free(p);
    return 0;
}

static void sql(const struct place *p, const char *text)
{
    struct error e = {""};
    if (sql_script(&p->s->sql, text, &e) < 0)
        fail_msg("%s", e.text);
}

static int64_t number(const struct place *p, const char *text)
{
    int64_t n = -1;
    struct error e;
    assert_int_equal(sql_number(&p->s->sql, &e, &n, text, ""), 1);
    return n;
}

/* What fixture_row makes of n images. */
static void expected(const struct dataset *d, long *rows, long *skipped, long *nonfinite)
{
    *rows = *skipped = *nonfinite = 0;
    for (long i = 0; i < d->images_n; i++) {
        struct store_row row;
        float values[FIXTURE_LAYERS];
        fixture_row(i, &row, values);
        if (d->images[i].class_index == DATASET_NO_CLASS)
            continue;
        *rows += row.kind == EXCLUDED_NOT;
        *skipped += row.kind == EXCLUDED_UNDECODABLE;
        *nonfinite += row.kind == EXCLUDED_NONFINITE;
    }
}

static struct store_study *studies(const struct place *p, int wanted)
{
    int n;
    struct error e = {""};
    struct store_study *all = store_studies(p->s, &n, &e);
    if (!all)
        fail_msg("%s", e.text);
    assert_int_equal(n, wanted);
    for (int i = 0; i < n; i++)
        assert_int_equal(store_study_count(p->s, &all[i], &e), 0);
    return all;
}

/* ---- Lists --------------------------------------------------------------------------------------- */

static void test_list(void **state)
{
    struct place *p = *state;
    const struct store_run_key run_key = fixture_run_key(PLAN), other = fixture_run_key(OTHER_TUNING);
    struct dataset *d = fixture_dataset(3000, NULL), *few = fixture_dataset(50, "/few");
    store_studies_free(studies(p, 0), 0);
    fixture_fill(p->s, &run_key, d);
    fixture_fill(p->s, &other, few);
    struct store_study *all = studies(p, 2);
    long rows, skipped, nonfinite;
    expected(d, &rows, &skipped, &nonfinite);
    assert_int_equal(all[0].rows, rows);
    assert_int_equal(all[0].skipped, skipped);
    assert_int_equal(all[0].nonfinite, nonfinite);
    assert_int_equal(all[0].images, 3000);
    assert_true(all[0].complete);
    assert_string_equal(all[0].cfg, run_key.cfg);
    assert_string_equal(all[0].weights, run_key.weights);
    assert_string_equal(all[0].cfg_xxh3, run_key.cfg_xxh3);
    assert_string_equal(all[0].weights_xxh3, run_key.weights_xxh3);
    assert_string_equal(all[0].tuning, PLAN);
    assert_string_equal(all[0].row_key, run_key.row_key);
    assert_string_equal(all[0].layers, run_key.layers);
    assert_string_equal(all[0].versions, run_key.versions);
    assert_string_equal(all[0].place, "/data");
    assert_string_equal(all[0].split, "val");
    assert_true(all[0].changed > 1600000000);
    expected(few, &rows, &skipped, &nonfinite);
    assert_int_equal(all[1].rows, rows);
    assert_string_equal(all[1].tuning, OTHER_TUNING);
    assert_true(all[1].id > all[0].id);
    store_studies_free(all, 2);
    dataset_free(d);
    dataset_free(few);
}

/* ---- Loading ------------------------------------------------------------------------------------- */

static void check_dataset(const struct dataset *a, const struct dataset *b)
{
    assert_string_equal(a->root, b->root);
    assert_string_equal(a->place, b->place);
    assert_string_equal(a->layout, b->layout);
    assert_string_equal(a->split, b->split);
    assert_int_equal(a->images_n, b->images_n);
    assert_int_equal(a->classes_n, b->classes_n);
    for (int c = 0; c < a->classes_n; c++) {
        assert_string_equal(a->classes[c].name, b->classes[c].name);
        assert_int_equal(a->classes[c].images, b->classes[c].images);
    }
    for (long i = 0; i < a->images_n; i++) {
        assert_string_equal(a->images[i].path, b->images[i].path);
        assert_int_equal(a->images[i].class_index, b->images[i].class_index);
    }
}

/* Whether that image's row in the curve is as fixture_row made it of image `content`. */
static void check_cells(const struct curve *c, long image, long content)
{
    struct store_row row;
    float values[FIXTURE_LAYERS];
    fixture_row(content, &row, values);
    long at = curve_find(c, image);
    assert_int_equal(at >= 0, row.kind == EXCLUDED_NOT);
    if (at < 0)
        return;
    assert_memory_equal(c->values + at * FIXTURE_LAYERS, values, sizeof values);
    assert_int_equal(c->rows[at].predicted, row.predicted);
    assert_true(c->rows[at].score == row.score);
}

static void load(const struct place *p, const struct store_study *study, struct store_load *l)
{
    struct error e = {""};
    long done = 0, of = 0, before = 0;
    assert_int_equal(store_load_begin(p->s, study, FIXTURE_LAYERS, FIXTURE_CLASSES, l, &e), 0);
    int status;
    do {
        status = store_load_step(l, 0, &done, &of, &e);
        assert_true(done >= before && done <= of);
        before = done;
    } while (status == 2);
    if (status < 0)
        fail_msg("%s", e.text);
    assert_int_equal(done, of);
}

static void test_load(void **state)
{
    struct place *p = *state;
    const struct store_run_key run_key = fixture_run_key(PLAN);
    struct dataset *d = fixture_dataset(70000, NULL);
    /* Backwards, as far as numbers in the file go: the join has to sort, in more than one run. */
    struct store_target *t = store_begin(p->s, &run_key, "", d, FIXTURE_LAYERS);
    for (long part = 6; part >= 0; part--)
        fixture_keep(p->s, t, d, part * 10000, (part + 1) * 10000, 1);
    store_end(t);
    struct store_study *all = studies(p, 1);
    struct store_load l;
    load(p, all, &l);
    check_dataset(l.dataset, d);
    for (long i = 0; i < d->images_n; i++) {
        assert_int_equal(l.dataset->images[i].size, d->images[i].size);
        assert_int_equal(l.dataset->images[i].mtime_ns, d->images[i].mtime_ns);
        if (d->images[i].class_index != DATASET_NO_CLASS)
            check_cells(l.curve, i, i);
    }
    assert_int_equal(l.curve->rows_n, all->rows);
    assert_int_equal(excluded_count(&l.excluded, EXCLUDED_UNDECODABLE), all->skipped);
    assert_int_equal(excluded_count(&l.excluded, EXCLUDED_NONFINITE), all->nonfinite);
    store_load_free(&l);
    store_studies_free(all, 1);
    dataset_free(d);
}

/* Some images measured, two of them the same picture, and gaps between the numbers of files and contents. */
static void test_load_part(void **state)
{
    struct place *p = *state;
    const struct store_run_key run_key = fixture_run_key(PLAN), other = fixture_run_key(OTHER_TUNING);
    struct dataset *big = fixture_dataset(3000, NULL), *d = fixture_dataset(3000, NULL);
    fixture_fill(p->s, &other, big);
    for (long i = 0; i < 30; i++) { /* every 100th of the big set, backwards */
        free(d->images[i].path);
        d->images[i] = big->images[2900 - i * 100];
        d->images[i].path = memory_copy(d->images[i].path);
    }
    for (long i = 30; i < d->images_n; i++)
        free(d->images[i].path);
    d->images_n = 30;
    free(d->images[7].path);
    d->images[7] = d->images[8];
    d->images[7].path = memory_copy("twin.png");
    struct store_target *t = store_begin(p->s, &run_key, "", d, FIXTURE_LAYERS);
    for (long i = 5; i < 20; i++) {
        long content_of = i == 7 ? 2900 - 800 : 2900 - i * 100;
        struct content content = fixture_content(content_of);
        struct store_row row;
        float values[FIXTURE_LAYERS];
        fixture_row(content_of, &row, values);
        store_keep_content(t, i, 1, 1, &content);
        if (i != 7 && d->images[i].class_index != DATASET_NO_CLASS)
            store_keep_row(t, &content, d->images[i].class_index, &row, values);
    }
    store_end(t);
    struct error e;
    assert_int_equal(store_flush(p->s, &e), 0);
    struct store_study *all = studies(p, 2);
    struct store_load l;
    load(p, &all[1], &l);
    check_dataset(l.dataset, d);
    for (long i = 0; i < 30; i++) {
        if (d->images[i].class_index == DATASET_NO_CLASS || i < 5 || i >= 20)
            assert_int_equal(curve_find(l.curve, i), -1);
        else
            check_cells(l.curve, i, i == 7 ? 2900 - 800 : 2900 - i * 100);
    }
    assert_int_equal(l.curve->rows_n, all[1].rows);
    store_load_free(&l);
    store_studies_free(all, 2);
    dataset_free(big);
    dataset_free(d);
}

/* All of it is of one moment, also if the study is removed meanwhile; given up in the middle nothing leaks.
 */
static void test_load_moment(void **state)
{
    struct place *p = *state;
    const struct store_run_key run_key = fixture_run_key(PLAN);
    struct dataset *d = fixture_dataset(5000, NULL);
    fixture_fill(p->s, &run_key, d);
    struct store_study *all = studies(p, 1);
    struct store_load l, half;
    struct error e = {""};
    long done, of;
    assert_int_equal(store_load_begin(p->s, all, FIXTURE_LAYERS, FIXTURE_CLASSES, &l, &e), 0);
    assert_int_equal(store_load_begin(p->s, all, FIXTURE_LAYERS, FIXTURE_CLASSES, &half, &e), 0);
    assert_int_equal(store_load_step(&l, 0, &done, &of, &e), 2);
    assert_null(l.dataset);
    assert_int_equal(store_load_step(&half, 0, &done, &of, &e), 2);
    store_load_free(&half);
    sql(p, "DELETE FROM measured; DELETE FROM study; DELETE FROM listing");
    int status;
    do
        status = store_load_step(&l, 0, &done, &of, &e);
    while (status == 2);
    assert_int_equal(status, 1);
    assert_int_equal(l.curve->rows_n, all->rows);
    /* What is taken is the caller's. */
    struct dataset *taken = l.dataset;
    l.dataset = NULL;
    store_load_free(&l);
    check_dataset(taken, d);
    dataset_free(taken);
    assert_int_equal(store_load_begin(p->s, all, FIXTURE_LAYERS, FIXTURE_CLASSES, &l, &e), -1);
    assert_non_null(strstr(e.text, "has no study 1"));
    store_studies_free(all, 1);
    dataset_free(d);
}

static void test_load_faults(void **state)
{
    static const struct {
        const char *change, *back, *says;
    } wrong[] = {
        {"UPDATE dataset SET complete = 0", "UPDATE dataset SET complete = 1", "is not complete"},
        {"UPDATE dataset SET images = 51", "UPDATE dataset SET images = 50", "has 50 of 51 images"},
        {"UPDATE dataset SET images = 2147483647", "UPDATE dataset SET images = 50", "has 50 of 2147483647"},
        {"UPDATE dataset SET images = 49", "UPDATE dataset SET images = 50", "has 50 of 49 images"},
        {"UPDATE file SET id = 1000 WHERE id = 3", "UPDATE file SET id = 3 WHERE id = 1000", "image 2 of"},
        {"UPDATE dataset SET about = about || '!'", "UPDATE dataset SET about = rtrim(about, '!')",
         "data set 1"},
        {"CREATE TABLE kept AS SELECT * FROM listing; UPDATE listing SET entries ="
         " CAST(substr(entries, 1, 8) || x'011f0afa' || substr(entries, 13) AS BLOB)",
         "UPDATE listing SET entries = (SELECT k.entries FROM kept k WHERE k.id = listing.id); DROP TABLE "
         "kept",
         "data set 1: image 0 has class -99999999"},
        {"CREATE TABLE kept AS SELECT * FROM dataset;"
         "UPDATE dataset SET about = substr(about, 1, length(about) - 2)"
         " || ',{\"index\":4,\"name\":\"x\",\"folder\":null,\"images\":0}]}'",
         "UPDATE dataset SET about = (SELECT k.about FROM kept k); DROP TABLE kept",
         "data set 1 names class 4 of 4"},
        {"UPDATE dataset SET images = -1", "UPDATE dataset SET images = 50", "has -1 images"},
        {"UPDATE dataset SET images = 5000000000", "UPDATE dataset SET images = 50", "has 5000000000 images"},
        {"CREATE TABLE kept AS SELECT * FROM listing;" IN_ODD_PARTS,
         "DELETE FROM listing; INSERT INTO listing SELECT * FROM kept; DROP TABLE kept",
         "does not have 50 of them"},
        {"UPDATE measured SET score = score + 1 WHERE content = 1",
         "UPDATE measured SET score = score - 1 WHERE content = 1", "is not as it was written"},
        /* Sought, such a row comes behind all numbers, and is read as 0: again and again, without an end. */
        {"UPDATE file SET content = content + 1000; UPDATE measured SET content = 'x' || content",
         "UPDATE measured SET content = CAST(substr(content, 2) AS INTEGER);"
         "UPDATE file SET content = content - 1000",
         "is damaged: rows are not in the order of their numbers"},
    };
    struct place *p = *state;
    const struct store_run_key run_key = fixture_run_key(PLAN);
    struct dataset *d = fixture_dataset(50, NULL);
    fixture_fill(p->s, &run_key, d);
    struct store_study *all = studies(p, 1);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error e = {""};
        struct store_load l;
        long done, of;
        sql(p, wrong[i].change);
        int status = store_load_begin(p->s, all, FIXTURE_LAYERS, FIXTURE_CLASSES, &l, &e);
        if (status == 0)
            status = store_load_step(&l, 10000, &done, &of, &e);
        store_load_free(&l);
        assert_int_equal(status, -1);
        if (!strstr(e.text, wrong[i].says))
            fail_msg("'%s' does not say '%s'", e.text, wrong[i].says);
        assert_non_null(strstr(e.text, p->path));
        sql(p, wrong[i].back);
    }
    struct store_load l;
    load(p, all, &l);
    store_load_free(&l);
    store_studies_free(all, 1);
    dataset_free(d);
}

/* A listing that was broken off in the middle is gone on with, not begun again, and may not be used till
 * then. */
static void test_broken_off(void **state)
{
    struct place *p = *state;
    const struct store_run_key run_key = fixture_run_key(PLAN);
    struct dataset *d = fixture_dataset(5000, NULL);
    fixture_fill(p->s, &run_key, d);
    sql(p, "UPDATE dataset SET complete = 0; DELETE FROM listing WHERE part >= 2");
    struct store_study *all = studies(p, 1);
    assert_false(all->complete);
    assert_int_equal(all->rows, number(p, "SELECT count(*) FROM measured WHERE kind = 0"));
    store_studies_free(all, 1);
    store_end(store_begin(p->s, &run_key, "", d, FIXTURE_LAYERS));
    struct error e;
    assert_int_equal(store_flush(p->s, &e), 0);
    all = studies(p, 1);
    assert_true(all->complete);
    struct store_load l;
    load(p, all, &l);
    check_dataset(l.dataset, d);
    store_load_free(&l);
    fixture_verify(p->s);
    store_studies_free(all, 1);
    dataset_free(d);
}

/* ---- Removing ------------------------------------------------------------------------------------ */

static void check_empty(const struct place *p)
{
    static const char *const tables[] = {"content", "root",    "file",  "network", "series",
                                         "choice",  "dataset", "study", "listing", "measured"};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        char *text = memory_format("SELECT count(*) FROM %s", tables[i]);
        int64_t n = number(p, text);
        if (n)
            fail_msg("%s has %lld rows", tables[i], (long long)n);
        free(text);
    }
}

static void test_remove(void **state)
{
    struct place *p = *state;
    const struct store_run_key run_key = fixture_run_key(PLAN), other = fixture_run_key(OTHER_TUNING);
    struct dataset *d = fixture_dataset(2000, NULL), *few = fixture_dataset(100, "/few");
    struct dataset *part = fixture_dataset(300, NULL); /* files of d */
    struct error e = {""};
    fixture_fill(p->s, &run_key, d);    /* 1 */
    fixture_fill(p->s, &run_key, few);  /* 2: the same pictures */
    fixture_fill(p->s, &other, few);    /* 3 */
    fixture_fill(p->s, &run_key, part); /* 4 */
    int64_t pages = number(p, "SELECT page_count FROM pragma_page_count");
    assert_int_equal(store_remove(p->s, 17, &e), -1);
    assert_non_null(strstr(e.text, "has no study 17"));

    assert_int_equal(store_remove(p->s, 1, &e), 0);
    fixture_verify(p->s);
    assert_int_equal(number(p, "SELECT count(*) FROM study"), 3);
    assert_int_equal(number(p, "SELECT count(*) FROM file"), 300 + 100);
    assert_int_equal(number(p, "SELECT count(*) FROM content"), 300);
    assert_int_equal(fixture_count(p->s, &run_key, few), 100 - 14);
    assert_int_equal(fixture_count(p->s, &run_key, part), 300 - 42);
    assert_true(number(p, "SELECT page_count FROM pragma_page_count") < pages);

    assert_int_equal(store_remove(p->s, 4, &e), 0);
    fixture_verify(p->s);
    assert_int_equal(number(p, "SELECT count(*) FROM measured"), 2 * (100 - 14));
    assert_int_equal(store_remove(p->s, 3, &e), 0);
    assert_int_equal(store_find_run_key(p->s, &other, &e), 0);
    char tuning[17];
    assert_int_equal(store_last_tuning(p->s, &run_key, "batch 8", tuning, &e), 1);
    assert_string_equal(tuning, PLAN);
    assert_int_equal(fixture_count(p->s, &run_key, few), 100 - 14);
    fixture_verify(p->s);
    assert_int_equal(store_remove(p->s, 2, &e), 0);
    check_empty(p);
    dataset_free(d);
    dataset_free(few);
    dataset_free(part);
}

/* ---- Checking ------------------------------------------------------------------------------------ */

struct heard {
    long n;
    char *all;
};

static void hear(void *data, const char *fault)
{
    struct heard *h = data;
    char *longer = memory_format("%s%s\n", h->all ? h->all : "", fault);
    free(h->all);
    h->all = longer;
    h->n++;
}

static void test_verify(void **state)
{
    static const struct {
        const char *change, *says;
    } wrong[] = {
        {"UPDATE measured SET cells = x'00' WHERE content = 1", "another number of layers"},
        {"UPDATE measured SET score = score + 1 WHERE content = 2", "is not as it was written"},
        {"UPDATE measured SET cells = zeroblob(28) WHERE content = 2", "is not as it was written"},
        {"UPDATE measured SET kind = 9 WHERE content = 3", "no known kind"},
        {"UPDATE measured SET class = 4 WHERE content = 4", "class that the network does not have"},
        {"UPDATE measured SET top = -1 WHERE content = 4", "winning class"},
        {"UPDATE measured SET score = NULL WHERE content = 4", "score"},
        {"UPDATE measured SET layer = -1 WHERE kind = 2 AND content < 20", "no layer"},
        {"UPDATE measured SET content = 5000 WHERE content = 4",
         "of table measured refers to no row of table content"},
        {"DELETE FROM file WHERE id = 7", "image 6 of data set 1 has no file"},
        {"DELETE FROM listing", "has 0 of 50 images"},
        {IN_ODD_PARTS, "does not have 50 of them"},
        {"UPDATE dataset SET images = -1", "data set 1 has -1 images"},
        {"UPDATE dataset SET images = 5000000000", "data set 1 has 5000000000 images"},
        {"DELETE FROM root", "refer to no row of table root"},
        {"UPDATE content SET hash = x'00' WHERE id = 9", "1 contents are not 16 bytes"},
        {"UPDATE series SET question = ''", "does not say its layers"},
        {"UPDATE network SET layers = '{}'", "does not say its layers"},
        {"UPDATE network SET layers = '{'", "does not say its layers"},
        {"UPDATE network SET layers = json_set(layers, '$.rows', json('[]'))", "does not say its layers"},
        {"UPDATE network SET layers = json_set(layers, '$.classes', 5)", "does not say its layers"},
        {"UPDATE series SET question = replace(question, '5]', '6]')",
         "lists layer 6 of a network with 6 layers"},
        {"UPDATE series SET plan = 'p'", "does not say its tuning"},
        {"UPDATE measured SET layer = 6 WHERE kind = 2 AND content < 20", "no layer"},
        {"UPDATE content SET id = -5 WHERE id = 49", "a content has the number -5"},
        {"CREATE TABLE kept AS SELECT * FROM listing; UPDATE listing SET entries ="
         " CAST(substr(entries, 1, 8) || x'011f0afa' || substr(entries, 13) AS BLOB)",
         "data set 1: image 0 has class -99999999"},
        {"CREATE TABLE kept AS SELECT * FROM listing; UPDATE listing SET entries ="
         " CAST(substr(entries, 1, 8) || x'02000000' || substr(entries, 13) AS BLOB)",
         "the list of images of data set 1 is not the one that was kept"},
        {"UPDATE file SET path = x'7a' WHERE id = 3",
         "the list of images of data set 1 is not the one that was kept"},
        {"UPDATE dataset SET listing = zeroblob(16)",
         "the list of images of data set 1 is not the one that was kept"},
        {"UPDATE dataset SET about = substr(about, 1, length(about) - 2)"
         " || ',{\"index\":4,\"name\":\"x\",\"folder\":null,\"images\":0}]}'",
         "data set 1 names class 4 of 4"},
    };
    struct place *p = *state;
    const struct store_run_key run_key = fixture_run_key(PLAN);
    struct dataset *d = fixture_dataset(50, NULL);
    fixture_fill(p->s, &run_key, d);
    fixture_verify(p->s);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error e = {""};
        struct heard h = {0};
        char *copy = fixture_in(p->folder, "copy.db"), *into = memory_format("VACUUM INTO '%s'", copy);
        sql(p, into);
        struct place other = {p->folder, copy, fixture_open(copy)};
        sql(&other, wrong[i].change);
        assert_true(store_verify(other.s, 10, hear, &h, &e) > 0);
        if (!h.all || !strstr(h.all, wrong[i].says))
            fail_msg("'%s' does not say '%s'", h.all ? h.all : "", wrong[i].says);
        store_close(other.s);
        remove(copy);
        free(h.all);
        free(copy);
        free(into);
    }
    /* No more is said than wanted, but all is counted. */
    struct error e;
    struct heard h = {0};
    sql(p, "UPDATE measured SET kind = 9");
    assert_int_equal(store_verify(p->s, 3, hear, &h, &e), 50 - 7);
    assert_int_equal(h.n, 3);
    free(h.all);
    dataset_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_list, begin, end),
        cmocka_unit_test_setup_teardown(test_load, begin, end),
        cmocka_unit_test_setup_teardown(test_load_part, begin, end),
        cmocka_unit_test_setup_teardown(test_load_moment, begin, end),
        cmocka_unit_test_setup_teardown(test_load_faults, begin, end),
        cmocka_unit_test_setup_teardown(test_broken_off, begin, end),
        cmocka_unit_test_setup_teardown(test_remove, begin, end),
        cmocka_unit_test_setup_teardown(test_verify, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
