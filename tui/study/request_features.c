/* What the cuts send. */
#include "study/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "wire/message_features.h"

struct request_features {
    struct features_listener listener;
    int *layers; /* [cuts] */
    int cuts;
    bool dtypes[DTYPES];
    uint32_t *needs; /* [images of the data set]; 0: it is not to be measured */
    char tuning[17]; /* that is expected, or "" */
    bool ranged;     /* the ranges are known */
    long asked;      /* images to be measured and to calibrate, */
    long calibrated; /* and of the latter those that gave ranges */
    bool whole;
};

static void request_features_free(void *kept)
{
    struct request_features *own = kept;
    free(own->layers);
    free(own->needs);
    free(own);
}

/* ---- Ranges ------------------------------------------------------------------------------------------ */

/* Of every integer that was asked for, once and before the first row. */
static int features_take_ranges(struct connection *n, const json_t *m, struct error *e)
{
    struct request_features *own = n->request;
    struct sent_ranges ranges;
    if (message_ranges_read(m, own->cuts, &ranges, e) < 0)
        return -1;
    bool fits = !own->ranged;
    for (int t = 0; t < DTYPES; t++)
        fits = fits && (ranges.scales[t] != NULL) == (own->dtypes[t] && dtype_is_affine((enum dtype)t));
    own->ranged = true;
    own->calibrated = ranges.calibrated;
    if (fits)
        own->listener.ranges(own->listener.data, &ranges);
    sent_ranges_free(&ranges);
    return fits ? 0 : error_set(e, "the worker measured ranges that were not asked for in this form");
}

/* ---- Rows -------------------------------------------------------------------------------------------- */

static bool features_answers_fit(const struct connection *n, const struct request_features *own,
                                 const struct sent_answer *answers)
{
    bool fits = true;
    for (int i = 0; i < own->cuts && answers; i++)
        fits = fits && answers[i].predicted < n->table->classes &&
               answers[i].clipped <= net_shape_size(n->table->rows[own->layers[i]].out);
    return fits;
}

static bool features_sizes_fit(const struct connection *n, const struct request_features *own,
                               const struct sent_size *sizes, enum dtype type)
{
    bool fits = true;
    for (int i = 0; i < own->cuts && sizes; i++) {
        int64_t numbers = net_shape_size(n->table->rows[own->layers[i]].out);
        int64_t most = coder_most(type, (int64_t)sizeof(float) * numbers);
        fits = fits && sizes[i].bytes <= most;
        for (int d = 0; d < FEATURES_DRAWS; d++)
            fits = fits && sizes[i].drawn[d] <= most;
    }
    return fits;
}

/* Whether it has what was asked for of its image, and stands for no more than there is. */
static bool features_row_fits(const struct connection *n, const struct request_features *own,
                              const struct sent_row *row)
{
    uint32_t needs = own->needs[row->image];
    bool fits = needs && row->own < n->table->classes && own->ranged;
    for (int t = 0; t < DTYPES; t++) {
        bool answered = t != DTYPE_F32 && needs & sent_need_answer((enum dtype)t);
        fits = fits && (row->answers[t] ? answered : !answered || t == DTYPE_F16) &&
               features_answers_fit(n, own, row->answers[t]);
        for (int c = 0; c < CODERS; c++) {
            bool coded = needs & sent_need_size((enum coder)c, (enum dtype)t);
            fits = fits && (coded || !row->sizes[c][t]) && /* none where its place is beyond the sample */
                   features_sizes_fit(n, own, row->sizes[c][t], (enum dtype)t);
        }
    }
    return fits;
}

static int features_take_row(struct connection *n, const json_t *m, struct error *e)
{
    struct request_features *own = n->request;
    struct sent_row row;
    if (message_sent_read(m, own->cuts, &row, e) < 0)
        return -1;
    int status = request_check_image(n, row.image, e);
    if (status == 0 && !features_row_fits(n, own, &row))
        status = error_set(e, "the worker measured features that were not asked for in this form");
    if (status == 0) {
        n->results++;
        own->listener.sent(own->listener.data, &row);
    }
    sent_row_free(&row);
    return status;
}

