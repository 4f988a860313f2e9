/* The pipe: lines cut and joined at any place, and two sides that never lock each other up. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "wire/channel.h"
#include "wire/message.h"

static void put(int fd, const char *text)
{
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void test_lines_in_pieces(void **state)
{
    (void)state;
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    struct channel *c = channel_new(fd[0], -1, 100);
    struct error e;
    char *line;
    size_t n;
    assert_int_equal(channel_next(c, &line, &n, &e), 0);
    assert_int_equal(channel_fill(c, &e), 0);
    put(fd[1], "on");
    assert_int_equal(channel_fill(c, &e), 1);
    assert_int_equal(channel_next(c, &line, &n, &e), 0);
    put(fd[1], "e\ntwo\n\nthr");
    assert_int_equal(channel_fill(c, &e), 1);
    assert_int_equal(channel_next(c, &line, &n, &e), 1);
    assert_string_equal(line, "one");
    assert_int_equal(n, 3);
    assert_int_equal(channel_next(c, &line, &n, &e), 1);
    assert_string_equal(line, "two");
    assert_int_equal(channel_next(c, &line, &n, &e), 1);
    assert_string_equal(line, "");
    assert_int_equal(channel_next(c, &line, &n, &e), 0);
    close(fd[1]);
    assert_int_equal(channel_receive(c, &line, &n, &e), 0); /* half a line is no line */
    assert_true(channel_has_ended(c));
    channel_free(c);
    close(fd[0]);
}

static void test_line_limit(void **state)
{
    (void)state;
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    struct channel *c = channel_new(fd[0], -1, 5);
    struct error e;
    char *line;
    size_t n;
    put(fd[1], "12345\n123456\n");
    assert_int_equal(channel_receive(c, &line, &n, &e), 1);
    assert_int_equal(channel_receive(c, &line, &n, &e), -1);
    channel_free(c);
    c = channel_new(fd[0], -1, 5);
    put(fd[1], "1234567"); /* no need to wait for its end */
    assert_int_equal(channel_receive(c, &line, &n, &e), -1);
    assert_non_null(strstr(e.text, "more than 5 bytes"));
    channel_free(c);
    close(fd[0]);
    close(fd[1]);
}

/* Both sides write more than a pipe holds before either reads. */
static void test_two_writers_do_not_lock(void **state)
{
    (void)state;
    int there[2], back[2];
    assert_int_equal(pipe(there), 0);
    assert_int_equal(pipe(back), 0);
    char *large = memory_new(300001, 1);
    memset(large, 'x', 300000);
    struct error e = {""};
    pid_t child = fork();
    assert_true(child >= 0);
    int in = child ? back[0] : there[0];
    int out = child ? there[1] : back[1];
    struct channel *c = channel_new(in, out, CHANNEL_LINE_LIMIT);
    bool good = channel_send(c, message_progress(large), &e) == 0;
    char *line;
    size_t n;
    good = good && channel_receive(c, &line, &n, &e) == 1 && n > 300000;
    channel_free(c);
    free(large);
    if (child == 0)
        _exit(good ? 0 : 1);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(good);
    for (int i = 0; i < 2; i++) {
        close(there[i]);
        close(back[i]);
    }
}

static void test_reader_gone(void **state)
{
    (void)state;
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    close(fd[0]);
    signal(SIGPIPE, SIG_IGN);
    struct channel *c = channel_new(-1, fd[1], 100);
    struct error e;
    assert_int_equal(channel_send(c, message_stop(), &e), -1);
    channel_free(c);
    close(fd[1]);
}

/* A full pipe: flush must come back, also for a descriptor that blocks. */
static void test_flush_does_not_block(void **state)
{
    (void)state;
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    struct channel *c = channel_new(-1, fd[1], 100);
    char *large = memory_new(200001, 1);
    memset(large, 'x', 200000);
    struct error e;
    assert_int_equal(channel_queue(c, message_progress(large), &e), 0);
    assert_int_equal(channel_flush(c, &e), 0);
    free(large);
    channel_free(c);
    close(fd[0]);
    close(fd[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_in_pieces),         cmocka_unit_test(test_line_limit),
        cmocka_unit_test(test_two_writers_do_not_lock), cmocka_unit_test(test_reader_gone),
        cmocka_unit_test(test_flush_does_not_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
