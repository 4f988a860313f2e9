#include "graph/finite.h"

#include <float.h>
#include <math.h>

#include "graph/graph_parts.h"
#include "net/activations.h"

/* Rounding in sums of up to millions of terms, and to bfloat16, stays below a factor of 4. */
#define FINITE_LIMIT ((double)FLT_MAX / 4)
/* Winograd's transforms of F(4x4, 3x3), of both sides of the tile: their rows' sums of absolute values are at
 * most 24 for the input, 3.6 for the weights and 20.4 for the output, whichever of the usual points they use;
 * the product of the squares is below 2^22. */
#define FINITE_WINOGRAD ((double)(1 << 22))

static double *bound_of_source(const struct graph *graph, const struct node *node, int i)
{
    return &graph->largest[1 + node->sources[i].layer];
}

/* |z| of the layer itself, without the shortcut that it joins. */
static double bound_alone(const struct graph *graph, const struct node *node)
{
    double most = 0, first = *bound_of_source(graph, node, 0);
    for (int i = 0; i < node->layer->inputs_n; i++)
        most = fmax(most, *bound_of_source(graph, node, i));
    if (node->layer->kind == NET_SCALE_CHANNELS || node->layer->kind == NET_SAM)
        return first * *bound_of_source(graph, node, 1);
    if (node->layer->kind != NET_SHORTCUT)
        return node->gain * most + node->offset;
    double sum = fabs((double)node->layer->alpha) * first +
                 fabs((double)node->layer->beta) * *bound_of_source(graph, node, 1);
    return fmax(sum, first); /* where the two do not overlap */
}

static double bound_of(const struct graph *graph, const struct node *node)
{
    return bound_alone(graph, node) + (node->joins ? *bound_of_source(graph, node->joins, 1) : 0);
}

static bool may_overflow(const struct node *node, double bound)
{
    bool winograd = node_has_weights(node) && node->algorithms[ONEDNN_FORWARD] == ONEDNN_WINOGRAD;
    return !(bound < FINITE_LIMIT / (winograd ? FINITE_WINOGRAD : 1)); /* also where it is NaN */
}

/* The largest number of a tensor, over the images that are still finite; `blamed` is the layer of those where
 * it is not. */
static double look_for_largest(struct graph *graph, struct tensor t, const void *numbers, int blamed)
{
    size_t image = tensor_numbers(t);
    float most = 0;
    for (int n = 0; n < graph->batch; n++) {
        if (graph->overflowed[n] >= 0)
            continue;
        float largest = kernels_largest(t.type, image, number_in(t.type, numbers, (size_t)n * image));
        if (isfinite(largest))
            most = fmaxf(most, largest);
        else
            graph->overflowed[n] = blamed;
    }
    return (double)most;
}

static void look_at_source(struct graph *graph, const struct node *node, int i)
{
    const struct node_source *s = &node->sources[i];
    int reader = (int)(node - graph->nodes);
    *bound_of_source(graph, node, i) =
        look_for_largest(graph, s->shape, s->y, s->layer == NET_INPUT ? reader : s->layer);
}

/* Whether relu is part of the node's primitive. */
static bool hides(const struct node *node)
{
    const struct node *last = node->joins ? node->joins : node;
    bool within = node_has_weights(node) && (!node->joins || onednn_op_adds(node->forward));
    return within && last->fused && activations[last->act].below == 0.0f && !node->apart;
}

void finite_begin(struct graph *graph)
{
    for (int n = 0; n < graph->batch; n++)
        graph->overflowed[n] = -1;
    finite_forget(graph, NET_INPUT);
}

void finite_forget(struct graph *graph, int layer)
{
    graph->largest[1 + layer] = INFINITY;
}

int finite_before(struct graph *graph, int layer, struct error *e)
{
    struct node *node = &graph->nodes[layer];
    if (may_overflow(node, bound_of(graph, node))) {
        for (int i = 0; i < node->layer->inputs_n; i++)
            look_at_source(graph, node, i);
        if (node->joins)
            look_at_source(graph, node->joins, 1);
    }
    node->watched = may_overflow(node, bound_of(graph, node));
    if (!node->watched || !hides(node))
        return 0;
    struct error why;
    const struct onednn_layer geometry = node_geometry(node);
    if (onednn_unrectify(graph->dn, node_weighted(node), &geometry, node->algorithms[ONEDNN_FORWARD],
                         node->forward, &why) < 0)
        return error_at(e, graph->net->path, node->layer->line, "layer %d (%s): %s", layer, node->layer->name,
                        why.text);
    node->apart = true;
    return 0;
}

void finite_end(struct graph *graph)
{
    int score = graph->net->score;
    const struct node *node = &graph->nodes[score];
    if (!(graph->largest[1 + score] < FINITE_LIMIT))
        look_for_largest(graph, node->out, node->y, score);
}

/* As the primitive would: 0 for what is not above 0. */
static void rectify_apart(const struct graph *graph, const struct node *node)
{
    size_t n = (size_t)graph->batch * tensor_numbers(node->out);
    enum number type = node->out.type;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++) {
        float z = number_get(type, node->z, i);
        number_put(type, node->z, i, z > 0.0f ? z : 0.0f);
    }
}

void finite_after(struct graph *graph, int layer)
{
    struct node *node = &graph->nodes[layer];
    double alone = bound_alone(graph, node), bound = bound_of(graph, node);
    if (node->watched) {
        bool own = !node->joins || !(alone < (double)FLT_MAX);
        bound = look_for_largest(graph, node->made, node->made_z, own ? layer : layer + 1);
    }
    if (node->apart)
        rectify_apart(graph, node);
    /* Every activation keeps |y| below that (tests/unit/test_finite.c). */
    bool straight = activations[node->layer->act].straight;
    graph->largest[1 + layer] = straight ? bound : 1.1 * bound + 2;
}
