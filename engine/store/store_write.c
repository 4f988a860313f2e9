/* Keeping: a queue that the caller fills, and a thread that empties it in short transactions. Rows gathered
 * for GATHER_MS are written together; between two transactions the file is free for other programs. An image
 * list of a million images takes seconds: it is written in slices, and rows go before each of them. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"
#include "store/store_features.h"
#include "store/store_keep.h"
#include "store/store_image_list.h"
#include "store/store_jobs.h"
#include "store/store_parts.h"
#include "store/store_schema.h"

enum {
    GATHER_MS = 300, /* rows are gathered this long */
    WORK_MS = 200,   /* a transaction takes about this long, */
    SLICE_MS = 50,   /* that of a slice of an image list this long, */
    PAUSE_MS = 20,   /* with this pause after it */
};

struct writer {
    char *path;
    dev_t device; /* of the file when the store was opened */
    ino_t inode;
    pthread_t thread;
    bool thread_runs;
    pthread_mutex_t lock; /* protects everything down to `news` */
    pthread_cond_t changed;
    struct job *first, **last;
    struct store_target *targets;
    int64_t oldest;   /* clock_ms() when the first job came */
    bool hurry, stop; /* hurry: the caller waits, so no gathering and no pauses */
    bool busy;        /* a transaction is under way or due */
    bool failed, reported, damaged;
    struct error trouble;
    char *news; /* the file was made anew; NULL: no, or told */

    struct sql sql; /* used by the thread only, as is the rest */
    long transaction;
};

/* ---- In a transaction ---------------------------------------------------------------------------- */

/* Writes the jobs from *next on, as many as the time allows; then parts of an incomplete image list. */
static int write_some(struct writer *w, struct job **next, struct store_target *image_list, struct error *e)
{
    int64_t begin = clock_ms();
    bool time_is_up = false;
    w->transaction++;
    for (int n = 1; *next && !time_is_up; n++) {
        if (store_job_write(&w->sql, w->transaction, *next, e) < 0)
            return -1;
        *next = (*next)->next;
        time_is_up = n % 64 == 0 && clock_ms() - begin > WORK_MS;
    }
    begin = clock_ms();
    while (image_list && !time_is_up) {
        if (store_job_resolve(&w->sql, w->transaction, image_list, e) < 0)
            return -1;
        if (image_list->listed.complete)
            return 0;
        if (image_list_keep_part(&w->sql, image_list->image_list, &image_list->listed, e) < 0)
            return -1;
        time_is_up = clock_ms() - begin > SLICE_MS;
    }
    return 0;
}

static bool is_waited_for(struct writer *w)
{
    pthread_mutex_lock(&w->lock);
    bool waiting = w->hurry;
    pthread_mutex_unlock(&w->lock);
    return waiting;
}

static void set_news(struct writer *w, char *news)
{
    pthread_mutex_lock(&w->lock);
    free(w->news);
    w->news = news;
    pthread_mutex_unlock(&w->lock);
}

/* The first connection, retried as long as write_transaction would. The file may have been deleted since the
 * store was opened. */
static int connect_writer(struct writer *w, struct error *e)
{
    struct stat st;
    bool gone = stat(w->path, &st) < 0;
    if (!gone && (st.st_ino != w->inode || st.st_dev != w->device))
        return store_fail_replaced(w->path, e);
    for (;;) {
        bool waited_for = is_waited_for(w);
        if (store_connect(&w->sql, w->path, e) == 0)
            break;
        if (w->sql.code != SQLITE_BUSY || waited_for)
            return -1;
        sql_close(&w->sql);
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    }
    sql_set_patience(&w->sql, SQL_PATIENCE_MS);
    if (gone && schema_make(&w->sql, e) < 0)
        return -1;
    if (gone)
        set_news(w, memory_format("%s: was deleted while it was in use: made anew", w->path));
    return 0;
}

/* After the file has lost its name. */
static int make_file_anew(struct writer *w, long unsettled, struct error *e)
{
    char *news = store_renew(&w->sql, w->path, unsettled, e);
    if (!news)
        return -1;
    set_news(w, news);
    return 0;
}

/* One transaction, retried while another program locks the file and the caller does not wait. What went into
 * a file without a name is written once more: into the one that takes its place. */
static int write_transaction(struct writer *w, struct job **next, struct store_target *image_list,
                             struct error *e)
{
    struct job *first = *next;
    bool again;
    do {
        *next = first;
        bool waited_for = is_waited_for(w);
        bool written = sql_begin(&w->sql, e) == 0 && write_some(w, next, image_list, e) == 0 &&
                       sql_commit(&w->sql, e) == 0;
        bool moved = sql_has_moved(&w->sql);
        if (written && !moved)
            return 0;
        sql_rollback(&w->sql);
        again = moved ? make_file_anew(w, store_job_count(first, *next), e) == 0
                      : w->sql.code == SQLITE_BUSY && !waited_for;
    } while (again);
    return -1;
}

