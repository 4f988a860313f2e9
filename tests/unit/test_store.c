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
#include "link/message.h"
#include "store_fixture.h"

#define PLAN "00000000000000aa"
#define OTHER_PLAN "00000000000000bb"

struct place {
    char *folder, *path;
    struct dataset *d; /* of 200 images */
};

static int begin(void **state)
{
    struct place *p = memory_new(1, sizeof *p);
    p->folder = fixture_folder();
    p->path = fixture_in(p->folder, "rows.db");
    p->d = fixture_dataset(200, NULL);
    *state = p;
    return 0;
}

static int end(void **state)
{
    struct place *p = *state;
    fixture_folder_remove(p->folder);
    message_dataset_free(p->d);
    free(p->path);
    free(p);
    return 0;
}

static long labelled(const struct dataset *d)
{
    long n = 0;
    for (long i = 0; i < d->images_n; i++)
        n += d->images[i].class_index != DATASET_NO_CLASS;
    return n;
}

static void fill(const struct place *p)
{
    struct store *s = fixture_open(p->path);
    const struct store_series series = fixture_series(PLAN);
    fixture_fill(s, &series, p->d);
    store_close(s);
}

static bool is_same(const struct content *a, const struct content *b)
{
    return a->known && b->known && a->high == b->high && a->low == b->low;
}

/* Runs SQL on the file as another program would. */
static void sql(const char *path, const char *text)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void write_file(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

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
    struct place *p = *state;
    const struct store_series series = fixture_series(PLAN);
    struct store *s = fixture_open(p->path);
    struct error e = {""};
    char plan[17] = "";
    struct content content;
    assert_string_equal(store_path(s), p->path);
    assert_int_equal(store_find_series(s, &series, &e), 0);
    assert_int_equal(store_last_plan(s, &series, "batch 8", plan, &e), 0);
    assert_int_equal(store_find_content(s, p->d, 0, &content, &e), 0);
    fixture_fill(s, &series, p->d);
    assert_int_equal(fixture_count(s, &series, p->d), labelled(p->d));
    store_close(s);

    s = store_open(p->path, STORE_READ, NULL, &e);
    assert_non_null(s);
    assert_int_equal(fixture_count(s, &series, p->d), labelled(p->d));
    assert_int_equal(store_last_plan(s, &series, "batch 8", plan, &e), 1);
    assert_string_equal(plan, PLAN);
    assert_int_equal(store_last_plan(s, &series, "batch 9", plan, &e), 0);
    char *versions = store_versions(s, store_find_series(s, &series, &e), &e);
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
    struct place *p = *state;
    fill(p);
    struct error e = {""};
    struct store *s = store_open(p->path, STORE_READ, NULL, &e);
    struct store_series others[4];
    for (int i = 0; i < 4; i++)
        others[i] = fixture_series(PLAN);
    others[0].cfg_xxh3 = "1123456789abcdef";
    others[1].weights_xxh3 = "";
    others[2].question = "{\"layers\":[0,1,2,3,5],\"score\":\"top\"}";
    others[3].plan = OTHER_PLAN;
    for (int i = 0; i < 4; i++)
        assert_int_equal(store_find_series(s, &others[i], &e), 0);
    const struct store_series series = fixture_series(PLAN);
    int64_t id = store_find_series(s, &series, &e);
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
    struct place *p = *state;
    fill(p);
    struct error e = {""};
    struct store *s = fixture_open(p->path);
    struct content content, wanted = fixture_content(8);
    assert_int_equal(store_find_content(s, p->d, 8, &content, &e), 1);
    assert_true(is_same(&content, &wanted));
    p->d->images[8].size++;
    assert_int_equal(store_find_content(s, p->d, 8, &content, &e), 0);
    p->d->images[8].size--;
    p->d->images[8].mtime_ns++;
    assert_int_equal(store_find_content(s, p->d, 8, &content, &e), 0);
    assert_false(content.known);

    /* It was measured again, with another content. */
    const struct store_series series = fixture_series(PLAN);
    wanted = fixture_content(1000);
    struct store_target *t = store_begin(s, &series, "batch 8", p->d, FIXTURE_LAYERS);
    store_keep_content(t, 8, p->d->images[8].size, p->d->images[8].mtime_ns, &wanted);
    store_end(t);
    assert_int_equal(store_flush(s, &e), 0);
    assert_int_equal(store_find_content(s, p->d, 8, &content, &e), 1);
    assert_true(is_same(&content, &wanted));

    struct dataset *moved = fixture_dataset(200, "/elsewhere");
    assert_int_equal(store_find_content(s, moved, 8, &content, &e), 0);
    free(moved->place);
    moved->place = NULL;
    assert_int_equal(store_find_content(s, moved, 8, &content, &e), 0);
    message_dataset_free(moved);
    p->d->images[9].size = p->d->images[9].mtime_ns = -1;
    assert_int_equal(store_find_content(s, p->d, 9, &content, &e), 0);
    store_close(s);
}

