#include "worker/features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "features/coder.h"
#include "features/range.h"
#include "wire/message.h"
#include "wire/message_result.h"
#include "worker/batch.h"

enum { TELL_MS = 500 };

struct cut {
    int layer;
    size_t numbers;
    struct encode_affine affines[DTYPES];
    struct tally {
        struct {
            double mean, squares; /* of an image's bytes, by Welford's method in the order of the images */
            int64_t bytes;
        } coded[CODERS];
        int64_t clipped;
        long correct, agrees;
    } tallies[DTYPES];
};

struct features_run {
    struct session *session;
    struct graph *graph;
    struct sender *sender;
    const struct features_request *request;
    const struct net *net;
    struct batch *batch;   /* NULL: none is open */
    struct cut *cuts;      /* [cuts_n], */
    struct cut *kept;      /* and as they were before the current batch */
    struct range **ranges; /* [cuts_n] over the calibration images */
    int cuts_n;
    long images, correct; /* over the finished batches */
    bool checked;         /* the tails have been checked to give the same scores */
    int64_t reported;     /* time of the last progress message */

    /* [slots of the graph] */
    bool *wanted; /* the slot holds an image all of whose numbers are finite */
    int *own;     /* the predicted class */
    size_t (*coded)[DTYPES][CODERS], (*clipped)[DTYPES];
    float *scores; /* [slots of the graph][classes] */
};

static void run_free(struct features_run *r)
{
    batch_free(r->batch);
    for (int c = 0; c < r->cuts_n; c++)
        range_free(r->ranges[c]);
    free(r->ranges);
    free(r->cuts);
    free(r->kept);
    free(r->wanted);
    free(r->own);
    free(r->coded);
    free(r->clipped);
    free(r->scores);
}

static void run_make(struct features_run *r)
{
    size_t batch = (size_t)graph_batch(r->graph);
    r->cuts_n = r->request->layers_n;
    r->cuts = memory_new((size_t)r->cuts_n, sizeof *r->cuts);
    r->kept = memory_new((size_t)r->cuts_n, sizeof *r->kept);
    r->ranges = memory_new((size_t)r->cuts_n, sizeof *r->ranges);
    for (int c = 0; c < r->cuts_n; c++) {
        r->ranges[c] = range_new();
        int layer = r->request->layers[c];
        r->cuts[c].layer = layer;
        r->cuts[c].numbers = (size_t)net_shape_size(r->net->layers[layer].out);
    }
    r->wanted = memory_new(batch, sizeof *r->wanted);
    r->own = memory_new(batch, sizeof *r->own);
    r->coded = memory_new(batch, sizeof *r->coded);
    r->clipped = memory_new(batch, sizeof *r->clipped);
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

/* The first layer with a number of a slot that is not finite, of those that a cut would send or that lead to
 * the scores; -1: none. */
static int find_not_finite(const struct features_run *r, int slot)
{
    int bad = graph_not_finite(r->graph, slot);
    for (int c = 0; c < r->cuts_n && bad < 0; c++)
        if (!sender_look(r->sender, r->graph, r->cuts[c].layer, r->cuts[c].numbers, slot))
            bad = r->cuts[c].layer;
    return bad;
}

static void widen_ranges(const struct features_run *r, int slot)
{
    for (int c = 0; c < r->cuts_n; c++) {
        const struct cut *cut = &r->cuts[c];
        range_add(r->ranges[c], sender_look(r->sender, r->graph, cut->layer, cut->numbers, slot),
                  cut->numbers);
    }
}

/* Excludes images with numbers that are not finite. Returns how many are left; -1: the pipe is gone. `widen`:
 * extends the ranges of the cuts. */
static int choose_slots(struct features_run *r, bool widen, struct error *e)
{
    int left = 0, status = 0;
    for (int slot = 0; slot < batch_used(r->batch) && status == 0; slot++) {
        int bad = find_not_finite(r, slot);
        r->wanted[slot] = bad < 0;
        left += bad < 0;
        if (widen && bad < 0)
            widen_ranges(r, slot);
        if (bad >= 0)
            status = session_send(
                r->session,
                message_nonfinite(batch_image(r->batch, slot), bad, batch_content(r->batch, slot)), e);
    }
    return status < 0 ? -1 : left;
}

/* Runs the next batch. Returns how many of its images count; 0: none are left, or a stop came; -1 on
 * error. */
static int next_batch(struct features_run *r, bool widen, struct error *e)
{
    int left = 0;
    while (left == 0) {
        if (batch_fill(r->batch, e) < 0)
            return -1;
        if (batch_used(r->batch) == 0 || is_stopped(r))
            return 0;
        if (graph_forward(r->graph, e) < 0)
            return -1;
        left = choose_slots(r, widen, e);
    }
    return left;
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
        n = next_batch(r, true, e);
        if (n <= 0)
            break;
        *calibrated += n;
    }
    for (int c = 0; c < r->cuts_n; c++)
        for (int t = 0; t < DTYPES; t++)
            if (dtype_is_affine(t))
                r->cuts[c].affines[t] = range_affine(r->ranges[c], t);
    if (n == 0 && *calibrated == 0 && !is_stopped(r))
        return error_set(e, "none of the %ld calibration images can be used", q->calibration_n);
    return n;
}