/* ---- The thread: everything below is called with the lock held ------------------------------------ */

/* The first target whose image list is not known to be complete. */
static struct store_target *unlisted(const struct writer *w)
{
    struct store_target *t = w->targets;
    while (t && (!t->image_list || t->listed.complete))
        t = t->next;
    return t;
}

/* Frees the targets that the caller has ended and no job needs. Not within a transaction. */
static void drop_targets(struct writer *w)
{
    struct store_target **link = &w->targets;
    while (!w->first && *link) {
        struct store_target *t = *link;
        bool is_written = w->failed || !t->image_list || t->listed.complete;
        if (is_written && atomic_load(&t->holders) == 1) {
            *link = t->next;
            store_job_target_let_go(t);
        } else {
            link = &t->next;
        }
    }
}

static void wait_until(struct writer *w, int64_t stopping)
{
    struct timespec t = {.tv_sec = stopping / 1000, .tv_nsec = stopping % 1000 * 1000000};
    pthread_cond_timedwait(&w->changed, &w->lock, &t);
}

/* false: the queue is empty and the store is closing, or nothing may be written any more, no image list
 * either. */
static bool wait_for_work(struct writer *w)
{
    int64_t pause = clock_ms() + PAUSE_MS;
    while (!w->failed) {
        int64_t now = clock_ms();
        int64_t due = w->first ? w->oldest + GATHER_MS : INT64_MAX;
        if (unlisted(w) && pause < due)
            due = pause;
        if (due <= now || (w->hurry && due != INT64_MAX))
            return true;
        w->busy = due != INT64_MAX;
        pthread_cond_broadcast(&w->changed);
        if (w->stop)
            return false;
        if (due == INT64_MAX)
            pthread_cond_wait(&w->changed, &w->lock);
        else
            wait_until(w, due);
    }
    return false;
}

static void give_up(struct writer *w, const struct error *e)
{
    w->failed = true;
    w->trouble = *e;
    w->damaged = w->sql.code == SQLITE_CORRUPT || w->sql.code == SQLITE_NOTADB;
    store_job_free_all(w->first, NULL);
    w->first = NULL;
    w->last = &w->first;
    w->busy = false;
    pthread_cond_broadcast(&w->changed);
}

static void take_turn(struct writer *w)
{
    struct error e;
    struct job *jobs = w->first, *next = jobs;
    struct store_target *image_list = unlisted(w);
    w->first = NULL;
    w->last = &w->first;
    w->busy = true;
    pthread_mutex_unlock(&w->lock);
    int status = w->sql.db ? 0 : connect_writer(w, &e);
    while (status == 0 && (next || image_list)) {
        status = write_transaction(w, &next, image_list, &e);
        image_list = NULL;
    }
    store_job_free_all(jobs, NULL);
    pthread_mutex_lock(&w->lock);
    if (status < 0)
        give_up(w, &e);
    drop_targets(w);
}

