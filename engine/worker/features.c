#include "worker/features.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "features/coder.h"
#include "wire/message.h"
#include "wire/message_result.h"
#include "worker/features_parts.h"

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
    free(r->scores);
    features_cut_free(r->work);
}

static bool features_counts(const struct features_request *q)
{
    bool counted = false;
    for (int t = 0; t < DTYPES; t++)
        counted = counted || (q->dtypes[t] && range_counts((enum dtype)t));
    return counted;
}

static void run_make(struct features_run *r)
{
    size_t batch = (size_t)graph_batch(r->graph);
    bool counted = features_counts(r->request);
    r->cuts_n = r->request->layers_n;
    r->cuts = memory_new((size_t)r->cuts_n, sizeof *r->cuts);
    r->kept = memory_new((size_t)r->cuts_n, sizeof *r->kept);
    for (int c = 0; c < r->cuts_n; c++) {
        struct cut *cut = &r->cuts[c];
        cut->range = range_new(counted);
        cut->part = range_new(counted);
        cut->layer = r->request->layers[c];
        cut->numbers = (size_t)net_shape_size(r->net->layers[cut->layer].out);
    }
    r->part = (r->request->calibration_n + FEATURES_DRAWS - 1) / FEATURES_DRAWS;
    r->bad = memory_new(batch, sizeof *r->bad);
    r->own = memory_new(batch, sizeof *r->own);
    r->nth = memory_new(batch, sizeof *r->nth);
    r->work = features_cut_new(graph_batch(r->graph));
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
    return session_tell(r->session, &r->told, e, "%s: %ld of %ld images", doing, done, of);
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
        correct += r->bad[slot] < 0 && features_is_right(r, slot, r->own[slot]);
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
            features_measure_cut(r, c, e) < 0)
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
    out->rows = memory_new(memory_product((size_t)r->cuts_n, DTYPES), sizeof *out->rows);
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
