#include "worker/profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/quantile.h"

#define WARM_NS INT64_C(100000000)
#define ENOUGH_NS INT64_C(2000000000)
#define PATIENCE_NS INT64_C(8000000000) /* where the machine is busy */
/* This many calm passes are enough to ignore all others. */
enum { CALM_ENOUGH = 5 };

enum pass { WHOLE, LAYERS, PASSES };
enum kind { REAL, PROCESSOR, KINDS };

struct moment {
    int64_t begin; /* real time, ns, before */
    int64_t own;   /* this thread's processor time, ns */
    int64_t end;   /* real time, ns, after */
};

struct profiler {
    const struct profile_subject *subject;
    double (*ms)[KINDS]; /* [capacity][layers_n + 1] of each run, the last one the whole network's */
    /* [capacity] passes of each run in which no thread lost its processor. */
    bool (*calm)[PASSES];
    int runs, capacity;
    int calm_n[PASSES];
    double (*row)[KINDS]; /* of the present run */
    struct moment last;   /* end of the previous layer */
};

/* The cost of reading the clocks is not contained in real time taken between two moments. */
static struct moment moment_now(void)
{
    struct timespec own;
    struct moment now = {.begin = clock_ns()};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &own);
    now.own = (int64_t)own.tv_sec * 1000000000 + own.tv_nsec;
    now.end = clock_ns();
    return now;
}

static void take_time(double out[KINDS], const struct moment *from, const struct moment *to)
{
    out[REAL] = (double)(to->begin - from->end) * 1e-6;
    out[PROCESSOR] = (double)(to->own - from->own) * 1e-6;
}

static void layer_done(void *user, int layer)
{
    struct profiler *p = user;
    const struct moment now = moment_now();
    take_time(p->row[layer], &p->last, &now);
    p->last = now;
}

/* How often one of our threads has lost its processor to another program, or to waiting for a thread that
 * had. (Threads wait for each other without sleeping while all of them run.) */
static long disturbances(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_nivcsw + usage.ru_nvcsw : 0;
}

static double (*next_row(struct profiler *p))[KINDS]
{
    size_t columns = (size_t)p->subject->layers_n + 1;
    if (p->runs == p->capacity) {
        p->capacity = 2 * p->capacity + 64;
        p->ms = memory_grow(p->ms, memory_product((size_t)p->capacity, columns), sizeof *p->ms);
        p->calm = memory_grow(p->calm, (size_t)p->capacity, sizeof *p->calm);
    }
    double(*row)[KINDS] = p->ms + (size_t)p->runs * columns;
    memset(row, 0, columns * sizeof *row);
    return row;
}

/* One pass of each; the times go to the next row. */
static int run_pair(struct profiler *p, struct error *e)
{
    const struct profile_subject *s = p->subject;
    p->row = next_row(p);
    long before = disturbances();
    const struct moment begin = moment_now();
    if (s->whole(s->user, e) < 0)
        return -1;
    const struct moment end = moment_now();
    take_time(p->row[s->layers_n], &begin, &end);
    long between = disturbances();
    p->last = moment_now();
    if (s->layers(s->user, layer_done, p, e) < 0)
        return -1;
    p->calm[p->runs][WHOLE] = between == before;
    p->calm[p->runs][LAYERS] = disturbances() == between;
    return 0;
}

/* Warms up: buffers are paged in, caches fill, the clock rate rises. */
static int warm_up(struct profiler *p, profile_between *between, void *user, struct error *e)
{
    int64_t begin = clock_ns();
    do {
        if (between(user, 0, e) < 0 || run_pair(p, e) < 0)
            return -1;
    } while (clock_ns() - begin < WARM_NS);
    return 0;
}

/* Of PROFILE_RUNS runs or more so long; of fewer that part of it. */
static int64_t profile_part_ns(int64_t whole, int runs)
{
    return runs < PROFILE_RUNS ? whole / PROFILE_RUNS * runs : whole;
}

int64_t profile_enough_ns(int runs)
{
    return profile_part_ns(ENOUGH_NS, runs);
}

static bool wants_more(const struct profiler *p, int runs, int64_t spent)
{
    bool calm = p->calm_n[WHOLE] >= runs && p->calm_n[LAYERS] >= runs;
    int64_t enough = profile_part_ns(calm ? ENOUGH_NS : PATIENCE_NS, runs);
    return p->runs < runs || (p->runs < PROFILE_RUNS_LIMIT && spent < enough);
}

static int profile_run_all(struct profiler *p, int runs, profile_between *between, void *user,
                           struct error *e)
{
    if (warm_up(p, between, user, e) < 0)
        return -1;
    int64_t begin = clock_ns();
    while (wants_more(p, runs, clock_ns() - begin)) {
        if (between(user, p->runs, e) < 0 || run_pair(p, e) < 0)
            return -1;
        for (int pass = 0; pass < PASSES; pass++)
            p->calm_n[pass] += p->calm[p->runs][pass];
        p->runs++;
    }
    return 0;
}

/* The times in a column, sorted; optionally of calm passes only. Returns how many. */
static int take_column(const struct profiler *p, int column, enum kind kind, bool calm, double *out)
{
    size_t columns = (size_t)p->subject->layers_n + 1;
    enum pass pass = column == p->subject->layers_n ? WHOLE : LAYERS;
    int n = 0;
    for (int i = 0; i < p->runs; i++)
        if (!calm || p->calm[i][pass])
            out[n++] = p->ms[(size_t)i * columns + (size_t)column][kind];
    quantile_sort(out, n);
    return n;
}

/* A layer is seldom disturbed, the whole network often: without enough calm passes their medians in real time
 * do not match. A single thread has its own clock, which stops while it waits. */
static enum profile_basis choose_basis(const struct profiler *p)
{
    return p->calm_n[WHOLE] >= CALM_ENOUGH && p->calm_n[LAYERS] >= CALM_ENOUGH ? PROFILE_CALM
           : p->subject->one_thread                                            ? PROFILE_PROCESSOR
                                                                               : PROFILE_ALL;
}

static void profile_sum_up(const struct profiler *p, struct profile *out)
{
    int layers = p->subject->layers_n;
    double *times = memory_new((size_t)p->runs, sizeof *times);
    out->runs = p->runs;
    out->layers_n = layers;
    out->median_ms = memory_new((size_t)layers, sizeof *out->median_ms);
    out->p95_ms = memory_new((size_t)layers, sizeof *out->p95_ms);
    out->basis = choose_basis(p);
    enum kind kind = out->basis == PROFILE_PROCESSOR ? PROCESSOR : REAL;
    for (int l = 0; l <= layers; l++) {
        int n = take_column(p, l, kind, out->basis == PROFILE_CALM, times);
        *(l < layers ? &out->median_ms[l] : &out->whole_ms[0]) = (float)quantile_of(times, n, 0.5);
        n = take_column(p, l, REAL, false, times);
        *(l < layers ? &out->p95_ms[l] : &out->whole_ms[1]) = (float)quantile_of(times, n, 0.95);
    }
    free(times);
}

int profile_make(const struct profile_subject *subject, int runs, profile_between *between, void *user,
                 struct profile *out, struct error *e)
{
    struct profiler p = {.subject = subject};
    int status = profile_run_all(&p, runs, between, user, e);
    if (status == 0)
        profile_sum_up(&p, out);
    free(p.ms);
    free(p.calm);
    return status;
}
