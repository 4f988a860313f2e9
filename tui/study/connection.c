#include "study/connection.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "study/request.h"

/* How long a greeting may take: a worker at the other end of ssh may have to wake a machine first. (It cannot
 * ask for a password, see child_is_stuck.) */
enum { HELLO_MS = 120000, STOP_MS = 30000, TICK_MS = 100 };

/* How often an event loop must look whether the process still can answer (child_is_stuck): no descriptor
 * tells. */
enum { LOOK_MS = 500 };

/* Silence that is told; and between two steps, longer than which the silence was on this side: the program
 * was stopped itself. */
enum { SILENT_MS = 10000, ABSENT_MS = 5000 };

static bool is_waiting(const struct connection *n)
{
    return n->state == CONNECTION_WAITS || n->heatmap;
}

long connection_silence(const struct connection *n)
{
    int64_t ms = is_waiting(n) ? clock_ms() - n->heard_ms : 0;
    return ms >= SILENT_MS ? (long)(ms / 1000) : 0;
}

bool connection_can_stop(const struct connection *n)
{
    return n->state == CONNECTION_WAITS && n->kind->stops;
}

bool connection_is_answered(const struct connection *n)
{
    return n->answered;
}

bool connection_waits_for(const struct connection *n, const struct request_kind *kind)
{
    return n->state == CONNECTION_WAITS && n->kind == kind;
}

/* ---- Requests -------------------------------------------------------------------------------------- */

void request_free(const struct request_kind *kind, void *kept)
{
    if (kept && kind->free)
        kind->free(kept);
    else
        free(kept);
}

const void *request_answered(const struct connection *n, const struct request_kind *kind)
{
    return connection_is_answered(n) && n->kind == kind ? n->request : NULL;
}

static void connection_forget(struct connection *n)
{
    request_free(n->kind, n->request);
    free(n->awaited);
    n->kind = NULL;
    n->answered = false;
    n->request = NULL;
    n->awaited = NULL;
    n->tuning = (struct message_tuning){.hash = ""};
    n->asked = n->results = n->skipped = n->nonfinite = n->hashed = 0;
    n->stopped = false;
}

int request_send(struct connection *n, const struct request_kind *kind, void *kept, json_t *message,
                 struct error *e)
{
    connection_forget(n);
    n->kind = kind;
    n->request = kept;
    if (channel_queue(child_channel(n->child), message, e) < 0)
        return -1;
    n->state = CONNECTION_WAITS;
    n->heard_ms = clock_ms();
    return 0;
}

int request_go_on(struct connection *n, json_t *message, struct error *e)
{
    return channel_queue(child_channel(n->child), message, e) < 0 ? -1 : 0;
}

struct connection *connection_start(const char *command, const struct connection_listener *listener,
                                    struct error *e)
{
    struct child *child = child_start(command, e);
    if (!child)
        return NULL;
    struct connection *n = memory_new(1, sizeof *n);
    n->child = child;
    n->state = CONNECTION_WAITS;
    n->heard_ms = n->stepped_ms = clock_ms();
    if (listener)
        n->listener = *listener;
    if (connection_greet(n, e) < 0) {
        connection_free(n);
        return NULL;
    }
    n->deadline = clock_ms() + HELLO_MS;
    return n;
}

void connection_free(struct connection *n)
{
    if (!n)
        return;
    child_free(n->child, !is_waiting(n));
    connection_forget(n);
    request_free(&request_heatmap, n->heatmap);
    table_free(n->table);
    dataset_free(n->dataset);
    free(n);
}

int connection_stop(struct connection *n, struct error *e)
{
    if (!connection_can_stop(n) || n->stopped)
        return 0;
    n->stopped = true;
    return channel_queue(child_channel(n->child), message_stop(), e);
}

int connection_revive(struct connection *n, struct error *e)
{
    if (!n || n->state == CONNECTION_LOST || !n->pooled)
        return error_set(e, "the worker runs");
    return channel_queue(child_channel(n->child), message_revive(), e);
}

/* The worker holds a batch that is being measured, and its decoder is up to two batches and one image for
 * each of its two threads ahead of that (PROTOCOL.md). */
int connection_ahead(const struct connection *n)
{
    return n->tuning.batch ? 3 * n->tuning.batch + 2 : 0;
}

int connection_polls(const struct connection *n, struct pollfd fds[3])
{
    return n->state == CONNECTION_LOST ? 0 : child_polls(n->child, fds);
}

int connection_timeout(const struct connection *n)
{
    if (n->state == CONNECTION_LOST)
        return -1;
    if (channel_has_more(child_channel(n->child)))
        return 0; /* lines that came together with an error message, after which a step returns */
    if (!is_waiting(n))
        return -1;
    int64_t left = n->deadline ? n->deadline - clock_ms() : LOOK_MS;
    return left < 0 ? 0 : left < LOOK_MS ? (int)left : LOOK_MS;
}

/* ---- Answers --------------------------------------------------------------------------------------- */

