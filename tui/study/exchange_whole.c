/* The whole network's predictions, for comparison: after the measurement, since it takes the processor. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "study/exchange_parts.h"

enum { WHOLE_AHEAD = 4, WHOLE_POLL_MS = 100 };

struct whole {
    struct peer *peer;
    struct exchange_image *images; // [n]
    long *order;                   // [order_n] those that were answered
    long order_n, asked, came;
    double timeout_s;
    int64_t since; /* when it was started or answered last */
    struct error *e;
};

static void whole_ask(struct whole *w)
{
    while (w->asked < w->order_n && w->asked - w->came < WHOLE_AHEAD) {
        const char *path = w->images[w->order[w->asked++]].file;
        peer_send_bytes(w->peer, path, strlen(path) + 1);
    }
}

static int whole_take(struct whole *w, const struct talk_message *m)
{
    struct talk_answer a;
    bool mine = w->came < w->asked && m->number == (uint64_t)w->came;
    if (m->kind == TALK_ANSWER && mine && talk_take(m, &a, sizeof a, true, w->e) == 0)
        w->images[w->order[w->came]].whole = a.top;
    else if (m->kind != TALK_SKIPPED || !mine)
        return error_set(w->e, "the whole network says what was not asked");
    w->came++;
    w->since = clock_ns();
    return 0;
}

/* 1: go on; -1: it is gone. */
static int whole_step(struct whole *w)
{
    struct talk_message m;
    struct error broken;
    struct pollfd fds[3];
    bool ended;
    int got;
    whole_ask(w);
    peer_flush(w->peer, &broken);
    poll(fds, (nfds_t)peer_polls(w->peer, fds), WHOLE_POLL_MS);
    bool stuck = peer_is_stuck(w->peer), failed = peer_pump(w->peer, &broken) < 0;
    while ((got = peer_next(w->peer, &m, &ended, w->e)) > 0)
        if (whole_take(w, &m) < 0)
            return -1;
    if (w->came < w->order_n && (ended || failed || stuck))
        return peer_explain(w->peer, w->e);
    if (got == 0 && (double)(clock_ns() - w->since) / 1e9 > w->timeout_s)
        return error_set(w->e, "no answer from the whole network for %g s", w->timeout_s);
    return got < 0 ? -1 : 1;
}

static enum exchange_end whole_run(struct whole *w, const struct exchange_listener *listener,
                                   const volatile sig_atomic_t *signals)
{
    enum exchange_end end = EXCHANGE_DONE;
    while (end == EXCHANGE_DONE && w->came < w->order_n) {
        if (*signals)
            end = EXCHANGE_INTERRUPTED;
        else if (whole_step(w) < 0)
            end = EXCHANGE_LOST;
        if (listener->tick)
            listener->tick(listener->data, w->came);
    }
    return end;
}

enum exchange_end exchange_whole(const struct exchange_cut *cut, int number, struct exchange_image *images,
                                 long n, const struct exchange_listener *listener,
                                 const volatile sig_atomic_t *signals, struct error *e)
{
    struct whole w = {.images = images, .timeout_s = cut->timeout_s, .since = clock_ns(), .e = e};
    size_t most = sizeof(struct talk_answer) + (size_t)TALK_OUTPUTS_MAX * sizeof(float);
    w.peer = exchange_half_start(cut, "whole", "the whole network", 0, most, e);
    if (!w.peer)
        return EXCHANGE_LOST;
    w.order = memory_new((size_t)n, sizeof *w.order);
    for (long i = 0; i < n; i++)
        if (images[i].answered && images[i].cut == number)
            w.order[w.order_n++] = i;
    enum exchange_end end = whole_run(&w, listener, signals);
    peer_finish(w.peer, false);
    peer_free(w.peer, WHOLE_POLL_MS);
    free(w.order);
    return end;
}