/* The newest row stays; another plan's rows are other rows; what is unknown is passed over. */
static void test_keep_again(void **state)
{
    struct place *p = *state;
    const struct store_series series = fixture_series(PLAN), other = fixture_series(OTHER_PLAN);
    struct store *s = fixture_open(p->path);
    struct error e = {""};
    fixture_fill(s, &series, p->d);
    struct content content = fixture_content(1), unknown = {0};
    const float again[FIXTURE_LAYERS] = {1, 2, 3, NAN, 5};
    float values[FIXTURE_LAYERS];
    const struct store_row row = {.top = 2, .score = 0.1f};
    struct store_target *first = store_begin(s, &series, "batch 8", p->d, FIXTURE_LAYERS);
    store_keep_row(first, &content, 1, &row, again);
    store_keep_row(first, &unknown, 1, &row, again);
    struct store_target *second = store_begin(s, &other, "batch 16", p->d, FIXTURE_LAYERS);
    store_keep_row(second, &content, 1, &row, (const float[]){9, 9, 9, 9, 9});
    store_end(first);
    store_end(second);
    assert_int_equal(store_flush(s, &e), 0);
    int64_t id = store_find_series(s, &series, &e), other_id = store_find_series(s, &other, &e);
    struct store_row found;
    assert_int_equal(store_find_row(s, id, &content, 1, &found, values, FIXTURE_LAYERS, &e), 1);
    assert_memory_equal(values, again, sizeof again);
    assert_true(found.score == 0.1f);
    assert_int_equal(store_find_row(s, other_id, &content, 1, &found, values, FIXTURE_LAYERS, &e), 1);
    assert_true(values[0] == 9);
    char plan[17];
    assert_int_equal(store_last_plan(s, &series, "batch 16", plan, &e), 1);
    assert_string_equal(plan, OTHER_PLAN);
    fixture_verify(s);
    store_close(s);
}

static void test_without_place(void **state)
{
    struct place *p = *state;
    const struct store_series series = fixture_series(PLAN);
    struct store *s = fixture_open(p->path);
    struct error e = {""};
    free(p->d->place);
    p->d->place = NULL;
    fixture_fill(s, &series, p->d);
    int64_t id = store_find_series(s, &series, &e);
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
    struct place *p = *state;
    const struct store_series series = fixture_series(PLAN);
    struct store *s = fixture_open(p->path);
    struct error e = {""};
    struct store *reader = store_open(p->path, STORE_READ, NULL, &e);
    struct content content = fixture_content(4);
    const float values[FIXTURE_LAYERS] = {1, 1, 1, 1, 1};
    float found[FIXTURE_LAYERS];
    struct store_row row = {0};
    struct store_target *t = store_begin(s, &series, "", p->d, FIXTURE_LAYERS);
    store_keep_row(t, &content, 0, &row, values);
    int64_t id = 0;
    for (int i = 0; i < 3000 && id == 0; i++) {
        usleep(10000);
        id = store_find_series(reader, &series, &e);
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
    struct place *p = *state;
    fill(p);
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
        sql(p->path, text);
        free(text);
        struct store *s = store_open(p->path, STORE_READ, NULL, &e);
        const struct store_series series = fixture_series(PLAN);
        int64_t id = store_find_series(s, &series, &e);
        struct content content = fixture_content(4);
        struct store_row row;
        float values[FIXTURE_LAYERS];
        assert_int_equal(store_find_row(s, id, &content, 0, &row, values, FIXTURE_LAYERS, &e), STORE_WRONG);
        assert_non_null(strstr(e.text, wrong[i].says));
        store_close(s);
    }
}

/* ---- Two at once --------------------------------------------------------------------------------- */

