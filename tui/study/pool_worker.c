/* One worker of a pool: brought to where it can measure, and lost. */
#include <inttypes.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/clock.h"
#include "base/memory.h"
#include "study/pool_parts.h"

void pool_say(struct pool *p, bool warning, const char *format, ...)
{
    struct error e;
    va_list args;
    va_start(args, format);
    char *text = memory_format_list(format, args);
    va_end(args);
    if (channel_queue(p->front, message_log(warning, text), &e) < 0)
        p->ends = true;
    free(text);
}

/* ---- Starting ------------------------------------------------------------------------------------------ */

/* The cores of this process are divided among our own workers, each of which sees only its own. */
static void pool_pin(const struct pool *p, const struct pool_worker *w, cpu_set_t *before)
{
    cpu_set_t own;
    int cores = CPU_COUNT(before), local = 0;
    for (const struct pool_worker *other = p->workers; other < w; other++)
        local += !other->command;
    int first = local * cores / p->locals, last = (local + 1) * cores / p->locals;
    if (last == first) /* more workers than cores */
        last = first + 1;
    CPU_ZERO(&own);
    for (int cpu = 0, at = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, before) && at++ >= first && at <= last)
            CPU_SET(cpu, &own);
    sched_setaffinity(0, sizeof own, &own);
}

void pool_worker_start(struct pool *p, struct pool_worker *w)
{
    struct error e;
    cpu_set_t before;
    bool pins = !w->command && p->locals > 1 && sched_getaffinity(0, sizeof before, &before) == 0;
    if (pins)
        pool_pin(p, w, &before);
    w->child = child_start(w->command, &e);
    if (pins)
        sched_setaffinity(0, sizeof before, &before);
    w->state = w->child ? POOL_IDLE : POOL_LOST;
    w->steps = 0;
    w->silent = w->shows = w->stopping = false;
    w->heard_ms = clock_ms();
    if (!w->child)
        pool_say(p, true, "%s cannot be started: %s", w->name, e.text);
}

void pool_worker_send(struct pool *p, struct pool_worker *w, json_t *message)
{
    struct error e;
    if (channel_queue(child_channel(w->child), message, &e) < 0)
        pool_worker_lose(p, w, e.text);
    else
        w->heard_ms = clock_ms();
}

void pool_restart(struct pool *p)
{
    int running = 0;
    for (int i = 0; i < p->n; i++) {
        struct pool_worker *w = &p->workers[i];
        if (w->silent)
            pool_worker_lose(p, w, "it did not answer");
        running += w->state != POOL_LOST;
        if (w->state != POOL_LOST)
            continue;
        pool_worker_start(p, w);
        if (w->child)
            pool_say(p, false, "%s is started again", w->name);
    }
    if (running == p->n)
        pool_say(p, false, "all %d workers run: none is lost, or has been silent for long", p->n);
    free(p->refusal);
    p->refusal = NULL;
}

/* ---- Steps --------------------------------------------------------------------------------------------- */

bool pool_worker_is_ready(const struct pool *p, const struct pool_worker *w)
{
    return w->state == POOL_IDLE && w->steps == p->steps_n && !w->shows && !w->silent;
}

void pool_worker_load(struct pool *p, struct pool_worker *w)
{
    if (w->state != POOL_IDLE || w->steps >= p->steps_n)
        return;
    w->state = POOL_LOADS;
    w->digests[w->steps] = 0;
    pool_worker_send(p, w, json_incref(p->steps[w->steps]));
}

/* What must be the same for all of them: the programs that compute, the network, which image is which. Where
 * these are on the worker's machine, and when they were written, need not be. */
static json_t *pool_essence(enum message_type type, const json_t *m)
{
    json_t *kept = json_array();
    static const char *const keys[] = {"version",  "darknet", "onednn",       "stb",        "protocol",
                                       "cfg_xxh3", "images",  "weights_xxh3", "bn_epsilon", "classes"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys && type != MESSAGE_IMAGES; i++)
        json_array_append(kept, json_object_get(m, keys[i]));
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(m, "items"), i, item)
    {
        json_array_append(kept, json_array_get(item, 0));
        json_array_append(kept, json_array_get(item, 1));
    }
    return kept;
}

