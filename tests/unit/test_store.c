/* The store: what is kept is found again, by two programs at once, in files and on disks of every condition.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/file.h"
#include "base/memory.h"
#include "store_fixture.h"

/* ---- Keeping and looking up ---------------------------------------------------------------------- */

static void test_default_path(void **state)
{
    (void)state;
    char *cache = getenv("XDG_CACHE_HOME");
    char *before = cache ? memory_copy(cache) : NULL;
    setenv("XDG_CACHE_HOME", "/somewhere", 1);
    char *path = store_default_path();
    assert_string_equal(path, "/somewhere/isplit/rows.db");
    free(path);
    setenv("XDG_CACHE_HOME", "not/absolute", 1);
    path = store_default_path();
    assert_true(!path || strstr(path, "/.cache/isplit/rows.db"));
    free(path);
    if (before)
        setenv("XDG_CACHE_HOME", before, 1);
    else
        unsetenv("XDG_CACHE_HOME");
    free(before);
}

static void test_keep_and_find(void **state)
{
    struct fixture_place *p = *state;
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    struct store *s = fixture_open(p->path);
    struct error e = {""};
    char tuning[17] = "";
    struct content content;
    assert_string_equal(store_path(s), p->path);
    assert_int_equal(store_find_run_key(s, &run_key, &e), 0);
    assert_int_equal(store_last_tuning(s, &run_key, "batch 8", tuning, &e), 0);
    assert_int_equal(fixture_find_content(s, p->d, 0, &content), 0);
    fixture_fill(s, &run_key, p->d);
    assert_int_equal(fixture_count(s, &run_key, p->d), fixture_labelled(p->d));
    store_close(s);

    s = store_open(p->path, STORE_READ, NULL, &e);
    assert_non_null(s);
    assert_int_equal(fixture_count(s, &run_key, p->d), fixture_labelled(p->d));
    assert_int_equal(store_last_tuning(s, &run_key, "batch 8", tuning, &e), 1);
    assert_string_equal(tuning, FIXTURE_TUNING);
    assert_int_equal(store_last_tuning(s, &run_key, "batch 9", tuning, &e), 0);
    char *versions = store_versions(s, store_find_run_key(s, &run_key, &e), &e);
    assert_string_equal(versions, "isplit of a test");
    free(versions);
    assert_null(store_versions(s, 77, &e));
    assert_non_null(strstr(e.text, "has no series 77"));
    fixture_verify(s);
    store_close(s);
}

/* Each part of the key counts. */
static void test_keys(void **state)
{
    struct fixture_place *p = *state;
    fixture_fill_place(p);
    struct error e = {""};
    struct store *s = store_open(p->path, STORE_READ, NULL, &e);
    struct store_run_key others[4];
    for (int i = 0; i < 4; i++)
        others[i] = fixture_run_key(FIXTURE_TUNING);
    others[0].cfg_xxh3 = "1123456789abcdef";
    others[1].weights_xxh3 = "";
    others[2].row_key = "{\"layers\":[0,1,2,3,5],\"score\":\"top\"}";
    others[3].tuning = FIXTURE_OTHER_TUNING;
    for (int i = 0; i < 4; i++)
        assert_int_equal(store_find_run_key(s, &others[i], &e), 0);
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    int64_t id = store_find_run_key(s, &run_key, &e);
    struct store_row row;
    float values[FIXTURE_LAYERS];
    struct content content = fixture_content(4);
    assert_int_equal(store_find_row(s, id, &content, 0, &row, values, FIXTURE_LAYERS, &e), 1);
    assert_int_equal(store_find_row(s, id, &content, 1, &row, values, FIXTURE_LAYERS, &e), 0);
    assert_int_equal(store_find_row(s, id + 1, &content, 0, &row, values, FIXTURE_LAYERS, &e), 0);
    content.low++;
    assert_int_equal(store_find_row(s, id, &content, 0, &row, values, FIXTURE_LAYERS, &e), 0);
    content.known = false;
    assert_int_equal(store_find_row(s, id, &content, 0, &row, values, FIXTURE_LAYERS, &e), 0);
    store_close(s);
}

