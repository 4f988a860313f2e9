/* Files that are no stores, or no whole ones: what is damaged is put aside, what is somebody else's stays. */
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "store_fixture.h"

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
    assert_true(!strchr(notice, '\n') && !strstr(notice, "***"));
    assert_non_null(strstr(notice, aside));
    free(notice);
    char *after = file_read(aside, SIZE_MAX / 2, &after_n, NULL);
    assert_non_null(after);
    assert_int_equal(before_n, after_n);
    assert_memory_equal(before, after, before_n);
    free(before);
    free(after);
    struct dataset *d = fixture_dataset(10, NULL);
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    assert_int_equal(store_find_run_key(s, &run_key, &e), 0);
    fixture_fill(s, &run_key, d);
    fixture_verify(s);
    dataset_free(d);
    store_close(s);
}

/* As a full disk leaves it: nobody's, and the next program that writes makes it a store. */
static void test_empty_file(void **state)
{
    struct fixture_place *p = *state;
    struct error e = {""};
    assert_false(store_is_empty(p->path)); /* none at all */
    fixture_write(p->path, "", 0);
    assert_true(store_is_empty(p->path));
    assert_null(store_open(p->path, STORE_READ, NULL, &e));
    assert_non_null(strstr(e.text, "is empty: no rows are kept in it yet"));
    fixture_sql(p->path, "PRAGMA journal_mode=WAL; CREATE TABLE a (b); DROP TABLE a");
    assert_true(store_is_empty(p->path)); /* pages, but no table */
    fixture_fill_place(p);
    assert_false(store_is_empty(p->path));
    struct store *s = fixture_open(p->path);
    fixture_verify(s);
    store_close(s);
    assert_false(store_is_empty(p->folder));
}

static void test_text_file(void **state)
{
    struct fixture_place *p = *state;
    char text[3000];
    memset(text, 'x', sizeof text);
    char *aside = memory_format("%s.damaged", p->path);
    fixture_write(p->path, text, sizeof text);
    struct error e = {""};
    assert_null(store_open(p->path, STORE_READ, NULL, &e));
    assert_non_null(strstr(e.text, "is not a database"));
    check_put_aside(p->path, aside);
    /* The next one gets another name. */
    fixture_write(p->path, text, 100);
    free(aside);
    aside = memory_format("%s.damaged-2", p->path);
    check_put_aside(p->path, aside);
    free(aside);
}

/* A file that was named by mistake stays what it is. */
static void test_other_file(void **state)
{
    struct fixture_place *p = *state;
    char *path = memory_format("%s.weights", p->path);
    struct error e = {""};
    char *notice = NULL;
    size_t length;
    fixture_write(path, "precious numbers", 16);
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
    struct fixture_place *p = *state;
    fixture_fill_place(p);
    struct stat st;
    char *aside = memory_format("%s.damaged", p->path);
    assert_int_equal(stat(p->path, &st), 0);
    assert_int_equal(truncate(p->path, st.st_size / 2 + 77), 0);
    check_put_aside(p->path, aside);
    free(aside);
}

