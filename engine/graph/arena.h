/* One piece of memory for many buffers that are not all alive at once. Blocks are announced with their first
 * and last time of use; blocks that are never alive together may get the same place. */
#ifndef ISPLIT_GRAPH_ARENA_H
#define ISPLIT_GRAPH_ARENA_H

#include <stddef.h>

#include "base/error.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a);

/* A block of `bytes` (a multiple of 64), alive from `birth` to `death` inclusive. Returns its number. */
int arena_block(struct arena *a, size_t bytes, int birth, int death);
/* Extends the block's life to `death`, if that is later. */
void arena_extend(struct arena *a, int block, int death);

/* Finds every block's place; after that arena_bytes gives the size. */
void arena_arrange(struct arena *a);
/* Places and allocates; after that arena_at may be called. Zeroed, aligned to 64 bytes. */
int arena_place(struct arena *a, struct error *e);
void *arena_at(const struct arena *a, int block);
size_t arena_bytes(const struct arena *a);

#endif
