#include "worker/sender.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "features/compressor.h"

/* Buffers of one thread. */
struct desk {
    float *x; /* [most] */
    struct compressor *compressed;
};

struct sender {
    size_t most;
    int threads, batch;
    struct desk *desks;           /* [threads] */
    unsigned char *bytes[DTYPES]; /* [batch][most numbers of the type] */
};

static size_t type_bytes(enum dtype type, size_t numbers)
{
    return (size_t)dtype_bytes(type, (int64_t)(numbers * sizeof(float)));
}

struct sender *sender_new(size_t most, int threads, int level, struct error *e)
{
    struct sender *s = memory_new(1, sizeof *s);
    s->most = most;
    s->threads = threads;
    s->desks = memory_new((size_t)threads, sizeof *s->desks);
    for (int t = 0; t < threads; t++) {
        struct desk *d = &s->desks[t];
        d->compressed = compressor_new(type_bytes(DTYPE_F32, most), level, e);
        if (!d->compressed)
            break;
        d->x = memory_try(most, sizeof *d->x);
        if (!d->x)
            error_set(e, "no memory for %zu numbers", most);
    }
    if (s->desks[threads - 1].x)
        return s;
    sender_free(s);
    return NULL;
}

int sender_batch(struct sender *s, int batch, struct error *e)
{
    s->batch = batch;
    for (int t = 0; t < DTYPES; t++) {
        s->bytes[t] = memory_try((size_t)batch, type_bytes(t, s->most));
        if (!s->bytes[t])
            return error_set(e, "no memory for what %d images send (a smaller --batch may do)", batch);
    }
    return 0;
}

int64_t sender_batch_bytes(size_t most, int batch)
{
    int64_t bytes = 0;
    for (int t = 0; t < DTYPES; t++)
        bytes += (int64_t)batch * (int64_t)type_bytes(t, most);
    return bytes;
}

void sender_free(struct sender *s)
{
    if (!s)
        return;
    for (int t = 0; t < s->threads; t++) {
        compressor_free(s->desks[t].compressed);
        free(s->desks[t].x);
    }
    free(s->desks);
    for (int t = 0; t < DTYPES; t++)
        free(s->bytes[t]);
    free(s);
}

bool sender_range(struct sender *s, const struct graph *graph, int layer, size_t numbers, int slot,
                  float *min, float *max)
{
    float *x = s->desks[0].x;
    graph_get(graph, layer, slot, x);
    *min = *max = x[0];
    for (size_t i = 0; i < numbers; i++) {
        if (!isfinite(x[i]))
            return false;
        *min = x[i] < *min ? x[i] : *min;
        *max = x[i] > *max ? x[i] : *max;
    }
    return true;
}

static unsigned char *sender_bytes_of(const struct sender *s, enum dtype type, int slot)
{
    return s->bytes[type] + (size_t)slot * type_bytes(type, s->most);
}

/* One image. */
static int encode_slot(struct sender *s, const struct desk *d, size_t numbers,
                       const struct encode_affine *affine, int slot, size_t *compressed, size_t *clipped,
                       struct error *e)
{
    for (int t = 0; t < DTYPES; t++) {
        unsigned char *bytes = sender_bytes_of(s, t, slot);
        size_t n = type_bytes(t, numbers);
        clipped[t] = encode_numbers(t, affine, d->x, numbers, bytes);
        if (compressor_run(d->compressed, bytes, n, e) < 0 ||
            compressor_check(d->compressed, bytes, n, e) < 0)
            return -1;
        compressed[t] = compressor_size(d->compressed);
    }
    /* The bytes survived the round trip; check the numbers. */
    const float *sent = d->x;
    return memcmp(sender_bytes_of(s, DTYPE_F32, slot), sent, numbers * sizeof *sent) == 0
               ? 0
               : error_set(e, "f32 gives other numbers back than it was given");
}

int sender_encode(struct sender *s, const struct graph *graph, int layer, size_t numbers,
                  const struct encode_affine *affine, const bool *wanted, int used,
                  size_t (*compressed)[DTYPES], size_t (*clipped)[DTYPES], struct error *e)
{
    int failed = 0;
#pragma omp parallel for schedule(dynamic) num_threads(s->threads)
    for (int slot = 0; slot < used; slot++) {
        const struct desk *d = &s->desks[omp_get_thread_num()];
        struct error why;
        if (!wanted[slot])
            continue;
        graph_get(graph, layer, slot, d->x);
        if (encode_slot(s, d, numbers, affine, slot, compressed[slot], clipped[slot], &why) < 0) {
#pragma omp critical
            {
                *e = why;
                failed = -1;
            }
        }
    }
    return failed;
}

void sender_put(struct sender *s, struct graph *graph, int layer, size_t numbers, enum dtype type,
                const struct encode_affine *affine, const bool *wanted, int used)
{
#pragma omp parallel for schedule(static) num_threads(s->threads)
    for (int slot = 0; slot < used; slot++) {
        float *x = s->desks[omp_get_thread_num()].x;
        if (!wanted[slot])
            continue;
        encode_back(type, affine, sender_bytes_of(s, type, slot), numbers, x);
        graph_put(graph, layer, slot, x);
    }
}