static void test_garbage_inside(void **state)
{
    struct fixture_place *p = *state;
    fixture_fill_place(p);
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
static void make_damaged_inside(const struct fixture_place *p)
{
    struct dataset *d = fixture_dataset(60000, NULL);
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    struct store *s = fixture_open(p->path);
    fixture_fill(s, &run_key, d);
    store_close(s);
    dataset_free(d);
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

static void check_gone_aside(const struct fixture_place *p)
{
    char *aside = memory_format("%s.damaged", p->path);
    assert_int_equal(access(aside, F_OK), 0);
    assert_int_equal(access(p->path, F_OK), -1);
    free(aside);
    store_close(fixture_open(p->path));
}

static void test_found_while_writing(void **state)
{
    struct fixture_place *p = *state;
    make_damaged_inside(p);
    struct store *s = fixture_open(p->path);
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    struct error e = {""};
    struct dataset *d = fixture_dataset(1000, NULL);
    struct store_target *t = store_begin(s, &run_key, "", d, FIXTURE_LAYERS);
    for (long i = 0; i < 1000; i++) {
        struct content content = fixture_content(100000 + i);
        store_keep_content(t, i, 1, 1, &content);
    }
    store_end(t);
    assert_int_equal(store_flush(s, &e), -1);
    assert_non_null(strstr(e.text, "is damaged"));
    assert_int_equal(store_trouble(s, &e), 0); /* it is told already */
    store_close(s);
    dataset_free(d);
    check_gone_aside(p);
}

static void test_found_while_looking(void **state)
{
    struct fixture_place *p = *state;
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
    struct fixture_place *p = *state;
    fixture_fill_place(p);
    int ready[2], done[2];
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(done), 0);
    pid_t child = fork();
    if (child == 0) {
        char word;
        struct store *s = fixture_open(p->path);
        const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
        struct error e;
        store_find_run_key(s, &run_key, &e);
        bool reported = write(ready[1], "x", 1) == 1 && read(done[0], &word, 1) == 1;
        store_close(s);
        _exit(reported ? 0 : 1);
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

static void test_not_ours(void **state)
{
    struct fixture_place *p = *state;
    fixture_sql(p->path, "CREATE TABLE notes(text)");
    fixture_refused(p->path, STORE_WRITE, "of another program");
    fixture_refused(p->path, STORE_READ, "of another program");
    fixture_sql(p->path, "SELECT text FROM notes"); /* still there */
    unlink(p->path);
    fixture_fill_place(p);
    fixture_sql(p->path, "PRAGMA user_version=2");
    fixture_refused(p->path, STORE_WRITE, "later version");
    fixture_refused(p->path, STORE_READ, "later version");
    fixture_sql(p->path, "PRAGMA user_version=1");
    struct store *s = fixture_open(p->path);
    fixture_verify(s);
    store_close(s);
}

static void test_no_file(void **state)
{
    struct fixture_place *p = *state;
    char *below = memory_format("%s/a/file/rows.db", p->folder);
    char *file = memory_format("%s/a", p->folder);
    fixture_refused(p->path, STORE_READ, "No such file");
    fixture_refused(p->folder, STORE_WRITE, "not a regular file");
    fixture_refused(p->folder, STORE_READ, "not a regular file");
    fixture_refused("/dev/null", STORE_WRITE, "not a regular file");
    fixture_refused("", STORE_WRITE, "not a regular file");
    fixture_write(file, "x", 1);
    fixture_refused(below, STORE_WRITE, "Not a directory");
    free(below);
    free(file);
}

/* A folder that is not there was mistyped: it is not made. */
static void test_no_folder(void **state)
{
    struct fixture_place *p = *state;
    char *folder = fixture_in(p->folder, "new"), *below = fixture_in(folder, "b/rows.db");
    fixture_refused(below, STORE_WRITE, "cannot be made in the folder ");
    assert_int_equal(access(folder, F_OK), -1);
    free(folder);
    free(below);
}

/* In a process of its own, which must not be the superuser's. */
static void run_as_nobody(struct fixture_place *p, void (*check)(const struct fixture_place *))
{
    enum { NOBODY = 65534 };
    int status;
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0))
            _exit(1);
        check(p);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void expect(bool holds, const struct error *e)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", e->text);
    _exit(2);
}

static void check_no_permission(const struct fixture_place *p)
{
    struct error e = {""};
    char *other = fixture_in(p->folder, "new.db"), *notice;
    const char *paths[] = {p->path, other};
    for (int i = 0; i < 2; i++) {
        struct store *s = store_open(paths[i], STORE_WRITE, &notice, &e);
        expect(!s && strstr(e.text, "cannot be written in its folder: Permission denied"), &e);
    }
    free(other);
}

static void test_no_permission(void **state)
{
    struct fixture_place *p = *state;
    fixture_fill_place(p);
    chmod(p->folder, 0555);
    chmod(p->path, 0666);
    run_as_nobody(p, check_no_permission);
    chmod(p->folder, 0700);
}

/* ---- What reading leaves ------------------------------------------------------------------------- */

static void read_all(const struct fixture_place *p)
{
    struct error e = {""};
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    struct store *s = store_open(p->path, STORE_READ, NULL, &e);
    expect(s && store_find_run_key(s, &run_key, &e) > 0, &e);
    int n;
    struct store_study *studies = store_studies(s, &n, &e);
    struct store_load load;
    long done, of;
    expect(n == 1 && store_load_begin(s, studies, FIXTURE_LAYERS, FIXTURE_CLASSES, &load, &e) == 0 &&
               store_load_step(&load, 10000, &done, &of, &e) == 1,
           &e);
    store_load_free(&load);
    store_studies_free(studies, n);
    store_close(s);
}

/* Whatever may be written there. */
static void test_reading_leaves_nothing(void **state)
{
    static const struct {
        mode_t folder, file;
    } modes[] = {{0777, 0666}, {0777, 0444}, {0555, 0666}, {0555, 0444}};
    struct fixture_place *p = *state;
    fixture_fill_place(p);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        chmod(p->folder, modes[i].folder);
        chmod(p->path, modes[i].file);
        run_as_nobody(p, read_all);
        assert_int_equal(fixture_files(p->folder, "rows.db"), 1);
    }
    chmod(p->folder, 0700);
    chmod(p->path, 0600);
    read_all(p);
    assert_int_equal(fixture_files(p->folder, "rows.db"), 1);
}

