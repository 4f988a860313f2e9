#include "client/engine.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "client/request.h"

/* How long a greeting may take: a worker at the other end of ssh may have to wake a machine first. (It cannot
 * ask for a password, see worker_is_stuck.) */
enum { HELLO_MS = 120000, STOP_MS = 30000, TICK_MS = 100 };

/* How often an event loop must look whether the process still can answer (worker_is_stuck): no descriptor
 * tells. */
enum { LOOK_MS = 500 };

static bool is_waiting(const struct engine *n)
{
    return n->state == ENGINE_WAITS || n->heatmap;
}

bool engine_can_stop(const struct engine *n)
{
    return n->state == ENGINE_WAITS && n->request->kind->stops;
}

bool engine_waits_for(const struct engine *n, const struct request_kind *kind)
{
    return n->state == ENGINE_WAITS && n->request->kind == kind;
}

/* ---- Requests -------------------------------------------------------------------------------------- */

struct request *request_new(const struct request_kind *kind, size_t size)
{
    struct request *r = memory_new(1, size);
    r->kind = kind;
    return r;
}

void request_free(struct request *r)
{
    if (r && r->kind->free)
        r->kind->free(r);
    else
        free(r);
}

struct request *request_last(const struct engine *n, const struct request_kind *kind)
{
    return n->request && n->request->kind == kind ? n->request : NULL;
}

static void engine_forget(struct engine *n)
{
    request_free(n->request);
    free(n->awaited);
    n->request = NULL;
    n->awaited = NULL;
    n->tuning = (struct message_tuning){.hash = ""};
    n->asked = n->results = n->skipped = n->nonfinite = n->hashed = 0;
    n->stopped = false;
}

int request_send(struct engine *n, struct request *r, json_t *message, struct error *e)
{
    engine_forget(n);
    n->request = r;
    if (channel_queue(n->worker->channel, message, e) < 0)
        return -1;
    n->state = ENGINE_WAITS;
    return 0;
}

struct engine *engine_start(const char *command, const struct engine_listener *listener, struct error *e)
{
    struct worker *worker = worker_start(command, e);
    if (!worker)
        return NULL;
    struct engine *n = memory_new(1, sizeof *n);
    n->worker = worker;
    n->state = ENGINE_WAITS;
    if (listener)
        n->listener = *listener;
    if (engine_greet(n, e) < 0) {
        engine_free(n);
        return NULL;
    }
    n->deadline = clock_ms() + HELLO_MS;
    return n;
}

void engine_free(struct engine *n)
{
    if (!n)
        return;
    worker_free(n->worker, !is_waiting(n));
    engine_forget(n);
    request_free(n->heatmap);
    table_free(n->table);
    dataset_free(n->dataset);
    free(n);
}

int engine_stop(struct engine *n, struct error *e)
{
    if (!engine_can_stop(n) || n->stopped)
        return 0;
    n->stopped = true;
    return channel_queue(n->worker->channel, message_stop(), e);
}

/* The worker holds a batch that is being measured, and its decoder is up to two batches and one image for
 * each of its two threads ahead of that (PROTOCOL.md). */
int engine_ahead(const struct engine *n)
{
    return n->tuning.batch ? 3 * n->tuning.batch + 2 : 0;
}

int engine_polls(const struct engine *n, struct pollfd fds[3])
{
    const struct worker *w = n->worker;
    int used = 0;
    if (n->state == ENGINE_LOST)
        return 0;
    if (!w->channel->ended)
        fds[used++] = (struct pollfd){.fd = w->from, .events = POLLIN};
    if (w->errors >= 0)
        fds[used++] = (struct pollfd){.fd = w->errors, .events = POLLIN};
    if (w->channel->sent < w->channel->queued)
        fds[used++] = (struct pollfd){.fd = w->to, .events = POLLOUT};
    return used;
}

int engine_timeout(const struct engine *n)
{
    if (n->state == ENGINE_LOST)
        return -1;
    if (n->worker->channel->scanned < n->worker->channel->end)
        return 0; /* lines that came together with an error message, after which a step returns */
    if (!is_waiting(n))
        return -1;
    int64_t left = n->deadline ? n->deadline - clock_ms() : LOOK_MS;
    return left < 0 ? 0 : left < LOOK_MS ? (int)left : LOOK_MS;
}

/* ---- Answers --------------------------------------------------------------------------------------- */

