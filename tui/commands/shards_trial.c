#include "commands/shards_trial.h"

#include <sys/resource.h>

#include "base/clock.h"
#include "curve/run_options.h"

/* Measuring ends after so many images, or so long after the first row. */
enum { TRIAL_IMAGES = 256, TRIAL_MS = 3000 };

struct shards_clock {
    struct job *j;
    int64_t asked_ms, first_ms, last_ms; /* when the run was asked for, and rows came; 0: not yet */
    long first_n;                        /* how many came together at first */
};

/* Rows come batch by batch. */
static void shards_tick(void *data)
{
    struct shards_clock *k = data;
    struct connection *n = k->j->c->connection;
    struct error e;
    long rows = n->results + n->skipped + n->nonfinite;
    if (rows > 0 && k->first_ms == 0) {
        k->first_ms = clock_ms();
        k->first_n = rows;
    }
    if (rows > k->first_n)
        k->last_ms = clock_ms();
    if (k->first_ms && clock_ms() - k->first_ms > TRIAL_MS)
        connection_stop(n, &e); /* a pipe that broke shows in the next step */
    console_progress(k->j->c->console, "measuring how fast it is", rows, rows > 0 ? n->asked : 0,
                     connection_silence(n));
}

static void shards_read_clock(const struct shards_clock *k, int64_t began_ms, struct shards_trial *t)
{
    const struct connection *n = k->j->c->connection;
    long rows = n->results + n->skipped + n->nonfinite;
    bool several = k->last_ms > k->first_ms && rows > k->first_n;
    double ms = several ? (double)(k->last_ms - k->first_ms) : (double)(k->first_ms - k->asked_ms);
    t->measured = rows;
    t->rate = (double)(several ? rows - k->first_n : rows) * 1000 / (ms > 1 ? ms : 1);
    t->start_s = (double)(k->first_ms - began_ms) / 1000;
    t->threads = n->tuning.threads;
}

static int shards_measure(struct job *j, int64_t began_ms, struct shards_trial *t)
{
    struct error e;
    struct run_options run = study_run_options(j->study);
    struct shards_clock k = {.j = j, .asked_ms = clock_ms()};
    run.tuning_file[0] = '\0'; /* the first share makes it, where the shares run */
    run.images = j->study->order;
    run.images_n = j->study->order_n < TRIAL_IMAGES ? j->study->order_n : TRIAL_IMAGES;
    console_begin(j->c->console, 0);
    if (connection_run(j->c->connection, &run, j->study->curve, &e) < 0)
        return command_fail(j->c, COMMAND_LOST, &e);
    enum connection_end end = connection_wait(j->c->connection, j->c->signals, shards_tick, &k, &e);
    console_clear(j->c->console);
    if (end != CONNECTION_DONE)
        return command_end(j->c, end, &e, command_unwritten);
    shards_read_clock(&k, began_ms, t);
    return COMMAND_DONE;
}

/* What the largest process so far took at most, and this one: ru_maxrss is in KiB. */
static int64_t shards_peak(const struct options *o)
{
    struct rusage own, children;
    getrusage(RUSAGE_SELF, &own);
    getrusage(RUSAGE_CHILDREN, &children);
    int64_t workers = o->workers > 1 ? o->workers : 1;
    return ((int64_t)own.ru_maxrss + workers * children.ru_maxrss) * 1024;
}

int shards_try(struct command *c, struct shards_trial *trial)
{
    const struct options *o = &c->options;
    struct job j = {.c = c, .several = true};
    int64_t began_ms = clock_ms();
    *trial = (struct shards_trial){.rate = o->rate, .threads = (int)o->measure.threads};
    bool told = o->rate > 0 && o->measure.threads > 0;
    int status = command_find_inputs(c, true, &j.inputs);
    if (status == COMMAND_DONE)
        status = job_connect(&j);
    if (status == COMMAND_DONE)
        status = job_choose(&j);
    if (status == COMMAND_DONE)
        trial->images = j.study->order_n;
    if (status == COMMAND_DONE && !told)
        status = shards_measure(&j, began_ms, trial);
    if (o->rate > 0)
        trial->rate = o->rate;
    job_free(&j);
    connection_free(c->connection);
    c->connection = NULL;
    if (!told && !o->engines[0])
        trial->bytes = shards_peak(o);
    return status;
}
