#include "study/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "cli/program_file.h"

#ifndef ISPLIT_LIBEXECDIR
#define ISPLIT_LIBEXECDIR "/usr/local/libexec/isplit"
#endif

struct child {
    pid_t pid;
    struct channel *channel;
    int to, from, errors; /* our ends of the pipes; errors is -1 after its end */
    char words[4096];     /* the end of what it printed on standard error */
    size_t words_n;
    bool ended;          /* the process that was started, perhaps not yet reaped */
    bool wants_terminal; /* it was stopped because it reads or sets the terminal */
    bool reaped;
    int status; /* as waitpid gives it, once reaped */
};

/* The engine of this installation, or NULL. New string. */
static char *find_engine(struct error *e)
{
    static const char *const places[] = {"isplit-engine", "../libexec/isplit/isplit-engine",
                                         ISPLIT_LIBEXECDIR "/isplit-engine", NULL};
    char *folder;
    char *found = program_file_find(places, X_OK, &folder);
    if (!found) {
        char *shown = text_escape(folder);
        error_set(e, "no worker isplit-engine in %.1000s (build it, or name one with --engine)", shown);
        free(shown);
    }
    free(folder);
    return found;
}

/* What a worker gets to go by itself, and again after SIGTERM: leaving takes less than a second in all. */
enum { PATIENCE_MS = 300 };

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

static int open_pipes(struct pipes *p, struct error *e)
{
    *p = (struct pipes){{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
    if (pipe2(p->in, O_CLOEXEC) == 0 && pipe2(p->out, O_CLOEXEC) == 0 && pipe2(p->errors, O_CLOEXEC) == 0 &&
        pipe2(p->failed, O_CLOEXEC) == 0)
        return 0;
    error_set(e, "cannot start the worker: %s", strerror(errno));
    close_pipes(p);
    return -1;
}

/* Between fork and exec: only calls that are safe in a signal handler. */
static void become_child(const struct pipes *p, const char *path, const char *command)
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
            execl(path, path, (char *)NULL);
    }
    int cause = errno;
    ssize_t ignored = write(p->failed[1], &cause, sizeof cause);
    (void)ignored;
    _exit(127);
}

/* The worker's threads meet at a barrier after every layer. Where something else runs on the machine, waiting
 * there in a busy loop, as libgomp does at first, costs several times what the layers do; so they go to
 * sleep early. Whoever sets it himself is left alone. */
static void calm_threads(void)
{
    if (!getenv("OMP_WAIT_POLICY"))
        setenv("GOMP_SPINCOUNT", "1000", 0);
}

static int fork_child(struct child *w, struct pipes *p, const char *path, const char *command,
                      struct error *e)
{
    calm_threads();
    w->pid = fork();
    if (w->pid < 0)
        return error_set(e, "cannot start the worker: %s", strerror(errno));
    if (w->pid == 0)
        become_child(p, path, command);
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
    return error_set(e, "cannot start the worker %s: %s", path ? path : "/bin/sh", strerror(cause));
}

struct child *child_start(const char *command, struct error *e)
{
    char *path = command ? NULL : find_engine(e);
    if (!command && !path)
        return NULL;
    struct pipes p;
    struct child *w = memory_new(1, sizeof *w);
    int status = open_pipes(&p, e);
    if (status == 0)
        status = fork_child(w, &p, path, command, e);
    free(path);
    if (status < 0) {
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
    w->channel = channel_new(w->from, w->to, CHANNEL_LINE_LIMIT);
    return w;
}

struct channel *child_channel(const struct child *w)
{
    return w->channel;
}

pid_t child_process(const struct child *w)
{
    return w->pid;
}

int child_polls(const struct child *w, struct pollfd fds[3])
{
    int used = 0;
    if (!channel_has_ended(w->channel))
        fds[used++] = (struct pollfd){.fd = w->from, .events = POLLIN};
    if (w->errors >= 0)
        fds[used++] = (struct pollfd){.fd = w->errors, .events = POLLIN};
    if (channel_has_queued(w->channel))
        fds[used++] = (struct pollfd){.fd = w->to, .events = POLLOUT};
    return used;
}

/* Keeps the end of what it says on standard error. */
static void listen_to_errors(struct child *w)
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

int child_pump(struct child *w, int timeout_ms, struct error *e)
{
    if (channel_wait(w->channel, w->errors, timeout_ms, e) < 0)
        return -1;
    listen_to_errors(w);
    if (channel_fill(w->channel, e) < 0)
        return -1;
    return channel_flush(w->channel, e) < 0 ? -1 : 0;
}

/* Looks without reaping: as long as the dead leader is not, nobody else can be given the group's number. */
static void child_look(struct child *w)
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

bool child_is_stuck(struct child *w)
{
    child_look(w);
    return w->ended || w->wants_terminal;
}

static bool ended_within(struct child *w, int ms)
{
    const struct timespec moment = {.tv_nsec = 5000000};
    child_look(w);
    for (int waited = 0; !w->ended && waited < ms; waited += 5) {
        nanosleep(&moment, NULL);
        child_look(w);
    }
    return w->ended;
}

static void end(struct child *w, int patience_ms)
{
    if (w->reaped)
        return;
    if (!ended_within(w, patience_ms)) {
        kill(-w->pid, SIGTERM);
        kill(-w->pid, SIGCONT); /* what is stopped would not notice */
        ended_within(w, PATIENCE_MS);
    }
    kill(-w->pid, SIGKILL); /* whoever is left of the group, as a child of a shell that died */
    while (!w->reaped) {
        pid_t got = waitpid(w->pid, &w->status, 0);
        w->reaped = got == w->pid || (got < 0 && errno != EINTR);
    }
    w->ended = true;
}

/* The last line that is not blank, escaped, at most some 200 bytes of it. New string. */
static char *last_line(struct child *w)
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

int child_explain(struct child *w, struct error *e)
{
    bool waits = child_is_stuck(w) && !w->ended;
    bool by_itself = !waits && ended_within(w, 500);
    end(w, 0);
    listen_to_errors(w);
    char *words = last_line(w);
    const char *said = *words ? "; it last said: " : "";
    if (waits)
        error_set(
            e, "the worker waits for the terminal, which it cannot have (let ssh use a key or an agent)%s%s",
            said, words);
    else if (!by_itself)
        error_set(e, "the worker closed its pipe%s%s", said, words);
    else if (WIFSIGNALED(w->status))
        error_set(e, "the worker was killed by signal %d (%s)%s%s", WTERMSIG(w->status),
                  strsignal(WTERMSIG(w->status)), said, words);
    else
        error_set(e, "the worker ended with exit status %d%s%s", WEXITSTATUS(w->status), said, words);
    free(words);
    return -1;
}

void child_free(struct child *w, bool gently)
{
    if (!w)
        return;
    close(w->to); /* the end of file that tells it to go */
    end(w, gently ? PATIENCE_MS : 0);
    close(w->from);
    if (w->errors >= 0)
        close(w->errors);
    channel_free(w->channel);
    free(w);
}