/* A log that others need, or that holds something, stays. */
static void test_reading_leaves_the_log(void **state)
{
    struct fixture_place *p = *state;
    fixture_fill_place(p);
    struct store *writer = fixture_open(p->path);
    read_all(p);
    assert_int_equal(fixture_files(p->folder, "rows.db"), 3);
    const struct store_run_key run_key = fixture_run_key(FIXTURE_OTHER_TUNING);
    fixture_fill(writer, &run_key, p->d);
    assert_int_equal(fixture_count(writer, &run_key, p->d), fixture_labelled(p->d));
    fixture_verify(writer);
    store_close(writer);
    assert_int_equal(fixture_files(p->folder, "rows.db"), 1);
}

/* A name that SQLite takes for memory. */
static void test_odd_name(void **state)
{
    struct fixture_place *p = *state;
    char before[4096];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(p->folder), 0);
    struct store *s = fixture_open(":memory:");
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    fixture_fill(s, &run_key, p->d);
    store_close(s);
    assert_int_equal(access(":memory:", F_OK), 0);
    assert_int_equal(chdir(before), 0);
}

/* ---- A file that goes while it is in use --------------------------------------------------------- */

/* Without waiting for the disk. */
static void keep_rows(struct store_target *t, const struct dataset *d, long first, long n)
{
    for (long i = first; i < n; i++) {
        struct content content = fixture_content(i);
        struct store_row row;
        float values[FIXTURE_LAYERS];
        fixture_row(i, &row, values);
        store_keep_content(t, i, d->images[i].size, d->images[i].mtime_ns, &content);
        if (d->images[i].class_index != DATASET_NO_CLASS)
            store_keep_row(t, &content, d->images[i].class_index, &row, values);
    }
}

static void delete_file(const struct fixture_place *p)
{
    assert_int_equal(unlink(p->path), 0);
}

/* As the user does who knows of the journals. */
static void delete_all(const struct fixture_place *p)
{
    static const char *const endings[] = {"-wal", "-shm"};
    delete_file(p);
    for (int i = 0; i < 2; i++) {
        char *journal = memory_format("%s%s", p->path, endings[i]);
        unlink(journal);
        free(journal);
    }
}

static void rename_file(const struct fixture_place *p)
{
    char *other = fixture_in(p->folder, "other.db");
    assert_int_equal(rename(p->path, other), 0);
    free(other);
}

/* Every row is in the file of that name, for whoever looks, and it was said that it is another one. */
static void check_anew(const struct fixture_place *p, struct store *s)
{
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    struct error e = {""};
    if (store_flush(s, &e) < 0)
        fail_msg("%s", e.text);
    assert_true(store_renewed(s, &e));
    char *said = memory_format("%s: was deleted while it was in use: made anew", p->path);
    assert_memory_equal(e.text, said, strlen(said));
    assert_null(strchr(e.text, '\n'));
    free(said);
    assert_false(store_renewed(s, &e));
    assert_int_equal(store_trouble(s, &e), 0);
    assert_int_equal(fixture_count(s, &run_key, p->d), fixture_labelled(p->d));
    struct store *other = fixture_open(p->path);
    assert_int_equal(fixture_count(other, &run_key, p->d), fixture_labelled(p->d));
    fixture_verify(other);
    store_close(other);
    store_close(s);
    other = fixture_open(p->path);
    fixture_verify(other);
    assert_int_equal(fixture_count(other, &run_key, p->d), fixture_labelled(p->d));
    store_close(other);
    delete_all(p);
}

