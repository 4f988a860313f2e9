/* Who may work in a folder at the same time, seen from another process. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "study/folder_lock.h"

struct place {
    char top[32], folder[64], file[96];
};

static int set_up(void **state)
{
    struct place *p = memory_new(1, sizeof *p);
    strcpy(p->top, "/tmp/isplit-lock-XXXXXX");
    assert_non_null(mkdtemp(p->top));
    snprintf(p->folder, sizeof p->folder, "%s/results", p->top);
    snprintf(p->file, sizeof p->file, "%s/.isplit-lock", p->folder);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    int status = rmdir(p->top); /* nothing was left */
    free(p);
    return status;
}

/* Another process that has the lock until the pipe is closed, or is killed. */
struct holder {
    pid_t pid;
    int pipe;
};

static struct holder hold(const struct place *p, long share)
{
    int ready[2], leave[2];
    char byte;
    assert_true(pipe(ready) == 0 && pipe(leave) == 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct error e;
        close(leave[1]);
        struct folder_lock *l = folder_lock_take(p->folder, share, &e);
        if (!l || write(ready[1], "x", 1) != 1)
            _exit(1);
        if (read(leave[0], &byte, 1) == 0)
            folder_lock_free(l);
        _exit(0);
    }
    close(ready[1]);
    close(leave[0]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return (struct holder){pid, leave[1]};
}

static void end(struct holder h, int signal)
{
    if (signal)
        kill(h.pid, signal);
    close(h.pipe);
    assert_int_equal(waitpid(h.pid, NULL, 0), h.pid);
}

static bool may(const struct place *p, long share, struct error *e)
{
    struct folder_lock *l = folder_lock_take(p->folder, share, e);
    folder_lock_free(l);
    return l != NULL;
}

static void test_one_at_a_time(void **state)
{
    const struct place *p = *state;
    struct error e = {""};
    char host[65] = "";
    gethostname(host, sizeof host - 1);
    struct holder h = hold(p, 0);
    assert_false(may(p, 0, &e));
    char *wanted =
        memory_format("%s: another isplit works here: process %ld on %s (expected to wait for its end, "
                      "or another folder)",
                      p->folder, (long)h.pid, host);
    assert_string_equal(e.text, wanted);
    assert_false(may(p, 3, &e)); /* nor a share of it */
    assert_string_equal(e.text, wanted);
    free(wanted);
    end(h, 0);
    assert_true(may(p, 0, &e));
}

static void test_shares(void **state)
{
    const struct place *p = *state;
    struct error e = {""};
    struct holder one = hold(p, 1), three = hold(p, 3);
    assert_true(may(p, 2, &e));
    assert_int_equal(access(p->file, F_OK), 0); /* the others need it */
    assert_false(may(p, 3, &e));
    char *who = memory_format(" process %ld on ", (long)three.pid);
    assert_non_null(strstr(e.text, who));
    free(who);
    assert_false(may(p, 0, &e));
    end(three, 0); /* which was begun last: it has the other's pipe open, too */
    assert_false(may(p, 0, &e));
    end(one, 0);
    assert_true(may(p, 0, &e));
}

/* Nothing has to be cleared away by hand. */
static void test_a_killed_holder(void **state)
{
    const struct place *p = *state;
    struct error e = {""};
    end(hold(p, 0), SIGKILL);
    assert_int_equal(access(p->file, F_OK), 0);
    assert_true(may(p, 0, &e));
    assert_int_equal(access(p->file, F_OK), -1);
    assert_int_equal(rmdir(p->folder), 0); /* that of the killed one */
}

/* Where nothing can be written, whoever writes results says so. */
static void test_no_place(void **state)
{
    struct error e = {""};
    (void)state;
    struct folder_lock *l = folder_lock_take("/no/such/folder", 0, &e);
    assert_non_null(l);
    folder_lock_free(l);
}

/* Many that come and go while the file is removed each time: never two at once. */
static void test_coming_and_going(void **state)
{
    enum { PROCESSES = 4, TIMES = 100 };
    const struct place *p = *state;
    char inside[96];
    pid_t pids[PROCESSES];
    snprintf(inside, sizeof inside, "%s/inside", p->folder);
    for (int i = 0; i < PROCESSES; i++)
        if ((pids[i] = fork()) == 0) {
            struct error e;
            for (int n = 0; n < TIMES;) {
                struct folder_lock *l = folder_lock_take(p->folder, 0, &e);
                if (!l)
                    continue;
                if (mkdir(inside, 0700) < 0 || rmdir(inside) < 0)
                    _exit(1);
                folder_lock_free(l);
                n++;
            }
            _exit(0);
        }
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    rmdir(p->folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_at_a_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_shares, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_killed_holder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_coming_and_going, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
