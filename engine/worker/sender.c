#include "worker/sender.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "features/coder.h"
#include "features/packing.h"

/* Buffers of one thread. */
struct desk {
    float *x;                            /* [most] */
    unsigned char *bytes, *coded, *back; /* a tensor laid out, coded, and decoded again */
    struct coder_memory *coders[CODERS]; /* NULL: it is not asked for */
};

struct sender {
    const struct features_request *request;
    size_t most;
    int threads, batch;
    struct desk *desks;           /* [threads] */
    unsigned char *codes[DTYPES]; /* [batch][most codes of the type]; NULL: it is not asked for */
};

static int desk_make(struct desk *d, const struct features_request *r, size_t most, struct error *e)
{
    size_t bytes = most * sizeof *d->x;
    d->x = memory_try(most, sizeof *d->x);
    d->bytes = memory_try(bytes, 1);
    d->back = memory_try(bytes, 1);
    d->coded = memory_try(coder_room(bytes), 1);
    if (!d->x || !d->bytes || !d->back || !d->coded)
        return error_set(e, "no memory for %zu numbers", most);
    for (int c = 0; c < CODERS; c++) {
        if (r->coders[c] && !(d->coders[c] = coder_new(c, r->level, e)))
            return -1;
    }
    return 0;
}

static void desk_free(struct desk *d)
{
    for (int c = 0; c < CODERS; c++)
        coder_free(d->coders[c]);
    free(d->x);
    free(d->bytes);
    free(d->coded);
    free(d->back);
}

struct sender *sender_new(const struct features_request *r, size_t most, int threads, struct error *e)
{
    struct sender *s = memory_new(1, sizeof *s);
    s->request = r;
    s->most = most;
    s->threads = threads;
    s->desks = memory_new((size_t)threads, sizeof *s->desks);
    int status = 0;
    for (int t = 0; t < threads && status == 0; t++)
        status = desk_make(&s->desks[t], r, most, e);
    if (status == 0)
        return s;
    sender_free(s);
    return NULL;
}

/* f32 is always kept: the tensor itself. */
static bool sender_keeps(const struct features_request *r, int type)
{
    return r->dtypes[type] || type == DTYPE_F32;
}

int sender_batch(struct sender *s, int batch, struct error *e)
{
    s->batch = batch;
    for (int t = 0; t < DTYPES; t++) {
        if (!sender_keeps(s->request, t))
            continue;
        s->codes[t] = memory_try((size_t)batch, s->most * encode_width(t));
        if (!s->codes[t])
            return error_set(e, "no memory for what %d images send (a smaller --batch may do)", batch);
    }
    return 0;
}

int64_t sender_batch_bytes(const struct features_request *r, size_t most, int batch)
{
    int64_t bytes = 0;
    for (int t = 0; t < DTYPES; t++)
        bytes += sender_keeps(r, t) ? (int64_t)batch * (int64_t)(most * encode_width(t)) : 0;
    return bytes;
}

void sender_free(struct sender *s)
{
    if (!s)
        return;
    for (int t = 0; t < s->threads; t++)
        desk_free(&s->desks[t]);
    free(s->desks);
    for (int t = 0; t < DTYPES; t++)
        free(s->codes[t]);
    free(s);
}

const float *sender_look(struct sender *s, const struct graph *graph, int layer, size_t numbers, int slot)
{
    float *x = s->desks[0].x;
    graph_get(graph, layer, slot, x);
    for (size_t i = 0; i < numbers; i++)
        if (!isfinite(x[i]))
            return NULL;
    return x;
}

static unsigned char *sender_codes_of(const struct sender *s, enum dtype type, int slot)
{
    return s->codes[type] + (size_t)slot * s->most * encode_width(type);
}

/* One tensor by one coder, decoded again and compared. */
static int sender_code(const struct desk *d, enum dtype type, enum coder coder, const unsigned char *codes,
                       size_t numbers, size_t *coded, struct error *e)
{
    enum packing packing = packing_of(type, coder);
    size_t n = packing_bytes(packing, type, numbers);
    packing_put(packing, type, codes, numbers, d->bytes);
    if (coder_encode(d->coders[coder], d->bytes, n, d->coded, coded, e) < 0 ||
        coder_decode(d->coders[coder], d->coded, *coded, d->back, n, e) < 0)
        return -1;
    bool same = packing_get(packing, type, d->back, numbers, d->bytes) == 0 &&
                memcmp(d->bytes, codes, numbers * encode_width(type)) == 0;
    return same ? 0
                : error_set(e, "%s by %s gives other bytes back than it was given", dtype_words[type],
                            coder_words[coder]);
}

/* One image. */
static int encode_slot(struct sender *s, const struct desk *d, size_t numbers,
                       const struct encode_affine *affines, int slot, size_t (*coded)[CODERS],
                       size_t *clipped, struct error *e)
{
    for (int t = 0; t < DTYPES; t++) {
        if (!sender_keeps(s->request, t))
            continue;
        unsigned char *codes = sender_codes_of(s, t, slot);
        clipped[t] = encode_numbers(t, &affines[t], d->x, numbers, codes);
        for (int c = 0; c < CODERS; c++)
            if (s->request->dtypes[t] && d->coders[c] &&
                sender_code(d, t, c, codes, numbers, &coded[t][c], e) < 0)
                return -1;
    }
    const float *sent = d->x;
    return memcmp(sender_codes_of(s, DTYPE_F32, slot), sent, numbers * sizeof *sent) == 0
               ? 0
               : error_set(e, "f32 gives other numbers back than it was given");
}

int sender_encode(struct sender *s, const struct graph *graph, int layer, size_t numbers,
                  const struct encode_affine *affines, const bool *wanted, int used,
                  size_t (*coded)[DTYPES][CODERS], size_t (*clipped)[DTYPES], struct error *e)
{
    int failed = 0;
#pragma omp parallel for schedule(dynamic) num_threads(s->threads)
    for (int slot = 0; slot < used; slot++) {
        const struct desk *d = &s->desks[omp_get_thread_num()];
        struct error why;
        if (!wanted[slot])
            continue;
        graph_get(graph, layer, slot, d->x);
        if (encode_slot(s, d, numbers, affines, slot, coded[slot], clipped[slot], &why) < 0) {
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
        encode_back(type, affine, sender_codes_of(s, type, slot), numbers, x);
        graph_put(graph, layer, slot, x);
    }
}
