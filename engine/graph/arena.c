#include "graph/arena.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"
#include "graph/pages.h"

struct block {
    size_t bytes, offset;
    int birth, death;
    bool placed;
};

struct arena {
    struct block *blocks;
    int blocks_n;
    size_t bytes;
    char *memory; /* [bytes] or NULL */
};

struct arena *arena_new(void)
{
    return memory_new(1, sizeof(struct arena));
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    free(a->blocks);
    pages_free(a->memory, a->bytes);
    free(a);
}

int arena_block(struct arena *a, size_t bytes, int birth, int death)
{
    a->blocks = memory_grow(a->blocks, (size_t)a->blocks_n + 1, sizeof *a->blocks);
    a->blocks[a->blocks_n] = (struct block){.bytes = bytes, .birth = birth, .death = death};
    return a->blocks_n++;
}

void arena_extend(struct arena *a, int block, int death)
{
    if (a->blocks[block].death < death)
        a->blocks[block].death = death;
}

/* A placed block that lives together with b and overlaps [offset, offset + b's size), or NULL. */
static const struct block *in_the_way(const struct arena *a, const struct block *b, size_t offset)
{
    for (int i = 0; i < a->blocks_n; i++) {
        const struct block *o = &a->blocks[i];
        bool together = o->birth <= b->death && b->birth <= o->death;
        if (o->placed && together && o->offset < offset + b->bytes && offset < o->offset + o->bytes)
            return o;
    }
    return NULL;
}

static struct block *largest_unplaced(struct arena *a)
{
    struct block *best = NULL;
    for (int i = 0; i < a->blocks_n; i++)
        if (!a->blocks[i].placed && (!best || a->blocks[i].bytes > best->bytes))
            best = &a->blocks[i];
    return best;
}

/* Largest first, each at the lowest offset where it fits: close to optimal for such lists. */
void arena_arrange(struct arena *a)
{
    for (struct block *b = largest_unplaced(a); b; b = largest_unplaced(a)) {
        const struct block *o;
        while ((o = in_the_way(a, b, b->offset)))
            b->offset = o->offset + o->bytes;
        b->placed = true;
        if (b->offset + b->bytes > a->bytes)
            a->bytes = b->offset + b->bytes;
    }
}

int arena_place(struct arena *a, struct error *e)
{
    arena_arrange(a);
    a->memory = pages_new(a->bytes);
    return a->memory ? 0 : error_set(e, "no memory for %zu bytes of gradients", a->bytes);
}

void *arena_at(const struct arena *a, int block)
{
    return a->memory + a->blocks[block].offset;
}

size_t arena_bytes(const struct arena *a)
{
    return a->bytes;
}
