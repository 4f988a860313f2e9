/* All rows of a data set in one pass: the same as those that are looked up one by one, whatever the order of
 * the files, and nothing of what only look-ups may judge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "store/store_recall.h"
#include "store_fixture.h"

enum { MANY = 3000 };

struct recalled {
    struct store *store;
    int64_t number;
    const struct dataset *d;
    char *seen; /* [d->images_n] */
    long rows, steps;
};

/* Equal to what a look-up finds. */
static void take(void *data, long image, const struct store_row *row, const float *values)
{
    struct recalled *r = data;
    struct store_row expected;
    struct content content;
    float cells[FIXTURE_LAYERS];
    assert_false(r->seen[image]);
    r->seen[image] = true;
    r->rows++;
    assert_int_equal(
        store_find_image(r->store, r->number, r->d, image, &content, &expected, cells, FIXTURE_LAYERS, NULL),
        1);
    assert_int_equal(row->kind, expected.kind);
    assert_int_equal(row->predicted, expected.predicted);
    assert_int_equal(row->layer, expected.layer);
    assert_string_equal(row->reason, expected.reason);
    if (row->kind == EXCLUDED_NOT) {
        assert_memory_equal(&row->score, &expected.score, sizeof row->score);
        assert_memory_equal(values, cells, sizeof cells);
    }
}

/* The pass, in the smallest slices. Each row that a look-up finds is told; `alone`: but so many. */
static struct recalled recall(const char *path, const struct dataset *d, long alone)
{
    struct error e;
    const struct store_run_key key = fixture_run_key(FIXTURE_TUNING);
    struct recalled r = {.store = fixture_open(path), .d = d};
    r.number = store_find_run_key(r.store, &key, &e);
    r.seen = memory_new((size_t)d->images_n, 1);
    struct store_recall *pass = store_recall_new(path, &key, d, FIXTURE_LAYERS, &e);
    if (!pass)
        fail_msg("%s", e.text);
    double before = 0;
    int status;
    while ((status = store_recall_step(pass, 0, take, &r, &e)) == 2) {
        r.steps++;
        assert_true(store_recall_progress(pass) >= before && store_recall_progress(pass) <= 1);
        before = store_recall_progress(pass);
    }
    assert_int_equal(status, 1);
    store_recall_free(pass);
    long missed = 0;
    for (long i = 0; i < d->images_n; i++) {
        struct store_row row;
        struct content content;
        float values[FIXTURE_LAYERS];
        bool found =
            store_find_image(r.store, r.number, d, i, &content, &row, values, FIXTURE_LAYERS, NULL) == 1;
        missed += found && !r.seen[i];
    }
    assert_int_equal(missed, alone);
    free(r.seen);
    store_close(r.store);
    return r;
}

static void fill(const struct fixture_place *p, const struct dataset *d)
{
    struct store *s = fixture_open(p->path);
    const struct store_run_key key = fixture_run_key(FIXTURE_TUNING);
    fixture_fill(s, &key, d);
    store_close(s);
}

static void test_every_row_in_slices(void **state)
{
    const struct fixture_place *p = *state;
    struct dataset *d = fixture_dataset(MANY, NULL);
    fill(p, d);
    struct recalled r = recall(p->path, d, 0);
    assert_int_equal(r.rows, fixture_labelled(d));
    assert_true(r.steps > 4);
    dataset_free(d);
}

/* Listed in another order than the files were kept in; among those of larger data sets; with images that the
 * store does not know, and one that is listed twice, which is left to the look-up. */
static void test_any_order(void **state)
{
    const struct fixture_place *p = *state;
    struct dataset *others = fixture_dataset(MANY, "/elsewhere");
    fill(p, others);
    dataset_free(others);
    fixture_fill_place(p);
    struct dataset *d = fixture_dataset(p->d->images_n, NULL);
    for (long i = 0, n = d->images_n; i < n; i++) {
        struct dataset_image kept = d->images[i];
        long j = i * 37 % n;
        d->images[i] = d->images[j];
        d->images[j] = kept;
    }
    assert_true(recall(p->path, d, 0).rows == fixture_labelled(d));
    free(d->images[3].path);
    d->images[3].path = memory_copy("new");
    free(d->images[5].path);
    d->images[5] = d->images[6];
    d->images[5].path = memory_copy(d->images[6].path);
    recall(p->path, d, d->images[6].class_index >= 0);
    dataset_free(d);
}

/* Of files that have changed nothing is told, and nothing of rows that cannot be: the others all the same. */
static void test_nothing_doubtful(void **state)
{
    const struct fixture_place *p = *state;
    fixture_fill_place(p);
    long whole = recall(p->path, p->d, 0).rows;
    p->d->images[1].mtime_ns++;
    p->d->images[2].size = -1;
    assert_int_equal(recall(p->path, p->d, 0).rows, whole - 2);
    fixture_sql(p->path, "UPDATE measured SET cells = x'00' WHERE content ="
                         " (SELECT max(content) FROM measured WHERE kind = 0)");
    assert_int_equal(recall(p->path, p->d, 0).rows, whole - 3);
}

/* A key without rows, a place that the store does not know. */
static void test_nothing_there(void **state)
{
    const struct fixture_place *p = *state;
    struct error e;
    fixture_fill_place(p);
    const struct store_run_key key = fixture_run_key(FIXTURE_OTHER_TUNING);
    assert_null(store_recall_new(p->path, &key, p->d, FIXTURE_LAYERS, &e));
    assert_non_null(strstr(e.text, p->path));
    struct dataset *d = fixture_dataset(p->d->images_n, "/nowhere");
    assert_int_equal(recall(p->path, d, 0).rows, 0);
    dataset_free(d);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(test_every_row_in_slices),
        TEST(test_any_order),
        TEST(test_nothing_doubtful),
        TEST(test_nothing_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
