#include "worker/sender.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "features/coder.h"
#include "features/coding_times.h"
#include "features/packing.h"

/* Buffers of one thread. */
struct desk {
    float *x;                                    /* [most] the tensor */
    int slot;                                    /* of this slot; -1: of none */
    unsigned char *codes, *bytes, *coded, *back; /* a tensor, laid out, coded, and decoded again */
    struct coder_memory *coders[CODERS];         /* NULL: it is not asked for */
};

struct sender {
    int threads;
    struct desk *desks; /* [threads] */
    float *kept;        /* [batch][most_kept] tensors as the graph has them */
    size_t most_kept;
};

/* ---- Memory ------------------------------------------------------------------------------------------ */

static int desk_make(struct desk *d, const struct features_request *r, size_t most, struct error *e)
{
    size_t bytes = most * sizeof *d->x;
    d->x = memory_try(most, sizeof *d->x);
    d->codes = memory_try(bytes, 1);
    d->bytes = memory_try(bytes, 1);
    d->back = memory_try(bytes, 1);
    d->coded = memory_try(coder_room(bytes), 1);
    if (!d->x || !d->codes || !d->bytes || !d->back || !d->coded)
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
    free(d->codes);
    free(d->bytes);
    free(d->coded);
    free(d->back);
}

/* Of what a cut of the request sends, the most numbers; with padding. */
static size_t sender_most(const struct features_request *r, const struct net *net, bool padded)
{
    int64_t most = 0;
    for (int i = 0; i < r->layers_n; i++) {
        struct net_shape out = net->layers[r->layers[i]].out;
        int64_t numbers = padded ? graph_cut_most(out) : net_shape_size(out);
        most = numbers > most ? numbers : most;
    }
    return (size_t)most;
}

struct sender *sender_new(const struct features_request *r, const struct net *net, int threads,
                          struct error *e)
{
    struct sender *s = memory_new(1, sizeof *s);
    s->threads = threads;
    s->most_kept = sender_most(r, net, true);
    s->desks = memory_new((size_t)threads, sizeof *s->desks);
    int status = 0;
    for (int t = 0; t < threads && status == 0; t++)
        status = desk_make(&s->desks[t], r, sender_most(r, net, false), e);
    if (status == 0)
        return s;
    sender_free(s);
    return NULL;
}

int sender_batch(struct sender *s, int batch, struct error *e)
{
    s->kept = memory_try(memory_product((size_t)batch, s->most_kept), sizeof *s->kept);
    return s->kept ? 0 : error_set(e, "no memory for what %d images send (a smaller --batch may do)", batch);
}

int64_t sender_batch_bytes(const struct features_request *r, const struct net *net, int batch)
{
    return (int64_t)batch * (int64_t)(sender_most(r, net, true) * sizeof(float));
}

void sender_free(struct sender *s)
{
    if (!s)
        return;
    for (int t = 0; t < s->threads; t++)
        desk_free(&s->desks[t]);
    free(s->desks);
    free(s->kept);
    free(s);
}

/* ---- Bytes ------------------------------------------------------------------------------------------- */

/* The codes on the desk by one coder, decoded again and compared. Adds the times to those of the item. */
static int desk_code(const struct desk *d, struct sender_item *item, enum coder coder, size_t numbers,
                     size_t *coded, struct error *e)
{
    enum dtype type = item->type;
    enum packing packing = packing_of(type, coder);
    size_t n = packing_bytes(packing, type, numbers);
    double began = coding_times_now();
    packing_put(packing, type, d->codes, numbers, d->bytes);
    if (coder_encode(d->coders[coder], d->bytes, n, d->coded, coded, e) < 0)
        return -1;
    double between = coding_times_now();
    if (coder_decode(d->coders[coder], d->coded, *coded, d->back, n, e) < 0)
        return -1;
    bool fits = packing_get(packing, type, d->back, numbers, d->bytes) == 0;
    item->encode_ms[coder] += between - began;
    item->decode_ms[coder] += coding_times_now() - between;
    return fits && memcmp(d->bytes, d->codes, numbers * encode_width(type)) == 0
               ? 0
               : error_set(e, "%s by %s gives other bytes back than it was given", dtype_words[type],
                           coder_words[coder]);
}

/* One tensor with one scale. */
static int desk_encode(const struct desk *d, struct sender_item *item, const struct encode_affine *affine,
                       const bool *coders, size_t numbers, size_t *coded, struct error *e)
{
    encode_numbers(item->type, affine, d->x, numbers, d->codes);
    for (int c = 0; c < CODERS; c++)
        if (coders[c] && desk_code(d, item, c, numbers, &coded[c], e) < 0)
            return -1;
    return item->type != DTYPE_F32 || memcmp(d->codes, d->x, numbers * sizeof *d->x) == 0
               ? 0
               : error_set(e, "f32 gives other numbers back than it was given");
}

