#include "study/exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "study/child.h"
#include "study/exchange_parts.h"

#define EXCHANGE_WORD(stage, word, meaning) [stage] = (word),
const char *const exchange_stage_words[] = {EXCHANGE_STAGES_LIST(EXCHANGE_WORD) NULL};

enum {
    POLL_MS = 100,    /* how late a limit of time may be noticed */
    HEAD_DEATHS = 4,  /* without a frame between them */
    LEAVING_MS = 600, /* a tail that was told to go */
    SYNC_EVERY_S = 5, /* where one image at a time is under way */
};

int exchange_stop(struct exchange *x, enum exchange_end end, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = memory_format_list(format, args);
    va_end(args);
    error_set(x->e, "%s", text);
    free(text);
    x->end = end;
    return -1;
}

void exchange_skip(struct exchange *x, long image, const char *reason)
{
    x->images[image].reason = memory_copy(reason);
    x->result->skipped++;
    if (x->listener->skipped)
        x->listener->skipped(x->listener->data, &x->images[image]);
}

/* ---- The head --------------------------------------------------------------------------------------- */

struct peer *exchange_half_start(const struct exchange_options *o, const char *mode, const char *who,
                                 long first, size_t most, struct error *e)
{
    char number[32];
    const char *const half[] = {o->program, mode, o->folder, "-", "--first", number, NULL};
    const char *const engine[] = {o->program, "--half", mode,        o->folder,  "-",
                                  "--first",  number,   "--runtime", o->runtime, NULL};
    snprintf(number, sizeof number, "%ld", first);
    if (o->runtime)
        child_calm_threads();
    return peer_start(who, o->runtime ? engine : half, NULL, most, e);
}

static int exchange_head_start(struct exchange *x)
{
    struct error e;
    if (x->head || x->next >= x->n)
        return 0;
    x->head = exchange_half_start(x->o, "head", "the head", x->next, (size_t)UINT32_MAX, &e);
    if (!x->head)
        return exchange_stop(x, EXCHANGE_REFUSED, "%s", e.text);
    x->asked = x->next;
    x->head_since = clock_ns();
    return 0;
}

/* It is started again, and asked again for what it still owes; an image on which it dies twice has no frame.
 */
static int exchange_head_gone(struct exchange *x, const char *said)
{
    struct error why;
    if (said)
        error_set(&why, "%s", said);
    else
        peer_explain(x->head, &why);
    peer_free(x->head, 0);
    x->head = NULL;
    x->result->head_losses++;
    if (!x->head_spoke)
        return exchange_stop(x, EXCHANGE_REFUSED, "%s", why.text);
    if (++x->head_died > HEAD_DEATHS)
        return exchange_stop(x, EXCHANGE_LOST, "%s; given up after %d times in a row", why.text, HEAD_DEATHS);
    if (x->asked > x->next && ++x->deaths >= 2) {
        exchange_skip(x, x->next++, why.text);
        x->deaths = 0;
    }
    return 0;
}

static void exchange_head_came(struct exchange *x)
{
    x->next++;
    x->deaths = 0;
}

static void exchange_head_take_frame(struct exchange *x, const struct talk_message *m)
{
    struct flight *f = &x->flights[x->flights_n++];
    *f = (struct flight){.image = x->next, .times = x->times, .frame_n = m->length};
    f->frame = memory_new(m->length + 1, 1);
    memcpy(f->frame, m->payload, m->length);
    x->images[x->next].bytes = (int64_t)m->length;
    x->head_died = 0;
    exchange_head_came(x);
    exchange_tail_send(x, f);
}

static int exchange_head_take(struct exchange *x, const struct talk_message *m)
{
    struct error why;
    bool mine = x->next < x->asked && m->number == (uint64_t)x->next;
    x->head_spoke = true;
    x->head_since = clock_ns();
    if (m->kind == TALK_SKIPPED && mine) {
        char *text = talk_text(m);
        exchange_skip(x, x->next, text);
        free(text);
        exchange_head_came(x);
        return 0;
    }
    if (m->kind == TALK_TIMES && mine && talk_take(m, &x->times, sizeof x->times, false, &why) == 0)
        return 0;
    if (m->kind == TALK_FRAME && mine) {
        exchange_head_take_frame(x, m);
        return 0;
    }
    return exchange_stop(x, EXCHANGE_LOST, "the head says what was not asked");
}

