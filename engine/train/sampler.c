#include "train/sampler.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "curve/order.h"

struct sampler {
    long n;
    int batch;
    uint64_t seed;
    long epoch;  /* of which it is the order; -1: none yet */
    long *order; /* [n] */
};

/* Streams of random numbers: the order of epochs takes the even ones, variations the odd ones. */
enum { SAMPLER_ORDER, SAMPLER_VARIATION, SAMPLER_STREAMS };

struct sampler *sampler_new(long n, int batch, uint64_t seed)
{
    struct sampler *s = memory_new(1, sizeof *s);
    *s = (struct sampler){.n = n, .batch = batch, .seed = seed, .epoch = -1};
    s->order = memory_new_try((size_t)n, sizeof *s->order);
    if (s->order)
        return s;
    sampler_free(s);
    return NULL;
}

void sampler_free(struct sampler *s)
{
    if (s)
        free(s->order);
    free(s);
}

long sampler_epoch_steps(long n, int batch)
{
    return n / batch + (n % batch != 0);
}

/* Fisher and Yates, in Durstenfeld's form (CACM 1964). */
static void sampler_permute(struct sampler *s, long epoch)
{
    struct order_random random;
    if (epoch == s->epoch)
        return;
    order_random_seed(&random, s->seed, (uint64_t)epoch * SAMPLER_STREAMS + SAMPLER_ORDER);
    for (long i = 0; i < s->n; i++)
        s->order[i] = i;
    for (long i = s->n - 1; i > 0; i--) {
        long j = (long)order_random_below(&random, (uint64_t)i + 1);
        long kept = s->order[i];
        s->order[i] = s->order[j];
        s->order[j] = kept;
    }
    s->epoch = epoch;
}

int sampler_batch(struct sampler *s, long step, long *items)
{
    long steps = sampler_epoch_steps(s->n, s->batch), first = step % steps * s->batch, left = s->n - first;
    sampler_permute(s, step / steps);
    for (int i = 0; i < s->batch; i++)
        items[i] = s->order[(first + i) % s->n];
    return left < s->batch ? (int)left : s->batch;
}

/* One row of one channel, moved by dx to the right. */
static void sampler_move(const float *from, float *to, int w, bool mirror, int dx, float fill)
{
    for (int x = 0; x < w; x++) {
        int source = x - dx;
        bool inside = source >= 0 && source < w;
        to[x] = inside ? from[mirror ? w - 1 - source : source] : fill;
    }
}

void sampler_vary(uint64_t seed, long step, int slot, bool flip, int shift, struct net_shape shape,
                  const float *fill, float *pixels, float *room)
{
    struct order_random random;
    uint64_t place = ((uint64_t)step << 20 | (uint64_t)slot) * SAMPLER_STREAMS + SAMPLER_VARIATION;
    uint64_t sides = (uint64_t)shift * 2 + 1;
    order_random_seed(&random, seed, place);
    bool mirror = order_random_below(&random, 2) == 1 && flip;
    int dx = (int)order_random_below(&random, sides) - shift;
    int dy = (int)order_random_below(&random, sides) - shift;
    size_t h = (size_t)shape.h, w = (size_t)shape.w;
    for (size_t c = 0; c < (size_t)shape.c; c++)
        for (int y = 0; y < shape.h; y++) {
            float *to = room + (c * h + (size_t)y) * w;
            bool inside = y - dy >= 0 && y - dy < shape.h;
            if (inside)
                sampler_move(pixels + (c * h + (size_t)(y - dy)) * w, to, shape.w, mirror, dx, fill[c]);
            for (size_t x = 0; x < w && !inside; x++)
                to[x] = fill[c];
        }
    memcpy(pixels, room, (size_t)net_shape_size(shape) * sizeof *room);
}
