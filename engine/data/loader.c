#include "data/loader.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define RING_BYTES_MAX ((size_t)1 << 36)

struct slot {
    bool ready;
    int status; /* result of pixels_load */
    struct content content;
    struct error reason;
};

/* A ring of `ahead` slots: image i of the order goes to slot i % ahead, which is free again once image i has
 * been handed out. Threads take images in order. */
struct loader {
    const struct dataset *d;
    const long *images;
    long n;
    struct net_shape shape;
    const struct pixels_options *options;
    struct decode_memory *memory;

    pthread_mutex_t lock;
    pthread_cond_t filled, freed;
    struct slot *slots; // [ahead]
    float *pixels;      // [ahead][c][h][w]
    size_t image_size;  /* floats */
    int ahead;
    long taken;      /* images begun by the threads */
    long handed_out; /* images handed to the consumer */
    bool stopping;

    pthread_t *threads;
    int threads_n;
};

static void *loader_work(void *argument)
{
    struct loader *l = argument;
    pthread_mutex_lock(&l->lock);
    for (;;) {
        while (!l->stopping && l->taken < l->n && l->taken >= l->handed_out + l->ahead)
            pthread_cond_wait(&l->freed, &l->lock);
        if (l->stopping || l->taken >= l->n)
            break;
        long mine = l->taken++;
        struct slot *slot = &l->slots[mine % l->ahead];
        float *out = l->pixels + (size_t)(mine % l->ahead) * l->image_size;
        pthread_mutex_unlock(&l->lock);
        slot->status = pixels_load(l->d, l->images[mine], l->shape, l->options, l->memory, out,
                                   &slot->content, &slot->reason);
        pthread_mutex_lock(&l->lock);
        slot->ready = true;
        pthread_cond_signal(&l->filled);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

/* Signals are the main thread's: the new threads inherit a mask that blocks them all. */
static int start_threads(struct loader *l, int threads, struct error *e)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = 0;
    while (l->threads_n < threads && !failure) {
        failure = pthread_create(&l->threads[l->threads_n], NULL, loader_work, l);
        l->threads_n += !failure;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    /* Fewer threads are slower, not wrong. */
    return l->threads_n ? 0 : error_set(e, "cannot start a decoding thread: %s", strerror(failure));
}

struct loader *loader_start(const struct dataset *d, const long *images, long n, struct net_shape shape,
                            const struct pixels_options *options, struct decode_memory *memory, int threads,
                            int ahead, struct error *e)
{
    if (net_shape_size(shape) < 1 || shape.c < 1 || shape.h < 1) {
        error_set(e, "the network reads %d x %d x %d values (expected at least one)", shape.c, shape.h,
                  shape.w);
        return NULL;
    }
    threads = threads < 1 ? 1 : threads;
    ahead = ahead < 1 ? 1 : ahead;
    if (ahead > n)
        ahead = n < 1 ? 1 : (int)n;
    struct loader *l = memory_new(1, sizeof *l);
    l->d = d;
    l->images = images;
    l->n = n;
    l->shape = shape;
    l->options = options;
    l->memory = memory;
    l->ahead = ahead;
    l->image_size = (size_t)net_shape_size(shape);
    l->slots = memory_new((size_t)ahead, sizeof *l->slots);
    l->threads = memory_new((size_t)threads, sizeof *l->threads);
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->filled, NULL);
    pthread_cond_init(&l->freed, NULL);
    if (l->image_size <= RING_BYTES_MAX / sizeof(float) / (size_t)ahead)
        l->pixels = memory_try(memory_product((size_t)ahead, l->image_size), sizeof *l->pixels);
    if (!l->pixels)
        error_set(e, "no memory to decode %d images of %zu values ahead", ahead, l->image_size);
    if (!l->pixels || start_threads(l, threads, e) < 0) {
        loader_stop(l);
        return NULL;
    }
    return l;
}

int loader_next(struct loader *loader, long *image, float *out, struct content *content, struct error *e)
{
    struct loader *l = loader;
    if (l->handed_out >= l->n)
        return 0;
    struct slot *slot = &l->slots[l->handed_out % l->ahead];
    pthread_mutex_lock(&l->lock);
    while (!slot->ready)
        pthread_cond_wait(&l->filled, &l->lock);
    pthread_mutex_unlock(&l->lock);

    /* The slot belongs to the caller until handed_out advances. */
    int status = slot->status;
    *image = l->images[l->handed_out];
    if (content)
        *content = slot->content;
    if (status >= 0)
        memcpy(out, l->pixels + (size_t)(l->handed_out % l->ahead) * l->image_size,
               l->image_size * sizeof *out);
    else if (e)
        *e = slot->reason;

    pthread_mutex_lock(&l->lock);
    slot->ready = false;
    l->handed_out++;
    pthread_cond_signal(&l->freed);
    pthread_mutex_unlock(&l->lock);
    return status >= 0 ? 1 + status : -1;
}

void loader_stop(struct loader *loader)
{
    if (!loader)
        return;
    pthread_mutex_lock(&loader->lock);
    loader->stopping = true;
    pthread_cond_broadcast(&loader->freed);
    pthread_mutex_unlock(&loader->lock);
    for (int i = 0; i < loader->threads_n; i++)
        pthread_join(loader->threads[i], NULL);
    pthread_cond_destroy(&loader->filled);
    pthread_cond_destroy(&loader->freed);
    pthread_mutex_destroy(&loader->lock);
    free(loader->threads);
    free(loader->pixels);
    free(loader->slots);
    free(loader);
}