/* A content is remembered by place, path, size and time. */
static void test_changed_file(void **state)
{
    struct fixture_place *p = *state;
    fixture_fill_place(p);
    struct error e = {""};
    struct store *s = fixture_open(p->path);
    struct content content, wanted = fixture_content(8);
    assert_int_equal(fixture_find_content(s, p->d, 8, &content), 1);
    assert_true(fixture_is_same(&content, &wanted));
    p->d->images[8].size++;
    assert_int_equal(fixture_find_content(s, p->d, 8, &content), 0);
    p->d->images[8].size--;
    p->d->images[8].mtime_ns++;
    assert_int_equal(fixture_find_content(s, p->d, 8, &content), 0);
    assert_false(content.known);

    /* It was measured again, with another content. */
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    wanted = fixture_content(1000);
    struct store_target *t = store_begin(s, &run_key, "batch 8", p->d, FIXTURE_LAYERS);
    store_keep_content(t, 8, p->d->images[8].size, p->d->images[8].mtime_ns, &wanted);
    store_end(t);
    assert_int_equal(store_flush(s, &e), 0);
    assert_int_equal(fixture_find_content(s, p->d, 8, &content), 1);
    assert_true(fixture_is_same(&content, &wanted));

    struct dataset *moved = fixture_dataset(200, "/elsewhere");
    assert_int_equal(fixture_find_content(s, moved, 8, &content), 0);
    free(moved->place);
    moved->place = NULL;
    assert_int_equal(fixture_find_content(s, moved, 8, &content), 0);
    dataset_free(moved);
    p->d->images[9].size = p->d->images[9].mtime_ns = -1;
    assert_int_equal(fixture_find_content(s, p->d, 9, &content), 0);
    store_close(s);
}

/* The newest row stays; another tuning's rows are other rows; what is unknown is passed over. */
static void test_keep_again(void **state)
{
    struct fixture_place *p = *state;
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING),
                               other = fixture_run_key(FIXTURE_OTHER_TUNING);
    struct store *s = fixture_open(p->path);
    struct error e = {""};
    fixture_fill(s, &run_key, p->d);
    struct content content = fixture_content(1), unknown = {0};
    const float again[FIXTURE_LAYERS] = {1, 2, 3, NAN, 5};
    float values[FIXTURE_LAYERS];
    const struct store_row row = {.predicted = 2, .score = 0.1f};
    struct store_target *first = store_begin(s, &run_key, "batch 8", p->d, FIXTURE_LAYERS);
    store_keep_row(first, &content, 1, &row, again);
    store_keep_row(first, &unknown, 1, &row, again);
    struct store_target *second = store_begin(s, &other, "batch 16", p->d, FIXTURE_LAYERS);
    store_keep_row(second, &content, 1, &row, (const float[]){9, 9, 9, 9, 9});
    store_end(first);
    store_end(second);
    assert_int_equal(store_flush(s, &e), 0);
    int64_t id = store_find_run_key(s, &run_key, &e), other_id = store_find_run_key(s, &other, &e);
    struct store_row found;
    assert_int_equal(store_find_row(s, id, &content, 1, &found, values, FIXTURE_LAYERS, &e), 1);
    assert_memory_equal(values, again, sizeof again);
    assert_true(found.score == 0.1f);
    assert_int_equal(store_find_row(s, other_id, &content, 1, &found, values, FIXTURE_LAYERS, &e), 1);
    assert_true(values[0] == 9);
    char tuning[17];
    assert_int_equal(store_last_tuning(s, &run_key, "batch 16", tuning, &e), 1);
    assert_string_equal(tuning, FIXTURE_OTHER_TUNING);
    fixture_verify(s);
    store_close(s);
}

