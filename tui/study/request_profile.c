/* How long each layer takes. */
#include "study/request.h"
#include "wire/message_profile.h"

#include <stdlib.h>

#include "base/memory.h"

struct request_profile {
    enum profile_runtime runtime; /* as asked for, */
    int threads, runs;            /* as these are */
    struct profile profile;       /* the answer */
};

static void request_profile_free(void *kept)
{
    struct request_profile *r = kept;
    profile_free(&r->profile);
    free(r);
}

static int profile_accept(struct connection *n, enum message_type type, const json_t *m, struct error *e)
{
    struct request_profile *r = n->request;
    struct profile got;
    if (type != MESSAGE_PROFILE)
        return REQUEST_FOREIGN;
    if (message_profile_read(m, &got, e) < 0)
        return -1;
    if (got.layers_n != n->table->rows_n || got.runtime != r->runtime || got.runs < r->runs ||
        (r->threads > 0 && got.threads != r->threads)) {
        profile_free(&got);
        return error_set(e, "the worker made a profile that was not asked for in this form");
    }
    r->profile = got;
    return 1;
}

const struct request_kind request_profile = {
    .stops = true, .accept = profile_accept, .free = request_profile_free};

int connection_profile(struct connection *n, enum profile_runtime runtime, int threads, int runs,
                       struct error *e)
{
    struct request_profile *r = memory_new(1, sizeof *r);
    r->runtime = runtime;
    r->threads = threads;
    r->runs = runs;
    return request_send(n, &request_profile, r, message_profile_request(runtime, threads, runs), e);
}

const struct profile *connection_profile_answer(const struct connection *n)
{
    const struct request_profile *r = request_answered(n, &request_profile);
    return r ? &r->profile : NULL;
}
