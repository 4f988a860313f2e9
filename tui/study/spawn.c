#include "study/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"

struct spawn {
    const char *who;
    pid_t pid;
    int to, from, errors; /* our ends of the pipes; errors is -1 after its end, to after it was closed */
    char words[4096];     /* the end of what it printed on standard error */
    size_t words_n;
    bool ended;          /* the process that was started, perhaps not yet reaped */
    bool wants_terminal; /* it was stopped because it reads or sets the terminal */
    bool reaped;
    int status; /* as waitpid gives it, once reaped */
};

struct pipes {
    int in[2], out[2], errors[2], failed[2];
};

static void close_pair(int *fd)
{
    for (int i = 0; i < 2; i++)
        if (fd[i] >= 0)
            close(fd[i]);
    fd[0] = fd[1] = -1;
}

static void close_pipes(struct pipes *p)
{
    close_pair(p->in);
    close_pair(p->out);
    close_pair(p->errors);
    close_pair(p->failed);
}

static int open_pipes(struct pipes *p, const char *who, struct error *e)
{
    *p = (struct pipes){{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
    if (pipe2(p->in, O_CLOEXEC) == 0 && pipe2(p->out, O_CLOEXEC) == 0 && pipe2(p->errors, O_CLOEXEC) == 0 &&
        pipe2(p->failed, O_CLOEXEC) == 0)
        return 0;
    error_set(e, "cannot start %s: %s", who, strerror(errno));
    close_pipes(p);
    return -1;
}

/* Between fork and exec: only calls that are safe in a signal handler. */
static void become_child(const struct pipes *p, const char *const *words, const char *command)
{
    setpgid(0, 0);
    /* Should the front end be killed, the worker need not finish a batch that nobody waits for. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    signal(SIGTERM, SIG_DFL); /* others that are ignored stay so; those that are caught become the default */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(p->in[0], 0) >= 0 && dup2(p->out[1], 1) >= 0 && dup2(p->errors[1], 2) >= 0) {
        if (command)
            execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        else
            execv(words[0], (char *const *)(uintptr_t)words);
    }
    int cause = errno;
    ssize_t ignored = write(p->failed[1], &cause, sizeof cause);
    (void)ignored;
    _exit(127);
}

static int spawn_fork(struct spawn *w, struct pipes *p, const char *const *words, const char *command,
                      struct error *e)
{
    w->pid = fork();
    if (w->pid < 0)
        return error_set(e, "cannot start %s: %s", w->who, strerror(errno));
    if (w->pid == 0)
        become_child(p, words, command);
    setpgid(w->pid, w->pid); /* whichever of the two comes first */
    close(p->failed[1]);
    p->failed[1] = -1;
    int cause;
    ssize_t n;
    do
        n = read(p->failed[0], &cause, sizeof cause);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof cause)
        return 0;
    waitpid(w->pid, NULL, 0);
    return error_set(e, "cannot start %s %s: %s", w->who, command ? "/bin/sh" : words[0], strerror(cause));
}

struct spawn *spawn_start(const char *who, const char *const *words, const char *command, struct error *e)
{
    struct pipes p;
    struct spawn *w = memory_new(1, sizeof *w);
    w->who = who;
    if (open_pipes(&p, who, e) < 0 || spawn_fork(w, &p, words, command, e) < 0) {
        close_pipes(&p);
        free(w);
        return NULL;
    }
    w->to = p.in[1];
    w->from = p.out[0];
    w->errors = p.errors[0];
    p.in[1] = p.out[0] = p.errors[0] = -1;
    close_pipes(&p);
    fcntl(w->to, F_SETFL, O_NONBLOCK);
    fcntl(w->from, F_SETFL, O_NONBLOCK);
    fcntl(w->errors, F_SETFL, O_NONBLOCK);
    return w;
}

int spawn_to(const struct spawn *w)
{
    return w->to;
}

int spawn_from(const struct spawn *w)
{
    return w->from;
}

int spawn_errors(const struct spawn *w)
{
    return w->errors;
}

pid_t spawn_process(const struct spawn *w)
{
    return w->pid;
}

void spawn_close_input(struct spawn *w)
{
    if (w->to >= 0)
        close(w->to);
    w->to = -1;
}

