#include "study/probing.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "study/peer.h"

enum { PROBING_POLL_MS = 100, PROBING_LEAVING_MS = 300, PROBING_LONG_MS = 250, PROBING_TRIPS = 4 };
_Static_assert(PROBING_SMALL == TALK_HEADER + sizeof(uint32_t) &&
                   PROBING_REPLY == TALK_HEADER + sizeof(struct talk_stamps),
               "messages are as large as the fit takes them to be");

struct prober {
    double timeout_s;
    int rounds;
    double *small_ms, *large_ms; // [rounds]
    int64_t large;
    const volatile sig_atomic_t *signals;
    struct peer *peer;
    unsigned char *payload; // [TALK_PROBE_MAX] noise, which nothing on the way can compress
    uint64_t number;
    enum probing_end end;
    struct error *e;
};

static int prober_stop(struct prober *p, enum probing_end end, const char *text)
{
    p->end = end;
    return error_set(p->e, "%s", text);
}

/* Any but the one that is waited for: a refusal, or nonsense. */
static int prober_other(struct prober *p, const struct talk_message *m)
{
    if (m->kind != TALK_REFUSED)
        return prober_stop(p, PROBING_REFUSED, "the other side answers what was not asked");
    char *text = talk_text(m), *line = memory_format("the other side refuses: %s", text);
    prober_stop(p, PROBING_REFUSED, line);
    free(text);
    free(line);
    return -1;
}

/* One look: 1 where the message has come. */
static int prober_look(struct prober *p, enum talk_kind kind)
{
    struct talk_message m;
    struct error why;
    bool ended, stuck = peer_is_stuck(p->peer), failed = peer_pump(p->peer, &why) < 0;
    int got = peer_next(p->peer, &m, &ended, &why);
    if (got > 0)
        return m.kind == kind && m.number == p->number ? 1 : prober_other(p, &m);
    if (got < 0)
        return prober_stop(p, PROBING_REFUSED, why.text);
    if (ended || stuck || failed) {
        peer_explain(p->peer, &why);
        return prober_stop(p, PROBING_LOST, why.text);
    }
    return 0;
}

static int prober_wait(struct prober *p, enum talk_kind kind)
{
    int64_t begin = clock_ns();
    int found;
    while ((found = prober_look(p, kind)) == 0) {
        struct pollfd fds[3];
        if (*p->signals)
            return prober_stop(p, PROBING_INTERRUPTED, "interrupted: nothing is written");
        if ((double)(clock_ns() - begin) / 1e9 > p->timeout_s)
            return prober_stop(p, PROBING_LOST, "the other side does not answer");
        poll(fds, (nfds_t)peer_polls(p->peer, fds), PROBING_POLL_MS);
    }
    return found;
}

/* Milliseconds of a message of so many bytes and the reply to it; below 0: it is over. */
static double prober_send(struct prober *p, int64_t bytes)
{
    const uint32_t wanted = 0;
    memcpy(p->payload, &wanted, sizeof wanted);
    p->number++;
    int64_t begin = clock_ns();
    peer_send(p->peer, TALK_PROBE, p->number, p->payload, (size_t)bytes - TALK_HEADER, NULL, 0);
    return prober_wait(p, TALK_REPLY) < 0 ? -1 : (double)(peer_heard(p->peer) - begin) / 1e6;
}

static int prober_choose(struct prober *p)
{
    double quick = prober_send(p, PROBING_SMALL), ms = quick;
    p->large = INT64_C(4) * PROBING_SMALL;
    for (bool enough = false; !enough && ms >= 0;) {
        ms = prober_send(p, p->large);
        enough = ms >= PROBING_LONG_MS || (ms >= PROBING_TRIPS * quick && ms >= PROBING_LONG_MS / 10.0) ||
                 (size_t)p->large * 2 > TALK_PROBE_MAX;
        p->large *= enough ? 1 : 2;
    }
    return ms < 0 ? -1 : 0;
}

static int prober_rounds(struct prober *p, void (*tick)(void *, long), void *data)
{
    for (int i = 0; i < p->rounds; i++) {
        p->small_ms[i] = prober_send(p, PROBING_SMALL);
        p->large_ms[i] = p->small_ms[i] < 0 ? -1 : prober_send(p, p->large);
        if (p->large_ms[i] < 0)
            return -1;
        if (tick)
            tick(data, i + 1);
    }
    return 0;
}

static void prober_fill(struct prober *p)
{
    uint64_t x = 88172645463325252; /* xorshift64 (Marsaglia, JSS 2003) */
    for (size_t i = 0; i + 8 <= TALK_PROBE_MAX; i += 8) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        memcpy(p->payload + i, &x, 8);
    }
}

enum probing_end probing_run(const char *command, double timeout_s, int rounds, double *small_ms,
                             double *large_ms, int64_t *large, const volatile sig_atomic_t *signals,
                             void (*tick)(void *data, long done), void *data, struct error *e)
{
    struct prober p = {.timeout_s = timeout_s,
                       .rounds = rounds,
                       .small_ms = small_ms,
                       .large_ms = large_ms,
                       .signals = signals,
                       .e = e,
                       .end = PROBING_DONE};
    p.peer = peer_start("the other side", NULL, command, TALK_TEXT_MAX, e);
    if (!p.peer)
        return PROBING_LOST;
    p.payload = memory_new(TALK_PROBE_MAX, 1);
    prober_fill(&p);
    if (prober_wait(&p, TALK_HELLO) > 0 && prober_choose(&p) == 0)
        prober_rounds(&p, tick, data);
    *large = p.large;
    peer_finish(p.peer, p.end == PROBING_DONE);
    peer_free(p.peer, PROBING_LEAVING_MS);
    free(p.payload);
    return p.end;
}