/* Two stores in this process, each with its thread, and a program beside them, all write. */
static void test_three_writers(void **state)
{
    struct place *p = *state;
    const struct store_series series = fixture_series(PLAN);
    struct dataset *d = fixture_dataset(3000, NULL);
    pid_t child = fork();
    struct store *a = fixture_open(p->path);
    struct store *b = child ? fixture_open(p->path) : NULL;
    struct store_target *of_a = store_begin(a, &series, "", d, FIXTURE_LAYERS);
    if (child == 0) {
        fixture_keep(a, of_a, d, 2, d->images_n, 3);
        store_close(a);
        _exit(0);
    }
    struct store_target *of_b = store_begin(b, &series, "", d, FIXTURE_LAYERS);
    fixture_keep(a, of_a, d, 0, d->images_n, 3);
    fixture_keep(b, of_b, d, 1, d->images_n, 3);
    store_end(of_a);
    store_end(of_b);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(fixture_count(a, &series, d), labelled(d));
    store_close(a);
    fixture_verify(b);
    int n;
    struct error e;
    struct store_study *studies = store_studies(b, &n, &e);
    assert_int_equal(n, 1);
    assert_true(studies[0].complete);
    store_studies_free(studies, n);
    store_close(b);
    message_dataset_free(d);
}

/* Another program removes the study under way: what comes later is kept all the same. */
static void test_removed_meanwhile(void **state)
{
    struct place *p = *state;
    const struct store_series series = fixture_series(PLAN);
    struct store *a = fixture_open(p->path), *b = fixture_open(p->path);
    struct error e = {""};
    struct store_target *t = store_begin(a, &series, "", p->d, FIXTURE_LAYERS);
    fixture_keep(a, t, p->d, 0, 100, 1);
    assert_int_equal(store_remove(b, 1, &e), 0);
    assert_int_equal(fixture_count(b, &series, p->d), 0);
    fixture_keep(a, t, p->d, 100, 200, 1);
    store_end(t);
    assert_int_equal(fixture_count(b, &series, p->d), 100 - 14);
    fixture_verify(b);
    store_close(a);
    store_close(b);
}

/* ---- Files that are no stores -------------------------------------------------------------------- */

/* Opens it: it is put aside as the name given, with those bytes, and a new store is there. */
static void check_put_aside(const char *path, const char *aside)
{
    size_t before_n, after_n;
    char *before = file_read(path, SIZE_MAX / 2, &before_n, NULL);
    struct error e = {""};
    char *notice = NULL;
    struct store *s = store_open(path, STORE_WRITE, &notice, &e);
    if (!s)
        fail_msg("%s", e.text);
    assert_non_null(notice);
    assert_non_null(strstr(notice, "is damaged"));
    assert_non_null(strstr(notice, aside));
    free(notice);
    char *after = file_read(aside, SIZE_MAX / 2, &after_n, NULL);
    assert_non_null(after);
    assert_int_equal(before_n, after_n);
    assert_memory_equal(before, after, before_n);
    free(before);
    free(after);
    struct dataset *d = fixture_dataset(10, NULL);
    const struct store_series series = fixture_series(PLAN);
    assert_int_equal(store_find_series(s, &series, &e), 0);
    fixture_fill(s, &series, d);
    fixture_verify(s);
    message_dataset_free(d);
    store_close(s);
}

static void test_text_file(void **state)
{
    struct place *p = *state;
    char text[3000];
    memset(text, 'x', sizeof text);
    char *aside = memory_format("%s.damaged", p->path);
    write_file(p->path, text, sizeof text);
    struct error e = {""};
    assert_null(store_open(p->path, STORE_READ, NULL, &e));
    assert_non_null(strstr(e.text, "is not a database"));
    check_put_aside(p->path, aside);
    /* The next one gets another name. */
    write_file(p->path, text, 100);
    free(aside);
    aside = memory_format("%s.damaged-2", p->path);
    check_put_aside(p->path, aside);
    free(aside);
}

/* A file that was named by mistake stays what it is. */
static void test_other_file(void **state)
{
    struct place *p = *state;
    char *path = memory_format("%s.weights", p->path);
    struct error e = {""};
    char *notice = NULL;
    size_t length;
    write_file(path, "precious numbers", 16);
    assert_null(store_open(path, STORE_WRITE, &notice, &e));
    assert_null(notice);
    assert_non_null(strstr(e.text, "is no store"));
    char *left = file_read(path, 100, &length, &e);
    assert_string_equal(left, "precious numbers");
    free(left);
    unlink(path);
    free(path);
}

static void test_truncated(void **state)
{
    struct place *p = *state;
    fill(p);
    struct stat st;
    char *aside = memory_format("%s.damaged", p->path);
    assert_int_equal(stat(p->path, &st), 0);
    assert_int_equal(truncate(p->path, st.st_size / 2 + 77), 0);
    check_put_aside(p->path, aside);
    free(aside);
}

