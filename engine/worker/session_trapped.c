/* The answer to trapped: a graph with whole gradients of the cuts that are asked for. */
#include <stdlib.h>

#include "base/memory.h"
#include "graph/choose.h"
#include "net/table.h"
#include "wire/message_result.h"
#include "wire/message_trapped.h"
#include "worker/session_state.h"
#include "worker/trapped.h"

/* No image may be listed twice: it would be drawn the same. */
static int check_drawn_once(const struct session *s, const struct run_options *run, struct error *e)
{
    bool *asked = memory_new((size_t)s->data->images_n, sizeof *asked);
    int status = 0;
    for (long i = 0; i < run->images_n && status == 0; i++) {
        status = session_knows_image(s, run->images[i], e);
        if (status == 0 && asked[run->images[i]])
            status = error_set(e, "image %ld is asked for twice", run->images[i]);
        if (status == 0)
            asked[run->images[i]] = true;
    }
    free(asked);
    return status;
}

static int check_clean(const struct session *s, const struct run_options *run, struct error *e)
{
    struct table *table = table_make(s->net);
    int status = 0;
    for (int i = 0; i < run->layers_n && status == 0; i++) {
        int layer = run->layers[i];
        if (layer >= s->net->layers_n)
            status =
                error_set(e, "the network has no layer %d (expected 0 to %d)", layer, s->net->layers_n - 1);
        else if (!table->rows[layer].clean)
            status = error_set(e,
                               "trapped energy is that of a clean cut, which there is none after layer %d "
                               "(%s)",
                               layer, table->rows[layer].name);
    }
    table_free(table);
    return status;
}

static int session_trapped_check(const struct session *s, const struct run_options *run, struct error *e)
{
    if (!s->net || !s->weights)
        return error_set(e, "trapped energy needs a network with weights");
    if (!s->data)
        return error_set(e, "trapped energy needs images");
    if (s->net->classes < 2)
        return error_at(e, s->net->path, 0,
                        "trapped energy needs two classes or more: a network with one is always certain");
    if (session_reads_images(s->net, e) < 0 || check_clean(s, run, e) < 0)
        return -1;
    return check_drawn_once(s, run, e);
}

static struct graph *session_trapped_compile(struct session *s, const struct run_options *run, long floats,
                                             struct error *e)
{
    bool *listed = memory_new((size_t)s->net->layers_n, sizeof *listed);
    char *cache = choose_cache_path();
    for (int i = 0; i < run->layers_n; i++)
        listed[run->layers[i]] = true;
    const struct graph_options options = {
        .batch = run->batch,
        .threads = run->threads,
        .listed = listed,
        .shows_gradients = true,
        .algorithms = run->exact ? GRAPH_EXACT : GRAPH_TIMED,
        .cache = cache,
        .memory = run->memory,
        .held = trapped_bytes(s->net, run, floats),
    };
    struct graph *graph = session_compile(s, &options, e);
    free(listed);
    free(cache);
    return graph;
}

static int session_trapped_measure(struct session *s, const struct run_options *run, long floats,
                                   uint64_t seed, struct error *e)
{
    session_forget_graph(s); /* a second graph of its size may not fit */
    struct graph *graph = session_trapped_compile(s, run, floats, e);
    if (!graph)
        return -1;
    if (session_send(s, message_tuning(graph_hash(graph), graph_batch(graph), graph_threads(graph)), e) < 0) {
        graph_free(graph);
        return -1;
    }
    return trapped_run(s, graph, run, floats, seed, e);
}

int session_trapped(struct session *s, const json_t *request, struct error *e)
{
    struct run_options run;
    long floats;
    uint64_t seed;
    if (message_trapped_request_read(request, &run, &floats, &seed, e) < 0)
        return -1;
    s->stopping = false;
    int status = session_trapped_check(s, &run, e);
    if (status == 0)
        status = session_trapped_measure(s, &run, floats, seed, e);
    run_options_free(&run);
    return status;
}
