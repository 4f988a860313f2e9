#include "train/cache.h"

#include <stdlib.h>

#include "base/memory.h"

struct cache {
    long kept;
    size_t floats;
    float *items; /* [kept][floats] */
};

struct cache *cache_new(long n, size_t floats, int64_t bytes)
{
    struct cache *c = memory_new(1, sizeof *c);
    int64_t most = bytes > 0 ? bytes / (int64_t)(floats * sizeof(float)) : 0;
    c->floats = floats;
    c->kept = n < most ? n : (long)most;
    if (c->kept > 0)
        c->items = memory_new_try(memory_product((size_t)c->kept, floats), sizeof *c->items);
    if (!c->items)
        c->kept = 0;
    return c;
}

void cache_free(struct cache *c)
{
    if (c)
        free(c->items);
    free(c);
}

long cache_kept(const struct cache *c)
{
    return c->kept;
}

float *cache_at(const struct cache *c, long item)
{
    return item < c->kept ? c->items + (size_t)item * c->floats : NULL;
}

size_t cache_bytes(const struct cache *c)
{
    return (size_t)c->kept * c->floats * sizeof *c->items;
}