/* Messages that may come at any time, or, a heatmap, beside another answer. 1 where it was one. */
static int take_chatter(struct engine *n, enum message_type type, const json_t *m, struct error *e)
{
    const char *text;
    bool warning;
    if (type == MESSAGE_LOG) {
        if (message_log_read(m, &warning, &text, e) < 0)
            return -1;
        if (n->listener.log)
            n->listener.log(n->listener.data, warning, text);
        return 1;
    }
    if (type == MESSAGE_PROGRESS) {
        if (message_progress_read(m, &text, e) < 0)
            return -1;
        if (n->listener.progress)
            n->listener.progress(n->listener.data, text);
        return 1;
    }
    return type == MESSAGE_HEATMAP && n->heatmap ? n->heatmap->kind->accept(n, type, m, e) : 0;
}

/* The answer to what was asked, or a part of it. 1 where the answer is complete. */
static int take_answer(struct engine *n, enum message_type type, const json_t *m, struct error *e)
{
    int taken = n->state == ENGINE_WAITS ? n->request->kind->accept(n, type, m, e) : REQUEST_FOREIGN;
    if (taken != REQUEST_FOREIGN)
        return taken;
    const char *name = json_string_value(json_object_get(m, "type"));
    return error_set(e, "the worker sent a message '%s' that nobody waits for", name);
}

static void engine_answered(struct engine *n)
{
    n->state = ENGINE_IDLE;
    n->deadline = 0;
}

static enum engine_end engine_lose(struct engine *n)
{
    n->state = ENGINE_LOST;
    n->deadline = 0;
    return ENGINE_GONE;
}

static enum engine_end engine_take_line(struct engine *n, const char *line, size_t length, struct error *e)
{
    struct error why;
    enum message_type type;
    json_t *m = message_parse(line, length, &type, &why);
    int taken = m ? take_chatter(n, type, m, &why) : -1;
    enum engine_end end = ENGINE_DONE;
    const char *text;
    if (taken == 0 && type == MESSAGE_ERROR && message_error_read(m, &text, &why) == 0) {
        error_set(e, "%s", text);
        end = n->state == ENGINE_WAITS && n->request->kind->vital ? engine_lose(n) : ENGINE_REFUSED;
        if (end == ENGINE_REFUSED)
            engine_answered(n);
    } else if (taken == 0) {
        taken = take_answer(n, type, m, &why);
        if (taken > 0) {
            n->request->answered = true;
            engine_answered(n);
        }
    }
    json_decref(m);
    if (taken < 0) {
        error_set(e, "lost the worker: %s", why.text);
        end = engine_lose(n);
    }
    return end;
}

static enum engine_end engine_take_lines(struct engine *n, struct error *e)
{
    char *line;
    size_t length;
    int got;
    struct error why;
    while ((got = channel_next(n->worker->channel, &line, &length, &why)) > 0) {
        enum engine_end end = engine_take_line(n, line, length, e);
        if (end != ENGINE_DONE)
            return end;
    }
    if (got < 0) {
        error_set(e, "lost the worker: %s", why.text);
        return engine_lose(n);
    }
    return ENGINE_DONE;
}

static enum engine_end look_at_clock(struct engine *n, struct error *e)
{
    if (!n->deadline || clock_ms() <= n->deadline)
        return ENGINE_DONE;
    error_set(e, "the worker does not answer");
    n->late = true;
    return engine_lose(n);
}

enum engine_end engine_step(struct engine *n, int timeout_ms, struct error *e)
{
    struct error broken;
    bool stuck = is_waiting(n) && worker_is_stuck(n->worker);
    int pumped = worker_pump(n->worker, timeout_ms, &broken);
    /* What it said before it died still counts, so lines come first. A broken pipe may hold more than
     * one portion of them. */
    while (pumped < 0 && channel_fill(n->worker->channel, &broken) > 0)
        continue;
    stuck = stuck && channel_fill(n->worker->channel, &broken) <= 0;
    enum engine_end end = engine_take_lines(n, e);
    if (end != ENGINE_DONE)
        return end;
    if (pumped >= 0 && !stuck && !n->worker->channel->ended)
        return look_at_clock(n, e);
    worker_explain(n->worker, e);
    return engine_lose(n);
}

enum engine_end engine_wait(struct engine *n, const volatile sig_atomic_t *signals, void (*tick)(void *),
                            void *data, struct error *e)
{
    bool stopping = false;
    while (is_waiting(n)) {
        enum engine_end end = engine_step(n, TICK_MS, e);
        if (end != ENGINE_DONE)
            return stopping && (end == ENGINE_REFUSED || n->late) ? ENGINE_INTERRUPTED : end;
        if (tick)
            tick(data);
        if (*signals > 0 && !stopping) {
            if (!engine_can_stop(n) || engine_stop(n, e) < 0)
                return ENGINE_INTERRUPTED;
            stopping = true;
            n->deadline = clock_ms() + STOP_MS; /* who pressed Ctrl-C does not wait for ever */
        }
        if (*signals > 1)
            return ENGINE_INTERRUPTED;
    }
    return stopping ? ENGINE_INTERRUPTED : ENGINE_DONE;
}
