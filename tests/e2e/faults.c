/* For the tests of faults and bench_data.py: a library put before the C library's functions (LD_PRELOAD)
 * that makes them fail, wait, or tell another time.
 *
 * FAULTS_CLOCK=SECONDS  the wall clock is so much later, from its second reading on; other clocks are not
 * FAULTS_FAIL=NAME:N    the N-th call of fsync, rename or pread, from 1 on, fails: no space left on device,
 *                       or with NAME:N:EIO: input/output error; with NAME:N:KILL the program is killed there;
 *                       memory:N: the N-th call of malloc, calloc and realloc together finds none
 * FAULTS_DELAY=MS       opening a file or a folder, and stat, takes so much longer
 * FAULTS_HELD=FILE      pipes give what is in them in pieces, with nothing between them; FILE gets "on" for a
 *                       frame of features that is sent on before anything is waited for, "held" for one that
 *                       lay read meanwhile
 * FAULTS_SIZES=FILE     the terminal has another size whenever it is looked at, and a signal says that it has
 *                       changed again; FILE gets a byte for each look
 * FAULTS_SWAP=N:PATH    once PATH was opened N times, what PATH.other is takes its name
 * FAULTS_ONLY=NAME      only in the program of that name (as in /proc/self/comm) */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

static const char *setting(const char *name)
{
    const char *only = getenv("FAULTS_ONLY"), *value = getenv(name);
    return value && (!only || strcmp(only, program_invocation_short_name) == 0) ? value : NULL;
}

/* ---- The wall clock */

static long shift(void)
{
    static atomic_int readings;
    const char *seconds = setting("FAULTS_CLOCK");
    return seconds && atomic_fetch_add(&readings, 1) > 0 ? atol(seconds) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
    int status = REAL(clock_gettime)(clock, t);
    if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        t->tv_sec += shift();
    return status;
}

time_t time(time_t *out)
{
    time_t now = REAL(time)(NULL) + shift();
    if (out)
        *out = now;
    return now;
}

int gettimeofday(struct timeval *t, void *zone)
{
    int status = REAL(gettimeofday)(t, zone);
    if (status == 0)
        t->tv_sec += shift();
    return status;
}

/* ---- A window whose size never stops changing */

int ioctl(int fd, unsigned long request, ...)
{
    static atomic_int looks;
    va_list args;
    va_start(args, request);
    void *argument = va_arg(args, void *);
    va_end(args);
    const char *told = request == TIOCGWINSZ ? setting("FAULTS_SIZES") : NULL;
    int status = REAL(ioctl)(fd, request, argument);
    if (status < 0 || !told)
        return status;
    int look = atomic_fetch_add(&looks, 1), file = open(told, O_WRONLY | O_CREAT | O_APPEND, 0644);
    struct winsize *size = argument;
    size->ws_row = (unsigned short)(12 + look % 12);
    size->ws_col = (unsigned short)(60 + look % 20);
    if (write(file, ".", 1) < 0)
        abort();
    close(file);
    raise(SIGWINCH);
    return status;
}

/* ---- A full disk */

static int fails(const char *name)
{
    static atomic_int calls;
    const char *which = setting("FAULTS_FAIL");
    size_t length = strlen(name);
    char *rest;
    if (!which || strncmp(which, name, length) != 0 || which[length] != ':' ||
        atomic_fetch_add(&calls, 1) + 1 != strtol(which + length + 1, &rest, 10))
        return 0;
    if (strcmp(rest, ":KILL") == 0)
        raise(SIGKILL);
    errno = strcmp(rest, ":EIO") == 0 ? EIO : ENOSPC;
    return 1;
}

ssize_t pread64(int fd, void *bytes, size_t n, off_t at)
{
    return fails("pread") ? -1 : REAL(pread64)(fd, bytes, n, at);
}

int fsync(int fd)
{
    return fails("fsync") ? -1 : REAL(fsync)(fd);
}

int rename(const char *from, const char *to)
{
    return fails("rename") ? -1 : REAL(rename)(from, to);
}

/* ---- No memory */

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t bytes);

static bool has_no_memory(void)
{
    if (!fails("memory"))
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t bytes)
{
    return has_no_memory() ? NULL : __libc_malloc(bytes);
}

void *calloc(size_t count, size_t size)
{
    return has_no_memory() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t bytes)
{
    return has_no_memory() ? NULL : __libc_realloc(old, bytes);
}

/* ---- A slow disk */

static void wait_for_disk(void)
{
    const char *ms = setting("FAULTS_DELAY");
    double seconds = ms ? atof(ms) / 1000 : 0;
    const struct timespec pause = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    if (ms)
        nanosleep(&pause, NULL);
}

DIR *opendir(const char *path)
{
    wait_for_disk();
    return REAL(opendir)(path);
}

struct dirent *readdir(DIR *folder)
{
    static atomic_int entries;
    if (atomic_fetch_add(&entries, 1) % 100 == 0) /* as many as a block holds */
        wait_for_disk();
    return REAL(readdir)(folder);
}

int stat(const char *path, struct stat *st)
{
    wait_for_disk();
    return REAL(stat)(path, st);
}

/* ---- A file that another one takes the place of */

int open(const char *path, int flags, ...)
{
    static atomic_int openings;
    va_list args;
    va_start(args, flags);
    int fd = REAL(open)(path, flags, flags & O_CREAT ? va_arg(args, mode_t) : 0);
    va_end(args);
    const char *which = setting("FAULTS_SWAP"), *colon = which ? strchr(which, ':') : NULL;
    if (colon && strcmp(path, colon + 1) == 0 && atomic_fetch_add(&openings, 1) + 1 == atoi(which)) {
        char other[4096];
        snprintf(other, sizeof other, "%s.other", path);
        if (REAL(rename)(other, path) < 0)
            abort();
    }
    return fd;
}

/* ---- What comes between two looks */

static atomic_int waits; /* since something was read */

/* Of a pipe that is not waited for, what fits a frame of test_run.py and not the message before it; and after
 * that nothing, once. */
ssize_t read(int fd, void *bytes, size_t n)
{
    enum { FDS = 64, PIECE = 200 };
    static atomic_bool given[FDS];
    bool pieces =
        setting("FAULTS_HELD") && fd < FDS && fcntl(fd, F_GETPIPE_SZ) > 0 && fcntl(fd, F_GETFL) & O_NONBLOCK;
    if (pieces && atomic_exchange(&given[fd], false)) {
        errno = EAGAIN;
        return -1;
    }
    ssize_t got = REAL(read)(fd, bytes, pieces && n > PIECE ? PIECE : n);
    if (got > 0)
        atomic_store(&waits, 0);
    if (pieces && got > 0)
        atomic_store(&given[fd], true);
    return got;
}

int poll(struct pollfd *fds, nfds_t n, int ms)
{
    atomic_fetch_add(&waits, 1);
    return REAL(poll)(fds, n, ms);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    const char *path = setting("FAULTS_HELD");
    if (path && n >= 4 && memcmp(bytes, "ISF\1", 4) == 0) {
        FILE *out = fopen(path, "a");
        fputs(atomic_load(&waits) > 0 ? "held\n" : "on\n", out);
        fclose(out);
    }
    return REAL(write)(fd, bytes, n);
}