static int features_take_times(struct connection *n, const json_t *m, struct error *e)
{
    struct request_features *own = n->request;
    struct sent_times times;
    if (message_times_read(m, own->cuts, &times, e) < 0)
        return -1;
    own->listener.times(own->listener.data, &times);
    sent_times_free(&times);
    return 0;
}

static int features_take_end(struct connection *n, const json_t *m, struct error *e)
{
    struct request_features *own = n->request;
    long images;
    if (message_features_read(m, &images, e) < 0)
        return -1;
    if (images != n->results)
        return error_set(e, "it says that it sent %ld rows of features, %ld arrived", images, n->results);
    own->whole = own->asked == n->results + own->calibrated + n->skipped + n->nonfinite;
    bool other = own->tuning[0] && strcmp(own->tuning, n->tuning.hash) != 0; /* then nothing is measured */
    if (other ? images == 0 : own->whole || n->stopped)
        return 1;
    return error_set(e, "the worker measured features that were not asked for in this form");
}

static int features_accept(struct connection *n, enum message_type type, const json_t *m, struct error *e)
{
    bool planned = n->tuning.hash[0];
    if (type == MESSAGE_TUNING && !planned)
        return message_tuning_read(m, &n->tuning, e);
    if (type == MESSAGE_SKIPPED)
        return request_take_skipped(n, m, e);
    if (type == MESSAGE_NONFINITE)
        return request_take_nonfinite(n, m, e);
    if (type == MESSAGE_RANGES && planned)
        return features_take_ranges(n, m, e);
    if (type == MESSAGE_TIMES && planned)
        return features_take_times(n, m, e);
    if (type == MESSAGE_SENT && planned)
        return features_take_row(n, m, e);
    return type == MESSAGE_FEATURES && planned ? features_take_end(n, m, e) : REQUEST_FOREIGN;
}

const struct request_kind request_features = {
    .stops = true, .accept = features_accept, .free = request_features_free};

/* ---- Asking ------------------------------------------------------------------------------------------ */

static struct request_features *request_features_new(const struct connection *n,
                                                     const struct features_request *asked,
                                                     const struct features_listener *listener)
{
    struct request_features *r = memory_new(1, sizeof *r);
    r->listener = *listener;
    r->cuts = asked->layers_n;
    r->layers = memory_new((size_t)asked->layers_n, sizeof *r->layers);
    memcpy(r->layers, asked->layers, (size_t)asked->layers_n * sizeof *r->layers);
    memcpy(r->dtypes, asked->dtypes, sizeof r->dtypes);
    memcpy(r->tuning, asked->tuning, sizeof r->tuning);
    r->ranged = asked->ranges != NULL;
    r->needs = memory_new((size_t)n->dataset->images_n, sizeof *r->needs);
    for (long i = 0; i < asked->images_n; i++) {
        uint32_t needs = asked->needs ? asked->needs[i] : sent_needs_all(asked);
        r->needs[asked->images[i]] = needs;
        r->asked += needs != 0;
    }
    return r;
}

int connection_features(struct connection *n, const struct features_request *asked,
                        const struct features_listener *listener, struct error *e)
{
    struct request_features *r = request_features_new(n, asked, listener);
    if (request_send(n, &request_features, r, message_features_request(asked), e) < 0)
        return -1;
    for (long i = 0; i < asked->images_n; i++)
        if (r->needs[asked->images[i]])
            request_await(n, &asked->images[i], 1);
    if (!r->ranged) {
        request_await(n, asked->calibration, asked->calibration_n);
        r->asked += asked->calibration_n;
    }
    return 0;
}

bool connection_features_is_whole(const struct connection *n)
{
    const struct request_features *r = request_answered(n, &request_features);
    return r && r->whole;
}
