#include "worker/own_graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/allowance.h"
#include "graph/graph.h"
#include "net/params.h"

struct own_graph {
    struct net *net; /* the layers up to that of the scores, and one that repeats them */
    struct graph *graph;
};

/* A graph does not apply the activation of a last layer: another one, which changes nothing, follows it. */
static struct net *with_repeated_scores(const struct net *net, struct error *e)
{
    struct net computing = *net;
    computing.layers_n = net->score + 1;
    char *layers = net_normalised(&computing);
    char *text = memory_format("%s\n[activation]\nactivation=linear\n", layers);
    struct net *own = net_parse(text, strlen(text), net->path, e);
    free(layers);
    free(text);
    return own;
}

static struct graph *own_graph_make(const struct net *net, struct params *params, struct error *e)
{
    bool *listed = memory_new((size_t)net->layers_n, sizeof *listed); /* none: there is no gradient */
    const struct graph_options options = {
        .batch = 1, .listed = listed, .algorithms = GRAPH_EXACT, .held = allowance_heap()};
    struct graph *graph = graph_make(net, params, &options, e);
    free(listed);
    return graph;
}

struct own_graph *own_graph_open(const struct net *net, const char *weights, const struct weights_info *info,
                                 struct error *e)
{
    struct own_graph *g = memory_new(1, sizeof *g);
    g->net = with_repeated_scores(net, e);
    struct params *params = g->net ? params_open(weights, g->net, info, e) : NULL;
    g->graph = params ? own_graph_make(g->net, params, e) : NULL;
    params_close(params);
    if (g->graph)
        return g;
    own_graph_close(g);
    return NULL;
}

void own_graph_close(struct own_graph *g)
{
    if (!g)
        return;
    graph_free(g->graph);
    net_free(g->net);
    free(g);
}

int own_graph_forward(struct own_graph *g, const float *x, int *bad, struct error *e)
{
    graph_set_input(g->graph, 0, x);
    if (graph_forward(g->graph, e) < 0)
        return -1;
    *bad = graph_not_finite(g->graph, 0);
    return 0;
}

int own_graph_run(struct own_graph *g, const float *x, struct error *e)
{
    int bad;
    if (own_graph_forward(g, x, &bad, e) < 0)
        return -1;
    return bad < 0 ? 0
                   : error_set(e, "the output of layer %d (%s) is not finite", bad, g->net->layers[bad].name);
}

void own_graph_get(const struct own_graph *g, int layer, float *out)
{
    graph_get(g->graph, layer, 0, out);
}
