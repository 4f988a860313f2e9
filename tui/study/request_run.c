/* The importance of the layers for images, row by row. */
#include "study/request.h"

#include <stdlib.h>

#include "base/memory.h"
#include "wire/message_run.h"

struct request_run {
    struct curve *curve; /* the caller's, where results go */
    float *row;          /* [curve->layers] room for one result */
};

static void request_run_free(void *kept)
{
    struct request_run *run = kept;
    free(run->row);
    free(run);
}

static int run_take_result(struct connection *n, const json_t *m, struct error *e)
{
    const struct request_run *run = n->request;
    struct curve_row row;
    struct content content;
    if (message_result_read(m, &row, &content, run->row, run->curve->layers, e) < 0 ||
        request_check_image(n, row.image, e) < 0)
        return -1;
    row.class_index = n->dataset->images[row.image].class_index;
    if (curve_add(run->curve, &row, run->row, e) < 0)
        return -1;
    n->results++;
    if (n->listener.measured)
        n->listener.measured(n->listener.data, row.image, &content);
    return 0;
}

/* The end of a run must agree with what came of it: a result that got lost on the way would go unnoticed. */
static int run_take_end(const struct connection *n, const json_t *m, struct error *e)
{
    long images;
    long answered = n->results + n->skipped + n->nonfinite;
    if (message_done_read(m, &images, e) < 0)
        return -1;
    if (images != n->results)
        return error_set(e, "it says that it sent %ld results, %ld arrived", images, n->results);
    if (answered != n->asked && !n->stopped)
        return error_set(e, "it ended the run after %ld of %ld images", answered, n->asked);
    return 1;
}

/* One tuning, before anything else: whoever keeps the rows has to know what made them. */
static int run_accept(struct connection *n, enum message_type type, const json_t *m, struct error *e)
{
    bool planned = n->tuning.hash[0];
    if (type == MESSAGE_TUNING && !planned)
        return message_tuning_read(m, &n->tuning, e);
    if (type == MESSAGE_SKIPPED && planned)
        return request_take_skipped(n, m, e);
    if (type == MESSAGE_NONFINITE && planned)
        return request_take_nonfinite(n, m, e);
    if (type == MESSAGE_RESULT && planned)
        return run_take_result(n, m, e);
    return type == MESSAGE_DONE && planned ? run_take_end(n, m, e) : REQUEST_FOREIGN;
}

const struct request_kind request_run = {.stops = true, .accept = run_accept, .free = request_run_free};

int connection_run(struct connection *n, const struct run_options *options, struct curve *curve,
                   struct error *e)
{
    if (curve->layers != options->layers_n)
        return error_set(e, "the curve has %d layers (expected %d)", curve->layers, options->layers_n);
    for (long i = 0; i < options->images_n; i++)
        if (curve_find(curve, options->images[i]) >= 0)
            return error_set(e, "image %ld is in the curve already", options->images[i]);
    struct request_run *r = memory_new(1, sizeof *r);
    r->curve = curve;
    r->row = memory_new((size_t)options->layers_n, sizeof *r->row);
    if (request_send(n, &request_run, r, message_run(options), e) < 0)
        return -1;
    request_await(n, options->images, options->images_n);
    n->asked = options->images_n;
    return 0;
}
