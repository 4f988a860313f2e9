/* The answer to profile: the network in the requested runtime, and the name of the processor. */
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "deploy/profile.h"
#include "graph/choose.h"
#include "wire/message.h"
#include "wire/message_profile.h"
#include "worker/darknet.h"
#include "worker/footprint.h"
#include "worker/profile.h"
#include "worker/yardstick.h"
#include "worker/processor.h"
#include "worker/session_state.h"

struct profiled {
    struct session *s;
    enum profile_runtime runtime;
    int threads, runs; /* as requested */
    float *x;          /* an input of the network */
    struct darknet *darknet;
    struct graph *graph;
    int64_t allocated, resident; /* memory before the network */
    int64_t began;               /* time of the first run */
    int64_t told;                /* as session_tell has it */
};

/* How many runs there will be: as many as are asked for, and as long as a calm machine is watched; after that
 * it is not known. */
static int runs_expected(const struct profiled *o, int runs)
{
    int64_t spent = clock_ms() - o->began, enough = profile_enough_ns(o->runs) / 1000000;
    int expected = o->runs;
    if (spent > 0 && spent < enough && runs * enough / spent > expected)
        expected = (int)(runs * enough / spent);
    return expected > runs ? expected : runs + 1;
}

static int between(void *user, int runs, struct error *e)
{
    struct profiled *o = user;
    if (session_stop_asked(o->s))
        return error_set(e, "stopped");
    if (runs == 0) {
        o->began = clock_ms();
        return session_tell(o->s, &o->told, e, "profiling: warming up");
    }
    return session_tell(o->s, &o->told, e, "profiling: %d of %d runs", runs, runs_expected(o, runs));
}

/* With the network loaded: its memory, then its times. */
static int session_profile_measure(struct profiled *o, const struct profile_subject *subject,
                                   struct profile *out, struct error *e)
{
    if (footprint_measure(o->allocated, o->resident, subject, out, e) < 0)
        return -1;
    return profile_make(subject, o->runs, between, o, out, e);
}

/* ---- Runtimes --------------------------------------------------------------------------------------- */

static int darknet_whole(void *user, struct error *e)
{
    struct profiled *o = user;
    (void)e;
    darknet_predict(o->darknet, o->x);
    return 0;
}

static int darknet_layers(void *user, graph_after_call *after, void *clock, struct error *e)
{
    struct profiled *o = user;
    (void)e;
    darknet_predict_traced(o->darknet, o->x, after, clock);
    return 0;
}

static int profile_darknet(struct profiled *o, struct profile *out, struct error *e)
{
    struct session *s = o->s;
    if (o->threads > 1)
        return error_set(e,
                         "--threads %d: libdarknet is timed in one thread (expected 1, or --runtime onednn)",
                         o->threads);
    if (session_send(s, message_progress("loading the network"), e) < 0)
        return -1;
    o->darknet = darknet_open(s->net, s->weights, e);
    if (!o->darknet || weights_check_same(s->weights, &s->weights_info, e) < 0)
        return -1;
    out->threads = 1;
    omp_set_num_threads(1); /* a library built with OpenMP would use all */
    const struct profile_subject subject = {o, s->net->layers_n, true, darknet_whole, darknet_layers};
    return session_profile_measure(o, &subject, out, e);
}

static int onednn_whole(void *user, struct error *e)
{
    const struct profiled *o = user;
    return graph_forward(o->graph, e);
}

static int onednn_layers(void *user, graph_after_call *after, void *clock, struct error *e)
{
    const struct profiled *o = user;
    return graph_forward_traced(o->graph, after, clock, e);
}

/* No layer is listed, so that nothing is kept or left apart for a gradient. */
static int profile_onednn(struct profiled *o, struct profile *out, struct error *e)
{
    struct session *s = o->s;
    bool *listed = memory_new((size_t)s->net->layers_n, sizeof *listed);
    char *cache = choose_cache_path();
    const struct graph_options options = {
        .batch = 1, .threads = o->threads, .listed = listed, .algorithms = GRAPH_TIMED, .cache = cache};
    o->graph = session_compile(s, &options, e);
    free(listed);
    free(cache);
    if (!o->graph)
        return -1;
    graph_set_input(o->graph, 0, o->x);
    out->threads = graph_threads(o->graph);
    const struct profile_subject subject = {o, s->net->layers_n, out->threads == 1, onednn_whole,
                                            onednn_layers};
    return session_profile_measure(o, &subject, out, e);
}

/* ---- The answer ------------------------------------------------------------------------------------- */

int session_profile(struct session *s, const json_t *request, struct error *e)
{
    struct profile answer = {0};
    struct profiled o = {.s = s};
    if (message_profile_request_read(request, &o.runtime, &o.threads, &o.runs, e) < 0)
        return -1;
    if (!s->net || !s->weights)
        return error_set(e, "a profile needs a network with weights");
    yardstick_end(s);        /* it would be timed, too */
    session_forget_graph(s); /* a second graph of its size may not fit */
    s->stopping = false;
    footprint_now(&o.allocated, &o.resident);
    o.x = memory_try((size_t)net_shape_size(s->net->in), sizeof *o.x);
    if (!o.x)
        return error_set(e, "no memory for an input of the network");
    session_made_up(s, 0, o.x);
    int status = (o.runtime == PROFILE_ONEDNN ? profile_onednn : profile_darknet)(&o, &answer, e);
    answer.runtime = o.runtime;
    processor_name(answer.processor, sizeof answer.processor);
    if (status == 0)
        status = session_send(s, message_profile(&answer), e);
    profile_free(&answer);
    graph_free(o.graph);
    darknet_close(o.darknet);
    free(o.x);
    return status;
}