static int exchange_head_step(struct exchange *x)
{
    struct talk_message m;
    struct error broken, why;
    bool ended = false;
    int got;
    if (!x->head)
        return 0;
    bool stuck = peer_is_stuck(x->head), failed = peer_pump(x->head, &broken) < 0;
    while ((got = peer_next(x->head, &m, &ended, &why)) > 0)
        if (exchange_head_take(x, &m) < 0)
            return -1;
    if (ended || failed || stuck || got < 0)
        return exchange_head_gone(x, NULL);
    bool waits = x->asked > x->next;
    if (!waits || (double)(clock_ns() - x->head_since) / 1e9 <= x->o->timeout_s)
        return 0;
    char *text = memory_format("no frame from the head for %g s", x->o->timeout_s);
    int status = exchange_head_gone(x, text);
    free(text);
    return status;
}

/* Asks for images, as many as may be under way. */
static void exchange_ask(struct exchange *x)
{
    bool may = x->o->pipelined ? x->was_ready : x->state == TAIL_READY;
    long ahead = x->o->pipelined ? EXCHANGE_AHEAD : 1;
    while (x->head && may && x->asked < x->n && x->asked - x->next + x->flights_n < ahead) {
        if (x->asked == x->next)
            x->head_since = clock_ns();
        const char *path = x->images[x->asked++].path;
        peer_send_bytes(x->head, path, strlen(path) + 1);
    }
}

/* ---- Both ------------------------------------------------------------------------------------------- */

static void exchange_wait(const struct exchange *x)
{
    struct pollfd fds[6];
    int n = x->head ? peer_polls(x->head, fds) : 0;
    n += x->tail ? peer_polls(x->tail, fds + n) : 0;
    poll(fds, (nfds_t)n, POLL_MS); /* a signal ends it, too */
}

static int exchange_step(struct exchange *x)
{
    struct error unwanted;
    if (exchange_tail_start(x) < 0 || exchange_head_start(x) < 0)
        return -1;
    bool quiet = !x->o->pipelined && x->state == TAIL_READY && x->flights_n == 0 && x->asked == x->next;
    if (quiet && (double)(clock_ns() - x->synced) / 1e9 > SYNC_EVERY_S)
        exchange_tail_sync(x);
    exchange_ask(x);
    if (x->head)
        peer_pump(x->head, &unwanted); /* at once, before anything is waited for */
    exchange_wait(x);
    return exchange_head_step(x) < 0 || exchange_tail_step(x) < 0 ? -1 : 0;
}

/* Both are told to go before either is waited for. */
static void exchange_close(struct exchange *x)
{
    if (x->tail)
        peer_finish(x->tail, x->flights_n == 0);
    if (x->head)
        peer_finish(x->head, false);
    peer_free(x->tail, x->flights_n == 0 ? LEAVING_MS : LEAVING_MS / 3);
    peer_free(x->head, LEAVING_MS / 6);
    for (int i = 0; i < x->flights_n; i++)
        free(x->flights[i].frame);
}

enum exchange_end exchange_run(const struct exchange_options *o, struct exchange_image *images, long n,
                               const struct exchange_listener *listener, const volatile sig_atomic_t *signals,
                               struct exchange_result *result, struct error *e)
{
    struct exchange x = {.o = o,
                         .listener = listener,
                         .images = images,
                         .n = n,
                         .result = result,
                         .e = e,
                         .end = EXCHANGE_DONE};
    *result = (struct exchange_result){0};
    for (long i = 0; i < n; i++)
        images[i].top = images[i].whole = EXCHANGE_UNKNOWN;
    int status = 0;
    while (status == 0 && result->answered + result->skipped < n) {
        if (*signals)
            status = exchange_stop(&x, EXCHANGE_INTERRUPTED, "interrupted");
        else
            status = exchange_step(&x);
        if (listener->tick)
            listener->tick(listener->data, result->answered + result->skipped);
    }
    exchange_close(&x);
    result->seconds = (double)(x.last - x.first) / 1e9;
    return x.end;
}

void exchange_images_free(struct exchange_image *images, long n)
{
    for (long i = 0; i < n; i++)
        free(images[i].reason);
    free(images);
}
