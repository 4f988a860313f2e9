#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "study/exchange_parts.h"

/* A frame that has not been answered. */
struct flight {
    long image;
    struct talk_times times; /* of the head */
    unsigned char *frame;    // [frame_n] the payload of its message
    size_t frame_n;
    int64_t sent;
};

enum { SYNC_PROBES = 8, FIRST_WAIT_MS = 250, LONGEST_WAIT_MS = 8000 };
#define MS INT64_C(1000000)
#define FARTHEST (INT64_MAX / 4) /* that the other side's clock may be from its zero: 73 years */

/* ---- Lost, and made again --------------------------------------------------------------------------- */

static int64_t exchange_tail_wait_ms(int attempts)
{
    int64_t ms = FIRST_WAIT_MS;
    for (int i = 1; i < attempts && ms < LONGEST_WAIT_MS; i++)
        ms *= 2;
    return ms < LONGEST_WAIT_MS ? ms : LONGEST_WAIT_MS;
}

static int exchange_tail_lost(struct exchange *x, const char *why)
{
    peer_free(x->tail, 0);
    x->tail = NULL;
    x->state = TAIL_NONE;
    x->result->losses++;
    x->attempts++;
    if (!x->was_ready)
        return exchange_stop(x, EXCHANGE_LOST, "%s", why);
    if (x->cut->retries == 0)
        return exchange_stop(x, EXCHANGE_LOST, "%s; not tried again (--retries 0)", why);
    if (x->attempts > x->cut->retries)
        return exchange_stop(x, EXCHANGE_LOST, "%s; given up after %ld %s in a row", why, x->cut->retries,
                             x->cut->retries == 1 ? "try" : "tries");
    int64_t ms = exchange_tail_wait_ms(x->attempts);
    x->retry_at = clock_ns() + ms * MS;
    char *text = memory_format("%s; trying again in %.2f s", why, (double)ms / 1000);
    if (x->listener->lost)
        x->listener->lost(x->listener->data, text);
    free(text);
    return 0;
}

static int exchange_tail_gone(struct exchange *x, const struct error *why)
{
    struct error e = *why;
    if (!e.text[0])
        peer_explain(x->tail, &e);
    return exchange_tail_lost(x, e.text);
}

int exchange_tail_start(struct exchange *x)
{
    struct error e;
    if (x->tail || clock_ns() < x->retry_at)
        return 0;
    size_t most = sizeof(struct talk_answer) + (size_t)TALK_OUTPUTS_MAX * sizeof(float);
    x->tail = peer_start("the tail", NULL, x->cut->command, most, &e);
    if (!x->tail)
        return exchange_stop(x, EXCHANGE_LOST, "%s", e.text);
    x->state = TAIL_GREETING;
    x->tail_since = clock_ns();
    return 0;
}

/* ---- What is sent ----------------------------------------------------------------------------------- */

static void exchange_tail_fly(struct exchange *x, struct flight *f)
{
    if (x->state != TAIL_READY)
        return;
    peer_send_bytes(x->tail, f->frame, f->frame_n);
    f->sent = clock_ns();
    if (x->flights_n <= 1)
        x->tail_since = f->sent;
    x->result->resent += x->images[f->image]->sent++ > 0;
}

void exchange_tail_send(struct exchange *x, const struct talk_message *frame)
{
    if (!x->flights)
        x->flights = memory_new(EXCHANGE_AHEAD, sizeof *x->flights);
    struct flight *f = &x->flights[x->flights_n++];
    *f = (struct flight){.image = x->next, .times = x->times, .frame_n = frame->length};
    f->frame = memory_new(frame->length + 1, 1);
    memcpy(f->frame, frame->payload, frame->length);
    exchange_tail_fly(x, f);
}

void exchange_tail_free(struct exchange *x)
{
    for (int i = 0; i < x->flights_n; i++)
        free(x->flights[i].frame);
    free(x->flights);
}

static void exchange_tail_probe_send(struct exchange *x)
{
    struct error unwanted;
    const uint32_t wanted = 0;
    x->probe_sent = clock_ns();
    peer_send(x->tail, TALK_PROBE, (uint64_t)x->probes, &wanted, sizeof wanted, NULL, 0);
    peer_flush(x->tail, &unwanted); /* at once: what waits here would count as the way there */
}

void exchange_tail_sync(struct exchange *x)
{
    x->state = TAIL_SYNC;
    x->probes = 0;
    x->clocks = clocks_unknown();
    x->tail_since = clock_ns();
    exchange_tail_probe_send(x);
}

/* ---- What is said ----------------------------------------------------------------------------------- */

static int exchange_tail_take_hello(struct exchange *x, const struct talk_message *m)
{
    struct talk_hello hello;
    struct error why;
    if (x->state != TAIL_GREETING || talk_take(m, &hello, sizeof hello, false, &why) < 0)
        return exchange_tail_lost(x, "the tail greets in a way that is not understood");
    if (hello.halves == 0)
        return exchange_stop(x, EXCHANGE_REFUSED,
                             "the other side only answers probes (expected isplit-half tail DIR)");
    if (hello.halves != x->cut->sheet.hash)
        return exchange_stop(x, EXCHANGE_REFUSED,
                             "the other side has other halves: its split.csv is %016" PRIx64
                             " (expected %016" PRIx64 ", that of %s)",
                             hello.halves, x->cut->sheet.hash, x->cut->folder);
    x->result->outputs = hello.outputs;
    exchange_tail_sync(x);
    return 0;
}

/* Moments of the other side's clock: in their order, and not so far that differences have no room. */
static bool exchange_tail_are_moments(int64_t first, int64_t second)
{
    return first >= -FARTHEST && first <= second && second <= FARTHEST;
}

