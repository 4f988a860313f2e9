#include "screen/rescue.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT, SIGSYS, SIGTRAP};
enum { CRASHES = sizeof crashes / sizeof crashes[0], STACK = 64 * 1024 };

/* A signal handler finds what it needs only in static memory. */
static struct {
    volatile sig_atomic_t armed;
    struct termios modes;
    char strings[512];
    size_t strings_n;
    struct sigaction before[CRASHES];
    char stack[STACK]; /* a stack that overflowed is no place to run on */
} rescue;

static void say(const char *text)
{
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
    (void)ignored;
}

static void on_crash(int number)
{
    if (rescue.armed) {
        rescue.armed = 0;
        ssize_t ignored = write(STDOUT_FILENO, rescue.strings, rescue.strings_n);
        (void)ignored;
        tcsetattr(STDIN_FILENO, TCSANOW, &rescue.modes);
        char text[] = "isplit: crashed by signal ??: a defect of the program, or no memory was left\n";
        char *digits = strchr(text, '?');
        digits[0] = (char)(number < 10 ? ' ' : '0' + number / 10);
        digits[1] = (char)('0' + number % 10);
        say(text);
    }
    for (int i = 0; i < CRASHES; i++)
        if (crashes[i] == number)
            sigaction(number, &rescue.before[i], NULL);
    raise(number);
}

void rescue_arm(const struct termios *modes, const char *strings)
{
    const stack_t stack = {.ss_sp = rescue.stack, .ss_size = STACK};
    struct sigaction a = {.sa_handler = on_crash, .sa_flags = SA_ONSTACK};
    sigemptyset(&a.sa_mask);
    rescue.modes = *modes;
    rescue.strings_n = (size_t)snprintf(rescue.strings, sizeof rescue.strings, "%s", strings);
    if (rescue.strings_n >= sizeof rescue.strings)
        rescue.strings_n = sizeof rescue.strings - 1;
    rescue.armed = 1;
    sigaltstack(&stack, NULL);
    for (int i = 0; i < CRASHES; i++)
        sigaction(crashes[i], &a, &rescue.before[i]);
}

void rescue_disarm(void)
{
    const stack_t none = {.ss_flags = SS_DISABLE};
    if (!rescue.armed)
        return;
    rescue.armed = 0;
    for (int i = 0; i < CRASHES; i++)
        sigaction(crashes[i], &rescue.before[i], NULL);
    sigaltstack(&none, NULL);
}
