#include "worker/features.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "features/coder.h"
#include "features/range.h"
#include "features/tally.h"
#include "wire/message.h"
#include "wire/message_result.h"
#include "worker/batch.h"

enum { TELL_MS = 500 };

/* Numbers of a cut, of all images together, that a coder gets in each dtype; and at least so many images. */
static const struct {
    size_t numbers;
    long least;
} coder_sample[CODERS] = {
    [CODER_NONE] = {SIZE_MAX, 0},
    [CODER_ZSTD] = {(size_t)32 << 20, 8},
    [CODER_LZMA] = {(size_t)1 << 19, 2},
};

struct cut {
    int layer;
    size_t numbers;
    struct range *range, *part; /* over the calibration images; over those of the part under way */
    struct encode_affine affines[DTYPES];
    struct encode_affine drawn[FEATURES_DRAWS][DTYPES]; /* of each part */
    struct tally tallies[DTYPES];
};

/* One tensor through one tail. */
struct tail {
    int slot; /* whose it is */
    enum dtype type;
};

struct features_run {
    struct session *session;
    struct graph *graph;
    struct sender *sender;
    const struct features_request *request;
    const struct net *net;
    struct batch *batch; /* NULL: none is open */
    struct cut *cuts;    /* [cuts_n], */
    struct cut *kept;    /* and as they were before the current batch */
    int cuts_n;
    long part;            /* calibration images in each part */
    int draws;            /* parts that are whole */
    long images, correct; /* over the finished batches */
    bool checked;         /* the tails have been checked to give the same scores */
    int64_t reported;     /* time of the last progress message */

    /* [slots of the graph] */
    int *bad;  /* the first layer with a number that is not finite, or -1 */
    int *own;  /* the predicted class */
    long *nth; /* the image's place among those measured, from 0 on */
    size_t *clipped;
    size_t (*others)[FEATURES_DRAWS][CODERS]; /* [slots][DTYPES] */
    struct sender_item *items;                /* [slots * DTYPES] */
    struct tail *tails;                       /* [slots * DTYPES] */
    float *scores;                            /* [slots of the graph][classes] */
};

static void run_free(struct features_run *r)
{
    batch_free(r->batch);
    for (int c = 0; c < r->cuts_n; c++) {
        range_free(r->cuts[c].range);
        range_free(r->cuts[c].part);
    }
    free(r->cuts);
    free(r->kept);
    free(r->bad);
    free(r->own);
    free(r->nth);
    free(r->clipped);
    free(r->others);
    free(r->items);
    free(r->tails);
    free(r->scores);
}

static void run_make(struct features_run *r)
{
    size_t batch = (size_t)graph_batch(r->graph), all = memory_product(batch, DTYPES);
    r->cuts_n = r->request->layers_n;
    r->cuts = memory_new((size_t)r->cuts_n, sizeof *r->cuts);
    r->kept = memory_new((size_t)r->cuts_n, sizeof *r->kept);
    for (int c = 0; c < r->cuts_n; c++) {
        struct cut *cut = &r->cuts[c];
        cut->range = range_new();
        cut->part = range_new();
        cut->layer = r->request->layers[c];
        cut->numbers = (size_t)net_shape_size(r->net->layers[cut->layer].out);
    }
    r->part = (r->request->calibration_n + FEATURES_DRAWS - 1) / FEATURES_DRAWS;
    r->bad = memory_new(batch, sizeof *r->bad);
    r->own = memory_new(batch, sizeof *r->own);
    r->nth = memory_new(batch, sizeof *r->nth);
    r->clipped = memory_new(batch, sizeof *r->clipped);
    r->others = memory_new(all, sizeof *r->others);
    r->items = memory_new(all, sizeof *r->items);
    r->tails = memory_new(all, sizeof *r->tails);
    r->scores = memory_new(memory_product(batch, (size_t)r->net->classes), sizeof *r->scores);
}

static int open_images(struct features_run *r, const long *images, long n, struct error *e)
{
    batch_free(r->batch);
    r->batch = batch_new(r->session, r->graph, images, n, &r->request->pixels, e);
    return r->batch ? 0 : -1;
}

static bool is_stopped(const struct features_run *r)
{
    return session_stop_asked(r->session);
}

