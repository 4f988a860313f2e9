/* Files that appear whole or not at all, and the folders they stand in. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "folder_fixture.h"

/* Bytes of a file that may not have as many; "cannot write" of the name that the caller has given. */
static void write_too_much(const char *path, int (*commit)(struct file_out *, struct error *))
{
    struct file_out f;
    struct error e = {""};
    struct rlimit before, limit;
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = 1000;
    assert_int_equal(file_out_open(&f, path, &e), 0);
    for (int i = 0; i < 5000; i++)
        fputc('x', f.stream);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    int status = commit(&f, &e);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(status, -1);
    char *wanted = memory_format("%s: cannot write: %s", path, strerror(EFBIG));
    assert_string_equal(e.text, wanted);
    free(wanted);
}

static void test_full_disk(void **state)
{
    (void)state;
    struct stat st;
    char *folder = fixture_folder();
    assert_int_equal(process_begin(), 0); /* no signal ends it */
    assert_int_equal(chdir(folder), 0);
    write_too_much("new.csv", file_out_commit);
    write_too_much("new.csv", file_out_commit_new);
    assert_true(stat("new.csv", &st) < 0 && errno == ENOENT);
    /* Also the name of a link is the one that was given. */
    int fd = open("old.csv", O_CREAT | O_WRONLY, 0666);
    assert_true(fd >= 0 && close(fd) == 0 && symlink("old.csv", "link.csv") == 0);
    write_too_much("old.csv", file_out_commit);
    write_too_much("link.csv", file_out_commit);
    assert_true(unlink("link.csv") == 0 && unlink("old.csv") == 0 && chdir("/") == 0);
    assert_int_equal(rmdir(folder), 0); /* no temporary file was left */
    free(folder);
}

static void test_no_regular_file(void **state)
{
    (void)state;
    struct error e;
    size_t length;
    char *folder = fixture_folder();
    assert_int_equal(chdir(folder), 0);
    assert_true(mkfifo("fifo", 0600) == 0 && mkdir("folder", 0700) == 0);
    alarm(60); /* nobody writes to the FIFO, and nothing waits for it */
    for (int i = 0; i < 2; i++) {
        assert_null(file_read(i ? "folder" : "fifo", 100, &length, &e));
        assert_string_equal(e.text, i ? "folder: is not a regular file" : "fifo: is not a regular file");
    }
    alarm(0);
    assert_true(unlink("fifo") == 0 && rmdir("folder") == 0 && chdir("/") == 0 && rmdir(folder) == 0);
    free(folder);
}

static int write_new(const char *path, const char *text)
{
    struct file_out f;
    struct error e = {""};
    assert_int_equal(file_out_open(&f, path, &e), 0);
    fputs(text, f.stream);
    return file_out_commit_new(&f, &e);
}

static void test_nothing_replaced(void **state)
{
    (void)state;
    struct error e;
    char *folder = fixture_folder(), *path = memory_format("%s/plan.json", folder);
    assert_int_equal(write_new(path, "first"), 0);
    assert_int_equal(write_new(path, "second"), 1);
    size_t n;
    char *text = file_read(path, 100, &n, &e);
    assert_string_equal(text, "first");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    free(text);
    free(path);
    free(folder);
}

static int commit_first(struct file_out *first, struct file_out *second, struct error *e)
{
    int status = file_out_commit(first, e);
    file_out_abandon(second);
    return status;
}

/* Two files, of which one has a folder in its place by then: whether `commit` fails, and says why. */
static void fail_to_name(int (*commit)(struct file_out *, struct file_out *, struct error *), int which)
{
    static const char *const names[] = {"first", "second"};
    struct file_out f[2];
    struct error e = {""};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(file_out_open(&f[i], names[i], &e), 0);
        fputs("new", f[i].stream);
    }
    assert_int_equal(mkdir(names[which], 0777), 0);
    assert_int_equal(commit(&f[0], &f[1], &e), -1);
    char *wanted = memory_format("%s: cannot write: %s", names[which], strerror(EISDIR));
    assert_string_equal(e.text, wanted);
    assert_int_equal(rmdir(names[which]), 0);
    free(wanted);
}

/* It is told by the name that was given, and of a pair neither has changed. */
static void test_a_name_that_is_not_to_be_had(void **state)
{
    (void)state;
    struct error e;
    size_t n;
    char *folder = fixture_folder();
    assert_int_equal(chdir(folder), 0);
    fail_to_name(commit_first, 0);
    fail_to_name(file_out_commit_pair, 0);
    fail_to_name(file_out_commit_pair, 1); /* the first has its name by then, and loses it */
    assert_int_equal(write_new("first", "earlier"), 0);
    fail_to_name(file_out_commit_pair, 1);
    char *text = file_read("first", 100, &n, &e);
    assert_string_equal(text, "earlier");
    free(text);
    assert_true(unlink("first") == 0 && chdir("/") == 0);
    assert_int_equal(rmdir(folder), 0); /* and nothing else is left */
    free(folder);
}

static void test_folders(void **state)
{
    (void)state;
    struct error e = {""};
    struct stat st;
    char *folder = fixture_folder();
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(file_make_folders("a/b/c.db", &e), 0);
    assert_int_equal(file_make_folders("a/b/c.db", &e), 0); /* they are there */
    assert_true(stat("a/b", &st) == 0 && (st.st_mode & 0777) == 0700 && stat("a/b/c.db", &st) < 0);
    int fd = open("a/file", O_CREAT | O_WRONLY, 0666);
    assert_true(fd >= 0 && close(fd) == 0);
    assert_int_equal(file_make_folders("a/file/b/c.db", &e), -1);
    char *wanted = memory_format("a/file/b/c.db: cannot make the folder a/file: %s", strerror(EEXIST));
    assert_string_equal(e.text, wanted);
    free(wanted);
    /* The first that cannot be made, and its own reason; nothing below it is tried. */
    assert_int_equal(file_make_folders("/proc/self/x/y.db", &e), -1);
    wanted = memory_format("/proc/self/x/y.db: cannot make the folder /proc/self/x: %s", strerror(ENOENT));
    assert_string_equal(e.text, wanted);
    free(wanted);
    assert_true(unlink("a/file") == 0 && rmdir("a/b") == 0 && rmdir("a") == 0 && chdir("/") == 0);
    assert_int_equal(rmdir(folder), 0);
    free(folder);
}

/* Signals that were ignored stay so; one of a failed write is caught, so that the default can be told from
 * it. */
static void test_signals(void **state)
{
    (void)state;
    assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR && signal(SIGXFSZ, SIG_DFL) != SIG_ERR);
    assert_int_equal(process_begin(), 0);
    assert_true(process_ignores(SIGPIPE));
    assert_false(process_ignores(SIGXFSZ));
    raise(SIGXFSZ); /* nothing happens */
    process_become_filter();
    assert_true(process_ignores(SIGPIPE));
    assert_true(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    assert_int_equal(process_begin(), 0);
    assert_false(process_ignores(SIGPIPE));
    raise(SIGPIPE);
    process_become_filter();
    assert_true(signal(SIGPIPE, SIG_DFL) == SIG_DFL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_disk),        cmocka_unit_test(test_no_regular_file),
        cmocka_unit_test(test_nothing_replaced), cmocka_unit_test(test_a_name_that_is_not_to_be_had),
        cmocka_unit_test(test_folders),          cmocka_unit_test(test_signals),
    };
    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