static void test_without_place(void **state)
{
    struct fixture_place *p = *state;
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    struct store *s = fixture_open(p->path);
    struct error e = {""};
    free(p->d->place);
    p->d->place = NULL;
    fixture_fill(s, &run_key, p->d);
    int64_t id = store_find_run_key(s, &run_key, &e);
    struct content content = fixture_content(4);
    struct store_row row;
    float values[FIXTURE_LAYERS];
    assert_int_equal(store_find_row(s, id, &content, 0, &row, values, FIXTURE_LAYERS, &e), 1);
    int n;
    struct store_study *studies = store_studies(s, &n, &e);
    assert_int_equal(n, 0);
    store_studies_free(studies, n);
    fixture_verify(s);
    store_close(s);
}

/* Rows reach the disk though nobody asks for it, and another program sees them at once. */
static void test_background(void **state)
{
    struct fixture_place *p = *state;
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    struct store *s = fixture_open(p->path);
    struct error e = {""};
    struct store *reader = store_open(p->path, STORE_READ, NULL, &e);
    struct content content = fixture_content(4);
    const float values[FIXTURE_LAYERS] = {1, 1, 1, 1, 1};
    float found[FIXTURE_LAYERS];
    struct store_row row = {0};
    struct store_target *t = store_begin(s, &run_key, "", p->d, FIXTURE_LAYERS);
    store_keep_row(t, &content, 0, &row, values);
    int64_t id = 0;
    for (int i = 0; i < 3000 && id == 0; i++) {
        usleep(10000);
        id = store_find_run_key(reader, &run_key, &e);
    }
    assert_true(id > 0);
    assert_int_equal(store_find_row(reader, id, &content, 0, &row, found, FIXTURE_LAYERS, &e), 1);
    assert_int_equal(store_trouble(s, &e), 0);
    store_close(reader);
    store_close(s);
    store_end(t); /* also so late */
}