static void test_garbage_inside(void **state)
{
    struct place *p = *state;
    fill(p);
    struct stat st;
    assert_int_equal(stat(p->path, &st), 0);
    int fd = open(p->path, O_WRONLY);
    char garbage[20000];
    memset(garbage, 0xa5, sizeof garbage);
    assert_int_equal(pwrite(fd, garbage, sizeof garbage, st.st_size / 2), sizeof garbage);
    close(fd);
    char *aside = memory_format("%s.damaged", p->path);
    check_put_aside(p->path, aside);
    free(aside);
}

/* A file of more bytes than are checked when it is opened, with everything but its beginning overwritten. */
static void make_damaged_inside(const struct place *p)
{
    struct dataset *d = fixture_dataset(60000, NULL);
    const struct store_series series = fixture_series(PLAN);
    struct store *s = fixture_open(p->path);
    fixture_fill(s, &series, d);
    store_close(s);
    message_dataset_free(d);
    struct stat st;
    assert_int_equal(stat(p->path, &st), 0);
    assert_true(st.st_size > 8 << 20);
    int fd = open(p->path, O_WRONLY);
    char garbage[8192];
    memset(garbage, 0xa5, sizeof garbage);
    for (off_t at = 40 * 8192; at + 8192 <= st.st_size; at += 8192)
        assert_int_equal(pwrite(fd, garbage, sizeof garbage, at), sizeof garbage);
    close(fd);
}

static void check_gone_aside(const struct place *p)
{
    char *aside = memory_format("%s.damaged", p->path);
    assert_int_equal(access(aside, F_OK), 0);
    assert_int_equal(access(p->path, F_OK), -1);
    free(aside);
    store_close(fixture_open(p->path));
}

static void test_found_while_writing(void **state)
{
    struct place *p = *state;
    make_damaged_inside(p);
    struct store *s = fixture_open(p->path);
    const struct store_series series = fixture_series(PLAN);
    struct error e = {""};
    struct dataset *d = fixture_dataset(1000, NULL);
    struct store_target *t = store_begin(s, &series, "", d, FIXTURE_LAYERS);
    for (long i = 0; i < 1000; i++) {
        struct content content = fixture_content(100000 + i);
        store_keep_content(t, i, 1, 1, &content);
    }
    store_end(t);
    assert_int_equal(store_flush(s, &e), -1);
    assert_non_null(strstr(e.text, "is damaged"));
    assert_int_equal(store_trouble(s, &e), 0); /* it is told already */
    store_close(s);
    message_dataset_free(d);
    check_gone_aside(p);
}

static void test_found_while_looking(void **state)
{
    struct place *p = *state;
    make_damaged_inside(p);
    struct store *s = fixture_open(p->path);
    struct error e = {""};
    int found = 0;
    for (long i = 0; i < 60000 && found >= 0; i++) {
        struct content content = fixture_content(i);
        struct store_row row;
        float values[FIXTURE_LAYERS];
        found = store_find_row(s, 1, &content, 0, &row, values, FIXTURE_LAYERS, &e);
    }
    assert_int_equal(found, -1);
    assert_non_null(strstr(e.text, "is damaged"));
    store_close(s);
    check_gone_aside(p);
}

/* While another program uses it, a damaged file stays where it is. */
static void test_damaged_and_used(void **state)
{
    struct place *p = *state;
    fill(p);
    int ready[2], done[2];
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(done), 0);
    pid_t child = fork();
    if (child == 0) {
        char word;
        struct store *s = fixture_open(p->path);
        const struct store_series series = fixture_series(PLAN);
        struct error e;
        store_find_series(s, &series, &e);
        bool told = write(ready[1], "x", 1) == 1 && read(done[0], &word, 1) == 1;
        store_close(s);
        _exit(told ? 0 : 1);
    }
    char word;
    assert_int_equal(read(ready[0], &word, 1), 1);
    struct stat st;
    assert_int_equal(stat(p->path, &st), 0);
    int fd = open(p->path, O_WRONLY);
    char garbage[8192];
    memset(garbage, 0xa5, sizeof garbage);
    for (off_t at = 8192; at + 8192 <= st.st_size; at += 8192)
        assert_int_equal(pwrite(fd, garbage, sizeof garbage, at), sizeof garbage);
    close(fd);
    struct error e = {""};
    char *notice;
    assert_null(store_open(p->path, STORE_WRITE, &notice, &e));
    assert_non_null(strstr(e.text, "another program uses it"));
    assert_int_equal(write(done[1], "x", 1), 1);
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    for (int i = 0; i < 2; i++) {
        close(ready[i]);
        close(done[i]);
    }
}

