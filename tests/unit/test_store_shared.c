/* The store with more than one user: two studies of this program at once, and another program that holds the
 * file for long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/memory.h"
#include "store_fixture.h"

enum { ROWS = 200 - 28 }; /* of the data set, every seventh image of which has no class */

/* Two studies at once, of networks with different numbers of layers and of different images. */
static void test_two_targets_in_turns(void **state)
{
    enum { LONG = FIXTURE_LAYERS, SHORT = 2, IMAGES = 200 };
    struct fixture_place *p = *state;
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING),
                               other = fixture_run_key(FIXTURE_OTHER_TUNING);
    struct dataset *d = fixture_dataset(IMAGES, "/other");
    struct store *s = fixture_open(p->path);
    struct error e = {""};
    struct store_target *a = store_begin(s, &run_key, "", p->d, LONG);
    struct store_target *b = store_begin(s, &other, "", d, SHORT);
    for (long i = 0; i < IMAGES; i++) {
        struct content content = fixture_content(i), elsewhere = fixture_content(1000 + i);
        const struct store_row row = {.score = (float)i};
        store_keep_content(b, i, 1, 1, &elsewhere);
        store_keep_row(b, &content, 0, &row, (const float[SHORT]){7, (float)i});
        store_keep_content(a, i, 1, 1, &content);
        store_keep_row(a, &content, 0, &row, (const float[LONG]){1, 2, 3, 4, (float)i});
    }
    store_end(a); /* what is queued under it is written none the less */
    store_end(b);
    assert_int_equal(store_flush(s, &e), 0);
    const int64_t ids[2] = {store_find_run_key(s, &run_key, &e), store_find_run_key(s, &other, &e)};
    for (long i = 0; i < IMAGES; i++) {
        struct content content = fixture_content(i), elsewhere = fixture_content(1000 + i), found;
        struct store_row row;
        float values[LONG];
        assert_int_equal(store_find_row(s, ids[0], &content, 0, &row, values, LONG, &e), 1);
        assert_true(values[0] == 1 && values[4] == (float)i && row.score == (float)i);
        assert_int_equal(store_find_row(s, ids[1], &content, 0, &row, values, SHORT, &e), 1);
        assert_true(values[0] == 7 && values[1] == (float)i && row.score == (float)i);
        p->d->images[i].size = p->d->images[i].mtime_ns = 1;
        d->images[i].size = d->images[i].mtime_ns = 1;
        assert_int_equal(fixture_find_content(s, p->d, i, &found), 1);
        assert_true(fixture_is_same(&found, &content));
        assert_int_equal(fixture_find_content(s, d, i, &found), 1);
        assert_true(fixture_is_same(&found, &elsewhere));
    }
    store_close(s);
    dataset_free(d);
}

/* Another program's connection that holds the file until `let_go`. */
static sqlite3 *hold(const char *path, const char *how)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, how, NULL, NULL, NULL), SQLITE_OK);
    return db;
}

static void let_go(sqlite3 *db)
{
    assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static bool has_log(const char *path)
{
    char *log = memory_format("%s-wal", path);
    bool there = access(log, F_OK) == 0;
    free(log);
    return there;
}

/* Another program writes for long: the file is opened and read all the same, and stays one with a log. What
 * is kept meanwhile goes to disk afterwards. */
static void test_opened_while_held(void **state)
{
    struct fixture_place *p = *state;
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING),
                               other = fixture_run_key(FIXTURE_OTHER_TUNING);
    struct error e = {""};
    fixture_fill_place(p);
    sqlite3 *holder = hold(p->path, "BEGIN IMMEDIATE");
    struct store *s = fixture_open(p->path);
    assert_true(has_log(p->path));
    assert_int_equal(fixture_count(s, &run_key, p->d), ROWS);
    struct store_target *t = store_begin(s, &other, "", p->d, FIXTURE_LAYERS);
    struct content content = fixture_content(4);
    const struct store_row row = {0};
    store_keep_row(t, &content, 0, &row, (const float[FIXTURE_LAYERS]){1});
    store_end(t);
    usleep(500000); /* the thread has come upon the lock */
    assert_int_equal(store_trouble(s, &e), 0);
    let_go(holder);
    assert_int_equal(store_flush(s, &e), 0);
    assert_true(store_find_run_key(s, &other, &e) > 0);
    assert_true(has_log(p->path));
    store_close(s);
}

/* Another program makes the file just now. */
static void test_new_and_held(void **state)
{
    struct fixture_place *p = *state;
    struct error e = {""};
    sqlite3 *holder = hold(p->path, "BEGIN IMMEDIATE");
    assert_null(store_open(p->path, STORE_WRITE, NULL, &e));
    assert_non_null(strstr(e.text, "is held by another program (waited 1 s)"));
    let_go(holder);
    store_close(fixture_open(p->path));
}

/* The store's thread cannot even connect for a while. */
static void test_thread_connects_later(void **state)
{
    struct fixture_place *p = *state;
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    struct error e = {""};
    sqlite3_vfs *before = sqlite3_vfs_find(NULL);
    sqlite3_vfs_register(sqlite3_vfs_find("unix-dotfile"), 1);
    struct store *s = fixture_open(p->path);
    sqlite3 *holder = hold(p->path, "BEGIN EXCLUSIVE");
    struct store_target *t = store_begin(s, &run_key, "", p->d, FIXTURE_LAYERS);
    struct content content = fixture_content(4);
    const struct store_row row = {0};
    store_keep_row(t, &content, 0, &row, (const float[FIXTURE_LAYERS]){1});
    store_end(t);
    usleep(2500000); /* longer than one try takes */
    assert_int_equal(store_trouble(s, &e), 0);
    let_go(holder);
    assert_int_equal(store_flush(s, &e), 0);
    assert_true(store_find_run_key(s, &run_key, &e) > 0);
    store_close(s);
    sqlite3_vfs_register(before, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_two_targets_in_turns, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_opened_while_held, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_new_and_held, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_thread_connects_later, fixture_begin, fixture_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