/* A row on disk that cannot be one. */
static void test_wrong_rows(void **state)
{
    struct fixture_place *p = *state;
    fixture_fill_place(p);
    static const struct {
        const char *change, *says;
    } wrong[] = {
        {"score = score + 1", "is not as it was written"},
        {"score = score - 1, top = top + 1", "is not as it was written"},
        {"top = top - 1, cells = zeroblob(28)", "is not as it was written"},
        {"cells = x'00'", "another number of layers"},
        {"cells = NULL", "another number of layers"},
        {"kind = 3", "is of kind 3"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error e = {""};
        char *text = memory_format("UPDATE measured SET %s WHERE content = 5", wrong[i].change);
        fixture_sql(p->path, text);
        free(text);
        struct store *s = store_open(p->path, STORE_READ, NULL, &e);
        const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
        int64_t id = store_find_run_key(s, &run_key, &e);
        struct content content = fixture_content(4);
        struct store_row row;
        float values[FIXTURE_LAYERS];
        assert_int_equal(store_find_row(s, id, &content, 0, &row, values, FIXTURE_LAYERS, &e), STORE_WRONG);
        assert_non_null(strstr(e.text, wrong[i].says));
        store_close(s);
    }
}

/* Look-ups that belong together see one moment, and what is kept meanwhile is written none the less. */
static void test_one_moment(void **state)
{
    struct fixture_place *p = *state;
    fixture_fill_place(p);
    struct error e = {""};
    struct store *s = fixture_open(p->path);
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    struct content content, before = fixture_content(8), after = fixture_content(1000);
    store_look_begin(s);
    assert_int_equal(fixture_find_content(s, p->d, 8, &content), 1);
    struct store_target *t = store_begin(s, &run_key, "batch 8", p->d, FIXTURE_LAYERS);
    store_keep_content(t, 8, p->d->images[8].size, p->d->images[8].mtime_ns, &after);
    store_end(t);
    assert_int_equal(store_flush(s, &e), 0);
    assert_int_equal(fixture_find_content(s, p->d, 8, &content), 1);
    assert_true(fixture_is_same(&content, &before));
    store_look_end(s);
    assert_int_equal(fixture_find_content(s, p->d, 8, &content), 1);
    assert_true(fixture_is_same(&content, &after));
    store_close(s);
}

/* ---- Two at once --------------------------------------------------------------------------------- */

/* Two stores in this process, each with its thread, and a program beside them, all write. */
static void test_three_writers(void **state)
{
    struct fixture_place *p = *state;
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    struct dataset *d = fixture_dataset(3000, NULL);
    pid_t child = fork();
    struct store *a = fixture_open(p->path);
    struct store *b = child ? fixture_open(p->path) : NULL;
    struct store_target *of_a = store_begin(a, &run_key, "", d, FIXTURE_LAYERS);
    if (child == 0) {
        fixture_keep(a, of_a, d, 2, d->images_n, 3);
        store_close(a);
        _exit(0);
    }
    struct store_target *of_b = store_begin(b, &run_key, "", d, FIXTURE_LAYERS);
    fixture_keep(a, of_a, d, 0, d->images_n, 3);
    fixture_keep(b, of_b, d, 1, d->images_n, 3);
    store_end(of_a);
    store_end(of_b);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(fixture_count(a, &run_key, d), fixture_labelled(d));
    store_close(a);
    fixture_verify(b);
    int n;
    struct error e;
    struct store_study *studies = store_studies(b, &n, &e);
    assert_int_equal(n, 1);
    assert_true(studies[0].complete);
    store_studies_free(studies, n);
    store_close(b);
    dataset_free(d);
}

/* Another program removes the study under way: what comes later is kept all the same. */
static void test_removed_meanwhile(void **state)
{
    struct fixture_place *p = *state;
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    struct store *a = fixture_open(p->path), *b = fixture_open(p->path);
    struct error e = {""};
    struct store_target *t = store_begin(a, &run_key, "", p->d, FIXTURE_LAYERS);
    fixture_keep(a, t, p->d, 0, 100, 1);
    assert_int_equal(store_remove(b, 1, &e), 0);
    assert_int_equal(fixture_count(b, &run_key, p->d), 0);
    fixture_keep(a, t, p->d, 100, 200, 1);
    store_end(t);
    assert_int_equal(fixture_count(b, &run_key, p->d), 100 - 14);
    fixture_verify(b);
    store_close(a);
    store_close(b);
}

/* ---- Disks --------------------------------------------------------------------------------------- */

/* A disk that runs full, here a limit on a file's size: one error, and nothing kept is lost or damaged. */
static void test_full_disk(void **state)
{
    struct fixture_place *p = *state;
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    struct store *s = fixture_open(p->path);
    struct error e = {""};
    struct store_target *small = store_begin(s, &run_key, "", p->d, FIXTURE_LAYERS);
    fixture_keep(s, small, p->d, 0, 100, 1);
    store_end(small);

    struct rlimit before, limit;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = 1000000;
    struct dataset *big = fixture_dataset(20000, "/big");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    struct store_target *t = store_begin(s, &run_key, "", big, FIXTURE_LAYERS);
    int flushed = store_flush(s, &e);
    assert_int_equal(store_trouble(s, NULL), 0);
    for (long i = 0; i < 10; i++) {
        struct content content = fixture_content(i);
        store_keep_content(t, i, 1, 1, &content); /* into nothing */
    }
    store_end(t);
    assert_int_equal(store_flush(s, NULL), -1);
    store_close(s);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    assert_int_equal(flushed, -1);
    assert_non_null(strstr(e.text, "cannot be read or written"));

    s = fixture_open(p->path);
    fixture_verify(s);
    assert_int_equal(fixture_count(s, &run_key, p->d), 100 - 14);
    store_close(s);
    dataset_free(big);
}

/* Without asking for it: told once. */
static void test_trouble_once(void **state)
{
    struct fixture_place *p = *state;
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    struct store *s = fixture_open(p->path);
    struct error e = {""};
    fixture_sql(p->path, "DROP TABLE measured");
    struct store_target *t = store_begin(s, &run_key, "", p->d, FIXTURE_LAYERS);
    const struct store_row row = {0};
    const float values[FIXTURE_LAYERS] = {0};
    struct content content = fixture_content(0);
    store_keep_row(t, &content, 0, &row, values);
    store_end(t);
    int status = 0;
    for (int i = 0; i < 3000 && status == 0; i++) {
        usleep(10000);
        status = store_trouble(s, &e);
    }
    assert_int_equal(status, -1);
    assert_non_null(strstr(e.text, p->path));
    assert_int_equal(store_trouble(s, &e), 0);
    assert_int_equal(store_flush(s, &e), -1);
    store_close(s);
}

/* A small disk of its own in the test's folder; gone with the process. */
static bool mount_disk(const char *folder, const char *options)
{
    static bool apart;
    apart = apart || (unshare(CLONE_NEWNS) == 0 && mount("none", "/", "", MS_REC | MS_PRIVATE, NULL) == 0);
    return apart && mount("isplit", folder, "tmpfs", 0, options) == 0;
}

static void test_no_capacity(void **state)
{
    struct fixture_place *p = *state;
    if (!mount_disk(p->folder, "size=400k"))
        skip();
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    struct store *s = fixture_open(p->path);
    struct error e = {""};
    struct dataset *big = fixture_dataset(20000, "/big");
    store_end(store_begin(s, &run_key, "", big, FIXTURE_LAYERS));
    assert_int_equal(store_flush(s, &e), -1);
    assert_non_null(strstr(e.text, "no room is left"));
    store_close(s);
    dataset_free(big);
    s = store_open(p->path, STORE_READ, NULL, &e);
    if (s)
        fixture_verify(s);
    store_close(s);
    umount(p->folder);
}

static void test_read_only_disk(void **state)
{
    struct fixture_place *p = *state;
    if (!mount_disk(p->folder, "size=4m"))
        skip();
    fixture_fill_place(p);
    assert_int_equal(mount("none", p->folder, "", MS_REMOUNT | MS_RDONLY, NULL), 0);
    struct error e = {""};
    struct store *s = store_open(p->path, STORE_READ, NULL, &e);
    if (!s)
        fail_msg("%s", e.text);
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    assert_int_equal(fixture_count(s, &run_key, p->d), fixture_labelled(p->d));
    fixture_verify(s);
    int n;
    struct store_study *studies = store_studies(s, &n, &e);
    struct store_load load;
    long done, of;
    assert_int_equal(store_load_begin(s, &studies[0], FIXTURE_LAYERS, FIXTURE_CLASSES, &load, &e), 0);
    assert_int_equal(store_load_step(&load, 10000, &done, &of, &e), 1);
    store_load_free(&load);
    store_studies_free(studies, n);
    store_close(s);
    fixture_refused(p->path, STORE_WRITE, "Read-only file system");
    char *other = fixture_in(p->folder, "new.db");
    fixture_refused(other, STORE_WRITE, "Read-only file system");
    free(other);
    umount(p->folder);
}

/* A file system without shared memory: SQLite's own locks by files stand for a network's. */
static void test_without_log(void **state)
{
    struct fixture_place *p = *state;
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    fixture_fill_place(p); /* with a log */
    sqlite3_vfs *before = sqlite3_vfs_find(NULL);
    sqlite3_vfs_register(sqlite3_vfs_find("unix-dotfile"), 1);
    struct store *a = fixture_open(p->path), *b = fixture_open(p->path);
    char *log = memory_format("%s-wal", p->path);
    fixture_fill(a, &run_key, p->d);
    assert_int_equal(access(log, F_OK), -1);
    struct dataset *d = fixture_dataset(400, NULL);
    fixture_fill(b, &run_key, d);
    assert_int_equal(fixture_count(a, &run_key, d), fixture_labelled(d));
    fixture_verify(a);
    store_close(a);
    store_close(b);
    sqlite3_vfs_register(before, 1);
    free(log);
    dataset_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default_path),
        cmocka_unit_test_setup_teardown(test_keep_and_find, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_keys, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_changed_file, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_keep_again, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_without_place, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_background, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_wrong_rows, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_one_moment, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_three_writers, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_removed_meanwhile, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_full_disk, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_trouble_once, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_no_capacity, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_read_only_disk, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_without_log, fixture_begin, fixture_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
