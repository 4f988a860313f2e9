#include "worker/features.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "wire/message.h"
#include "wire/message_features.h"
#include "wire/message_result.h"
#include "worker/features_parts.h"

static void free_rows(struct features_run *r)
{
    for (int slot = 0; r->rows && slot < graph_batch(r->graph); slot++)
        sent_row_free(&r->rows[slot]);
}

static void run_free(struct features_run *r)
{
    batch_free(r->batch);
    for (int c = 0; c < r->cuts_n; c++) {
        range_free(r->cuts[c].range);
        range_free(r->cuts[c].part);
    }
    free(r->cuts);
    free(r->wanted);
    free(r->bad);
    free(r->own);
    free(r->nth);
    free(r->needs);
    free_rows(r);
    free(r->rows);
    free(r->clipped);
    free(r->others);
    free(r->items);
    free(r->tails);
    free(r->answers);
    free(r->scores);
}

static bool features_counts(const struct features_request *q)
{
    bool counted = false;
    for (int t = 0; t < DTYPES; t++)
        counted = counted || (q->dtypes[t] && range_counts((enum dtype)t));
    return counted;
}

/* Of the i-th image of the request. */
static uint32_t features_needs_of(const struct features_request *q, long i)
{
    return q->needs ? q->needs[i] : sent_needs_all(q);
}

