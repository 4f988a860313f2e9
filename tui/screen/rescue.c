#include "screen/rescue.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Crashes come first; the others end the program by default, such as SIGXCPU from a batch system. */
static const int numbers[] = {
    SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,    SIGABRT, SIGSYS,  SIGTRAP, /* CRASHES */
    SIGQUIT, SIGXCPU, SIGALRM, SIGVTALRM, SIGPROF, SIGUSR1, SIGUSR2, SIGPWR, SIGIO,
};
enum { NUMBERS = sizeof numbers / sizeof numbers[0], CRASHES = 7, STACK = 64 * 1024 };

/* A signal handler can use static memory only. */
static struct {
    volatile sig_atomic_t armed;
    struct termios modes;
    char strings[512];
    size_t strings_n;
    struct sigaction before[NUMBERS];
    char stack[STACK]; /* the handler cannot run on an overflowed stack */
} rescue;

static void rescue_say(const char *text)
{
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
    (void)ignored;
}

/* "isplit: ended by signal 24"; snprintf is not safe in a handler. */
static void say_why(int number, bool crash)
{
    char digits[] = "00";
    digits[0] = (char)('0' + number / 10 % 10);
    digits[1] = (char)('0' + number % 10);
    rescue_say(crash ? "isplit: crashed by signal " : "isplit: ended by signal ");
    rescue_say(digits[0] == '0' ? digits + 1 : digits);
    rescue_say(crash ? ": a defect of the program, or no memory was left\n" : "\n");
}

static void rescue_on_signal(int number)
{
    int which = 0;
    while (which < NUMBERS - 1 && numbers[which] != number)
        which++;
    if (rescue.armed) {
        rescue.armed = 0;
        ssize_t ignored = write(STDOUT_FILENO, rescue.strings, rescue.strings_n);
        (void)ignored;
        tcsetattr(STDIN_FILENO, TCSANOW, &rescue.modes);
        say_why(number, which < CRASHES);
    }
    sigaction(number, &rescue.before[which], NULL);
    raise(number);
}

void rescue_arm(const struct termios *modes, const char *strings)
{
    const stack_t stack = {.ss_sp = rescue.stack, .ss_size = STACK};
    struct sigaction a = {.sa_handler = rescue_on_signal, .sa_flags = SA_ONSTACK};
    sigemptyset(&a.sa_mask);
    rescue.modes = *modes;
    rescue.strings_n = (size_t)snprintf(rescue.strings, sizeof rescue.strings, "%s", strings);
    if (rescue.strings_n >= sizeof rescue.strings)
        rescue.strings_n = sizeof rescue.strings - 1;
    rescue.armed = 1;
    sigaltstack(&stack, NULL);
    for (int i = 0; i < NUMBERS; i++) {
        sigaction(numbers[i], NULL, &rescue.before[i]);
        /* One that is ignored would not end the program. */
        if (rescue.before[i].sa_handler != SIG_IGN)
            sigaction(numbers[i], &a, NULL);
    }
}

void rescue_disarm(void)
{
    const stack_t none = {.ss_flags = SS_DISABLE};
    if (!rescue.armed)
        return;
    rescue.armed = 0;
    for (int i = 0; i < NUMBERS; i++)
        sigaction(numbers[i], &rescue.before[i], NULL);
    sigaltstack(&none, NULL);
}
