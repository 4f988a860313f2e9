#include "graph/graph_train.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/fold.h"
#include "graph/graph_parts.h"

/* What is there for one layer at a time. */
struct graph_train {
    float *weights;       /* the gradient by the primitive's weights */
    float *folded;        /* the weights with which a primitive is packed */
    float *scale, *shift; /* gradients by a channel's factors, or the factors themselves */
    graph_gradients_call *call;
    void *user;
};

/* ---- Memory --------------------------------------------------------------------------------------- */

struct train_sizes {
    size_t weights, channels;
};

static struct train_sizes train_sizes_of(const struct graph *graph)
{
    struct train_sizes most = {1, 1};
    for (int l = 0; l < graph->net->layers_n; l++) {
        const struct node *node = &graph->nodes[l];
        size_t channels = (size_t)node->out.c;
        size_t weights = node->trains && node_has_weights(node) ? fold_numbers(node->layer) : 0;
        most.weights = weights > most.weights ? weights : most.weights;
        most.channels = node->trains && channels > most.channels ? channels : most.channels;
    }
    return most;
}

/* Some twice the weights, and once more where the primitives have a layout of their own. */
int64_t graph_train_bytes(const struct graph *graph)
{
    struct train_sizes s = train_sizes_of(graph);
    return (int64_t)((3 * s.weights + 2 * s.channels) * sizeof(float));
}

struct graph_train *graph_train_new(const struct graph *graph)
{
    struct train_sizes s = train_sizes_of(graph);
    struct graph_train *t = memory_new(1, sizeof *t);
    t->weights = memory_try(s.weights, sizeof *t->weights);
    t->folded = memory_try(s.weights, sizeof *t->folded);
    t->scale = memory_try(s.channels, sizeof *t->scale);
    t->shift = memory_try(s.channels, sizeof *t->shift);
    if (t->weights && t->folded && t->scale && t->shift)
        return t;
    graph_train_free(t);
    return NULL;
}

void graph_train_free(struct graph_train *t)
{
    if (!t)
        return;
    free(t->weights);
    free(t->folded);
    free(t->scale);
    free(t->shift);
    free(t);
}

/* ---- Gradients ------------------------------------------------------------------------------------ */

int graph_train_make_op(struct graph *graph, int layer, struct error *e)
{
    struct node *node = &graph->nodes[layer];
    if (!node_has_weights(node))
        return 0;
    const struct onednn_layer geometry = node_geometry(node);
    node->parameters =
        onednn_parameters(graph->dn, node_weighted(node), &geometry, node->algorithms[ONEDNN_PARAMETERS],
                          node->sources[0].y, node->made_dy, graph->train->weights, graph->train->shift, e);
    return node->parameters ? 0 : -1;
}

int graph_train_run(struct graph *graph, int layer, struct error *e)
{
    struct node *node = &graph->nodes[layer];
    return node->parameters && graph->train->call ? onednn_run(graph->dn, node->parameters, e) : 0;
}

int graph_train_hand_over(struct graph *graph, int layer, struct error *e)
{
    struct node *node = &graph->nodes[layer];
    struct graph_train *t = graph->train;
    if (!t->call)
        return 0;
    if (node->norm)
        norm_parameters(node->norm, t->scale, t->shift);
    return t->call(t->user, layer, node->parameters ? t->weights : NULL, node->norm ? t->scale : NULL,
                   t->shift, e);
}

int graph_backward_train(struct graph *graph, const float *gradient, graph_gradients_call *call, void *user,
                         struct error *e)
{
    graph->train->call = call;
    graph->train->user = user;
    int status = graph_backward_from(graph, gradient, NULL, NULL, e);
    graph->train->call = NULL;
    return status;
}

/* ---- New parameters -------------------------------------------------------------------------------- */

static int train_repack(struct graph *graph, struct node *node, struct onednn_layer *geometry,
                        struct error *e)
{
    enum onednn_kind kind = node_weighted(node);
    if (onednn_repack(graph->dn, kind, geometry, node->forward, e) < 0)
        return -1;
    return node->backward ? onednn_repack(graph->dn, kind, geometry, node->backward, e) : 0;
}

int graph_put_params(struct graph *graph, int layer, const struct net_params *p, struct error *e)
{
    struct node *node = &graph->nodes[layer];
    struct graph_train *t = graph->train;
    struct net_params folded = *p;
    if (node->norm) {
        norm_put(node->norm, p);
        folded.biases = folded.scales = folded.mean = folded.variance = NULL;
    }
    if (!node_has_weights(node))
        return 0;
    fold_channels(&folded, node->out.c, t->scale, t->shift);
    if (folded.variance)
        fold_weights_into(node->layer, p->weights, t->scale, t->folded);
    struct onednn_layer geometry = node_geometry(node);
    geometry.weights = folded.variance ? t->folded : p->weights;
    geometry.bias = t->shift;
    return train_repack(graph, node, &geometry, e);
}

void graph_normalise_by_batch(struct graph *graph, bool by_batch)
{
    for (int l = 0; l < graph->net->layers_n; l++)
        if (graph->nodes[l].norm)
            norm_go_by_batch(graph->nodes[l].norm, by_batch && graph->nodes[l].by_batch);
}

void graph_statistics(const struct graph *graph, int layer, const float **mean, const float **variance)
{
    norm_of_batch(graph->nodes[layer].norm, mean, variance);
}
