/* The answer to features: which cuts can be measured, and a graph with memory for what they send. */
#include <inttypes.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/allowance.h"
#include "graph/choose.h"
#include "net/possible.h"
#include "wire/message_features.h"
#include "wire/message_result.h"
#include "worker/features.h"
#include "worker/sender.h"
#include "worker/session_state.h"

/* The graph never applies the activation of the score layer. */
static bool is_answer(const struct net *net, int layer)
{
    return layer >= net->score && net->layers[layer].act != NET_LINEAR &&
           net->layers[layer + 1].kind != NET_SOFTMAX;
}

static int session_features_check_layers(const struct session *s, const struct features_request *r,
                                         struct error *e)
{
    struct table *table = table_make(s->net);
    struct error why;
    int status = 0;
    for (int i = 0; i < r->layers_n && status == 0; i++) {
        int layer = r->layers[i];
        status = partition_possible(table, layer, &why);
        if (status == 0 && is_answer(s->net, layer))
            status = error_set(&why, "cannot cut after layer %d (%s): its output is the network's answer",
                               layer, table->rows[layer].name);
    }
    table_free(table);
    return status < 0 ? error_at(e, s->net->path, 0, "%s", why.text) : 0;
}

/* No image may be listed twice, nor in both lists. */
static int check_once(const struct session *s, const struct features_request *r, struct error *e)
{
    bool *asked = memory_new((size_t)s->data->images_n, sizeof *asked);
    int status = 0;
    for (long i = 0; i < r->calibration_n + r->images_n && status == 0; i++) {
        long image = i < r->calibration_n ? r->calibration[i] : r->images[i - r->calibration_n];
        if (asked[image])
            status = error_set(e, "image %ld is asked for twice", image);
        asked[image] = true;
    }
    free(asked);
    return status;
}

static int session_features_check_request(const struct session *s, const struct features_request *r,
                                          struct error *e)
{
    if (!s->net || !s->weights)
        return error_set(e, "features need a network with weights");
    if (!s->data)
        return error_set(e, "features need images");
    if (session_reads_images(s->net, e) < 0 || session_features_check_layers(s, r, e) < 0 ||
        session_knows_images(s, r->images, r->images_n, SCORE_TRUTH, e) < 0 ||
        session_knows_images(s, r->calibration, r->calibration_n, SCORE_TRUTH, e) < 0)
        return -1;
    return check_once(s, r, e);
}

/* A batch whose largest tensor stays near the processor's cache, and takes little memory; at least so many
 * images that the weights are not read for too few. */
static int session_features_batch(const struct session *s, const struct features_request *r, int most)
{
    enum { BYTES = 24 << 20, LEAST = 8 };
    int64_t largest = 1;
    for (int i = 0; i < r->layers_n; i++) {
        int64_t bytes = (int64_t)sizeof(float) * net_shape_size(s->net->layers[r->layers[i]].out);
        largest = bytes > largest ? bytes : largest;
    }
    int64_t batch = BYTES / largest;
    batch = batch < LEAST ? LEAST : batch;
    return batch < most ? (int)batch : most;
}

/* No layer is listed, so that there is no gradient. */
static struct graph *session_features_compile(struct session *s, const struct features_request *r,
                                              struct error *e)
{
    bool *listed = memory_new((size_t)s->net->layers_n, sizeof *listed);
    char *cache = choose_cache_path();
    struct graph_options options = {
        .batch = r->batch,
        .threads = r->threads,
        .listed = listed,
        .algorithms = r->exact ? GRAPH_EXACT : GRAPH_TIMED,
        .cache = cache,
        .memory = r->memory,
        .held = allowance_heap(),
    };
    int batch;
    int64_t bytes;
    struct graph *graph = NULL;
    if (graph_size(s->net, &options, &batch, &bytes, e) == 0) {
        options.batch = r->batch > 0 ? r->batch : session_features_batch(s, r, batch);
        options.held = sender_batch_bytes(r, s->net, options.batch);
        graph = session_compile(s, &options, e);
    }
    free(listed);
    free(cache);
    return graph;
}

int session_send_tuning(struct session *s, const struct graph *graph, struct error *e)
{
    return session_send(s, message_tuning(graph_hash(graph), graph_batch(graph), graph_threads(graph)), e);
}

bool session_has_tuning(const struct graph *graph, const char *tuning)
{
    char hash[17];
    snprintf(hash, sizeof hash, "%016" PRIx64, graph_hash(graph));
    return !tuning[0] || strcmp(hash, tuning) == 0;
}

static int session_features_measure(struct session *s, const struct features_request *r, struct error *e)
{
    int threads = r->threads > 0 ? r->threads : omp_get_num_procs();
    struct sender *sender = sender_new(r, s->net, threads, e);
    struct graph *graph = sender ? session_features_compile(s, r, e) : NULL;
    int status = graph ? sender_batch(sender, graph_batch(graph), e) : -1;
    if (status == 0)
        status = session_send_tuning(s, graph, e);
    if (status == 0 && !session_has_tuning(graph, r->tuning))
        status = session_send(s, message_features(0), e);
    else if (status == 0)
        status = features_measure(s, graph, sender, r, e);
    graph_free(graph);
    sender_free(sender);
    return status;
}

int session_features(struct session *s, const json_t *request, struct error *e)
{
    struct features_request r;
    if (message_features_request_read(request, &r, e) < 0)
        return -1;
    s->stopping = false;
    int status = session_features_check_request(s, &r, e);
    if (status == 0) {
        session_forget_graph(s); /* a second graph of its size may not fit */
        status = session_features_measure(s, &r, e);
    }
    features_request_free(&r);
    return status;
}
