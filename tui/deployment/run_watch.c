#include "deployment/run_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"

enum {
    WATCH_MS = 200,     /* the state is shown at most so often, */
    WATCH_SHARE = 20,   /* and takes at most this part of the time */
    WATCH_LINES = 1000, /* nobody reads more */
};

struct run_watch {
    struct run_job *job;
    char *data; /* the set to open; or NULL */
    int (*choose)(void *data, const struct exchange_image *last);
    void *choose_data;
    volatile sig_atomic_t stop;
    pthread_t thread;

    /* The thread's own. */
    enum run_phase phase;
    long compared;
    int64_t next_ms; /* when the state is shown next */

    /* Of both. */
    pthread_mutex_t lock;
    int wake[2]; /* a byte for each change */
    struct run_state state;
    bool changed;
    struct run_line *lines; /* [lines_n] not taken yet */
    int lines_n;
};

/* ---- The thread ------------------------------------------------------------------------------------- */

static void watch_wake(struct run_watch *w)
{
    ssize_t ignored = write(w->wake[1], "", 1); /* where it is full, a byte is there already */
    (void)ignored;
}

static void watch_say(struct run_watch *w, bool warning, const char *text)
{
    pthread_mutex_lock(&w->lock);
    if (w->lines_n < WATCH_LINES) {
        w->lines = memory_grow(w->lines, (size_t)w->lines_n + 1, sizeof *w->lines);
        w->lines[w->lines_n++] = (struct run_line){warning, memory_copy(text)};
    }
    pthread_mutex_unlock(&w->lock);
    watch_wake(w);
}

/* The cut under way, and how often it was another one than before. */
static void watch_follow_cuts(const struct run_job *j, struct run_state *s)
{
    bool any = false;
    for (long i = 0; i < j->n && j->images; i++) {
        if (!j->images[i].answered)
            continue;
        s->moves += any && j->images[i].cut != s->cut;
        s->cut = j->images[i].cut;
        any = true;
    }
}

static struct run_state watch_state(const struct run_watch *w)
{
    const struct run_job *j = w->job;
    double none[RUN_MEASURES]; /* no plan: that is the watcher's */
    struct run_state s = {.phase = w->phase, .compared = w->compared, .n = j->n};
    for (int m = 0; m < RUN_MEASURES; m++)
        none[m] = NAN;
    s.settled = j->result.answered + j->result.skipped;
    s.summary = run_summary_make(j->images, j->labels, j->images ? j->n : 0, -1, "", &j->result, none);
    s.summary.images = NULL;
    s.summary.labels = NULL;
    watch_follow_cuts(j, &s);
    s.mean_bytes = j->images ? run_job_mean_bytes(j, s.cut) : 0;
    return s;
}

static void watch_show(struct run_watch *w, enum exchange_end end, const struct error *why)
{
    int64_t began = clock_ms();
    struct run_state s = watch_state(w);
    s.end = end;
    if (why)
        s.why = *why;
    pthread_mutex_lock(&w->lock);
    w->state = s;
    w->changed = true;
    pthread_mutex_unlock(&w->lock);
    watch_wake(w);
    int64_t took = clock_ms() - began;
    w->next_ms = clock_ms() + (took * WATCH_SHARE > WATCH_MS ? took * WATCH_SHARE : WATCH_MS);
}

static void watch_on_lost(void *data, const char *why)
{
    struct run_watch *w = data;
    watch_say(w, true, why);
    w->phase = RUN_LOST;
    watch_show(w, EXCHANGE_DONE, NULL);
}

static void watch_on_skipped(void *data, const struct exchange_image *image)
{
    char *text = memory_format("%s: no answer: %s", image->path, image->reason);
    watch_say(data, true, text);
    free(text);
}

/* Nothing new is nothing to show. */
static void watch_on_tick(void *data, long settled)
{
    struct run_watch *w = data;
    long shown = w->phase == RUN_COMPARING ? w->state.compared : w->state.settled;
    if (w->phase == RUN_COMPARING)
        w->compared = settled;
    else if (settled > shown)
        w->phase = RUN_RUNNING;
    if (settled > shown && clock_ms() >= w->next_ms)
        watch_show(w, EXCHANGE_DONE, NULL);
}

static int watch_on_choose(void *data, const struct exchange_image *last)
{
    struct run_watch *w = data;
    return w->choose(w->choose_data, last);
}