/* ---- One batch through each tail --------------------------------------------------------------------- */

/* The n-th image's. */
static void count_image(struct tally *tally, const size_t *coded, size_t clipped, long n)
{
    for (int c = 0; c < CODERS; c++) {
        double bytes = (double)coded[c], off = bytes - tally->coded[c].mean;
        tally->coded[c].mean += off / (double)n;
        tally->coded[c].squares += off * (bytes - tally->coded[c].mean);
        tally->coded[c].bytes += (int64_t)coded[c];
    }
    tally->clipped += (int64_t)clipped;
}

static void count_sizes(const struct features_run *r, struct cut *cut)
{
    long n = r->images;
    for (int slot = 0; slot < batch_used(r->batch); slot++) {
        n += r->wanted[slot];
        for (int t = 0; t < DTYPES && r->wanted[slot]; t++)
            count_image(&cut->tallies[t], r->coded[slot][t], r->clipped[slot][t], n);
    }
}

static bool is_right(const struct features_run *r, int slot, int predicted)
{
    return r->session->data->images[batch_image(r->batch, slot)].class_index == predicted;
}

static void count_answers(const struct features_run *r, struct tally *tally)
{
    for (int slot = 0; slot < batch_used(r->batch); slot++) {
        int predicted = r->wanted[slot] ? graph_predicted(r->graph, slot) : -1;
        tally->correct += r->wanted[slot] && is_right(r, slot, predicted);
        tally->agrees += r->wanted[slot] && predicted == r->own[slot];
    }
}

/* Checks that the tail gives the scores of the whole network. */
static int check_tail(struct features_run *r, const struct cut *cut, struct error *e)
{
    const struct graph *graph = r->graph;
    size_t classes = (size_t)r->net->classes;
    if (graph_forward_from(r->graph, cut->layer, e) < 0)
        return -1;
    for (size_t slot = 0; slot < (size_t)batch_used(r->batch); slot++)
        if (r->wanted[slot] && memcmp(graph_scores(graph) + slot * classes, r->scores + slot * classes,
                                      classes * sizeof *r->scores) != 0)
            return error_set(e, "the tail behind layer %d gives other scores than the whole network",
                             cut->layer);
    return 0;
}

static int measure_cut(struct features_run *r, struct cut *cut, struct error *e)
{
    int used = batch_used(r->batch);
    if (sender_encode(r->sender, r->graph, cut->layer, cut->numbers, cut->affines, r->wanted, used, r->coded,
                      r->clipped, e) < 0)
        return -1;
    count_sizes(r, cut);
    for (int t = DTYPE_F16; t < DTYPES; t++) {
        if (!r->request->dtypes[t])
            continue;
        sender_put(r->sender, r->graph, cut->layer, cut->numbers, t, &cut->affines[t], r->wanted, used);
        if (graph_forward_from(r->graph, cut->layer, e) < 0)
            return -1;
        count_answers(r, &cut->tallies[t]);
    }
    /* Last, to restore the tensor: an earlier layer may share its buffer. */
    sender_put(r->sender, r->graph, cut->layer, cut->numbers, DTYPE_F32, NULL, r->wanted, used);
    for (int slot = 0; slot < used; slot++) {
        cut->tallies[DTYPE_F32].correct += r->wanted[slot] && is_right(r, slot, r->own[slot]);
        cut->tallies[DTYPE_F32].agrees += r->wanted[slot];
    }
    return r->checked ? 0 : check_tail(r, cut, e);
}

/* 1: done; 0: abandoned because of a stop; -1 on error. */
static int measure_batch(struct features_run *r, int wanted, struct error *e)
{
    long correct = 0;
    memcpy(r->kept, r->cuts, (size_t)r->cuts_n * sizeof *r->kept);
    memcpy(r->scores, graph_scores(r->graph),
           (size_t)graph_batch(r->graph) * (size_t)r->net->classes * sizeof *r->scores);
    for (int slot = 0; slot < batch_used(r->batch); slot++) {
        r->own[slot] = graph_predicted(r->graph, slot);
        correct += r->wanted[slot] && is_right(r, slot, r->own[slot]);
    }
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
        status = next_batch(r, false, e);
        if (status > 0)
            status = measure_batch(r, status, e);
    }
    return status;
}

/* ---- The answer -------------------------------------------------------------------------------------- */

static struct measured_feature features_row_of(const struct features_run *r, const struct cut *cut,
                                               enum dtype type)
{
    const struct tally *t = &cut->tallies[type];
    bool affine = dtype_is_affine(type);
    struct measured_feature row = {
        .layer = cut->layer,
        .type = type,
        .clipped = t->clipped,
        .correct = t->correct,
        .agrees = t->agrees,
        .scale = affine ? cut->affines[type].scale : 1,
        .zero = affine ? cut->affines[type].zero : 0,
    };
    for (int c = 0; c < CODERS; c++) {
        row.coded[c].bytes = t->coded[c].bytes;
        row.coded[c].deviation =
            r->images > 1 ? (float)sqrt(t->coded[c].squares / (double)(r->images - 1)) : 0;
    }
    return row;
}

static void features_sum_up(const struct features_run *r, struct measured_features *out)
{
    const struct features_request *q = r->request;
    out->images = r->images;
    out->correct = r->correct;
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
