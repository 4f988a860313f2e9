/* One batch at one cut: the bytes of a sample, and every tail's answers to what arrives. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "worker/features_parts.h"

/* One tensor through one tail. */
struct tail {
    int slot; /* whose it is */
    enum dtype type;
};

struct features_cut {
    size_t *clipped;                          /* [slots] */
    size_t (*others)[FEATURES_DRAWS][CODERS]; /* [slots][DTYPES] */
    struct sender_item *items;                /* [slots * DTYPES] */
    struct tail *tails;                       /* [slots * DTYPES] */
    int *answers;                             /* [slots][DTYPES] what the tail that ran last predicted */
};

struct features_cut *features_cut_new(int slots)
{
    struct features_cut *w = memory_new(1, sizeof *w);
    size_t all = memory_product((size_t)slots, DTYPES);
    w->clipped = memory_new((size_t)slots, sizeof *w->clipped);
    w->others = memory_new(all, sizeof *w->others);
    w->items = memory_new(all, sizeof *w->items);
    w->tails = memory_new(all, sizeof *w->tails);
    w->answers = memory_new(all, sizeof *w->answers);
    return w;
}

void features_cut_free(struct features_cut *w)
{
    free(w->clipped);
    free(w->others);
    free(w->items);
    free(w->tails);
    free(w->answers);
    free(w);
}

/* Bytes of a cut in one dtype, a code as encode_width has it, of all images together that a coder gets; and
 * at least so many images. */
static const struct {
    size_t bytes;
    long least;
} coder_sample[CODERS] = {
    [CODER_NONE] = {SIZE_MAX, 0},
    [CODER_ZSTD] = {(size_t)8 << 20, 8},
    [CODER_LZMA] = {(size_t)1 << 19, 2},
};

/* ---- Bytes of one batch at one cut --------------------------------------------------------------------- */

/* Of how many images a coder's bytes are measured. */
static long sample_of(const struct features_run *r, const struct cut *cut, enum dtype type, int coder)
{
    size_t most = coder_sample[coder].bytes / (cut->numbers * encode_width(type));
    long n = most > (size_t)r->request->sample ? r->request->sample : (long)most;
    n = n > coder_sample[coder].least ? n : coder_sample[coder].least;
    return n < r->request->sample ? n : r->request->sample;
}

/* Of how many of them the bytes are measured with the range of every draw as well. */
static long drawn_of(const struct features_run *r, const struct cut *cut, enum dtype type, int coder)
{
    bool borrows = coder == CODER_LZMA && r->request->coders[CODER_ZSTD];
    long sample = sample_of(r, cut, type, coder);
    return coder == CODER_NONE || borrows ? 0 : (sample + FEATURES_DRAWS - 1) / FEATURES_DRAWS;
}

/* What is coded of an image in a dtype; false: nothing. */
static bool make_item(const struct features_run *r, struct cut *cut, int slot, enum dtype type,
                      struct sender_item *item)
{
    bool any = false;
    *item = (struct sender_item){.slot = slot,
                                 .type = type,
                                 .affine = &cut->affines[type],
                                 .drawn = &cut->drawn[0][type],
                                 .step = DTYPES,
                                 .timed = !r->checked,
                                 .others = r->work->others[slot * DTYPES + (int)type]};
    for (int c = 0; c < CODERS; c++) {
        item->coders[c] = r->request->coders[c] && r->nth[slot] < sample_of(r, cut, type, c);
        item->drawn_by[c] =
            item->coders[c] && dtype_is_affine(type) && r->nth[slot] < drawn_of(r, cut, type, c);
        any = any || item->coders[c];
        item->draws = item->drawn_by[c] ? r->draws : item->draws;
    }
    return any;
}

static void count_item(struct cut *cut, const struct sender_item *item)
{
    struct tally *tally = &cut->tallies[item->type];
    for (int c = 0; c < CODERS; c++) {
        if (item->coders[c])
            tally_bytes(&tally->coded[c], item->coded[c], item->others[0] + c, CODERS,
                        item->drawn_by[c] ? item->draws : 0);
        if (item->coders[c] && item->timed)
            coding_times_add(&tally->coded[c].times, item->encode_ms[c], item->decode_ms[c]);
    }
}

static int measure_bytes(struct features_run *r, struct cut *cut, struct error *e)
{
    int n = 0;
    for (int slot = 0; slot < batch_used(r->batch); slot++)
        for (int t = 0; t < DTYPES; t++)
            if (r->bad[slot] < 0 && r->request->dtypes[t])
                n += make_item(r, cut, slot, t, &r->work->items[n]);
    if (n > 0 && sender_code(r->sender, r->graph, cut->layer, cut->numbers, r->work->items, n, e) < 0)
        return -1;
    for (int i = 0; i < n; i++)
        count_item(cut, &r->work->items[i]);
    return 0;
}

/* ---- One batch through each tail --------------------------------------------------------------------- */

bool features_is_right(const struct features_run *r, int slot, int predicted)
{
    return r->session->data->images[batch_image(r->batch, slot)].class_index == predicted;
}

static void count_answer(const struct features_run *r, struct cut *cut, const struct tail *tail,
                         int predicted)
{
    tally_answer(&cut->tallies[tail->type], features_is_right(r, tail->slot, predicted),
                 features_is_right(r, tail->slot, r->own[tail->slot]), predicted == r->own[tail->slot]);
}