static int features_tell(struct features_run *r, const char *doing, long done, long of, struct error *e)
{
    if (r->reported && clock_ms() - r->reported < TELL_MS)
        return 0;
    r->reported = clock_ms();
    char *what = memory_format("%s: %ld of %ld images", doing, done, of);
    int status = session_send(r->session, message_progress(what), e);
    free(what);
    return status;
}

/* ---- One batch uncut ------------------------------------------------------------------------------ */

/* Excludes images with numbers that are not finite. Returns how many are left; -1: the pipe is gone. */
static int choose_slots(struct features_run *r, struct error *e)
{
    int left = 0, used = batch_used(r->batch);
#pragma omp parallel for schedule(dynamic) num_threads(graph_threads(r->graph))
    for (int slot = 0; slot < used; slot++) {
        r->bad[slot] = graph_not_finite(r->graph, slot);
        if (r->bad[slot] < 0)
            r->bad[slot] = sender_not_finite(r->graph, r->request->layers, r->cuts_n, slot);
    }
    for (int slot = 0; slot < used; slot++) {
        left += r->bad[slot] < 0;
        if (r->bad[slot] >= 0 && session_send(r->session,
                                              message_nonfinite(batch_image(r->batch, slot), r->bad[slot],
                                                                batch_content(r->batch, slot)),
                                              e) < 0)
            return -1;
    }
    return left;
}

/* Runs the next batch. Returns how many of its images count; 0: none are left, or a stop came; -1 on
 * error. */
static int next_batch(struct features_run *r, struct error *e)
{
    int left = 0;
    while (left == 0) {
        if (batch_fill(r->batch, e) < 0)
            return -1;
        if (batch_used(r->batch) == 0 || is_stopped(r))
            return 0;
        if (graph_forward(r->graph, e) < 0)
            return -1;
        left = choose_slots(r, e);
    }
    return left;
}

/* ---- Ranges ------------------------------------------------------------------------------------------ */

static void take_affines(const struct range *range, struct encode_affine affines[DTYPES])
{
    for (int t = 0; t < DTYPES; t++)
        if (dtype_is_affine(t))
            affines[t] = range_affine(range, t);
}

/* Takes one cut's tensors of a batch in; `before` images came earlier. */
static void widen_range(const struct features_run *r, struct cut *cut, long before, float *x)
{
    for (int slot = 0; slot < batch_used(r->batch); slot++) {
        if (r->bad[slot] >= 0)
            continue;
        graph_get(r->graph, cut->layer, slot, x);
        range_add(cut->part, x, cut->numbers);
        if (++before % r->part != 0)
            continue;
        take_affines(cut->part, cut->drawn[before / r->part - 1]);
        range_join(cut->range, cut->part);
        range_clear(cut->part);
    }
}

static int widen_ranges(struct features_run *r, long before, struct error *e)
{
    bool failed = false;
#pragma omp parallel for schedule(dynamic) num_threads(graph_threads(r->graph))
    for (int c = 0; c < r->cuts_n; c++) {
        float *x = memory_try(r->cuts[c].numbers, sizeof *x);
        if (x)
            widen_range(r, &r->cuts[c], before, x);
        else {
#pragma omp atomic write
            failed = true;
        }
        free(x);
    }
    return failed ? error_set(e, "no memory for the ranges of %d cuts", r->cuts_n) : 0;
}

static int calibrate(struct features_run *r, long *calibrated, struct error *e)
{
    const struct features_request *q = r->request;
    int n;
    if (open_images(r, q->calibration, q->calibration_n, e) < 0)
        return -1;
    for (;;) {
        if (features_tell(r, "finding the ranges", *calibrated, q->calibration_n, e) < 0)
            return -1;
        n = next_batch(r, e);
        if (n <= 0)
            break;
        if (widen_ranges(r, *calibrated, e) < 0)
            return -1;
        *calibrated += n;
    }
    r->draws = (int)(*calibrated / r->part);
    for (int c = 0; c < r->cuts_n; c++) {
        range_join(r->cuts[c].range, r->cuts[c].part);
        take_affines(r->cuts[c].range, r->cuts[c].affines);
    }
    if (n == 0 && *calibrated == 0 && !is_stopped(r))
        return error_set(e, "none of the %ld calibration images can be used", q->calibration_n);
    return n;
}

