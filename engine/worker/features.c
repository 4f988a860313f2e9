#include "worker/features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "features/compressor.h"
#include "wire/message.h"
#include "wire/message_result.h"
#include "worker/batch.h"

enum { TELL_MS = 500 };

struct cut {
    int layer;
    size_t numbers;
    float min, max; /* range over the calibration images */
    struct encode_affine affine;
    struct tally {
        double mean, squares; /* of the compressed bytes, by Welford's method in the order of the images */
        int64_t compressed, clipped;
        long correct, agrees;
    } tallies[DTYPES];
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
    long images, correct; /* over the finished batches */
    bool checked;         /* the tails have been checked to give the same scores */
    int64_t reported;     /* time of the last progress message */

    /* [slots of the graph] */
    bool *wanted; /* the slot holds an image all of whose numbers are finite */
    int *own;     /* the predicted class */
    size_t (*compressed)[DTYPES], (*clipped)[DTYPES];
    float *scores; /* [slots of the graph][classes] */
};

static void run_free(struct features_run *r)
{
    batch_free(r->batch);
    free(r->cuts);
    free(r->kept);
    free(r->wanted);
    free(r->own);
    free(r->compressed);
    free(r->clipped);
    free(r->scores);
}

static void run_make(struct features_run *r)
{
    size_t batch = (size_t)graph_batch(r->graph);
    r->cuts_n = r->request->layers_n;
    r->cuts = memory_new((size_t)r->cuts_n, sizeof *r->cuts);
    r->kept = memory_new((size_t)r->cuts_n, sizeof *r->kept);
    for (int c = 0; c < r->cuts_n; c++) {
        int layer = r->request->layers[c];
        r->cuts[c].layer = layer;
        r->cuts[c].numbers = (size_t)net_shape_size(r->net->layers[layer].out);
    }
    r->wanted = memory_new(batch, sizeof *r->wanted);
    r->own = memory_new(batch, sizeof *r->own);
    r->compressed = memory_new(batch, sizeof *r->compressed);
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

/* The range of what a slot sends at each cut. Returns the first layer with a number that is not finite, or
 * -1. */
static int find_ranges(const struct features_run *r, int slot, float (*ranges)[2])
{
    int bad = graph_not_finite(r->graph, slot);
    if (bad >= 0)
        return bad;
    for (int c = 0; c < r->cuts_n; c++)
        if (!sender_range(r->sender, r->graph, r->cuts[c].layer, r->cuts[c].numbers, slot, &ranges[c][0],
                          &ranges[c][1]))
            return r->cuts[c].layer;
    return -1;
}

/* Excludes images with numbers that are not finite. Returns how many are left; -1: the pipe is gone. `widen`:
 * extends the ranges of the cuts. */
static int choose_slots(struct features_run *r, bool widen, struct error *e)
{
    int left = 0, status = 0;
    float(*ranges)[2] = memory_new((size_t)r->cuts_n, sizeof *ranges);
    for (int slot = 0; slot < batch_used(r->batch) && status == 0; slot++) {
        int bad = find_ranges(r, slot, ranges);
        r->wanted[slot] = bad < 0;
        left += bad < 0;
        for (int c = 0; c < r->cuts_n && widen && bad < 0; c++) {
            struct cut *cut = &r->cuts[c];
            cut->min = ranges[c][0] < cut->min ? ranges[c][0] : cut->min;
            cut->max = ranges[c][1] > cut->max ? ranges[c][1] : cut->max;
        }
        if (bad >= 0)
            status = session_send(
                r->session,
                message_nonfinite(batch_image(r->batch, slot), bad, batch_content(r->batch, slot)), e);
    }
    free(ranges);
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
        if (features_tell(r, "finding the range of int8", *calibrated, q->calibration_n, e) < 0)
            return -1;
        n = next_batch(r, true, e);
        if (n <= 0)
            break;
        *calibrated += n;
    }
    for (int c = 0; c < r->cuts_n; c++)
        r->cuts[c].affine = encode_affine_of(r->cuts[c].min, r->cuts[c].max);
    if (n == 0 && *calibrated == 0 && !is_stopped(r))
        return error_set(e, "none of the %ld calibration images can be used", q->calibration_n);
    return n;
}

/* ---- One batch through each tail --------------------------------------------------------------------- */

static void count_sizes(const struct features_run *r, struct cut *cut)
{
    long n = r->images;
    for (int slot = 0; slot < batch_used(r->batch); slot++) {
        if (!r->wanted[slot])
            continue;
        n++;
        for (int t = 0; t < DTYPES; t++) {
            struct tally *tally = &cut->tallies[t];
            double compressed = (double)r->compressed[slot][t], off = compressed - tally->mean;
            tally->mean += off / (double)n;
            tally->squares += off * (compressed - tally->mean);
            tally->compressed += (int64_t)r->compressed[slot][t];
            tally->clipped += (int64_t)r->clipped[slot][t];
        }
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
    if (sender_encode(r->sender, r->graph, cut->layer, cut->numbers, &cut->affine, r->wanted, used,
                      r->compressed, r->clipped, e) < 0)
        return -1;
    count_sizes(r, cut);
    for (int t = DTYPE_F16; t < DTYPES; t++) {
        sender_put(r->sender, r->graph, cut->layer, cut->numbers, t, &cut->affine, r->wanted, used);
        if (graph_forward_from(r->graph, cut->layer, e) < 0)
            return -1;
        count_answers(r, &cut->tallies[t]);
    }
    /* Last, to restore the tensor: an earlier layer may share its buffer. */
    sender_put(r->sender, r->graph, cut->layer, cut->numbers, DTYPE_F32, &cut->affine, r->wanted, used);
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
    struct measured_feature row = {
        .layer = cut->layer,
        .type = type,
        .compressed = t->compressed,
        .deviation = r->images > 1 ? (float)sqrt(t->squares / (double)(r->images - 1)) : 0,
        .clipped = t->clipped,
        .correct = t->correct,
        .agrees = t->agrees,
        .scale = type == DTYPE_INT8 ? cut->affine.scale : 1,
        .zero = type == DTYPE_INT8 ? cut->affine.zero : 0,
    };
    return row;
}

static void features_sum_up(const struct features_run *r, struct measured_features *out)
{
    out->images = r->images;
    out->correct = r->correct;
    snprintf(out->zstd, sizeof out->zstd, "%s", compressor_version());
    if (r->images == 0)
        return;
    out->rows_n = r->cuts_n * DTYPES;
    out->rows = memory_new((size_t)out->rows_n, sizeof *out->rows);
    for (int i = 0; i < out->rows_n; i++)
        out->rows[i] = features_row_of(r, &r->cuts[i / DTYPES], (enum dtype)(i % DTYPES));
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