void spawn_listen(struct spawn *w)
{
    char bytes[1024];
    while (w->errors >= 0) {
        ssize_t n = read(w->errors, bytes, sizeof bytes);
        if (n > 0) {
            size_t kept = w->words_n;
            size_t capacity = sizeof w->words - 1;
            if (kept + (size_t)n > capacity) {
                size_t gone = kept + (size_t)n - capacity;
                memmove(w->words, w->words + gone, kept - gone);
                kept -= gone;
            }
            memcpy(w->words + kept, bytes, (size_t)n);
            w->words_n = kept + (size_t)n;
        } else if (n == 0) {
            close(w->errors);
            w->errors = -1;
        } else if (errno != EINTR) {
            return;
        }
    }
}

/* Looks without reaping: as long as the dead leader is not, nobody else can be given the group's number. */
static void spawn_look(struct spawn *w)
{
    siginfo_t info = {0};
    if (w->ended)
        return;
    if (waitid(P_PID, (id_t)w->pid, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) < 0) {
        w->ended = errno != EINTR; /* nothing to wait for: who started us ignores SIGCHLD */
    } else if (info.si_pid == w->pid) {
        bool stopped = info.si_code == CLD_STOPPED;
        w->ended = info.si_code == CLD_EXITED || info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
        w->wants_terminal = stopped && (info.si_status == SIGTTIN || info.si_status == SIGTTOU);
    }
}

bool spawn_is_stuck(struct spawn *w)
{
    spawn_look(w);
    return w->ended || w->wants_terminal;
}

static bool spawn_ended_within(struct spawn *w, int ms)
{
    const struct timespec moment = {.tv_nsec = 5000000};
    spawn_look(w);
    for (int waited = 0; !w->ended && waited < ms; waited += 5) {
        nanosleep(&moment, NULL);
        spawn_look(w);
    }
    return w->ended;
}

static void spawn_end(struct spawn *w, int patience_ms)
{
    if (w->reaped)
        return;
    if (!spawn_ended_within(w, patience_ms)) {
        kill(-w->pid, SIGTERM);
        kill(-w->pid, SIGCONT); /* what is stopped would not notice */
        spawn_ended_within(w, SPAWN_PATIENCE_MS);
    }
    kill(-w->pid, SIGKILL); /* whoever is left of the group, as a child of a shell that died */
    while (!w->reaped) {
        pid_t got = waitpid(w->pid, &w->status, 0);
        w->reaped = got == w->pid || (got < 0 && errno != EINTR);
    }
    w->ended = true;
}

/* The last line that is not blank, escaped, at most some 200 bytes of it. New string. */
static char *last_line(struct spawn *w)
{
    w->words[w->words_n] = '\0';
    for (size_t i = 0; i < w->words_n; i++)
        if (w->words[i] == '\0')
            w->words[i] = '?';
    char *copy = memory_copy(w->words);
    char *text = text_trim(copy);
    char *feed = strrchr(text, '\n');
    char *line = text_escape(text_trim(feed ? feed + 1 : text));
    free(copy);
    if (strlen(line) > 200)
        line[200] = '\0';
    return line;
}

int spawn_explain(struct spawn *w, struct error *e)
{
    bool waits = spawn_is_stuck(w) && !w->ended;
    bool by_itself = !waits && spawn_ended_within(w, 500);
    spawn_end(w, 0);
    spawn_listen(w);
    char *words = last_line(w);
    const char *said = *words ? "; it last said: " : "";
    if (waits)
        error_set(e, "%s waits for the terminal, which it cannot have (let ssh use a key or an agent)%s%s",
                  w->who, said, words);
    else if (!by_itself)
        error_set(e, "%s closed its pipe%s%s", w->who, said, words);
    else if (WIFSIGNALED(w->status))
        error_set(e, "%s was killed by signal %d (%s)%s%s", w->who, WTERMSIG(w->status),
                  strsignal(WTERMSIG(w->status)), said, words);
    else
        error_set(e, "%s ended with exit status %d%s%s", w->who, WEXITSTATUS(w->status), said, words);
    free(words);
    return -1;
}

void spawn_free(struct spawn *w, int patience_ms)
{
    if (!w)
        return;
    spawn_close_input(w);
    spawn_end(w, patience_ms);
    close(w->from);
    if (w->errors >= 0)
        close(w->errors);
    free(w);
}