static void test_deleted(void **state)
{
    static void (*const ways[])(const struct fixture_place *) = {delete_file, delete_all, rename_file};
    struct fixture_place *p = *state;
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    for (int way = 0; way < 3; way++)
        for (long before = 0; before <= p->d->images_n; before += p->d->images_n / 2) {
            struct store *s = fixture_open(p->path);
            struct store_target *t = store_begin(s, &run_key, "batch 8", p->d, FIXTURE_LAYERS);
            fixture_keep(s, t, p->d, 0, before, 1);
            ways[way](p);
            keep_rows(t, p->d, before, p->d->images_n);
            store_end(t);
            check_anew(p, s);
        }
}

/* The log that stays behind has pages of the deleted file: the new one has a log of its own. */
static void test_deleted_without_its_log(void **state)
{
    struct fixture_place *p = *state;
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    struct store *s = fixture_open(p->path);
    struct store_target *t = store_begin(s, &run_key, "batch 8", p->d, FIXTURE_LAYERS);
    fixture_keep(s, t, p->d, 0, 100, 1);
    struct stat before, after;
    char *log = memory_format("%s-wal", p->path);
    int held = open(log, O_RDONLY); /* so that its number is not used again */
    assert_true(held >= 0 && fstat(held, &before) == 0 && before.st_size > 0);
    delete_file(p);
    fixture_keep(s, t, p->d, 100, p->d->images_n, 1);
    store_end(t);
    assert_true(stat(log, &after) == 0 && after.st_ino != before.st_ino);
    close(held);
    free(log);
    check_anew(p, s);
}

/* While the worker still loads, nothing is kept. */
static void test_deleted_before_a_row(void **state)
{
    struct fixture_place *p = *state;
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    fixture_fill_place(p);
    struct store *s = fixture_open(p->path);
    delete_all(p);
    struct store_target *t = store_begin(s, &run_key, "batch 8", p->d, FIXTURE_LAYERS);
    keep_rows(t, p->d, 0, 10);
    store_end(t);
    check_anew(p, s); /* also the rows of the run before */

    s = fixture_open(p->path);
    t = store_begin(s, &run_key, "batch 8", p->d, FIXTURE_LAYERS);
    delete_all(p); /* perhaps before the writer has opened it */
    keep_rows(t, p->d, 0, p->d->images_n);
    store_end(t);
    check_anew(p, s);
}

/* Two programs use the store: whoever notices first makes it anew, the other goes on in that one. */
static void test_deleted_under_two(void **state)
{
    struct fixture_place *p = *state;
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    struct store *s[2];
    struct store_target *t[2];
    long third = p->d->images_n / 3;
    for (int i = 0; i < 2; i++) {
        struct error e = {""};
        s[i] = fixture_open(p->path);
        t[i] = store_begin(s[i], &run_key, "batch 8", p->d, FIXTURE_LAYERS);
        fixture_keep(s[i], t[i], p->d, i * third / 2, (i + 1) * third / 2, 1);
        assert_int_equal(store_flush(s[i], &e), 0);
    }
    delete_all(p);
    for (int i = 0; i < 2; i++) {
        struct error e = {""};
        keep_rows(t[i], p->d, i ? third : third - 10, i ? p->d->images_n : third + 10);
        if (store_flush(s[i], &e) < 0)
            fail_msg("%s", e.text);
        assert_true(store_renewed(s[i], &e));
        assert_int_equal(store_trouble(s[i], &e), 0);
        store_end(t[i]);
    }
    store_close(s[0]);
    assert_int_equal(fixture_count(s[1], &run_key, p->d), fixture_labelled(p->d));
    fixture_verify(s[1]);
    store_close(s[1]);
}

/* Another store there is left alone, too, if it has not the rows that were kept in the one that is gone. */
static void test_replaced_by_a_store(void **state)
{
    struct fixture_place *p = *state;
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    struct error e = {""};
    struct store *s = fixture_open(p->path);
    struct store_target *t = store_begin(s, &run_key, "batch 8", p->d, FIXTURE_LAYERS);
    fixture_keep(s, t, p->d, 0, 100, 1);
    assert_int_equal(store_flush(s, &e), 0);
    delete_all(p);
    struct store *other = fixture_open(p->path);
    struct store_target *its = store_begin(other, &run_key, "batch 8", p->d, FIXTURE_LAYERS);
    fixture_keep(other, its, p->d, 0, 50, 1);
    assert_int_equal(store_flush(other, &e), 0);
    long rows = fixture_count(other, &run_key, p->d);
    keep_rows(t, p->d, 100, 110);
    assert_int_equal(store_flush(s, &e), -1);
    assert_non_null(strstr(e.text, "was replaced by another file while it was in use"));
    assert_int_equal(fixture_count(other, &run_key, p->d), rows);
    store_end(t);
    store_end(its);
    store_close(s);
    store_close(other);
}

