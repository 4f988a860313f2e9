#include "data/decode_memory.h"

#include <stddef.h>

void decode_memory_open(struct decode_memory *m)
{
    *m = (struct decode_memory){.most = INT64_MAX, .by = ""};
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->freed, NULL);
}

void decode_memory_close(struct decode_memory *m)
{
    pthread_cond_destroy(&m->freed);
    pthread_mutex_destroy(&m->lock);
}

void decode_memory_limit(struct decode_memory *m, int64_t most, const char *by)
{
    m->most = most < 0 ? 0 : most;
    m->by = by;
}

static bool decode_memory_reserve(struct decode_memory *m, int64_t bytes, bool waits)
{
    if (!m)
        return true;
    if (bytes > m->most)
        return false;
    pthread_mutex_lock(&m->lock);
    while (waits && m->used > m->most - bytes)
        pthread_cond_wait(&m->freed, &m->lock);
    bool fits = m->used <= m->most - bytes;
    m->used += fits ? bytes : 0;
    pthread_mutex_unlock(&m->lock);
    return fits;
}

bool decode_memory_take(struct decode_memory *m, int64_t bytes)
{
    return decode_memory_reserve(m, bytes, true);
}

bool decode_memory_try(struct decode_memory *m, int64_t bytes)
{
    return decode_memory_reserve(m, bytes, false);
}

void decode_memory_give(struct decode_memory *m, int64_t bytes)
{
    if (!m)
        return;
    pthread_mutex_lock(&m->lock);
    m->used -= bytes;
    pthread_cond_broadcast(&m->freed);
    pthread_mutex_unlock(&m->lock);
}
