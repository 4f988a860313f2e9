/* The answer to pictures: a graph without gradients, and memory for a batch of pictures. */
#include <stdlib.h>

#include "base/memory.h"
#include "graph/allowance.h"
#include "graph/choose.h"
#include "wire/message_pictures.h"
#include "worker/pictures.h"
#include "worker/session_state.h"

static int session_pictures_check(const struct session *s, const struct run_options *run, struct error *e)
{
    if (!s->net || !s->weights)
        return error_set(e, "pictures need a network with weights");
    if (!s->data)
        return error_set(e, "pictures need images");
    if (session_reads_images(s->net, e) < 0)
        return -1;
    return session_knows_images(s, run->images, run->images_n, SCORE_TRUTH, e);
}

/* Counted for the largest possible batch; the graph may then take a smaller one. */
static struct graph *session_pictures_compile(struct session *s, const struct run_options *run,
                                              struct error *e)
{
    bool *listed = memory_new((size_t)s->net->layers_n, sizeof *listed);
    char *cache = choose_cache_path();
    struct graph_options options = {
        .batch = run->batch,
        .threads = run->threads,
        .listed = listed,
        .algorithms = run->exact ? GRAPH_EXACT : GRAPH_TIMED,
        .cache = cache,
        .memory = run->memory,
        .held = allowance_heap(),
    };
    int batch;
    int64_t bytes;
    struct graph *graph = NULL;
    if (graph_size(s->net, &options, &batch, &bytes, e) == 0) {
        options.held = pictures_bytes(s->net, run, batch);
        graph = session_compile(s, &options, e);
    }
    free(listed);
    free(cache);
    return graph;
}

static int session_pictures_measure(struct session *s, const struct run_options *run, const char *tuning,
                                    struct error *e)
{
    session_forget_graph(s); /* a second graph of its size may not fit */
    struct graph *graph = session_pictures_compile(s, run, e);
    int status = graph ? session_send_tuning(s, graph, e) : -1;
    if (status == 0 && !session_has_tuning(graph, tuning))
        status = session_send(s, message_pictures(0), e);
    else if (status == 0)
        status = pictures_measure(s, graph, run, e);
    graph_free(graph);
    return status;
}

int session_pictures(struct session *s, const json_t *request, struct error *e)
{
    struct run_options run;
    char tuning[17];
    if (message_pictures_request_read(request, &run, tuning, e) < 0)
        return -1;
    s->stopping = false;
    int status = session_pictures_check(s, &run, e);
    if (status == 0)
        status = session_pictures_measure(s, &run, tuning, e);
    run_options_free(&run);
    return status;
}