static void test_empty_file(void **state)
{
    struct place *p = *state;
    write_file(p->path, "", 0);
    struct error e = {""};
    assert_null(store_open(p->path, STORE_READ, NULL, &e));
    assert_non_null(strstr(e.text, "is empty"));
    fill(p);
    struct store *s = fixture_open(p->path);
    fixture_verify(s);
    store_close(s);
}

static void check_refused(const char *path, enum store_access access, const char *says)
{
    struct error e = {""};
    char *notice;
    assert_null(store_open(path, access, &notice, &e));
    assert_null(notice);
    if (!strstr(e.text, says))
        fail_msg("'%s' does not say '%s'", e.text, says);
    assert_non_null(strstr(e.text, path));
}

static void test_not_ours(void **state)
{
    struct place *p = *state;
    sql(p->path, "CREATE TABLE notes(text)");
    check_refused(p->path, STORE_WRITE, "of another program");
    check_refused(p->path, STORE_READ, "of another program");
    sql(p->path, "SELECT text FROM notes"); /* still there */
    unlink(p->path);
    fill(p);
    sql(p->path, "PRAGMA user_version=2");
    check_refused(p->path, STORE_WRITE, "later version");
    check_refused(p->path, STORE_READ, "later version");
    sql(p->path, "PRAGMA user_version=1");
    struct store *s = fixture_open(p->path);
    fixture_verify(s);
    store_close(s);
}

static void test_no_file(void **state)
{
    struct place *p = *state;
    char *below = memory_format("%s/a/file/rows.db", p->folder);
    char *file = memory_format("%s/a", p->folder);
    check_refused(p->path, STORE_READ, "No such file");
    check_refused(p->folder, STORE_WRITE, "not a regular file");
    check_refused(p->folder, STORE_READ, "not a regular file");
    check_refused("/dev/null", STORE_WRITE, "not a regular file");
    check_refused("", STORE_WRITE, "not a regular file");
    write_file(file, "x", 1);
    check_refused(below, STORE_WRITE, "cannot open: ");
    free(below);
    free(file);
}

static void test_makes_folders(void **state)
{
    struct place *p = *state;
    char *path = memory_format("%s/new", p->folder), *below = memory_format("%s/b/rows.db", path);
    store_close(fixture_open(below));
    assert_int_equal(access(below, F_OK), 0);
    char *middle = memory_format("%s/b", path);
    unlink(below);
    rmdir(middle);
    rmdir(path);
    free(middle);
    free(below);
    free(path);
}

/* A name that SQLite takes for memory. */
static void test_odd_name(void **state)
{
    struct place *p = *state;
    char before[4096];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(p->folder), 0);
    struct store *s = fixture_open(":memory:");
    const struct store_series series = fixture_series(PLAN);
    fixture_fill(s, &series, p->d);
    store_close(s);
    assert_int_equal(access(":memory:", F_OK), 0);
    assert_int_equal(chdir(before), 0);
}

/* ---- Disks --------------------------------------------------------------------------------------- */

/* A disk that runs full, here a limit on a file's size: one error, and nothing kept is lost or damaged. */
static void test_full_disk(void **state)
{
    struct place *p = *state;
    const struct store_series series = fixture_series(PLAN);
    struct store *s = fixture_open(p->path);
    struct error e = {""};
    struct store_target *small = store_begin(s, &series, "", p->d, FIXTURE_LAYERS);
    fixture_keep(s, small, p->d, 0, 100, 1);
    store_end(small);

    struct rlimit before, limit;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = 1000000;
    struct dataset *big = fixture_dataset(20000, "/big");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    struct store_target *t = store_begin(s, &series, "", big, FIXTURE_LAYERS);
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
    assert_int_equal(fixture_count(s, &series, p->d), 100 - 14);
    store_close(s);
    message_dataset_free(big);
}

