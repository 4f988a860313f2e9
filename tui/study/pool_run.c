/* A run dealt to many workers: portions (study/portions.h) to whoever is free. What a worker has not answered
 * when it dies goes back; what is left at the end with one that is slow or silent is given to those that are
 * free, too, and the first answer counts. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "data/content.h"
#include "study/pool_parts.h"
#include "study/portions.h"
#include "wire/message_result.h"

/* A worker is silent after so long; the run begins with those loaded by then; a stop waits no longer. */
enum { SILENT_MS = 10000, LOADING_MS = 10000, STOPPING_MS = 5000, TELL_MS = 1000 };

/* A run that the front end asked for. */
struct pool_run {
    json_t *request; /* NULL: none is under way */
    long number;
    long *images, n;
    struct portions *portions;
    long results;
    char hash[24]; /* of its tuning; "" before it is known */
    int batch;
    bool stopping;
    int64_t stopped_ms;
    bool goes_on; /* the run before it came to its end: what each worker did in it counts on */
};

static void pool_put(struct pool *p, json_t *message)
{
    struct error e;
    if (channel_queue(p->front, message, &e) < 0)
        p->ends = true;
}

struct pool_run *pool_run_new(void)
{
    return memory_new(1, sizeof(struct pool_run));
}

bool pool_run_is_under_way(const struct pool *p)
{
    return p->run->request != NULL;
}

bool pool_run_is_tuned(const struct pool *p)
{
    return p->run->hash[0] != '\0';
}

bool pool_run_has(const struct pool *p, const struct pool_worker *w)
{
    return w->state == POOL_RUNS && w->run_number == p->run->number;
}

long pool_run_left(const struct pool *p, const struct pool_worker *w)
{
    const struct pool_run *r = p->run;
    long left = 0;
    for (long i = 0; pool_run_has(p, w) && r->request && i < w->portion_n; i++)
        left += !portions_is_answered(r->portions, w->portion[i]);
    return left;
}

static void pool_run_clear(struct pool *p)
{
    struct pool_run *r = p->run;
    json_decref(r->request);
    free(r->images);
    portions_free(r->portions);
    *r = (struct pool_run){.number = r->number, .goes_on = r->goes_on};
}

void pool_run_free(struct pool *p)
{
    pool_run_clear(p);
    free(p->run);
}

/* ---- Beginning ----------------------------------------------------------------------------------------- */

/* Room for the largest number; an image that is asked for twice would be the front end's fault. */
static void pool_index(struct pool *p)
{
    const struct pool_run *r = p->run;
    long most = 0;
    for (long i = 0; i < r->n; i++)
        most = r->images[i] > most ? r->images[i] : most;
    if (most >= p->positions_n) {
        p->positions = memory_grow(p->positions, (size_t)most + 1, sizeof *p->positions);
        p->positions_n = most + 1;
    }
    for (long i = 0; i < p->positions_n; i++)
        p->positions[i] = -1;
    for (long i = 0; i < r->n; i++)
        p->positions[r->images[i]] = i;
}

void pool_run_begin(struct pool *p, json_t *request)
{
    struct pool_run *r = p->run;
    const json_t *images = json_object_get(request, "images");
    bool goes_on = r->goes_on;
    pool_run_clear(p);
    *r = (struct pool_run){
        .number = r->number + 1, .n = (long)json_array_size(images), .request = json_copy(request)};
    r->images = memory_new((size_t)r->n + 1, sizeof *r->images);
    r->portions = portions_new(r->n);
    for (long i = 0; i < r->n; i++) {
        json_int_t image = json_integer_value(json_array_get(images, (size_t)i));
        r->images[i] = image < 0 ? 0 : (long)image;
    }
    json_object_del(r->request, "images");
    pool_index(p);
    pool_machine_begin(p, r->request);
    for (int i = 0; i < p->n && !goes_on; i++) {
        p->workers[i].rows = 0;
        p->workers[i].began_ms = 0;
    }
}

/* ---- Ending -------------------------------------------------------------------------------------------- */

/* "worker 1: 210 images, 8.1 a second; worker 2: lost, ..." or, for the screen's header, "8.1 + 7.9". */
static char *pool_rates(const struct pool *p, bool whole)
{
    size_t size;
    char *text;
    FILE *out = memory_stream(&text, &size);
    for (int i = 0; i < p->n; i++) {
        const struct pool_worker *w = &p->workers[i];
        double seconds = w->began_ms ? (double)(clock_ms() - w->began_ms) / 1000 : 0;
        double rate = seconds > 0 ? (double)w->rows / seconds : 0;
        const char *state = w->state == POOL_LOST ? "lost" : w->silent ? "silent" : NULL;
        if (whole)
            fprintf(out, "%s%s: %ld images, %.1f a second%s%s", i ? "; " : "", w->name, w->rows, rate,
                    state ? ", " : "", state ? state : "");
        else if (state)
            fprintf(out, "%s%s", i ? " + " : "", state);
        else
            fprintf(out, "%s%.1f", i ? " + " : "", rate);
    }
    fclose(out);
    return text;
}

