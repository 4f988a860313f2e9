/* One batch at one cut: the bytes of a sample, and every tail's answers to what arrives. */
#include <string.h>

#include "features/sampling.h"
#include "worker/features_parts.h"

/* ---- Bytes of one batch at one cut --------------------------------------------------------------------- */

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
                                 .others = r->others[slot * DTYPES + (int)type]};
    for (int c = 0; c < CODERS; c++) {
        item->coders[c] = r->needs[slot] & sent_need_size((enum coder)c, type) &&
                          r->nth[slot] < sampling_coded(r->request, cut->numbers, type, (enum coder)c);
        item->drawn_by[c] =
            item->coders[c] && r->nth[slot] < sampling_drawn(r->request, cut->numbers, type, (enum coder)c);
        any = any || item->coders[c];
        item->draws = item->drawn_by[c] ? r->draws : item->draws;
    }
    return any;
}

static void take_item(const struct features_run *r, struct cut *cut, const struct sender_item *item)
{
    const struct sent_row *row = &r->rows[item->slot];
    for (int c = 0; c < CODERS; c++) {
        if (!item->coders[c])
            continue;
        struct sent_size *size = &row->sizes[c][item->type][cut - r->cuts];
        size->bytes = (uint32_t)item->coded[c];
        for (int i = 0; i < item->draws && item->drawn_by[c]; i++)
            size->drawn[i] = (uint32_t)item->others[i][c];
        if (item->timed)
            coding_times_add(&cut->times[c][item->type], item->encode_ms[c], item->decode_ms[c]);
    }
}

static int measure_bytes(struct features_run *r, struct cut *cut, struct error *e)
{
    int n = 0;
    for (int slot = 0; slot < batch_used(r->batch); slot++)
        for (int t = 0; t < DTYPES; t++)
            if (r->bad[slot] < 0 && r->request->dtypes[t])
                n += make_item(r, cut, slot, t, &r->items[n]);
    if (n > 0 && sender_code(r->sender, r->graph, cut->layer, cut->numbers, r->items, n, e) < 0)
        return -1;
    for (int i = 0; i < n; i++)
        take_item(r, cut, &r->items[i]);
    return 0;
}

/* ---- One batch through each tail --------------------------------------------------------------------- */

static void note_answer(const struct features_run *r, const struct cut *cut, const struct tail *tail,
                        int predicted, size_t clipped)
{
    r->rows[tail->slot].answers[tail->type][cut - r->cuts] =
        (struct sent_answer){predicted, (uint32_t)clipped};
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
            bool goes = r->needs[slot] & sent_need_answer((enum dtype)t) && r->bad[slot] < 0;
            if (goes && is_answered(r, cut, (enum dtype)t) == answered)
                r->tails[n++] = (struct tail){slot, (enum dtype)t};
        }
    return n;
}

/* The tensors are still as they were made. */
static void take_answered(struct features_run *r, const struct cut *cut)
{
    int n = list_tails(r, cut, true), size = graph_batch(r->graph);
    for (int first = 0; first < n; first += size) {
        const struct tail *tails = r->tails + first;
        int some = n - first < size ? n - first : size;
#pragma omp parallel for schedule(static) num_threads(graph_threads(r->graph))
        for (int i = 0; i < some; i++)
            r->clipped[i] = sender_clipped(r->graph, cut->layer, tails[i].slot, tails[i].type,
                                           &cut->affines[tails[i].type]);
        for (int i = 0; i < some; i++)
            note_answer(r, cut, &tails[i], r->answers[tails[i].slot * DTYPES + (int)tails[i].type],
                        r->clipped[i]);
    }
}

/* As many at a time as the graph has slots, whichever dtypes they are of. */
static int run_tails(struct features_run *r, const struct cut *cut, const struct tail *tails, int n,
                     bool kept, struct error *e)
{
#pragma omp parallel for schedule(static) num_threads(graph_threads(r->graph))
    for (int i = 0; i < n; i++)
        r->clipped[i] = sender_put(r->sender, r->graph, cut->layer, kept ? tails[i].slot : SENDER_IN_PLACE,
                                   tails[i].type, &cut->affines[tails[i].type], i);
    if (graph_forward_from(r->graph, cut->layer, e) < 0)
        return -1;
    for (int i = 0; i < n; i++) {
        int predicted = graph_predicted(r->graph, i);
        r->answers[tails[i].slot * DTYPES + (int)tails[i].type] = predicted;
        note_answer(r, cut, &tails[i], predicted, r->clipped[i]);
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
    return n == batch_used(r->batch) && r->tails[0].type == r->tails[n - 1].type;
}

int features_measure_cut(struct features_run *r, int c, struct error *e)
{
    struct cut *cut = &r->cuts[c];
    int used = batch_used(r->batch), size = graph_batch(r->graph);
    bool again = !r->checked || is_shared(r, c);
    if (measure_bytes(r, cut, e) < 0)
        return -1;
    take_answered(r, cut);
    int n = list_tails(r, cut, false);
    bool kept = again || (n > 0 && !is_in_place(r, n));
    if (kept)
        sender_keep(r->sender, r->graph, cut->layer, used);
    for (int i = 0; i < n; i += size)
        if (run_tails(r, cut, r->tails + i, n - i < size ? n - i : size, kept, e) < 0)
            return -1;
    if (again)
        sender_restore(r->sender, r->graph, cut->layer, used);
    return r->checked ? 0 : check_tail(r, cut, e);
}