static void exchange_tail_ready(struct exchange *x)
{
    x->state = TAIL_READY;
    x->was_ready = true;
    x->synced = x->tail_since = clock_ns();
    x->result->rtt_ms = (double)x->clocks.trip / 1e6;
    for (int i = 0; i < x->flights_n; i++)
        exchange_tail_fly(x, &x->flights[i]);
}

static int exchange_tail_take_reply(struct exchange *x, const struct talk_message *m)
{
    struct talk_stamps stamps;
    struct error why;
    int64_t now = peer_heard(x->tail);
    if (x->state != TAIL_SYNC || m->number != (uint64_t)x->probes ||
        talk_take(m, &stamps, sizeof stamps, false, &why) < 0 ||
        !exchange_tail_are_moments(stamps.received, stamps.sent))
        return exchange_tail_lost(x, "the tail answers what was not asked");
    clocks_compare(&x->clocks, &(struct clocks_trip){x->probe_sent, stamps.received, stamps.sent, now});
    if (++x->probes < SYNC_PROBES)
        exchange_tail_probe_send(x);
    else
        exchange_tail_ready(x);
    return 0;
}

/* Nothing takes less than no time, though two clocks of unlike speed may say so. */
static double exchange_tail_ms(int64_t from, int64_t to)
{
    return to > from ? (double)(to - from) / 1e6 : 0;
}

static void exchange_tail_settle(struct exchange *x, const struct flight *f, const struct talk_answer *a)
{
    struct exchange_image *image = x->images[f->image];
    const struct talk_times *t = &f->times;
    int64_t now = peer_heard(x->tail);
    int64_t ahead = clocks_ahead(&x->clocks, &(struct clocks_trip){t->encoded, a->received, a->done, now});
    image->ms[STAGE_DECODE] = exchange_tail_ms(t->begun, t->decoded);
    image->ms[STAGE_HEAD] = exchange_tail_ms(t->decoded, t->done);
    image->ms[STAGE_ENCODE] = exchange_tail_ms(t->done, t->encoded);
    image->ms[STAGE_WIRE] = exchange_tail_ms(t->encoded, a->received - ahead);
    image->ms[STAGE_RESTORE] = exchange_tail_ms(a->received, a->decoded);
    image->ms[STAGE_TAIL] = exchange_tail_ms(a->decoded, a->done);
    image->ms[STAGE_ANSWER] = exchange_tail_ms(a->done - ahead, now);
    image->top = a->top;
    image->answered = true;
    x->settled++;
    x->result->answered++;
    x->result->first = x->result->first ? x->result->first : t->begun;
    x->result->seconds = (double)(now - x->result->first) / 1e9;
}

static int exchange_tail_take_answer(struct exchange *x, const struct talk_message *m)
{
    struct talk_answer a;
    struct error why;
    if (x->state != TAIL_READY || x->flights_n == 0 || m->number != (uint64_t)x->flights[0].image ||
        talk_take(m, &a, sizeof a, true, &why) < 0 ||
        m->length != sizeof a + (size_t)a.scores_n * sizeof(float) || a.top < -1 ||
        (a.top >= 0 && (uint32_t)a.top >= a.scores_n && a.scores_n > 1) ||
        !exchange_tail_are_moments(a.received, a.decoded) || !exchange_tail_are_moments(a.decoded, a.done))
        return exchange_tail_lost(x, "the tail answers what was not asked");
    exchange_tail_settle(x, &x->flights[0], &a);
    free(x->flights[0].frame);
    x->flights_n--;
    memmove(x->flights, x->flights + 1, (size_t)x->flights_n * sizeof *x->flights);
    x->attempts = 0;
    x->tail_since = clock_ns();
    return 0;
}

static int exchange_tail_take(struct exchange *x, const struct talk_message *m)
{
    if (m->kind == TALK_HELLO)
        return exchange_tail_take_hello(x, m);
    if (m->kind == TALK_REPLY)
        return exchange_tail_take_reply(x, m);
    if (m->kind == TALK_ANSWER)
        return exchange_tail_take_answer(x, m);
    if (m->kind != TALK_REFUSED)
        return exchange_tail_lost(x, "the tail answers what was not asked");
    char *text = talk_text(m);
    exchange_stop(x, EXCHANGE_REFUSED, "the tail refuses: %s", text);
    free(text);
    return -1;
}

/* ---- All of it -------------------------------------------------------------------------------------- */

static int exchange_tail_check_time(struct exchange *x)
{
    bool waits = x->state != TAIL_READY || x->flights_n > 0;
    if (!waits || (double)(clock_ns() - x->tail_since) / 1e9 <= x->cut->timeout_s)
        return 0;
    char *text =
        x->state == TAIL_READY
            ? memory_format("no answer to image %ld for %g s", x->flights[0].image, x->cut->timeout_s)
            : memory_format("no greeting from the tail for %g s", x->cut->timeout_s);
    int status = exchange_tail_lost(x, text);
    free(text);
    return status;
}

int exchange_tail_step(struct exchange *x)
{
    struct talk_message m;
    struct error broken = {""}, why = {""};
    bool ended = false;
    int got = 0;
    if (!x->tail)
        return 0;
    bool stuck = peer_is_stuck(x->tail); /* looked at first: what it said before is read */
    bool failed = peer_pump(x->tail, &broken) < 0;
    while (x->tail && (got = peer_next(x->tail, &m, &ended, &why)) > 0)
        if (exchange_tail_take(x, &m) < 0)
            return -1;
    if (!x->tail)
        return 0;
    if (got < 0) {
        struct error told;
        error_set(&told, "the tail: %.1000s", why.text);
        return exchange_tail_gone(x, &told);
    }
    if (ended || failed || stuck)
        return exchange_tail_gone(x, &(struct error){""});
    return exchange_tail_check_time(x);
}
