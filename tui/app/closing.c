#include "app/closing.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"

struct closing {
    struct store *store;
    char *path;  /* the store's, which the thread frees */
    bool told;   /* that rows are not kept */
    bool unkept; /* some are not, */
    struct error why;
    pthread_t thread;
};

static void closing_write(struct closing *c)
{
    c->unkept = store_flush(c->store, &c->why) < 0;
    store_close(c->store);
}

static void *closing_run(void *data)
{
    closing_write(data);
    return NULL;
}

static void closing_free(struct closing *c)
{
    free(c->path);
    free(c);
}

struct closing *closing_begin(struct store *store)
{
    if (!store)
        return NULL;
    struct closing *c = memory_new(1, sizeof *c);
    c->store = store;
    c->path = memory_copy(store_path(store));
    c->told = store_trouble_is_told(store);
    if (pthread_create(&c->thread, NULL, closing_run, c) != 0) {
        closing_write(c);
        c->thread = pthread_self(); /* there is none to wait for */
    }
    return c;
}

/* false: it still works. By the clock that nobody sets. */
static bool closing_join(const struct closing *c, int ms)
{
    int64_t end = clock_ms() + ms;
    const struct timespec until = {.tv_sec = end / 1000, .tv_nsec = end % 1000 * 1000000};
    return pthread_equal(c->thread, pthread_self()) ||
           pthread_clockjoin_np(c->thread, NULL, CLOCK_MONOTONIC, &until) == 0;
}

int closing_end(struct closing *c, int ms, struct error *e)
{
    if (!c)
        return 0;
    bool told = c->told;
    if (!closing_join(c, ms)) { /* the thread still reads it */
        error_at(e, c->path, 0, "cannot be written within %g s (not all rows are kept)", ms / 1000.0);
        return told ? 0 : -1;
    }
    bool unkept = c->unkept && !told;
    if (unkept)
        error_set(e, "%s (not all rows are kept)", c->why.text);
    closing_free(c);
    return unkept ? -1 : 0;
}
