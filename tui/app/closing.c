#include "app/closing.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"

struct closing {
    struct store *store;
    pthread_t thread;
};

static void *closing_run(void *data)
{
    const struct closing *c = data;
    store_close(c->store);
    return NULL;
}

struct closing *closing_begin(struct store *store)
{
    if (!store)
        return NULL;
    struct closing *c = memory_new(1, sizeof *c);
    c->store = store;
    if (pthread_create(&c->thread, NULL, closing_run, c) == 0)
        return c;
    store_close(store);
    free(c);
    return NULL;
}

void closing_end(struct closing *c, int ms)
{
    struct timespec stopping;
    if (!c)
        return;
    clock_gettime(CLOCK_REALTIME, &stopping);
    stopping.tv_sec += ms / 1000;
    stopping.tv_nsec += (long)(ms % 1000) * 1000000;
    if (stopping.tv_nsec >= 1000000000) {
        stopping.tv_sec++;
        stopping.tv_nsec -= 1000000000;
    }
    if (pthread_timedjoin_np(c->thread, NULL, &stopping) == 0)
        free(c); /* else the thread still reads it */
}