static void pool_tell(struct pool *p, bool whole)
{
    char *text = pool_rates(p, whole);
    pool_put(p, message_workers(text, whole));
    free(text);
}

static void pool_stop_worker(struct pool *p, struct pool_worker *w)
{
    if (w->state != POOL_RUNS || w->stopping)
        return;
    w->stopping = true;
    pool_worker_send(p, w, message_stop());
}

/* Nothing is waited for any more: what a worker still measures has come of another one, or is not wanted. */
static void pool_leave_run(struct pool *p)
{
    pool_run_clear(p);
    for (int i = 0; i < p->n; i++)
        pool_stop_worker(p, &p->workers[i]);
}

static void pool_end_run(struct pool *p)
{
    if (p->run->n > 0)
        pool_tell(p, true);
    p->run->goes_on = p->run->n > 0 && !p->run->stopping;
    pool_put(p, message_done(p->run->results));
    pool_leave_run(p);
}

static void pool_refuse_run(struct pool *p, const char *why)
{
    pool_put(p, message_error(why, false));
    pool_leave_run(p);
}

/* ---- Dealing ------------------------------------------------------------------------------------------- */

static int pool_living(const struct pool *p)
{
    int n = 0;
    for (int i = 0; i < p->n; i++)
        n += p->workers[i].state != POOL_LOST && !p->workers[i].silent;
    return n > 0 ? n : 1;
}

/* The queue is empty: half of what the worker with most has not answered. */
static void pool_take_over(struct pool *p, struct pool_worker *w)
{
    const struct pool_run *r = p->run;
    const struct pool_worker *most = NULL;
    long left = 0;
    for (int i = 0; i < p->n; i++) {
        const struct pool_worker *other = &p->workers[i];
        long n = pool_run_has(p, other)
                     ? portions_open(r->portions, other->silent, other->portion, other->portion_n)
                     : 0;
        if (n > left) {
            most = other;
            left = n;
        }
    }
    if (most)
        portions_take_over(r->portions, most->silent, most->portion, most->portion_n, &w->portion,
                           &w->portion_n);
}

/* The request of a portion; `images` NULL: for its tuning alone. */
static json_t *pool_request(const struct pool *p, const struct pool_worker *w)
{
    const struct pool_run *r = p->run;
    json_t *m = json_copy(r->request), *images = json_array();
    for (long i = 0; i < w->portion_n; i++)
        json_array_append_new(images, json_integer(r->images[w->portion[i]]));
    json_object_set_new(m, "images", images);
    if (!w->command)
        pool_machine_share(p, m);
    return m;
}

static void pool_deal_to(struct pool *p, struct pool_worker *w)
{
    struct pool_run *r = p->run;
    w->portion_n = 0;
    if (r->hash[0]) {
        portions_take(r->portions, pool_living(p), r->batch > 0 ? r->batch : 1, &w->portion, &w->portion_n);
        if (w->portion_n == 0)
            pool_take_over(p, w);
        if (w->portion_n == 0)
            return;
    }
    w->state = POOL_RUNS;
    w->run_number = r->number;
    w->stopping = false;
    if (r->hash[0] && w->began_ms == 0)
        w->began_ms = clock_ms();
    pool_worker_send(p, w, pool_request(p, w));
}

/* The first worker makes the tuning alone; it waits until all are loaded, but not for ever. */
static bool pool_may_begin(const struct pool *p)
{
    bool loads = false;
    for (int i = 0; i < p->n; i++) {
        const struct pool_worker *w = &p->workers[i];
        loads = loads || (w->state != POOL_LOST && w->steps < p->steps_n);
        if (!p->run->hash[0] && w->state == POOL_RUNS && w->run_number == p->run->number)
            return false;
    }
    return p->run->hash[0] || !loads || clock_ms() - p->began_ms > LOADING_MS;
}

void pool_run_deal(struct pool *p)
{
    struct pool_run *r = p->run;
    if (!r->request || (r->stopping && r->hash[0]))
        return;
    if (p->refusal) {
        pool_refuse_run(p, p->refusal);
        return;
    }
    for (int i = 0; i < p->n && r->request && pool_may_begin(p); i++)
        if (pool_worker_is_ready(p, &p->workers[i]))
            pool_deal_to(p, &p->workers[i]);
}

/* ---- Answers ------------------------------------------------------------------------------------------- */