/* Messages that may come at any time, or, a heatmap, beside another answer. 1 where it was one. */
static int take_chatter(struct connection *n, enum message_type type, const json_t *m, struct error *e)
{
    const char *text;
    bool warning, whole;
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
    if (type == MESSAGE_WORKERS) {
        if (message_workers_read(m, &text, &whole, e) < 0)
            return -1;
        n->pooled = true;
        if (n->listener.workers)
            n->listener.workers(n->listener.data, text, whole);
        return 1;
    }
    return type == MESSAGE_HEATMAP && n->heatmap ? request_heatmap.accept(n, type, m, e) : 0;
}

/* The answer to what was asked, or a part of it. 1 where the answer is complete. */
static int take_answer(struct connection *n, enum message_type type, const json_t *m, struct error *e)
{
    int taken = n->state == CONNECTION_WAITS ? n->kind->accept(n, type, m, e) : REQUEST_FOREIGN;
    if (taken != REQUEST_FOREIGN)
        return taken;
    const char *name = json_string_value(json_object_get(m, "type"));
    return error_set(e, "the worker sent an unexpected message '%s'", name);
}

static void connection_answered(struct connection *n)
{
    n->state = CONNECTION_IDLE;
    n->deadline = 0;
}

static enum connection_end connection_lose(struct connection *n)
{
    n->state = CONNECTION_LOST;
    n->deadline = 0;
    return CONNECTION_GONE;
}

static enum connection_end connection_take_line(struct connection *n, const char *line, size_t length,
                                                struct error *e)
{
    struct error why;
    enum message_type type;
    json_t *m = message_parse(line, length, &type, &why);
    n->heard_ms = clock_ms();
    if (n->stopped && n->kind && n->kind->lingers)
        n->deadline = n->heard_ms + STOP_MS;
    int taken = m ? take_chatter(n, type, m, &why) : -1;
    enum connection_end end = CONNECTION_DONE;
    const char *text;
    if (taken == 0 && type == MESSAGE_ERROR && message_error_read(m, &text, &n->diverged, &why) == 0) {
        error_set(e, "%s", text);
        end = n->state == CONNECTION_WAITS && n->kind->vital ? connection_lose(n) : CONNECTION_REFUSED;
        if (end == CONNECTION_REFUSED)
            connection_answered(n);
    } else if (taken == 0) {
        taken = take_answer(n, type, m, &why);
        if (taken > 0) {
            n->answered = true;
            connection_answered(n);
        }
    }
    json_decref(m);
    if (taken < 0) {
        error_set(e, "lost the worker: %s", why.text);
        end = connection_lose(n);
    }
    return end;
}

static enum connection_end connection_take_lines(struct connection *n, struct error *e)
{
    char *line;
    size_t length;
    int got;
    struct error why;
    while ((got = channel_next(child_channel(n->child), &line, &length, &why)) > 0) {
        enum connection_end end = connection_take_line(n, line, length, e);
        if (end != CONNECTION_DONE)
            return end;
    }
    if (got < 0) {
        error_set(e, "lost the worker: %s", why.text);
        return connection_lose(n);
    }
    return CONNECTION_DONE;
}

static enum connection_end look_at_clock(struct connection *n, struct error *e)
{
    if (!n->deadline || clock_ms() <= n->deadline)
        return CONNECTION_DONE;
    error_set(e, "the worker does not answer");
    n->late = true;
    return connection_lose(n);
}

enum connection_end connection_step(struct connection *n, int timeout_ms, struct error *e)
{
    struct channel *channel = child_channel(n->child);
    struct error broken;
    int64_t now = clock_ms();
    if (now > n->stepped_ms + ABSENT_MS)
        n->heard_ms = now;
    n->stepped_ms = now;
    bool stuck = is_waiting(n) && child_is_stuck(n->child);
    int pumped = child_pump(n->child, timeout_ms, &broken);
    /* What it said before it died still counts, so lines come first. A broken pipe may hold more than
     * one portion of them. */
    while (pumped < 0 && channel_fill(channel, &broken) > 0)
        continue;
    stuck = stuck && channel_fill(channel, &broken) <= 0;
    enum connection_end end = connection_take_lines(n, e);
    if (end != CONNECTION_DONE)
        return end;
    if (pumped >= 0 && !stuck && !channel_has_ended(channel))
        return look_at_clock(n, e);
    child_explain(n->child, e);
    return connection_lose(n);
}

enum connection_end connection_wait(struct connection *n, const volatile sig_atomic_t *signals,
                                    void (*tick)(void *), void *data, struct error *e)
{
    bool stopping = false;
    while (is_waiting(n)) {
        enum connection_end end = connection_step(n, TICK_MS, e);
        if (end != CONNECTION_DONE)
            return stopping && (end == CONNECTION_REFUSED || n->late) ? CONNECTION_INTERRUPTED : end;
        if (tick)
            tick(data);
        if (*signals > 0 && !stopping) {
            if (!connection_can_stop(n) || connection_stop(n, e) < 0)
                return CONNECTION_INTERRUPTED;
            stopping = true;
            n->deadline = clock_ms() + STOP_MS; /* who pressed Ctrl-C does not wait for ever */
        }
        if (*signals > 1)
            return CONNECTION_INTERRUPTED;
    }
    return stopping ? CONNECTION_INTERRUPTED : CONNECTION_DONE;
}
