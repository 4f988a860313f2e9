/* What the cuts send. */
#include "study/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "wire/message_features.h"

struct request_features {
    struct features_request asked; /* its layers are ours, its images are not kept */
    struct measured_features answer;
    bool whole;
};

static void request_features_free(void *kept)
{
    struct request_features *own = kept;
    measured_features_free(&own->answer);
    features_request_free(&own->asked);
    free(own);
}

/* Whether a row stands for no more than there is. */
static bool features_row_fits(const struct features_request *r, const struct measured_feature *row,
                              int64_t numbers, long images)
{
    int64_t most = coder_most(row->type, (int64_t)sizeof(float) * numbers);
    long sample = images < r->sample ? images : r->sample;
    bool fits = row->clipped <= numbers * row->images && row->zero < 1 << (dtype_bits(row->type) & 15) &&
                row->images == (row->type == DTYPE_F16 ? sample : images);
    for (int c = 0; c < CODERS; c++)
        fits = fits && row->coded[c].images <= sample && row->coded[c].bytes <= most * row->coded[c].images &&
               row->coded[c].deviation <= (float)most && row->coded[c].spread <= (float)most;
    return fits;
}

/* Whether every row is one of those asked for, in their order, and stands for no more than there is. */
static bool features_fit(const struct connection *n, const struct features_request *r,
                         const struct measured_features *m)
{
    int i = 0;
    bool fits = memcmp(m->coders, r->coders, sizeof r->coders) == 0 &&
                m->rows_n == (m->images ? r->layers_n * features_count(r->dtypes, DTYPES) : 0);
    for (int l = 0; l < r->layers_n && m->rows_n; l++)
        for (int t = 0; t < DTYPES && fits; t++)
            if (r->dtypes[t]) {
                const struct measured_feature *row = &m->rows[i++];
                fits = row->layer == r->layers[l] && row->type == (enum dtype)t &&
                       features_row_fits(r, row, net_shape_size(n->table->rows[row->layer].out), m->images);
            }
    return fits;
}

static int features_take(struct connection *n, const json_t *m, struct error *e)
{
    struct request_features *own = n->request;
    const struct features_request *r = &own->asked;
    struct measured_features got;
    if (message_features_read(m, &got, e) < 0)
        return -1;
    bool fits = got.images <= r->images_n && got.calibrated <= r->calibration_n && features_fit(n, r, &got);
    bool whole =
        fits && got.images + got.calibrated + n->skipped + n->nonfinite == r->images_n + r->calibration_n;
    if (!fits || (!whole && !n->stopped)) {
        measured_features_free(&got);
        return error_set(e, "the worker measured features that were not asked for in this form");
    }
    own->answer = got;
    own->whole = whole;
    return 1;
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
    return type == MESSAGE_FEATURES && planned ? features_take(n, m, e) : REQUEST_FOREIGN;
}

const struct request_kind request_features = {
    .stops = true, .accept = features_accept, .free = request_features_free};

int connection_features(struct connection *n, const struct features_request *asked, struct error *e)
{
    struct request_features *r = memory_new(1, sizeof *r);
    struct features_request *kept = &r->asked;
    *kept = *asked;
    kept->images = kept->calibration = NULL;
    kept->layers = memory_new((size_t)asked->layers_n, sizeof *asked->layers);
    memcpy(kept->layers, asked->layers, (size_t)asked->layers_n * sizeof *asked->layers);
    if (request_send(n, &request_features, r, message_features_request(asked), e) < 0)
        return -1;
    request_await(n, asked->images, asked->images_n);
    request_await(n, asked->calibration, asked->calibration_n);
    return 0;
}

const struct measured_features *connection_features_answer(const struct connection *n)
{
    const struct request_features *r = request_answered(n, &request_features);
    return r ? &r->answer : NULL;
}

bool connection_features_is_whole(const struct connection *n)
{
    const struct request_features *r = request_answered(n, &request_features);
    return r && r->whole;
}
