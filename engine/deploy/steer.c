#include "deploy/steer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/quantile.h"

#define STEER_NOISE_SHARE 0.05

/* The last values, oldest first. */
struct steer_window {
    double values[STEER_WINDOW];
    int n;
};

struct steer_cut {
    double head_ms, tail_ms; /* of the plan */
    int64_t bytes, answer;   /* of its last image, else of the plan */
    struct steer_window head, tail;
};

struct steer {
    struct steer_cut *cuts; // [cuts_n]
    int cuts_n, present;
    int looks; /* images in a row after which another cut would have been quicker */
    long moves;
    bool begun;
    struct link link;
    struct steer_window mbit_s, rtt_ms;
};

/* ---- The last values -------------------------------------------------------------------------------- */

static void steer_push(struct steer_window *w, double value)
{
    if (w->n == STEER_WINDOW)
        memmove(w->values, w->values + 1, (size_t)--w->n * sizeof *w->values);
    w->values[w->n++] = value;
}

/* Of an even number the lower one in the middle. */
static double steer_median(const struct steer_window *w, double otherwise)
{
    double sorted[STEER_WINDOW];
    if (w->n == 0)
        return otherwise;
    memcpy(sorted, w->values, sizeof sorted);
    quantile_sort(sorted, w->n);
    return sorted[(w->n - 1) / 2];
}

/* ---- What is known ---------------------------------------------------------------------------------- */

struct steer *steer_new(int cuts_n, const struct link *shape)
{
    struct steer *s = memory_new(1, sizeof *s);
    s->cuts = memory_new((size_t)cuts_n, sizeof *s->cuts);
    s->cuts_n = cuts_n;
    s->link = *shape;
    return s;
}

void steer_free(struct steer *s)
{
    if (s)
        free(s->cuts);
    free(s);
}

void steer_expect(struct steer *s, int cut, double head_ms, double tail_ms, int64_t bytes, int64_t answer)
{
    s->cuts[cut] =
        (struct steer_cut){.head_ms = head_ms, .tail_ms = tail_ms, .bytes = bytes, .answer = answer};
}

/* Milliseconds that n bytes on the wire take at a bandwidth of 1 Mbit/s. */
static double steer_ms_at_one(const struct link *link, int64_t n)
{
    return 8 * (double)link_wire_bytes(link, n) / 1000;
}

static void steer_learn_link(struct steer *s, int64_t bytes, int64_t answer, double wire_ms, double answer_ms)
{
    double more = steer_ms_at_one(&s->link, bytes) - steer_ms_at_one(&s->link, answer);
    if (!(more > 0))
        return; /* two equal sizes tell nothing apart */
    double took = wire_ms - answer_ms;
    double noise = fmax(STEER_NOISE_MS, STEER_NOISE_SHARE * (fabs(wire_ms) + fabs(answer_ms)));
    double mbit_s = more / fmax(took, noise);
    if (took < noise)
        mbit_s = fmax(mbit_s, s->link.mbit_s);
    s->link.loss = 0; /* what is measured has its losses and its warm connection in it */
    s->link.slow_start = false;
    steer_push(&s->mbit_s, mbit_s);
    steer_push(&s->rtt_ms, fmax(2 * (answer_ms - steer_ms_at_one(&s->link, answer) / mbit_s), 0));
    s->link.mbit_s = steer_median(&s->mbit_s, mbit_s);
    s->link.rtt_ms = steer_median(&s->rtt_ms, 0);
}

void steer_learn(struct steer *s, int cut, double head_ms, double tail_ms, int64_t bytes, int64_t answer,
                 double wire_ms, double answer_ms)
{
    struct steer_cut *c = &s->cuts[cut];
    c->bytes = bytes;
    c->answer = answer;
    steer_push(&c->head, head_ms);
    steer_push(&c->tail, tail_ms);
    steer_learn_link(s, bytes, answer, wire_ms, answer_ms);
}

struct link steer_link(const struct steer *s)
{
    return s->link;
}

double steer_ms(const struct steer *s, int cut)
{
    const struct steer_cut *c = &s->cuts[cut];
    if (!(s->link.mbit_s > 0))
        return NAN;
    return steer_median(&c->head, c->head_ms) + link_exchange_ms(&s->link, c->bytes, c->answer) +
           steer_median(&c->tail, c->tail_ms);
}

/* ---- The choice ------------------------------------------------------------------------------------- */

static int steer_quickest(const struct steer *s)
{
    bool known = s->link.mbit_s > 0;
    int best = 0;
    for (int i = 1; i < s->cuts_n; i++)
        if (known ? steer_ms(s, i) < steer_ms(s, best) : s->cuts[i].bytes < s->cuts[best].bytes)
            best = i;
    return best;
}

/* Which of the others it is may change from image to image: that there is one is what counts. */
int steer_choose(struct steer *s)
{
    int best = steer_quickest(s);
    if (!s->begun) {
        s->begun = true;
        return s->present = best;
    }
    bool better = best != s->present && steer_ms(s, best) < (1 - STEER_MARGIN) * steer_ms(s, s->present);
    s->looks = better ? s->looks + 1 : 0;
    if (s->looks < STEER_PATIENCE)
        return s->present;
    s->looks = 0;
    s->moves++;
    return s->present = best;
}

long steer_moves(const struct steer *s)
{
    return s->moves;
}