/* Somebody else's file is there now: not a byte of it is changed, and that is an error, told once. */
static void test_replaced(void **state)
{
    static const char text[] = "my only copy of something";
    struct fixture_place *p = *state;
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    char *other = fixture_in(p->folder, "other"), *said;
    said = memory_format("%s: was replaced by another file while it was in use: no more rows are kept, in "
                         "neither of them",
                         p->path);
    for (int i = 0; i < 3; i++) { /* before the first row, after some, after all */
        struct error e = {""};
        struct store *s = fixture_open(p->path);
        struct store_target *t = i ? store_begin(s, &run_key, "", p->d, FIXTURE_LAYERS) : NULL;
        if (i)
            fixture_keep(s, t, p->d, 0, 100, 1);
        fixture_write(other, text, sizeof text);
        assert_int_equal(rename(other, p->path), 0);
        if (!i)
            t = store_begin(s, &run_key, "", p->d, FIXTURE_LAYERS);
        if (i < 2)
            keep_rows(t, p->d, 100, p->d->images_n);
        assert_int_equal(store_flush(s, &e), -1);
        assert_string_equal(e.text, said);
        assert_false(store_renewed(s, &e));
        assert_int_equal(store_trouble(s, &e), 0);
        store_end(t);
        store_close(s);
        size_t length;
        char *now = file_read(p->path, 1000, &length, &e);
        assert_non_null(now);
        assert_int_equal(length, sizeof text);
        assert_memory_equal(now, text, length);
        free(now);
        delete_all(p);
    }
    free(other);
    free(said);
}

/* The store is used through a link that leads to another file, or to none, from then on: that is told, the
 * file that was opened keeps what it had, and the other one is not touched. */
static void test_link_changed(void **state)
{
    static const char text[] = "another file";
    struct fixture_place *p = *state;
    const struct store_run_key run_key = fixture_run_key(FIXTURE_TUNING);
    char *link = fixture_in(p->folder, "link"), *other = fixture_in(p->folder, "other"), *said;
    char *real = realpath(p->folder, NULL);
    said = memory_format(
        "%s: was a link to %s/%s, and leads elsewhere now: no more rows are kept, neither here nor there",
        link, real, strrchr(p->path, '/') + 1);
    fixture_write(other, text, sizeof text);
    for (int i = 0; i < 4; i++) { /* before the first row, after some, after all; to another file, to none */
        struct error e = {""};
        assert_int_equal(symlink(p->path, link), 0);
        struct store *s = fixture_open(link);
        struct store_target *t = i ? store_begin(s, &run_key, "", p->d, FIXTURE_LAYERS) : NULL;
        if (i)
            fixture_keep(s, t, p->d, 0, 100, 1);
        assert_int_equal(store_flush(s, &e), 0);
        long before = fixture_count(s, &run_key, p->d);
        assert_int_equal(unlink(link), 0);
        if (i < 3)
            assert_int_equal(symlink(other, link), 0);
        if (!i)
            t = store_begin(s, &run_key, "", p->d, FIXTURE_LAYERS);
        if (i != 2)
            keep_rows(t, p->d, 100, p->d->images_n);
        assert_int_equal(store_flush(s, &e), -1);
        assert_string_equal(e.text, said);
        store_end(t);
        store_close(s);
        unlink(link);
        struct store *kept = fixture_open(p->path);
        /* The last portion may have been written before it was looked where the link leads. */
        long after = fixture_count(kept, &run_key, p->d);
        assert_true(after == before || (i && after > before));
        fixture_verify(kept);
        store_close(kept);
        size_t length;
        char *now = file_read(other, 1000, &length, &e);
        assert_int_equal(length, sizeof text);
        free(now);
        delete_all(p);
    }
    free(real);
    free(link);
    free(other);
    free(said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_link_changed, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_deleted, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_deleted_without_its_log, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_deleted_before_a_row, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_deleted_under_two, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_replaced, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_replaced_by_a_store, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_text_file, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_other_file, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_truncated, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_garbage_inside, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_found_while_writing, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_found_while_looking, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_damaged_and_used, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_empty_file, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_not_ours, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_no_file, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_no_folder, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_reading_leaves_the_log, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_reading_leaves_nothing, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_no_permission, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(test_odd_name, fixture_begin, fixture_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