static void watch_on_whole(void *data)
{
    struct run_watch *w = data;
    w->phase = RUN_COMPARING;
    watch_show(w, EXCHANGE_DONE, NULL);
}

static void watch_on_unknown(void *data, const char *why)
{
    char *text = memory_format("agreement with the whole network is not known: %s", why);
    watch_say(data, false, text);
    free(text);
}

static int watch_take_data(struct run_watch *w, struct error *e)
{
    struct run_job *j = w->job;
    if (!w->data)
        return 0;
    watch_show(w, EXCHANGE_DONE, NULL);
    if (run_job_take_data(j, w->data, &w->stop, e) < 0)
        return -1;
    for (int i = 0; i < j->dataset->warnings_n; i++)
        watch_say(w, true, j->dataset->warnings[i]);
    return 0;
}

static void *watch_run(void *data)
{
    struct run_watch *w = data;
    const struct exchange_listener listener = {.data = w,
                                               .lost = watch_on_lost,
                                               .skipped = watch_on_skipped,
                                               .tick = watch_on_tick,
                                               .choose = watch_on_choose,
                                               .whole = watch_on_whole,
                                               .unknown = watch_on_unknown};
    struct error e = {""};
    enum exchange_end end = EXCHANGE_REFUSED;
    if (watch_take_data(w, &e) == 0) {
        w->phase = RUN_CONNECTING;
        watch_show(w, EXCHANGE_DONE, NULL);
        end = run_job_work(w->job, &listener, &w->stop, &e);
    }
    w->phase = RUN_OVER;
    watch_show(w, end, &e);
    return NULL;
}

/* ---- Who watches ------------------------------------------------------------------------------------ */

/* Signals are for the thread that has the terminal, but for those of a crash, which gives the terminal back.
 */
static int watch_start(struct run_watch *w)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    sigset_t all, before;
    sigfillset(&all);
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++)
        sigdelset(&all, crashes[i]);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(&w->thread, NULL, watch_run, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure;
}

static void watch_forget(struct run_watch *w)
{
    for (int i = 0; i < w->lines_n; i++)
        free(w->lines[i].text);
    free(w->lines);
    close(w->wake[0]);
    close(w->wake[1]);
    pthread_mutex_destroy(&w->lock);
    free(w->data);
    free(w);
}

struct run_watch *run_watch_begin(struct run_job *job, const char *data,
                                  int (*choose)(void *data, const struct exchange_image *last),
                                  void *choose_data, struct error *e)
{
    int wake[2];
    if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) < 0) {
        error_set(e, "cannot run: %s", strerror(errno));
        return NULL;
    }
    struct run_watch *w = memory_new(1, sizeof *w);
    w->job = job;
    w->data = data ? memory_copy(data) : NULL;
    w->choose = choose;
    w->choose_data = choose_data;
    memcpy(w->wake, wake, sizeof wake);
    pthread_mutex_init(&w->lock, NULL);
    int failure = watch_start(w);
    if (failure) {
        error_set(e, "cannot run: %s", strerror(failure));
        watch_forget(w);
        return NULL;
    }
    return w;
}

int run_watch_polls(const struct run_watch *w, struct pollfd fds[RUN_WATCH_POLLS])
{
    fds[0] = (struct pollfd){.fd = w->wake[0], .events = POLLIN};
    return 1;
}

bool run_watch_take(struct run_watch *w, struct run_state *state)
{
    char bytes[64];
    while (read(w->wake[0], bytes, sizeof bytes) > 0)
        ;
    pthread_mutex_lock(&w->lock);
    bool changed = w->changed;
    w->changed = false;
    if (changed)
        *state = w->state;
    pthread_mutex_unlock(&w->lock);
    return changed;
}

bool run_watch_line(struct run_watch *w, struct run_line *line)
{
    pthread_mutex_lock(&w->lock);
    bool any = w->lines_n > 0;
    if (any) {
        *line = w->lines[0];
        memmove(w->lines, w->lines + 1, (size_t)--w->lines_n * sizeof *w->lines);
    }
    pthread_mutex_unlock(&w->lock);
    return any;
}

void run_watch_stop(struct run_watch *w)
{
    w->stop = 1;
}

void run_watch_free(struct run_watch *w)
{
    if (!w)
        return;
    run_watch_stop(w);
    pthread_join(w->thread, NULL);
    watch_forget(w);
}
