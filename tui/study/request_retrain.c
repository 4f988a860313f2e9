/* Training with a bottleneck. */
#include "study/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "wire/message_retrain.h"

struct request_retrain {
    long validation_n;
    long training_n;
    struct retrain_check checks[RETRAIN_WHENS]; /* the last of each; without images: none came */
    bool ends_only;                             /* as in the request */
    long done, of, images;                      /* steps; images trained on */
    double seconds;
};

static void request_retrain_free(void *kept)
{
    struct request_retrain *own = kept;
    for (int i = 0; i < RETRAIN_WHENS; i++)
        free(own->checks[i].right);
    free(own);
}

static int retrain_take_step(const struct connection *n, const json_t *m, struct error *e)
{
    long done, of;
    double loss;
    if (message_step_read(m, &done, &of, &loss, e) < 0)
        return -1;
    if (n->listener.trained)
        n->listener.trained(n->listener.data, done, of, loss);
    return 0;
}

static int retrain_take_check(const struct connection *n, const json_t *m, struct error *e)
{
    struct request_retrain *own = n->request;
    struct retrain_check check;
    if (message_check_read(m, &check, e) < 0)
        return -1;
    if ((long)strlen(check.right) != own->validation_n) {
        free(check.right);
        return error_set(e, "the worker looked at other images than it was asked to");
    }
    free(own->checks[check.when].right);
    own->checks[check.when] = check;
    if (n->listener.checked)
        n->listener.checked(n->listener.data, &check);
    return 0;
}

static int retrain_take_end(const struct connection *n, const json_t *m, struct error *e)
{
    struct request_retrain *own = n->request;
    if (message_retrained_read(m, &own->done, &own->of, &own->seconds, &own->images, e) < 0)
        return -1;
    bool whole =
        own->checks[RETRAIN_BEFORE].right &&
        (own->ends_only || (own->checks[RETRAIN_UNTRAINED].right && own->checks[RETRAIN_BEST].right));
    if (!whole || own->images > own->training_n || (own->done < own->of && !n->stopped))
        return error_set(e, "the worker ended the training before it was done");
    return 1;
}

static int retrain_accept(struct connection *n, enum message_type type, const json_t *m, struct error *e)
{
    switch (type) {
    case MESSAGE_SKIPPED:
        return request_take_skipped(n, m, e);
    case MESSAGE_NONFINITE:
        return request_take_nonfinite(n, m, e);
    case MESSAGE_STEP:
        return retrain_take_step(n, m, e);
    case MESSAGE_CHECK:
        return retrain_take_check(n, m, e);
    case MESSAGE_RETRAINED:
        return retrain_take_end(n, m, e);
    default:
        return REQUEST_FOREIGN;
    }
}

const struct request_kind request_retrain = {
    .stops = true, .lingers = true, .accept = retrain_accept, .free = request_retrain_free};

int connection_retrain(struct connection *n, const struct retrain_request *asked, bool kept_data,
                       struct error *e)
{
    struct retrain_request to_send = *asked;
    memcpy(to_send.cfg_xxh3, n->cfg_xxh3, sizeof to_send.cfg_xxh3);
    memcpy(to_send.weights_xxh3, n->weights_xxh3, sizeof to_send.weights_xxh3);
    struct request_retrain *r = memory_new(1, sizeof *r);
    r->validation_n = asked->validation_n;
    r->training_n = asked->training_n;
    r->ends_only = asked->ends_only;
    if (request_send(n, &request_retrain, r, message_retrain(&to_send), e) < 0)
        return -1;
    request_await(n, asked->training, asked->training_n);
    if (!kept_data)
        request_await(n, asked->validation, asked->validation_n);
    return 0;
}

const struct retrain_check *connection_retrain_checks(const struct connection *n)
{
    const struct request_retrain *r = request_answered(n, &request_retrain);
    return r ? r->checks : NULL;
}

bool connection_retrain_answer(const struct connection *n, long *done, long *of, double *seconds,
                               long *images)
{
    const struct request_retrain *r = request_answered(n, &request_retrain);
    if (!r)
        return false;
    *done = r->done;
    *of = r->of;
    *seconds = r->seconds;
    *images = r->images;
    return true;
}

bool connection_retrain_is_whole(const struct connection *n)
{
    const struct request_retrain *r = request_answered(n, &request_retrain);
    return r && r->done == r->of;
}