static void *store_write_work(void *argument)
{
    struct writer *w = argument;
    pthread_mutex_lock(&w->lock);
    while (wait_for_work(w))
        take_turn(w);
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* ---- The caller's side --------------------------------------------------------------------------- */

static struct writer *writer_new(const char *path)
{
    struct writer *w = memory_new(1, sizeof *w);
    struct stat st;
    w->path = memory_copy(path);
    if (stat(path, &st) == 0) {
        w->device = st.st_dev;
        w->inode = st.st_ino;
    }
    w->last = &w->first;
    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC); /* as clock_ms */
    pthread_cond_init(&w->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    /* Signals go to the main thread. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    w->thread_runs = pthread_create(&w->thread, NULL, store_write_work, w) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!w->thread_runs) {
        struct error e;
        error_set(&e, "cannot start a thread");
        give_up(w, &e);
    }
    return w;
}

bool writer_close(struct writer *w)
{
    if (!w)
        return false;
    pthread_mutex_lock(&w->lock);
    w->hurry = w->stop = true;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    if (w->thread_runs)
        pthread_join(w->thread, NULL);
    bool damaged = w->damaged;
    while (w->targets) {
        struct store_target *next = w->targets->next;
        store_job_target_let_go(w->targets);
        w->targets = next;
    }
    sql_close(&w->sql);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    free(w->path);
    free(w->news);
    free(w);
    return damaged;
}

/* Takes ownership of the job. */
static void push(struct writer *w, struct job *job)
{
    pthread_mutex_lock(&w->lock);
    if (w->failed) {
        free(job);
    } else {
        if (!w->first)
            w->oldest = clock_ms();
        *w->last = job;
        w->last = &job->next;
        pthread_cond_broadcast(&w->changed);
    }
    pthread_mutex_unlock(&w->lock);
}

/* The file may have been deleted while nothing was kept yet. */
static struct writer *begin_writing(struct store *s)
{
    struct error e;
    bool moved = sql_has_moved(&s->sql);
    char *path = memory_copy(store_path(s));
    char *news = moved ? store_renew(&s->sql, path, 0, &e) : NULL;
    struct writer *w = writer_new(path);
    pthread_mutex_lock(&w->lock);
    w->news = news;
    if (moved && !news)
        give_up(w, &e);
    pthread_mutex_unlock(&w->lock);
    free(path);
    return w;
}

/* Takes ownership of the target. */
static struct store_target *store_begin_target(struct writer *w, struct store_target *t)
{
    pthread_mutex_lock(&w->lock);
    if (!w->busy)
        drop_targets(w);
    struct store_target **end = &w->targets;
    while (*end)
        end = &(*end)->next;
    *end = t;
    pthread_mutex_unlock(&w->lock);
    push(w, store_job_new(t, JOB_BEGIN, 0));
    return t;
}

static struct writer *store_writer(struct store *s)
{
    if (!s->writer && s->access == STORE_WRITE)
        s->writer = begin_writing(s);
    return s->writer;
}

struct store_target *store_begin(struct store *s, const struct store_run_key *run_key, const char *tuning_key,
                                 const struct dataset *d, int layers_n)
{
    struct writer *w = store_writer(s);
    return w ? store_begin_target(w, store_job_target_new(w, run_key, tuning_key, d, layers_n)) : NULL;
}

struct store_target *store_features_begin(struct store *s, const struct store_run_key *k,
                                          const char *tuning_key, const struct dataset *d)
{
    struct writer *w = store_writer(s);
    if (!w)
        return NULL;
    struct store_target *t = store_job_target_new(w, k, tuning_key, d, 0);
    t->features = true;
    return store_begin_target(w, t);
}

void store_end(struct store_target *t)
{
    if (t)
        store_job_target_let_go(t);
}

void store_keep_content(struct store_target *t, long image, int64_t size, int64_t mtime_ns,
                        const struct content *content)
{
    if (t && size >= 0 && content->known)
        push(t->writer, store_job_new_content(t, image, size, mtime_ns, content));
}

void store_keep_row(struct store_target *t, const struct content *content, int class_index,
                    const struct store_row *row, const float *values)
{
    if (t && content->known)
        push(t->writer, store_job_new_row(t, content, class_index, row, values));
}

void store_features_keep(struct store_target *t, const struct content *content, const char *name,
                         const uint32_t *words, size_t n)
{
    if (t && (!content || content->known))
        push(t->writer, store_job_new_part(t, content, name, words, n));
}

char *writer_news(struct writer *w)
{
    pthread_mutex_lock(&w->lock);
    char *news = w->news;
    w->news = NULL;
    pthread_mutex_unlock(&w->lock);
    return news;
}

int store_flush(struct store *s, struct error *e)
{
    struct writer *w = s->writer;
    if (!w)
        return 0;
    if (sql_has_moved(&s->sql)) /* perhaps since the last commit */
        push(w, store_job_new(NULL, JOB_LOOK, 0));
    pthread_mutex_lock(&w->lock);
    w->hurry = true;
    pthread_cond_broadcast(&w->changed);
    while (!w->failed && (w->first || w->busy))
        pthread_cond_wait(&w->changed, &w->lock);
    w->hurry = false;
    w->reported = w->failed;
    bool failed = w->failed;
    struct error trouble = w->trouble;
    pthread_mutex_unlock(&w->lock);
    return failed ? error_set(e, "%s", trouble.text) : 0;
}

int store_trouble(struct store *s, struct error *e)
{
    struct writer *w = s->writer;
    if (!w)
        return 0;
    pthread_mutex_lock(&w->lock);
    bool news = w->failed && !w->reported;
    struct error trouble = w->trouble;
    w->reported = w->failed;
    pthread_mutex_unlock(&w->lock);
    return news ? error_set(e, "%s", trouble.text) : 0;
}

bool store_trouble_is_told(struct store *s)
{
    struct writer *w = s->writer;
    if (!w)
        return false;
    pthread_mutex_lock(&w->lock);
    bool told = w->reported;
    pthread_mutex_unlock(&w->lock);
    return told;
}