/* Without asking for it: told once. */
static void test_trouble_once(void **state)
{
    struct place *p = *state;
    const struct store_series series = fixture_series(PLAN);
    struct store *s = fixture_open(p->path);
    struct error e = {""};
    sql(p->path, "DROP TABLE measured");
    struct store_target *t = store_begin(s, &series, "", p->d, FIXTURE_LAYERS);
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

static void test_no_room(void **state)
{
    struct place *p = *state;
    if (!mount_disk(p->folder, "size=400k"))
        skip();
    const struct store_series series = fixture_series(PLAN);
    struct store *s = fixture_open(p->path);
    struct error e = {""};
    struct dataset *big = fixture_dataset(20000, "/big");
    store_end(store_begin(s, &series, "", big, FIXTURE_LAYERS));
    assert_int_equal(store_flush(s, &e), -1);
    assert_non_null(strstr(e.text, "no room is left"));
    store_close(s);
    message_dataset_free(big);
    s = store_open(p->path, STORE_READ, NULL, &e);
    if (s)
        fixture_verify(s);
    store_close(s);
    umount(p->folder);
}

static void test_read_only_disk(void **state)
{
    struct place *p = *state;
    if (!mount_disk(p->folder, "size=4m"))
        skip();
    fill(p);
    assert_int_equal(mount("none", p->folder, "", MS_REMOUNT | MS_RDONLY, NULL), 0);
    struct error e = {""};
    struct store *s = store_open(p->path, STORE_READ, NULL, &e);
    if (!s)
        fail_msg("%s", e.text);
    const struct store_series series = fixture_series(PLAN);
    assert_int_equal(fixture_count(s, &series, p->d), labelled(p->d));
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
    check_refused(p->path, STORE_WRITE, "can only be read");
    char *other = fixture_in(p->folder, "new.db");
    check_refused(other, STORE_WRITE, "cannot open");
    free(other);
    umount(p->folder);
}

/* A file system without shared memory: SQLite's own locks by files stand for a network's. */
static void test_without_log(void **state)
{
    struct place *p = *state;
    const struct store_series series = fixture_series(PLAN);
    fill(p); /* with a log */
    sqlite3_vfs *before = sqlite3_vfs_find(NULL);
    sqlite3_vfs_register(sqlite3_vfs_find("unix-dotfile"), 1);
    struct store *a = fixture_open(p->path), *b = fixture_open(p->path);
    char *log = memory_format("%s-wal", p->path);
    fixture_fill(a, &series, p->d);
    assert_int_equal(access(log, F_OK), -1);
    struct dataset *d = fixture_dataset(400, NULL);
    fixture_fill(b, &series, d);
    assert_int_equal(fixture_count(a, &series, d), labelled(d));
    fixture_verify(a);
    store_close(a);
    store_close(b);
    sqlite3_vfs_register(before, 1);
    free(log);
    message_dataset_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default_path),
        cmocka_unit_test_setup_teardown(test_keep_and_find, begin, end),
        cmocka_unit_test_setup_teardown(test_keys, begin, end),
        cmocka_unit_test_setup_teardown(test_changed_file, begin, end),
        cmocka_unit_test_setup_teardown(test_keep_again, begin, end),
        cmocka_unit_test_setup_teardown(test_without_place, begin, end),
        cmocka_unit_test_setup_teardown(test_background, begin, end),
        cmocka_unit_test_setup_teardown(test_wrong_rows, begin, end),
        cmocka_unit_test_setup_teardown(test_three_writers, begin, end),
        cmocka_unit_test_setup_teardown(test_removed_meanwhile, begin, end),
        cmocka_unit_test_setup_teardown(test_text_file, begin, end),
        cmocka_unit_test_setup_teardown(test_other_file, begin, end),
        cmocka_unit_test_setup_teardown(test_truncated, begin, end),
        cmocka_unit_test_setup_teardown(test_garbage_inside, begin, end),
        cmocka_unit_test_setup_teardown(test_found_while_writing, begin, end),
        cmocka_unit_test_setup_teardown(test_found_while_looking, begin, end),
        cmocka_unit_test_setup_teardown(test_damaged_and_used, begin, end),
        cmocka_unit_test_setup_teardown(test_empty_file, begin, end),
        cmocka_unit_test_setup_teardown(test_not_ours, begin, end),
        cmocka_unit_test_setup_teardown(test_no_file, begin, end),
        cmocka_unit_test_setup_teardown(test_makes_folders, begin, end),
        cmocka_unit_test_setup_teardown(test_odd_name, begin, end),
        cmocka_unit_test_setup_teardown(test_full_disk, begin, end),
        cmocka_unit_test_setup_teardown(test_trouble_once, begin, end),
        cmocka_unit_test_setup_teardown(test_no_room, begin, end),
        cmocka_unit_test_setup_teardown(test_read_only_disk, begin, end),
        cmocka_unit_test_setup_teardown(test_without_log, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
