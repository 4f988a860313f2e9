/* What a program of ours makes of the streams and signals that it is started with (of those of failed writes:
 * test_file.c). Each case is a process of its own. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/process.h"
#include "screen/rescue.h"

static void in_a_process(bool (*holds)(void))
{
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(holds() ? 0 : 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static bool has_handler(int number, void (*handler)(int))
{
    struct sigaction now;
    return sigaction(number, NULL, &now) == 0 && now.sa_handler == handler;
}

/* ---- Streams ----------------------------------------------------------------------------------------- */

static bool closed_streams_have_placeholders(void)
{
    char byte = 0;
    for (int fd = 0; fd <= 2; fd++)
        close(fd);
    return process_begin() == 0 && open("/dev/null", O_RDONLY) == 3 && read(0, &byte, 1) < 0 &&
           write(1, &byte, 1) < 0 && write(2, &byte, 1) < 0;
}

static void test_closed_streams(void **state)
{
    (void)state;
    in_a_process(closed_streams_have_placeholders);
}

/* ---- Signals that leave the screen ------------------------------------------------------------------- */

static bool ignored_signals_stay_ignored(void)
{
    static const int numbers[] = {SIGQUIT, SIGXCPU, SIGALRM, SIGUSR1, SIGUSR2};
    const struct termios modes = {0};
    bool good = true;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        signal(numbers[i], i % 2 ? SIG_IGN : SIG_DFL);
    rescue_arm(&modes, "");
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        good = good && process_ignores(numbers[i]) == (i % 2 == 1) && !has_handler(numbers[i], SIG_DFL);
    rescue_disarm();
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        good = good && has_handler(numbers[i], i % 2 ? SIG_IGN : SIG_DFL);
    return good;
}

static void test_ignored_signals(void **state)
{
    (void)state;
    in_a_process(ignored_signals_stay_ignored);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed_streams),
        cmocka_unit_test(test_ignored_signals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
