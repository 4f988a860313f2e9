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
    const struct features_subject *s;
    struct batch batch;
    struct cut *cuts; /* [cuts_n], */
    struct cut *kept; /* and as they were before the current batch */
    int cuts_n;
    long images, correct; /* over the finished batches */
    bool checked;         /* the tails have been checked to give the same scores */
    int64_t reported;     /* time of the last progress message */

    /* [batch.size] */
    bool *wanted; /* the slot holds an image all of whose numbers are finite */
    int *own;     /* the predicted class */
    struct sender_sizes (*sizes)[DTYPES];
    float *scores; /* [batch.size][classes] */
};

static void run_free(struct features_run *r)
{
    batch_close(&r->batch);
    free(r->cuts);
    free(r->kept);
    free(r->wanted);
    free(r->own);
    free(r->sizes);
    free(r->scores);
}

static void run_make(struct features_run *r)
{
    const struct features_subject *s = r->s;
    size_t batch = (size_t)graph_batch(s->graph);
    r->cuts_n = s->request->layers_n;
    r->cuts = memory_new((size_t)r->cuts_n, sizeof *r->cuts);
    r->kept = memory_new((size_t)r->cuts_n, sizeof *r->kept);
    for (int c = 0; c < r->cuts_n; c++) {
        int layer = s->request->layers[c];
        r->cuts[c].layer = layer;
        r->cuts[c].numbers = (size_t)net_shape_size(s->net->layers[layer].out);
    }
    r->wanted = memory_new(batch, sizeof *r->wanted);
    r->own = memory_new(batch, sizeof *r->own);
    r->sizes = memory_new(batch, sizeof *r->sizes);
    r->scores = memory_new(memory_product(batch, (size_t)s->net->classes), sizeof *r->scores);
}

static int open_images(struct features_run *r, const long *images, long n, struct error *e)
{
    const struct features_subject *s = r->s;
    batch_close(&r->batch);
    r->batch = (struct batch){
        .channel = s->channel, .graph = s->graph, .data = s->data, .stop = s->stop, .user = s->user};
    return batch_open(&r->batch, s->net->in, images, n, &s->request->pixels, e);
}

static bool is_stopped(const struct features_run *r)
{
    return r->s->stop(r->s->user);
}

static int features_tell(struct features_run *r, const char *doing, long done, long of, struct error *e)
{
    if (r->reported && clock_ms() - r->reported < TELL_MS)
        return 0;
    r->reported = clock_ms();
    char *what = memory_format("%s: %ld of %ld images", doing, done, of);
    int status = channel_send(r->s->channel, message_progress(what), e);
    free(what);
    return status;
}

/* ---- One batch uncut ------------------------------------------------------------------------------ */

/* The range of what a slot sends at each cut. Returns the first layer with a number that is not finite, or
 * -1. */
static int find_ranges(const struct features_run *r, int slot, float (*ranges)[2])
{
    const struct features_subject *s = r->s;
    const float *scores = graph_scores(s->graph) + (size_t)slot * (size_t)s->net->classes;
    for (int c = 0; c < r->cuts_n; c++)
        if (!sender_range(s->sender, s->graph, r->cuts[c].layer, r->cuts[c].numbers, slot, &ranges[c][0],
                          &ranges[c][1]))
            return r->cuts[c].layer;
    for (int k = 0; k < s->net->classes; k++)
        if (!isfinite(scores[k]))
            return s->net->score;
    return -1;
}

/* Excludes images with numbers that are not finite. Returns how many are left; -1: the pipe is gone. `widen`:
 * extends the ranges of the cuts. */
static int choose_slots(struct features_run *r, bool widen, struct error *e)
{
    int left = 0, status = 0;
    float(*ranges)[2] = memory_new((size_t)r->cuts_n, sizeof *ranges);
    for (int slot = 0; slot < r->batch.used && status == 0; slot++) {
        int bad = find_ranges(r, slot, ranges);
        r->wanted[slot] = bad < 0;
        left += bad < 0;
        for (int c = 0; c < r->cuts_n && widen && bad < 0; c++) {
            struct cut *cut = &r->cuts[c];
            cut->min = ranges[c][0] < cut->min ? ranges[c][0] : cut->min;
            cut->max = ranges[c][1] > cut->max ? ranges[c][1] : cut->max;
        }
        if (bad >= 0)
            status = channel_send(r->s->channel,
                                  message_nonfinite(r->batch.image[slot], bad, &r->batch.content[slot]), e);
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
        if (batch_fill(&r->batch, e) < 0)
            return -1;
        if (r->batch.used == 0 || is_stopped(r))
            return 0;
        if (graph_forward(r->s->graph, e) < 0)
            return -1;
        left = choose_slots(r, widen, e);
    }
    return left;
}

