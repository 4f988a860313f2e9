#include "worker/measure.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "graph/gradcam.h"
#include "net/definition.h"
#include "wire/message_result.h"
#include "worker/batch.h"
#include "worker/yardstick.h"

struct measure {
    struct session *session;
    struct graph *graph;
    const struct net *net;
    const struct run_options *options;

    struct batch *batch;
    int *target;       /* [batch] class whose score is differentiated */
    float *rows;       /* [batch][layers_n of the options] */
    int *column;       /* [layers_n of the net] column of each listed layer, or -1 */
    void *capacity;    /* for gradcam_weigh */
    float *importance; /* [batch] */
    long sent;
};

static void measure_free(struct measure *m)
{
    batch_free(m->batch);
    free(m->target);
    free(m->rows);
    free(m->column);
    free(m->capacity);
    free(m->importance);
}

/* Bytes of scratch for the largest listed layer. */
static size_t largest_capacity(const struct measure *m)
{
    size_t largest = 0;
    for (int i = 0; i < m->options->layers_n; i++) {
        struct net_shape s = m->net->layers[m->options->layers[i]].out;
        size_t capacity =
            gradcam_scratch_bytes(tensor_of(s, 1), graph_batch(m->graph)); /* the same in every layout */
        largest = capacity > largest ? capacity : largest;
    }
    return largest;
}

static int prepare(struct measure *m, struct error *e)
{
    size_t batch = (size_t)graph_batch(m->graph), columns = (size_t)m->options->layers_n;
    m->target = memory_new(batch, sizeof *m->target);
    m->rows = memory_new(memory_product(batch, columns), sizeof *m->rows);
    m->importance = memory_new(batch, sizeof *m->importance);
    m->column = memory_new((size_t)m->net->layers_n, sizeof *m->column);
    m->capacity = memory_try(largest_capacity(m), 1);
    if (!m->capacity)
        return error_set(e, "no memory for a batch of %zu images", batch);
    for (int l = 0; l < m->net->layers_n; l++)
        m->column[l] = -1;
    for (int i = 0; i < m->options->layers_n; i++)
        m->column[m->options->layers[i]] = i;
    m->batch =
        batch_new(m->session, m->graph, m->options->images, m->options->images_n, &m->options->pixels, e);
    return m->batch ? 0 : -1;
}

static void measure_tap(void *user, int layer, struct tensor shape, const void *a, const float *alpha,
                        const void *g)
{
    (void)g;
    struct measure *m = user;
    gradcam_weigh(shape, graph_batch(m->graph), m->options->reduce, a, alpha, m->capacity, m->importance);
    for (int n = 0; n < batch_used(m->batch); n++)
        m->rows[(size_t)n * (size_t)m->options->layers_n + (size_t)m->column[layer]] = m->importance[n];
}

static int run_batch(struct measure *m, struct error *e)
{
    if (graph_forward(m->graph, e) < 0)
        return -1;
    for (int n = 0; n < graph_batch(m->graph); n++)
        m->target[n] = n >= batch_used(m->batch) ? 0
                       : m->options->score == SCORE_TOP
                           ? graph_predicted(m->graph, n)
                           : m->session->data->images[batch_image(m->batch, n)].class_index;
    for (size_t i = 0; i < (size_t)batch_used(m->batch) * (size_t)m->options->layers_n; i++)
        m->rows[i] = NAN;
    return graph_backward(m->graph, m->target, measure_tap, m, e);
}

/* The layer whose numbers overflowed on the way to the scores, else the last of the row whose importance did
 * on the way back; -1: none. */
static int measure_not_finite(const struct measure *m, int slot, const float *row)
{
    int bad = graph_not_finite(m->graph, slot);
    for (int i = m->options->layers_n - 1; i >= 0 && bad < 0; i--)
        if (graph_has_gradient(m->graph, m->options->layers[i]) && !isfinite(row[i]))
            bad = m->options->layers[i];
    return bad;
}

static int send_slot(struct measure *m, int n, struct error *e)
{
    const float *row = m->rows + (size_t)n * (size_t)m->options->layers_n;
    const struct content *content = batch_content(m->batch, n);
    struct curve_row result = {
        .image = batch_image(m->batch, n),
        .predicted = graph_predicted(m->graph, n),
        .score = graph_scores(m->graph)[(size_t)n * (size_t)m->net->classes + (size_t)m->target[n]],
    };
    int bad = measure_not_finite(m, n, row);
    if (bad >= 0)
        return session_send(m->session, message_nonfinite(result.image, bad, content), e);
    m->sent++;
    return session_send(m->session, message_result(&result, content, row, m->options->layers_n), e);
}

/* A stopped run ends first: its heatmap is answered after that. */
static int between_batches(struct session *s, struct error *e)
{
    if (session_stop_asked(s))
        return 0;
    return yardstick_look(s, e) < 0 ? -1 : session_kept_heatmap(s, e);
}

static int measure_run_all(struct measure *m, struct error *e)
{
    for (bool first = true;;) {
        if (between_batches(m->session, e) < 0 || batch_fill(m->batch, e) < 0)
            return -1;
        if (batch_used(m->batch) == 0) /* no images are left, or a stop came */
            break;
        if (run_batch(m, e) < 0)
            return -1;
        for (int n = 0; n < batch_used(m->batch); n++)
            if (send_slot(m, n, e) < 0)
                return -1;
        if (first)
            yardstick_begin(m->session, batch_image(m->batch, 0), &m->options->pixels);
        first = false;
    }
    return yardstick_look(m->session, e) < 0 ? -1 : session_send(m->session, message_done(m->sent), e);
}

int measure_run(struct session *s, const struct run_options *options, struct error *e)
{
    struct measure m = {
        .session = s,
        .graph = s->graph,
        .net = s->net,
        .options = options,
    };
    int status = prepare(&m, e);
    if (status == 0)
        status = measure_run_all(&m, e);
    measure_free(&m);
    return status;
}