static void pool_digest(struct pool_worker *w, enum message_type type, const json_t *m)
{
    json_t *kept = pool_essence(type, m);
    char *text = json_dumps(kept, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    uint64_t *digest = &w->digests[w->steps];
    *digest = XXH3_64bits_withSeed(text ? text : "", text ? strlen(text) : 0, *digest + 1);
    free(text);
    json_decref(kept);
}

/* All with the speaker. */
static void pool_compare(struct pool *p)
{
    static const char *const what[POOL_STEPS] = {"is of another version", "has another network",
                                                 "has other images"};
    const struct pool_worker *speaker = &p->workers[p->speaker];
    for (int i = 0; i < p->n; i++)
        for (int step = 0; step < p->workers[i].steps && step < speaker->steps && !p->refusal; step++)
            if (p->workers[i].state != POOL_LOST && p->workers[i].digests[step] != speaker->digests[step])
                p->refusal = memory_format("%s %s than the others", p->workers[i].name, what[step]);
}

void pool_worker_take_step(struct pool *p, struct pool_worker *w, enum message_type type, json_t *m)
{
    static const enum message_type answers[POOL_STEPS] = {MESSAGE_HELLO, MESSAGE_LAYERS, MESSAGE_DATASET};
    struct error e;
    int step = w->steps;
    bool speaks = w == &p->workers[p->speaker] && step == p->answered_steps;
    bool ends = type == answers[step] || type == MESSAGE_ERROR;
    if (type != MESSAGE_LOG && type != MESSAGE_PROGRESS)
        pool_digest(w, type, m);
    if (speaks && channel_queue(p->front, json_incref(m), &e) < 0)
        p->ends = true;
    if (!ends)
        return;
    w->state = POOL_IDLE;
    if (type == MESSAGE_ERROR && !speaks) {
        const char *text = json_string_value(json_object_get(m, "text"));
        pool_worker_lose(p, w, text ? text : "it refused");
        return;
    }
    if (type == MESSAGE_ERROR) { /* the front end's request has failed: it is none of the session */
        p->steps_n = step;
        return;
    }
    w->steps++;
    pool_compare(p);
    if (speaks)
        p->answered_steps++;
    if (speaks && step == POOL_HELLO && channel_queue(p->front, message_workers("", false), &e) < 0)
        p->ends = true; /* now the front end knows that there are several */
}

/* ---- Losing -------------------------------------------------------------------------------------------- */

static void pool_lose_heatmap(struct pool *p)
{
    struct error e;
    json_t *none = json_pack("{s:s, s:I, s:s}", "type", "heatmap", "image", (json_int_t)p->heatmap_image,
                             "error", "its worker was lost");
    p->heatmap_image = -1;
    if (channel_queue(p->front, none, &e) < 0)
        p->ends = true;
}

void pool_worker_lose(struct pool *p, struct pool_worker *w, const char *why)
{
    long given = pool_run_left(p, w);
    pool_say(p, true, "%s is lost: %s%s", w->name, why,
             given ? " (others measure its images; R starts it again)" : " (R starts it again)");
    if (w->state == POOL_RUNS)
        pool_run_give_back(p, w, true);
    if (w->shows)
        pool_lose_heatmap(p);
    child_free(w->child, false);
    w->child = NULL;
    bool asked = w->state == POOL_ASKED;
    w->state = POOL_LOST;
    w->shows = w->silent = false;
    if (asked && p->passed)
        p->ends = true; /* half an answer has gone out: the front end has to begin anew */
    for (int i = 0; i < p->n && p->workers[p->speaker].state == POOL_LOST; i++)
        if (p->workers[i].state != POOL_LOST) {
            struct pool_worker *next = &p->workers[i];
            p->speaker = i;
            if (next->state != POOL_LOADS && next->steps > p->answered_steps)
                next->steps = p->answered_steps; /* once more, for the front end */
        }
}