static void pool_take_tuning(struct pool *p, struct pool_worker *w, json_t *m)
{
    struct pool_run *r = p->run;
    const char *hash = json_string_value(json_object_get(m, "hash"));
    if (r->hash[0] && hash && strcmp(hash, r->hash) != 0) {
        char *why = memory_format(
            "%s computes by another tuning (%.16s) than the others (%s): give all the same --tuning "
            "FILE, --batch and --threads",
            w->name, hash, r->hash);
        pool_refuse_run(p, why);
        free(why);
        return;
    }
    if (r->hash[0])
        return;
    snprintf(r->hash, sizeof r->hash, "%.20s", hash ? hash : "");
    r->batch = (int)json_integer_value(json_object_get(m, "batch"));
    pool_put(p, json_incref(m));
}

/* A row, or that there is none: the first one counts. */
static void pool_take_row(struct pool *p, struct pool_worker *w, enum message_type type, json_t *m)
{
    struct pool_run *r = p->run;
    json_int_t image = json_integer_value(json_object_get(m, "image"));
    long position = image >= 0 && image < p->positions_n ? p->positions[image] : -1;
    if (position < 0 || position >= r->n) {
        pool_worker_lose(p, w, "it spoke of an image that was not asked for");
        return;
    }
    if (!portions_answer(r->portions, position))
        return;
    r->results += type == MESSAGE_RESULT;
    w->rows++;
    pool_put(p, json_incref(m));
}

void pool_run_take(struct pool *p, struct pool_worker *w, enum message_type type, json_t *m)
{
    struct pool_run *r = p->run;
    bool current = r->request && w->run_number == r->number;
    if (type == MESSAGE_ERROR) {
        const char *text = json_string_value(json_object_get(m, "text"));
        w->state = POOL_IDLE;
        if (current && !r->hash[0])
            pool_refuse_run(p, text ? text : "the worker refused the run");
        else if (current)
            pool_worker_lose(p, w, text ? text : "it refused the run");
    } else if (type == MESSAGE_DONE) {
        w->state = POOL_IDLE;
        if (current)
            pool_run_give_back(p, w, false);
    } else if (current && type == MESSAGE_TUNING) {
        pool_take_tuning(p, w, m);
    } else if (current && r->hash[0] &&
               (type == MESSAGE_RESULT || type == MESSAGE_SKIPPED || type == MESSAGE_NONFINITE)) {
        pool_take_row(p, w, type, m);
    }
}

void pool_run_give_back(struct pool *p, struct pool_worker *w, bool died)
{
    struct pool_run *r = p->run;
    long ahead = 3L * r->batch + 2;
    if (!r->request || w->run_number != r->number)
        return;
    long deadly = portions_give_back(r->portions, w->portion, w->portion_n, died, ahead);
    const struct content unknown = {0};
    if (deadly >= 0)
        pool_put(p, message_skipped(r->images[deadly], "workers crash on it", &unknown));
    w->portion_n = 0;
}

/* ---- Time ---------------------------------------------------------------------------------------------- */

void pool_run_stop(struct pool *p)
{
    p->run->stopping = true;
    p->run->stopped_ms = clock_ms();
    for (int i = 0; i < p->n; i++)
        pool_stop_worker(p, &p->workers[i]);
}

static bool pool_has_stopped(const struct pool *p)
{
    if (!p->run->stopping || !p->run->hash[0])
        return false;
    bool runs = false;
    for (int i = 0; i < p->n; i++)
        runs = runs || (p->workers[i].state == POOL_RUNS && !p->workers[i].silent);
    return !runs || clock_ms() - p->run->stopped_ms > STOPPING_MS;
}

/* A worker that is stopped, or the network to it, does not show in any other way. */
static void pool_look_at_clock(struct pool *p, struct pool_worker *w)
{
    int64_t ms = clock_ms() - w->heard_ms;
    bool measures = w->state == POOL_RUNS && p->run->hash[0];
    if (!measures || w->silent || ms < SILENT_MS || ms < 4 * w->gap_ms || p->n < 2)
        return;
    w->silent = true;
    pool_say(p, true, "%s has not answered for %d s (others measure its images; R starts it again)", w->name,
             (int)(ms / 1000));
}

void pool_run_step(struct pool *p)
{
    struct pool_run *r = p->run;
    for (int i = 0; i < p->n; i++)
        pool_look_at_clock(p, &p->workers[i]);
    if (!r->request)
        return;
    if ((r->hash[0] && portions_are_done(r->portions)) || pool_has_stopped(p)) {
        pool_end_run(p);
    } else if (r->hash[0] && clock_ms() - p->told_ms > TELL_MS) {
        p->told_ms = clock_ms();
        pool_tell(p, false);
    }
}