/* ---- Bytes of one batch at one cut --------------------------------------------------------------------- */

/* Of how many images a coder's bytes are measured. */
static long sample_of(const struct features_run *r, const struct cut *cut, int coder)
{
    size_t most = coder_sample[coder].numbers / cut->numbers;
    long n = most > (size_t)r->request->sample ? r->request->sample : (long)most;
    n = n > coder_sample[coder].least ? n : coder_sample[coder].least;
    return n < r->request->sample ? n : r->request->sample;
}

/* Of how many of them the bytes are measured with the range of every draw as well. */
static long drawn_of(const struct features_run *r, const struct cut *cut, int coder)
{
    bool borrows = coder == CODER_LZMA && r->request->coders[CODER_ZSTD];
    return coder == CODER_NONE || borrows ? 0
                                          : (sample_of(r, cut, coder) + FEATURES_DRAWS - 1) / FEATURES_DRAWS;
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
                                 .others = r->others[slot * DTYPES + (int)type]};
    for (int c = 0; c < CODERS; c++) {
        item->coders[c] = r->request->coders[c] && r->nth[slot] < sample_of(r, cut, c);
        item->drawn_by[c] = item->coders[c] && dtype_is_affine(type) && r->nth[slot] < drawn_of(r, cut, c);
        any = any || item->coders[c];
        item->draws = item->drawn_by[c] ? r->draws : item->draws;
    }
    return any;
}

static void count_item(struct cut *cut, const struct sender_item *item)
{
    struct tally *tally = &cut->tallies[item->type];
    for (int c = 0; c < CODERS; c++)
        if (item->coders[c])
            tally_bytes(&tally->coded[c], item->coded[c], item->others[0] + c, CODERS,
                        item->drawn_by[c] ? item->draws : 0);
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
        count_item(cut, &r->items[i]);
    return 0;
}

/* ---- One batch through each tail --------------------------------------------------------------------- */

static bool is_right(const struct features_run *r, int slot, int predicted)
{
    return r->session->data->images[batch_image(r->batch, slot)].class_index == predicted;
}