static int calibrate(struct features_run *r, long *calibrated, struct error *e)
{
    const struct features_request *q = r->s->request;
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
    for (int slot = 0; slot < r->batch.used; slot++) {
        if (!r->wanted[slot])
            continue;
        n++;
        for (int t = 0; t < DTYPES; t++) {
            struct tally *tally = &cut->tallies[t];
            double compressed = (double)r->sizes[slot][t].compressed, off = compressed - tally->mean;
            tally->mean += off / (double)n;
            tally->squares += off * (compressed - tally->mean);
            tally->compressed += (int64_t)r->sizes[slot][t].compressed;
            tally->clipped += (int64_t)r->sizes[slot][t].clipped;
        }
    }
}

static bool is_right(const struct features_run *r, int slot, int predicted)
{
    return r->s->data->images[r->batch.image[slot]].class_index == predicted;
}

static void count_answers(const struct features_run *r, struct tally *tally)
{
    for (int slot = 0; slot < r->batch.used; slot++) {
        int predicted = r->wanted[slot] ? graph_predicted(r->s->graph, slot) : -1;
        tally->correct += r->wanted[slot] && is_right(r, slot, predicted);
        tally->agrees += r->wanted[slot] && predicted == r->own[slot];
    }
}

/* Checks that the tail gives the scores of the whole network. */
static int check_tail(struct features_run *r, const struct cut *cut, struct error *e)
{
    const struct graph *graph = r->s->graph;
    size_t classes = (size_t)r->s->net->classes;
    if (graph_forward_from(r->s->graph, cut->layer, e) < 0)
        return -1;
    for (size_t slot = 0; slot < (size_t)r->batch.used; slot++)
        if (r->wanted[slot] && memcmp(graph_scores(graph) + slot * classes, r->scores + slot * classes,
                                      classes * sizeof *r->scores) != 0)
            return error_set(e, "the tail behind layer %d gives other scores than the whole network",
                             cut->layer);
    return 0;
}

static int measure_cut(struct features_run *r, struct cut *cut, struct error *e)
{
    const struct features_subject *s = r->s;
    int used = r->batch.used;
    if (sender_encode(s->sender, s->graph, cut->layer, cut->numbers, &cut->affine, r->wanted, used, r->sizes,
                      e) < 0)
        return -1;
    count_sizes(r, cut);
    for (int t = DTYPE_F16; t < DTYPES; t++) {
        sender_put(s->sender, s->graph, cut->layer, cut->numbers, t, &cut->affine, r->wanted, used);
        if (graph_forward_from(s->graph, cut->layer, e) < 0)
            return -1;
        count_answers(r, &cut->tallies[t]);
    }
    /* Last, to restore the tensor: an earlier layer may share its buffer. */
    sender_put(s->sender, s->graph, cut->layer, cut->numbers, DTYPE_F32, &cut->affine, r->wanted, used);
    for (int slot = 0; slot < used; slot++) {
        cut->tallies[DTYPE_F32].correct += r->wanted[slot] && is_right(r, slot, r->own[slot]);
        cut->tallies[DTYPE_F32].agrees += r->wanted[slot];
    }
    return r->checked ? 0 : check_tail(r, cut, e);
}

/* 1: done; 0: abandoned because of a stop; -1 on error. */
static int measure_batch(struct features_run *r, int wanted, struct error *e)
{
    const struct features_subject *s = r->s;
    long correct = 0;
    memcpy(r->kept, r->cuts, (size_t)r->cuts_n * sizeof *r->kept);
    memcpy(r->scores, graph_scores(s->graph),
           (size_t)r->batch.size * (size_t)s->net->classes * sizeof *r->scores);
    for (int slot = 0; slot < r->batch.used; slot++) {
        r->own[slot] = graph_predicted(s->graph, slot);
        correct += r->wanted[slot] && is_right(r, slot, r->own[slot]);
    }
    for (int c = r->cuts_n - 1; c >= 0; c--) {
        if (is_stopped(r)) {
            memcpy(r->cuts, r->kept, (size_t)r->cuts_n * sizeof *r->kept);
            return 0;
        }
        if (features_tell(r, "measuring features", r->images, s->request->images_n, e) < 0 ||
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
    const struct features_request *q = r->s->request;
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

int features_measure(const struct features_subject *subject, struct measured_features *out, struct error *e)
{
    struct features_run r = {.s = subject};
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