static void run_make(struct features_run *r)
{
    size_t batch = (size_t)graph_batch(r->graph), all = memory_product(batch, DTYPES);
    bool counted = features_counts(r->request);
    r->cuts_n = r->request->layers_n;
    r->cuts = memory_new((size_t)r->cuts_n, sizeof *r->cuts);
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
    r->needs = memory_new(batch, sizeof *r->needs);
    r->rows = memory_new(batch, sizeof *r->rows);
    r->wanted = memory_new((size_t)r->request->images_n, sizeof *r->wanted);
    for (long i = 0; i < r->request->images_n; i++)
        if (features_needs_of(r->request, i))
            r->wanted[r->wanted_n++] = r->request->images[i];
    r->clipped = memory_new(batch, sizeof *r->clipped);
    r->others = memory_new(all, sizeof *r->others);
    r->items = memory_new(all, sizeof *r->items);
    r->tails = memory_new(all, sizeof *r->tails);
    r->answers = memory_new(all, sizeof *r->answers);
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

/* ---- Measuring ----------------------------------------------------------------------------------------- */

/* Where an image stands in the request: those before it that were measured before, or just now, count. */
static void find_place(struct features_run *r, int slot)
{
    const struct features_request *q = r->request;
    for (; q->images[r->at] != batch_image(r->batch, slot); r->at++)
        r->good += features_needs_of(q, r->at) == 0; /* the others could not be decoded */
    r->needs[slot] = features_needs_of(q, r->at++);
    r->nth[slot] = r->good;
    r->good += r->bad[slot] < 0;
}

/* Begins the rows with what the whole network says. */
static void note_answers(struct features_run *r)
{
    memcpy(r->scores, graph_scores(r->graph),
           (size_t)graph_batch(r->graph) * (size_t)r->net->classes * sizeof *r->scores);
    free_rows(r);
    for (int slot = 0; slot < batch_used(r->batch); slot++) {
        find_place(r, slot);
        r->own[slot] = graph_predicted(r->graph, slot);
        r->rows[slot] = (struct sent_row){.image = batch_image(r->batch, slot),
                                          .content = *batch_content(r->batch, slot),
                                          .own = r->own[slot]};
        if (r->nth[slot] >= r->request->sample)
            r->needs[slot] &= ~sent_need_answer(DTYPE_F16);
        if (r->bad[slot] < 0)
            sent_row_make(&r->rows[slot], r->needs[slot], r->cuts_n);
    }
}

/* The times that were measured. */
static void sum_up_times(const struct features_run *r, struct sent_times *times)
{
    for (int c = 0; c < CODERS; c++)
        for (int t = 0; t < DTYPES; t++)
            for (int i = 0; i < r->cuts_n; i++) {
                const struct coding_times *own = &r->cuts[i].times[c][t];
                if (own->n == 0)
                    continue;
                if (!times->of[c][t])
                    times->of[c][t] = memory_new((size_t)r->cuts_n, sizeof *times->of[c][t]);
                coding_times_medians(own, &times->of[c][t][i].encode_ms, &times->of[c][t][i].decode_ms);
            }
}

static int send_times(const struct features_run *r, struct error *e)
{
    struct sent_times times = {0};
    sum_up_times(r, &times);
    int status = session_send(r->session, message_times(&times, r->cuts_n), e);
    sent_times_free(&times);
    return status;
}

static int send_rows(struct features_run *r, struct error *e)
{
    int status = 0;
    for (int slot = 0; slot < batch_used(r->batch) && status == 0; slot++) {
        sent_row_trim(&r->rows[slot], r->cuts_n);
        if (r->bad[slot] < 0)
            status = session_send(r->session, message_sent(&r->rows[slot], r->cuts_n), e);
    }
    return status;
}

/* 1: done; 0: abandoned because of a stop; -1 on error. */
static int measure_batch(struct features_run *r, int wanted, struct error *e)
{
    note_answers(r);
    for (int c = r->cuts_n - 1; c >= 0; c--) {
        if (is_stopped(r))
            return 0;
        if (features_tell(r, "measuring features", r->images, r->wanted_n, e) < 0 ||
            features_measure_cut(r, c, e) < 0)
            return -1;
    }
    if (!r->checked && send_times(r, e) < 0)
        return -1;
    r->checked = true;
    r->images += wanted;
    return send_rows(r, e) < 0 ? -1 : 1;
}

static int measure_all(struct features_run *r, struct error *e)
{
    if (open_images(r, r->wanted, r->wanted_n, e) < 0)
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

/* The ranges that were found before. */
static void take_ranges(struct features_run *r)
{
    const struct sent_ranges *known = r->request->ranges;
    r->draws = known->draws;
    for (int t = 0; t < DTYPES; t++)
        for (int c = 0; c < r->cuts_n && known->scales[t]; c++) {
            r->cuts[c].affines[t] = known->scales[t][c].whole;
            for (int d = 0; d < FEATURES_DRAWS; d++)
                r->cuts[c].drawn[d][t] = known->scales[t][c].drawn[d];
        }
}

static int send_ranges(const struct features_run *r, long calibrated, struct error *e)
{
    struct sent_ranges ranges = {.calibrated = calibrated, .draws = r->draws};
    for (int t = 0; t < DTYPES; t++) {
        if (!r->request->dtypes[t] || !dtype_is_affine((enum dtype)t))
            continue;
        ranges.scales[t] = memory_new((size_t)r->cuts_n, sizeof *ranges.scales[t]);
        for (int c = 0; c < r->cuts_n; c++) {
            ranges.scales[t][c].whole = r->cuts[c].affines[t];
            for (int d = 0; d < r->draws; d++)
                ranges.scales[t][c].drawn[d] = r->cuts[c].drawn[d][t];
        }
    }
    int status = session_send(r->session, message_ranges(&ranges, r->cuts_n), e);
    sent_ranges_free(&ranges);
    return status;
}

static int find_ranges(struct features_run *r, struct error *e)
{
    long calibrated = 0;
    if (r->request->ranges) {
        take_ranges(r);
        return 0;
    }
    if (calibrate(r, &calibrated, e) < 0)
        return -1;
    return is_stopped(r) ? 0 : send_ranges(r, calibrated, e);
}

int features_measure(struct session *s, struct graph *graph, struct sender *sender,
                     const struct features_request *request, struct error *e)
{
    struct features_run r = {
        .session = s, .graph = graph, .sender = sender, .request = request, .net = s->net};
    run_make(&r);
    int status = find_ranges(&r, e);
    if (status == 0 && !is_stopped(&r))
        status = measure_all(&r, e);
    if (status == 0)
        status = session_send(s, message_features(r.images), e);
    run_free(&r);
    return status;
}