static void count_answer(const struct features_run *r, struct cut *cut, const struct tail *tail,
                         int predicted)
{
    tally_answer(&cut->tallies[tail->type], is_right(r, tail->slot, predicted),
                 is_right(r, tail->slot, r->own[tail->slot]), predicted == r->own[tail->slot]);
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

/* The tensors of the batch that go through the tail, in every dtype: as f32 it is known what comes out, and
 * f16 changes hardly anything, so a sample will do. */
static int list_tails(const struct features_run *r)
{
    int n = 0;
    for (int t = DTYPE_F16; t < DTYPES; t++)
        for (int slot = 0; slot < batch_used(r->batch); slot++) {
            bool goes = r->request->dtypes[t] && r->bad[slot] < 0 &&
                        (t != DTYPE_F16 || r->nth[slot] < r->request->sample);
            if (goes)
                r->tails[n++] = (struct tail){slot, (enum dtype)t};
        }
    return n;
}

/* As many at a time as the graph has slots, whichever dtypes they are of. */
static int run_tails(struct features_run *r, struct cut *cut, const struct tail *tails, int n,
                     struct error *e)
{
#pragma omp parallel for schedule(static) num_threads(graph_threads(r->graph))
    for (int i = 0; i < n; i++)
        r->clipped[i] = sender_put(r->sender, r->graph, cut->layer, tails[i].slot, tails[i].type,
                                   &cut->affines[tails[i].type], i);
    if (graph_forward_from(r->graph, cut->layer, e) < 0)
        return -1;
    for (int i = 0; i < n; i++) {
        cut->tallies[tails[i].type].clipped += (int64_t)r->clipped[i];
        count_answer(r, cut, &tails[i], graph_predicted(r->graph, i));
    }
    return 0;
}

static int measure_cut(struct features_run *r, struct cut *cut, struct error *e)
{
    int used = batch_used(r->batch), n = list_tails(r), size = graph_batch(r->graph);
    if (measure_bytes(r, cut, e) < 0)
        return -1;
    sender_keep(r->sender, r->graph, cut->layer, used);
    for (int i = 0; i < n; i += size)
        if (run_tails(r, cut, r->tails + i, n - i < size ? n - i : size, e) < 0)
            return -1;
    for (int slot = 0; slot < used; slot++)
        if (r->bad[slot] < 0)
            count_answer(r, cut, &(struct tail){slot, DTYPE_F32}, r->own[slot]);
    /* An earlier layer may share its buffer. */
    sender_restore(r->sender, r->graph, cut->layer, used);
    return r->checked ? 0 : check_tail(r, cut, e);
}

/* Notes what the whole network says; returns how many are right. */
static long note_answers(struct features_run *r)
{
    long correct = 0, nth = r->images;
    memcpy(r->scores, graph_scores(r->graph),
           (size_t)graph_batch(r->graph) * (size_t)r->net->classes * sizeof *r->scores);
    for (int slot = 0; slot < batch_used(r->batch); slot++) {
        r->own[slot] = graph_predicted(r->graph, slot);
        r->nth[slot] = nth;
        nth += r->bad[slot] < 0;
        correct += r->bad[slot] < 0 && is_right(r, slot, r->own[slot]);
    }
    return correct;
}

/* 1: done; 0: abandoned because of a stop; -1 on error. */
static int measure_batch(struct features_run *r, int wanted, struct error *e)
{
    long correct = note_answers(r);
    memcpy(r->kept, r->cuts, (size_t)r->cuts_n * sizeof *r->kept);
    for (int c = r->cuts_n - 1; c >= 0; c--) {
        if (is_stopped(r)) {
            memcpy(r->cuts, r->kept, (size_t)r->cuts_n * sizeof *r->kept);
            return 0;
        }
        if (features_tell(r, "measuring features", r->images, r->request->images_n, e) < 0 ||
            measure_cut(r, &r->cuts[c], e) < 0)
            return -1;
    }
    r->checked = true;
    r->correct += correct;
    r->images += wanted;
    return 1;
}

static int measure_all(struct features_run *r, struct error *e)
{
    const struct features_request *q = r->request;
    if (open_images(r, q->images, q->images_n, e) < 0)
        return -1;
    int status = 1;
    while (status > 0) {
        status = next_batch(r, e);
        if (status > 0)
            status = measure_batch(r, status, e);
    }
    return status;
}

/* ---- The answer -------------------------------------------------------------------------------------- */

static struct measured_feature features_row_of(const struct features_run *r, const struct cut *cut,
                                               enum dtype type)
{
    bool affine = dtype_is_affine(type);
    struct measured_feature row = {
        .layer = cut->layer,
        .type = type,
        .scale = affine ? cut->affines[type].scale : 1,
        .zero = affine ? cut->affines[type].zero : 0,
    };
    tally_feature(&cut->tallies[type], r->draws, &row);
    return row;
}

static void features_sum_up(const struct features_run *r, struct measured_features *out)
{
    const struct features_request *q = r->request;
    out->images = r->images;
    out->correct = r->correct;
    out->draws = r->draws;
    for (int c = 0; c < CODERS; c++) {
        out->coders[c] = q->coders[c];
        snprintf(out->versions[c], sizeof out->versions[c], "%s", coder_version(c));
    }
    if (r->images == 0)
        return;
    out->rows = memory_new((size_t)r->cuts_n * DTYPES, sizeof *out->rows);
    for (int c = 0; c < r->cuts_n; c++)
        for (int t = 0; t < DTYPES; t++)
            if (q->dtypes[t])
                out->rows[out->rows_n++] = features_row_of(r, &r->cuts[c], t);
}

int features_measure(struct session *s, struct graph *graph, struct sender *sender,
                     const struct features_request *request, struct measured_features *out, struct error *e)
{
    struct features_run r = {
        .session = s, .graph = graph, .sender = sender, .request = request, .net = s->net};
    *out = (struct measured_features){0};
    run_make(&r);
    int status = calibrate(&r, &out->calibrated, e);
    if (status == 0 && !is_stopped(&r))
        status = measure_all(&r, e);
    if (status == 0)
        features_sum_up(&r, out);
    run_free(&r);
    return status;
}
