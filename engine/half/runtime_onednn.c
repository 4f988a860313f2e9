#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "graph/predicted.h"
#include "half/runtime.h"
#include "worker/own_graph.h"

struct half_in_graph {
    const struct net *net; /* borrowed */
    struct own_graph *graph;
    struct predicted *softmax; /* behind the scores; NULL: there is none */
    float *scores;             // [n]
    float *outputs;            // [n]
    size_t n;
};

static void half_onednn_close(void *state)
{
    struct half_in_graph *h = state;
    own_graph_close(h->graph);
    predicted_free(h->softmax);
    free(h->scores);
    free(h->outputs);
    free(h);
}

/* Behind the scores stand a softmax, which the graph leaves out, or layers that change nothing. */
static bool half_onednn_softmax(struct half_in_graph *h, const struct net *net, struct error *e)
{
    if (net_score_is_before_activation(net))
        return true;
    h->softmax = predicted_make(net, e);
    return h->softmax;
}

static void *half_onednn_open(const struct net *net, const char *weights, const struct weights_info *info,
                              struct error *e)
{
    struct half_in_graph *h = memory_new(1, sizeof *h);
    h->net = net;
    h->n = (size_t)net_shape_size(net->layers[half_runtime_output(net)].out);
    h->scores = memory_try(h->n, sizeof *h->scores);
    h->outputs = memory_try(h->n, sizeof *h->outputs);
    bool room = h->scores && h->outputs;
    if (!room)
        error_set(e, "no memory for %zu outputs", h->n);
    if (room && half_onednn_softmax(h, net, e))
        h->graph = own_graph_open(net, weights, info, e);
    if (h->graph)
        return h;
    half_onednn_close(h);
    return NULL;
}

/* An activation may make a sound number of one that is not finite, so the outputs alone would not tell. */
static const float *half_onednn_run(void *state, const float *x, struct error *e)
{
    struct half_in_graph *h = state;
    int bad;
    if (own_graph_forward(h->graph, x, &bad, e) < 0)
        return NULL;
    own_graph_get(h->graph, h->net->score, h->scores);
    if (bad >= 0)
        for (size_t i = 0; i < h->n; i++)
            h->scores[i] = h->outputs[i] = NAN;
    else if (h->softmax)
        predicted_outputs(h->softmax, h->scores, h->outputs);
    return h->softmax ? h->outputs : h->scores;
}

const struct half_runtime half_onednn = {"onednn", half_onednn_open, half_onednn_close, half_onednn_run};
