#include "predict/patches.h"

#include <stdlib.h>

#include "base/memory.h"
#include "curve/order.h"

enum { MOST = 4800, MOST_LARGE = 2000, LARGE = 4800 };

struct patches {
    struct trapped_geometry geometry;
    struct order_random random;
    int64_t passed;
    long room;
    float *rows; /* [room][D] */
};

long patches_kept(const struct trapped_geometry *g, int64_t passing)
{
    long most = g->numbers > LARGE ? MOST_LARGE : MOST;
    return passing < most ? (long)passing : most;
}

int64_t patches_bytes(const struct trapped_geometry *g, int64_t passing)
{
    return patches_kept(g, passing) * g->numbers * (int64_t)sizeof(float);
}

struct patches *patches_new(const struct trapped_geometry *g, int64_t passing, uint64_t seed, uint64_t stream)
{
    struct patches *p = memory_new(1, sizeof *p);
    p->geometry = *g;
    p->room = patches_kept(g, passing);
    p->rows = memory_try(memory_product((size_t)p->room, (size_t)g->numbers), sizeof *p->rows);
    order_random_seed(&p->random, seed, stream);
    if (p->rows)
        return p;
    patches_free(p);
    return NULL;
}

void patches_free(struct patches *p)
{
    if (!p)
        return;
    free(p->rows);
    free(p);
}

/* The row that the next patch takes, or -1. */
static long patches_place(struct patches *p)
{
    int64_t passed = p->passed++;
    if (passed < p->room)
        return (long)passed;
    int64_t row = (int64_t)order_random_below(&p->random, (uint64_t)passed + 1);
    return row < p->room ? (long)row : -1;
}

static void patches_take(const struct trapped_geometry *g, struct tensor t, const void *image, int64_t patch,
                         float *row)
{
    int top = (int)(patch / g->across) * g->k_h, left = (int)(patch % g->across) * g->k_w;
    for (int c = 0; c < t.c; c++)
        for (int y = top; y < top + g->k_h; y++)
            for (int x = left; x < left + g->k_w; x++)
                *row++ = number_get(t.type, image, tensor_at(t, c, y, x));
}

void patches_pass(struct patches *p, struct tensor t, const void *image)
{
    for (int64_t i = 0; i < p->geometry.patches; i++) {
        long row = patches_place(p);
        if (row >= 0)
            patches_take(&p->geometry, t, image, i, p->rows + row * p->geometry.numbers);
    }
}

long patches_n(const struct patches *p)
{
    return p->passed < p->room ? (long)p->passed : p->room;
}

int patches_numbers(const struct patches *p)
{
    return (int)p->geometry.numbers;
}

const float *patches_row(const struct patches *p, long row)
{
    return p->rows + row * p->geometry.numbers;
}
