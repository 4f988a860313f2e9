#include "study/portions.h"

#include <stdlib.h>

#include "base/memory.h"

/* A portion is at most so many batches. */
enum { PORTION_BATCHES = 16 };

/* A worker dies of an image when so many have, with nothing else under way. */
enum { DEADLY = 2 };

struct portions {
    long n, answered_n;
    bool *answered;                     /* [n] */
    unsigned char *loss;                /* [n] workers that died while it may have been under way */
    unsigned char *alone;               /* [n] those that died when it was the only one */
    long *queue, first, last, capacity; /* positions to be dealt: queue[first..last) */
};

static void portions_enqueue(struct portions *p, long position)
{
    if (p->last == p->capacity) {
        p->capacity = 2 * p->capacity + 64;
        p->queue = memory_grow(p->queue, (size_t)p->capacity, sizeof *p->queue);
    }
    p->queue[p->last++] = position;
}

struct portions *portions_new(long n)
{
    struct portions *p = memory_new(1, sizeof *p);
    size_t room = (size_t)n + 1;
    p->n = n;
    p->answered = memory_new(room, sizeof *p->answered);
    p->loss = memory_new(room, sizeof *p->loss);
    p->alone = memory_new(room, sizeof *p->alone);
    for (long i = 0; i < n; i++)
        portions_enqueue(p, i);
    return p;
}

void portions_free(struct portions *p)
{
    if (!p)
        return;
    free(p->answered);
    free(p->loss);
    free(p->alone);
    free(p->queue);
    free(p);
}

bool portions_is_answered(const struct portions *p, long position)
{
    return p->answered[position];
}

bool portions_answer(struct portions *p, long position)
{
    if (p->answered[position])
        return false;
    p->answered[position] = true;
    p->answered_n++;
    return true;
}

bool portions_are_done(const struct portions *p)
{
    return p->answered_n == p->n;
}

/* ---- Dealing ------------------------------------------------------------------------------------------- */

/* Guided self-scheduling (Polychronopoulos and Kuck 1987): half of an equal part of what is left. Of images
 * that a worker may have died of, fewer each time. */
static long portions_size(const struct portions *p, int workers, long batch, long position)
{
    if (p->loss[position]) {
        long fewer = p->loss[position] < 16 ? batch >> p->loss[position] : 0;
        return fewer > 0 ? fewer : 1;
    }
    long batches = (p->last - p->first) / (2L * workers * batch);
    batches = batches > PORTION_BATCHES ? PORTION_BATCHES : batches;
    return (batches > 0 ? batches : 1) * batch;
}

static void portions_add(long **portion, long *n, long position)
{
    *portion = memory_grow(*portion, (size_t)*n + 1, sizeof **portion);
    (*portion)[(*n)++] = position;
}

/* Images of one history together. */
void portions_take(struct portions *p, int workers, long batch, long **portion, long *n)
{
    long size = 0;
    int loss = -1;
    while (p->first < p->last) {
        long position = p->queue[p->first];
        if (!p->answered[position] && loss < 0) {
            loss = p->loss[position];
            size = portions_size(p, workers, batch, position);
        }
        if (!p->answered[position] && (p->loss[position] != loss || *n == size))
            return;
        p->first++;
        if (!p->answered[position])
            portions_add(portion, n, position);
    }
}

static bool portions_is_open(const struct portions *p, bool silent, long position)
{
    return !p->answered[position] && (p->loss[position] == 0 || silent);
}

long portions_open(const struct portions *p, bool silent, const long *other, long other_n)
{
    long open = 0;
    for (long i = 0; i < other_n; i++)
        open += portions_is_open(p, silent, other[i]);
    return open;
}

void portions_take_over(const struct portions *p, bool silent, const long *other, long other_n,
                        long **portion, long *n)
{
    long half = (portions_open(p, silent, other, other_n) + 1) / 2;
    for (long i = other_n - 1; i >= 0 && *n < half; i--)
        if (portions_is_open(p, silent, other[i]))
            portions_add(portion, n, other[i]);
}

/* ---- Given back ---------------------------------------------------------------------------------------- */

/* Nothing but this image was under way: is it the cause? */
static bool portions_blame(struct portions *p, long position)
{
    return ++p->alone[position] >= DEADLY && portions_answer(p, position);
}

long portions_give_back(struct portions *p, const long *portion, long n, bool died, long ahead)
{
    long deadly = -1;
    for (int pass = 0; pass < 2; pass++) { /* those beyond suspicion come first */
        long at = 0;
        for (long i = 0; i < n; i++) {
            long position = portion[i];
            if (p->answered[position])
                continue;
            bool suspect = died && at++ < ahead;
            if (suspect != (pass == 1))
                continue;
            if (suspect && n == 1 && portions_blame(p, position)) {
                deadly = position;
                continue;
            }
            if (suspect && p->loss[position] < 100)
                p->loss[position]++;
            portions_enqueue(p, position);
        }
    }
    return deadly;
}
