/* The eigenvalues of which the cuts' trapped Fisher energy is made. */
#include "study/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "wire/message_trapped.h"

struct request_trapped {
    bool *wanted; /* [table->rows_n] asked for and not answered yet */
    int left;     /* of them */
    struct trapped answer;
};

static void request_trapped_free(void *kept)
{
    struct request_trapped *own = kept;
    free(own->wanted);
    trapped_free(&own->answer);
    free(own);
}

/* One layer's, each once. How many there are at most is no secret: as many as a patch has numbers. */
static int trapped_take_layer(struct connection *n, const json_t *m, struct error *e)
{
    struct request_trapped *own = n->request;
    double *lambda;
    int layer, count;
    if (message_trapped_read(m, &layer, &lambda, &count, e) < 0)
        return -1;
    bool fits =
        layer < n->table->rows_n && own->wanted[layer] && count <= net_shape_size(n->table->rows[layer].out);
    if (!fits) {
        free(lambda);
        return error_set(e, "the worker measured trapped energy that was not asked for in this form");
    }
    own->wanted[layer] = false;
    own->left--;
    own->answer.lambda[layer] = lambda;
    own->answer.lambda_n[layer] = count;
    return 0;
}

static int trapped_take_end(struct connection *n, const json_t *m, struct error *e)
{
    struct request_trapped *own = n->request;
    long images;
    if (message_done_read(m, &images, e) < 0)
        return -1;
    bool whole = own->left == 0 && images > 0 && images + n->skipped + n->nonfinite == n->asked;
    if (!whole && !n->stopped)
        return error_set(e, "it ended with %d layers and %ld of %ld images left", own->left,
                         n->asked - n->skipped - n->nonfinite - images, n->asked);
    own->answer.images = whole ? images : 0;
    return 1;
}

static int trapped_accept(struct connection *n, enum message_type type, const json_t *m, struct error *e)
{
    bool planned = n->tuning.hash[0];
    if (type == MESSAGE_TUNING && !planned)
        return message_tuning_read(m, &n->tuning, e);
    if (type == MESSAGE_SKIPPED && planned)
        return request_take_skipped(n, m, e);
    if (type == MESSAGE_NONFINITE && planned)
        return request_take_nonfinite(n, m, e);
    if (type == MESSAGE_TRAPPED && planned)
        return trapped_take_layer(n, m, e);
    return type == MESSAGE_DONE && planned ? trapped_take_end(n, m, e) : REQUEST_FOREIGN;
}

const struct request_kind request_trapped = {
    .stops = true, .accept = trapped_accept, .free = request_trapped_free};

int connection_trapped(struct connection *n, const struct run_options *run, long floats, uint64_t seed,
                       struct error *e)
{
    struct request_trapped *r = memory_new(1, sizeof *r);
    r->wanted = memory_new((size_t)n->table->rows_n, sizeof *r->wanted);
    for (int i = 0; i < run->layers_n; i++)
        r->wanted[run->layers[i]] = true;
    r->left = run->layers_n;
    trapped_make(&r->answer, n->table->rows_n);
    if (request_send(n, &request_trapped, r, message_trapped_request(run, floats, seed), e) < 0)
        return -1;
    request_await(n, run->images, run->images_n);
    n->asked = run->images_n;
    return 0;
}

const struct trapped *connection_trapped_answer(const struct connection *n)
{
    const struct request_trapped *r = request_answered(n, &request_trapped);
    return r && r->answer.images > 0 ? &r->answer : NULL;
}
