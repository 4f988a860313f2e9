#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* A file of ours must not get the number of a standard stream that is closed. Placeholders are opened in the
 * wrong direction, so that using them is an error. */
static int fill_streams(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
            return -1;
    return 0;
}

/* Caught rather than ignored: so a program that is started gets the default, and it can be told from what was
 * ignored before. */
static void on_failed_write(int number)
{
    (void)number;
}

int process_begin(void)
{
    static const int failed_writes[] = {SIGPIPE, SIGXFSZ};
    struct sigaction a = {.sa_handler = on_failed_write, .sa_flags = SA_RESTART};
    sigemptyset(&a.sa_mask);
    for (size_t i = 0; i < sizeof failed_writes / sizeof failed_writes[0]; i++)
        if (!process_ignores(failed_writes[i]))
            sigaction(failed_writes[i], &a, NULL);
    return fill_streams();
}

bool process_ignores(int number)
{
    struct sigaction now;
    return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

void process_become_filter(void)
{
    if (!process_ignores(SIGPIPE))
        signal(SIGPIPE, SIG_DFL);
}
