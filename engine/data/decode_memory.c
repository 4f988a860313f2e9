#include "data/decode_memory.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"

struct decode_memory {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    int64_t most, used; /* bytes */
    const char *by;
};

struct decode_memory *decode_memory_new(void)
{
    struct decode_memory *m = memory_new(1, sizeof *m);
    *m = (struct decode_memory){.most = INT64_MAX, .by = ""};
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->freed, NULL);
    return m;
}

void decode_memory_free(struct decode_memory *m)
{
    pthread_cond_destroy(&m->freed);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

void decode_memory_limit(struct decode_memory *m, int64_t most, const char *by)
{
    m->most = most < 0 ? 0 : most;
    m->by = by;
}

int64_t decode_memory_most(const struct decode_memory *m, const char **by)
{
    if (by)
        *by = m->by;
    return m->most;
}

int64_t decode_memory_used(const struct decode_memory *m)
{
    return m->used;
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