/* Checks that the tail gives the scores of the whole network. */
static int check_tail(struct features_run *r, const struct cut *cut, struct error *e)
{
    const struct graph *graph = r->graph;
    size_t classes = (size_t)r->net->classes;
    if (graph_forward_from(r->graph, cut->layer, e) < 0)
        return -1;
    for (size_t slot = 0; slot < (size_t)batch_used(r->batch); slot++)
        if (r->bad[slot] < 0 && memcmp(graph_scores(graph) + slot * classes, r->scores + slot * classes,
                                       classes * sizeof *r->scores) != 0)
            return error_set(e, "the tail behind layer %d gives other scores than the whole network",
                             cut->layer);
    return 0;
}

/* Whether the next cut's tail gave the same answers in this dtype. A max-pool between them takes numbers as
 * they are, and rounding keeps their order, so that what is rounded first and what is rounded last are the
 * same: where the scales are, which those of a relu's output often are. */
static bool is_answered(const struct features_run *r, const struct cut *cut, enum dtype type)
{
    const struct cut *next = cut + 1;
    const struct net_layer *pool = r->net->layers + cut->layer + 1;
    if (next == r->cuts + r->cuts_n || next->layer != cut->layer + 1 || pool->kind != NET_MAXPOOL ||
        pool->blur || pool->pad >= pool->size)
        return false;
    const struct encode_affine *a = &cut->affines[type], *b = &next->affines[type];
    return !dtype_is_affine(type) || (a->scale == b->scale && a->zero == b->zero);
}

/* The tensors of the batch that go through the tail, in every dtype: as f32 it is known what comes out, and
 * f16 changes hardly anything, so a sample will do. `answered`: those of which the answer is known. */
static int list_tails(struct features_run *r, const struct cut *cut, bool answered)
{
    int n = 0;
    for (int t = DTYPE_F16; t < DTYPES; t++)
        for (int slot = 0; slot < batch_used(r->batch); slot++) {
            bool goes = r->request->dtypes[t] && r->bad[slot] < 0 &&
                        (t != DTYPE_F16 || r->nth[slot] < r->request->sample);
            if (goes && is_answered(r, cut, (enum dtype)t) == answered)
                r->work->tails[n++] = (struct tail){slot, (enum dtype)t};
        }
    return n;
}

/* The tensors are still as they were made. */
static void count_answered(struct features_run *r, struct cut *cut)
{
    int n = list_tails(r, cut, true), size = graph_batch(r->graph);
    for (int i = 0; i < n; i++)
        count_answer(r, cut, &r->work->tails[i],
                     r->work->answers[r->work->tails[i].slot * DTYPES + (int)r->work->tails[i].type]);
    for (int first = 0; first < n; first += size) {
        const struct tail *tails = r->work->tails + first;
        int some = n - first < size ? n - first : size;
#pragma omp parallel for schedule(static) num_threads(graph_threads(r->graph))
        for (int i = 0; i < some; i++)
            r->work->clipped[i] = sender_clipped(r->graph, cut->layer, tails[i].slot, tails[i].type,
                                                 &cut->affines[tails[i].type]);
        for (int i = 0; i < some; i++)
            cut->tallies[tails[i].type].clipped += (int64_t)r->work->clipped[i];
    }
}

/* As many at a time as the graph has slots, whichever dtypes they are of. */
static int run_tails(struct features_run *r, struct cut *cut, const struct tail *tails, int n, bool kept,
                     struct error *e)
{
#pragma omp parallel for schedule(static) num_threads(graph_threads(r->graph))
    for (int i = 0; i < n; i++)
        r->work->clipped[i] =
            sender_put(r->sender, r->graph, cut->layer, kept ? tails[i].slot : SENDER_IN_PLACE, tails[i].type,
                       &cut->affines[tails[i].type], i);
    if (graph_forward_from(r->graph, cut->layer, e) < 0)
        return -1;
    for (int i = 0; i < n; i++) {
        cut->tallies[tails[i].type].clipped += (int64_t)r->work->clipped[i];
        int predicted = graph_predicted(r->graph, i);
        r->work->answers[tails[i].slot * DTYPES + (int)tails[i].type] = predicted;
        count_answer(r, cut, &tails[i], predicted);
    }
    return 0;
}

/* Whether an earlier cut, which is measured later, needs the tensor as it was. */
static bool is_shared(const struct features_run *r, int c)
{
    size_t n;
    const float *own = graph_cut_numbers(r->graph, r->cuts[c].layer, 0, &n);
    for (int i = 0; i < c; i++)
        if (graph_cut_numbers(r->graph, r->cuts[i].layer, 0, &n) == own)
            return true;
    return false;
}

/* Of one tensor of each slot, in the order of the slots: they can stay where they are. */
static bool is_in_place(const struct features_run *r, int n)
{
    return n == batch_used(r->batch) && r->work->tails[0].type == r->work->tails[n - 1].type;
}

int features_measure_cut(struct features_run *r, int c, struct error *e)
{
    struct cut *cut = &r->cuts[c];
    int used = batch_used(r->batch), size = graph_batch(r->graph);
    bool again = !r->checked || is_shared(r, c);
    if (measure_bytes(r, cut, e) < 0)
        return -1;
    count_answered(r, cut);
    int n = list_tails(r, cut, false);
    bool kept = again || !is_in_place(r, n);
    if (kept)
        sender_keep(r->sender, r->graph, cut->layer, used);
    for (int i = 0; i < n; i += size)
        if (run_tails(r, cut, r->work->tails + i, n - i < size ? n - i : size, kept, e) < 0)
            return -1;
    for (int slot = 0; slot < used; slot++)
        if (r->bad[slot] < 0)
            count_answer(r, cut, &(struct tail){slot, DTYPE_F32}, r->own[slot]);
    if (again)
        sender_restore(r->sender, r->graph, cut->layer, used);
    return r->checked ? 0 : check_tail(r, cut, e);
}