/* What every coder's times have in common: to codes, and from codes to numbers. */
static void desk_time(const struct desk *d, struct sender_item *item, size_t numbers)
{
    double began = coding_times_now();
    encode_numbers(item->type, item->affine, d->x, numbers, d->codes);
    double between = coding_times_now();
    encode_back(item->type, item->affine, d->codes, numbers, (float *)(void *)d->back);
    double ended = coding_times_now();
    for (int c = 0; c < CODERS; c++) {
        item->encode_ms[c] = between - began;
        item->decode_ms[c] = ended - between;
    }
}

static int desk_run(struct desk *d, const struct graph *graph, int layer, size_t numbers,
                    struct sender_item *item, struct error *e)
{
    if (d->slot != item->slot)
        graph_get(graph, layer, item->slot, d->x);
    d->slot = item->slot;
    if (item->timed)
        desk_time(d, item, numbers);
    if (desk_encode(d, item, item->affine, item->coders, numbers, item->coded, e) < 0)
        return -1;
    struct sender_item again = *item; /* whose times are nobody's */
    for (int i = 0; i < item->draws; i++)
        if (desk_encode(d, &again, item->drawn + (size_t)i * item->step, item->drawn_by, numbers,
                        item->others[i], e) < 0)
            return -1;
    return 0;
}

int sender_code(struct sender *s, const struct graph *graph, int layer, size_t numbers,
                struct sender_item *items, int n, struct error *e)
{
    int failed = 0;
    for (int t = 0; t < s->threads; t++)
        s->desks[t].slot = -1;
#pragma omp parallel for schedule(dynamic) num_threads(s->threads)
    for (int i = 0; i < n; i++) {
        struct error why;
        if (desk_run(&s->desks[omp_get_thread_num()], graph, layer, numbers, &items[i], &why) < 0) {
#pragma omp critical
            {
                *e = why;
                failed = -1;
            }
        }
    }
    return failed;
}

/* ---- Tensors ----------------------------------------------------------------------------------------- */

NUMBER_WIDE static uint32_t sender_largest_bits(const float *x, size_t n)
{
    uint32_t most = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        bits &= 0x7fffffff;
        most = bits > most ? bits : most;
    }
    return most;
}

int sender_not_finite(const struct graph *graph, const int *layers, int layers_n, int slot)
{
    const uint32_t infinite = 0x7f800000;
    for (int i = 0; i < layers_n; i++) {
        size_t n;
        const float *y = graph_cut_numbers(graph, layers[i], slot, &n);
        if (sender_largest_bits(y, n) >= infinite)
            return layers[i];
    }
    return -1;
}

void sender_keep(struct sender *s, const struct graph *graph, int layer, int used)
{
#pragma omp parallel for schedule(static) num_threads(s->threads)
    for (int slot = 0; slot < used; slot++) {
        size_t n;
        const float *y = graph_cut_numbers(graph, layer, slot, &n);
        memcpy(s->kept + (size_t)slot * s->most_kept, y, n * sizeof *y);
    }
}

void sender_restore(struct sender *s, struct graph *graph, int layer, int used)
{
#pragma omp parallel for schedule(static) num_threads(s->threads)
    for (int slot = 0; slot < used; slot++) {
        size_t n;
        float *y = graph_cut_numbers(graph, layer, slot, &n);
        memcpy(y, s->kept + (size_t)slot * s->most_kept, n * sizeof *y);
    }
}

/* The same arithmetic as what is coded passes through. The order of the numbers plays no part, and 0 becomes
 * 0 in every dtype, so padding stays what it is. */
size_t sender_put(const struct sender *s, struct graph *graph, int layer, int kept, enum dtype type,
                  const struct encode_affine *affine, int slot)
{
    size_t n;
    float *y = graph_cut_numbers(graph, layer, slot, &n);
    const float *x = kept == SENDER_IN_PLACE ? y : s->kept + (size_t)kept * s->most_kept;
    return encode_through(type, affine, x, n, y);
}

size_t sender_clipped(const struct graph *graph, int layer, int slot, enum dtype type,
                      const struct encode_affine *affine)
{
    enum { PART = 2048 }; /* numbers that stay in the cache */
    _Alignas(64) unsigned char codes[PART * sizeof(float)];
    size_t n, clipped = 0;
    const float *x = graph_cut_numbers(graph, layer, slot, &n);
    for (size_t i = 0; i < n; i += PART)
        clipped += encode_numbers(type, affine, x + i, n - i < PART ? n - i : PART, codes);
    return clipped;
}
