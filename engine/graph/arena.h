/* One piece of memory for many buffers that are not all alive at once. Blocks are announced with the
 * time they are born and the time they are last used; placing them gives blocks that never live
 * together the same room. */
#ifndef ISPLIT_GRAPH_ARENA_H
#define ISPLIT_GRAPH_ARENA_H

#include <stddef.h>

#include "base/error.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a);

/* A block of `bytes` (a multiple of 64), alive from `birth` to `death` inclusive. Returns its number. */
int arena_block(struct arena *a, size_t bytes, int birth, int death);
/* The block lives until `death` at least. */
void arena_extend(struct arena *a, int block, int death);

/* Finds every block's place; after that arena_bytes tells the size. */
void arena_arrange(struct arena *a);
/* That, and allocates; after that arena_at may be called. Zeroed, aligned to 64 bytes. */
int arena_place(struct arena *a, struct error *e);
void *arena_at(const struct arena *a, int block);
size_t arena_bytes(const struct arena *a);

#endif
