#include "graph/graph_parts.h"

#include <stdlib.h>

#include "base/memory.h"
#include "graph/pages.h"
#include "net/activations.h"
#include "net/definition.h"

static size_t batch_bytes(const struct graph *graph, struct tensor t)
{
    size_t bytes = (size_t)graph->batch * tensor_numbers(t) * number_size(t.type);
    return (bytes + 63) / 64 * 64; /* align every buffer to cache lines */
}

bool graph_needs_z(const struct node *node)
{
    enum activation_slope needs = activations[node->act].slope_needs;
    bool coarse = node->out.type == NUMBER_BF16;
    return node->needs_gradient && (needs == SLOPE_OF_INPUT || (needs == SLOPE_OF_EXACT_OUTPUT && coarse));
}

bool graph_keeps_z(const struct graph *graph, const struct node *node)
{
    bool tapped = node->listed && graph->tap == TAP_PRE && node->act != NET_LINEAR;
    return tapped || graph_needs_z(node);
}

/* ---- Layout ---------------------------------------------------------------------------------------- */

/* Before a blur: the activation's input and output, and the gradient, which is not needed for long but seldom
 * there at all. Before a batch norm by the batch: its input. */
enum { BLUR_BUFFERS = 3 };

static size_t made_bytes(const struct graph *graph, const struct node *node)
{
    int buffers = (node->layer->blur ? BLUR_BUFFERS : 0) + (node->by_batch && node_has_weights(node));
    return (size_t)buffers * batch_bytes(graph, node->made);
}

static size_t activation_bytes(const struct graph *graph)
{
    size_t total = batch_bytes(graph, graph->input_shape);
    for (int l = 0; l < graph->net->layers_n; l++) {
        const struct node *node = &graph->nodes[l];
        if (node->on_path && !node->joins && !node_repeats(node))
            total += batch_bytes(graph, node->out) * (graph_keeps_z(graph, node) ? 2 : 1);
        total += node->on_path ? made_bytes(graph, node) : 0;
    }
    return total;
}

/* Whether the node's gradient may share its second source's buffer too, without a copy: the first source,
 * which shares it, comes earlier and only reads it, and everything else that adds to the second one does so
 * later. */
static bool shares_second(const struct graph *graph, int l)
{
    const struct node *node = &graph->nodes[l];
    if (node->layer->inputs_n != 2 || !node->kind->passes(node, 1))
        return false;
    int first = node->sources[0].layer, second = node->sources[1].layer;
    if (first == NET_INPUT || second == NET_INPUT || first <= second || graph_readers(graph, first) != 1)
        return false;
    const struct node *reads = &graph->nodes[first];
    if (!tensor_same(reads->out, node->out) || !tensor_same(node->sources[1].shape, node->out) ||
        reads->act != NET_LINEAR || reads->by_batch ||
        reads->kind->sum != NODE_USES_SPARE) /* a primitive never changes its dy */
        return false;
    for (int k = first; k < graph->net->layers_n; k++)
        for (int i = 0; k != l && graph_reads(graph, k) && i < graph->net->layers[k].inputs_n; i++)
            if (graph->nodes[k].sources[i].layer == second)
                return false;
    return true;
}

/* Whether the source adds the gradient itself, at its end, which saves a pass over its own. For a sparse one,
 * which comes first, that also saves the zeroes; otherwise the node before it in order is the last that can
 * have something to add. */
static bool comes_late(const struct graph *graph, int l, const struct node_source *s)
{
    const struct node *node = &graph->nodes[l];
    if (graph->nodes[s->layer].more.step > 0)
        return false;
    if (node->kind->sum == NODE_SPARSE)
        return !s->add && s->shape.block == node->out.block && graph_readers(graph, s->layer) > 1;
    return s->add && node->kind->sum == NODE_USES_SPARE && s->layer == l - 1;
}

/* Whether the source reads its gradient from the pool itself, at its end: neither is then written before, nor
 * read again. */
static bool is_pooled(const struct graph *graph, int l, const struct node_source *s)
{
    const struct node *node = &graph->nodes[l], *source = &graph->nodes[s->layer];
    const struct net_layer *pool = node->layer;
    return node->kind->primitive == NODE_POOLS && pool->kind == NET_MAXPOOL && !pool->blur &&
           pool->size == KERNELS_WINDOW && pool->stride == KERNELS_WINDOW &&
           pool->stride_x == KERNELS_WINDOW && graph_readers(graph, s->layer) == 1 &&
           tensor_same(s->shape, source->out) && s->shape.block == node->out.block &&
           s->shape.h == KERNELS_WINDOW * node->out.h && s->shape.w == KERNELS_WINDOW * node->out.w &&
           kernels_takes_winners(source->act, source->out);
}

/* Plans the gradients that a node passes to its sources. Where it passes its own unchanged to a layer with no
 * other reader, both share one buffer. */
static void lay_out_sources(struct graph *graph, int l)
{
    struct node *node = &graph->nodes[l];
    for (int i = node->layer->inputs_n - 1; i >= 0; i--) {
        struct node_source *s = &node->sources[i];
        struct node *source = s->layer == NET_INPUT ? NULL : &graph->nodes[s->layer];
        if (!source || !source->needs_gradient)
            continue;
        size_t bytes = batch_bytes(graph, s->shape);
        s->add = source->capacity >= 0;
        s->shared = i == 0 ? node->kind->passes(node, 0) && tensor_same(s->shape, node->out) &&
                                 graph_readers(graph, s->layer) == 1
                           : shares_second(graph, l);
        s->late = comes_late(graph, l, s);
        s->pooled = is_pooled(graph, l, s);
        if (s->late)
            source->more.step = 1; /* as point_at_gradients knows it */
        if (s->shared)
            source->capacity = node->capacity;
        else if (s->late && node->kind->sum == NODE_SPARSE)
            arena_extend(graph->gradients, node->capacity, -s->layer);
        else if (!s->add)
            source->capacity = arena_block(graph->gradients, bytes, -l, -l);
        if (s->pooled)
            arena_extend(graph->gradients, node->capacity, -s->layer);
        if (s->add && node->kind->sum == NODE_USES_SPARE && bytes > graph->spare_bytes)
            graph->spare_bytes = bytes;
    }
}

/* Time runs backward, from the score to layer 0. A gradient lives from the first node that writes it to its
 * own node. */
size_t graph_lay_out(struct graph *graph)
{
    int score = graph->net->score;
    arena_free(graph->gradients);
    graph->gradients = arena_new();
    graph->spare_bytes = 0;
    for (int l = 0; l < graph->net->layers_n; l++) {
        graph->nodes[l].capacity = -1;
        graph->nodes[l].more = (struct kernels_more){0};
    }
    if (graph->nodes[score].needs_gradient)
        graph->nodes[score].capacity =
            arena_block(graph->gradients, batch_bytes(graph, graph->nodes[score].out), -score, -score);
    for (int l = score; l >= 0; l--)
        if (graph->nodes[l].needs_gradient) {
            arena_extend(graph->gradients, graph->nodes[l].capacity, -l);
            lay_out_sources(graph, l);
        }
    arena_arrange(graph->gradients);
    return activation_bytes(graph) + arena_bytes(graph->gradients) + graph->spare_bytes;
}

/* ---- Allocating ----------------------------------------------------------------------------------- */

static size_t most_channels(const struct graph *graph)
{
    size_t most = 0;
    for (int l = 0; l < graph->net->layers_n; l++) {
        size_t channels = tensor_channels(graph->nodes[l].out);
        most = channels > most ? channels : most;
    }
    return most;
}

static size_t most_sums(const struct graph *graph)
{
    size_t most = 0;
    for (int l = 0; l < graph->net->layers_n; l++) {
        size_t sums = kernels_end_floats(graph->nodes[l].out, graph->batch);
        most = graph->nodes[l].needs_gradient && sums > most ? sums : most;
    }
    return most;
}

static void *output_of(const struct graph *graph, int layer)
{
    return layer == NET_INPUT ? graph->input : graph->nodes[layer].y;
}

/* The buffers before a blur or a batch norm by the batch, from `next` on; returns where they end. */
static char *point_at_made(const struct graph *graph, struct node *node, char *next)
{
    size_t bytes = batch_bytes(graph, node->made), all = made_bytes(graph, node);
    node->made_z = node->made_normed = node->made_y = node->z;
    if (all == 0)
        return next;
    char *end = next + all;
    node->made_z = node->made_normed = next;
    if (node->by_batch)
        next += bytes;
    if (node->layer->blur) {
        node->made_normed = next;
        node->made_y = next + bytes;
        node->made_dy = next + 2 * bytes;
    }
    return end;
}

static void point_at_activations(struct graph *graph)
{
    char *next = graph->activations;
    graph->input = next;
    next += batch_bytes(graph, graph->input_shape);
    for (int l = 0; l < graph->net->layers_n; l++) {
        struct node *node = &graph->nodes[l];
        if (!node->on_path)
            continue;
        for (int i = 0; i < node->layer->inputs_n; i++)
            node->sources[i].y = output_of(graph, node->sources[i].layer);
        node->y = node->z = node_repeats(node) ? output_of(graph, node->sources[0].layer) : next;
        if (!node->joins && !node_repeats(node)) /* else the place is used again by another buffer */
            next += batch_bytes(graph, node->out);
        if (graph_keeps_z(graph, node)) {
            node->z = next;
            next += batch_bytes(graph, node->out);
        }
        next = point_at_made(graph, node, next);
    }
}

static void point_at_gradients(struct graph *graph)
{
    for (int l = 0; l < graph->net->layers_n; l++) {
        struct node *node = &graph->nodes[l];
        node->dy = node->capacity < 0 ? NULL : arena_at(graph->gradients, node->capacity);
        node->made_dy = node->layer->blur ? node->made_dy : node->dy;
        node->spare = graph->spare;
        for (int i = 0; node->needs_gradient && i < node->layer->inputs_n; i++) {
            struct node_source *s = &node->sources[i];
            if (s->layer == NET_INPUT || !graph->nodes[s->layer].needs_gradient)
                continue;
            s->dy = graph->nodes[s->layer].dy;
            if (s->late)
                graph->nodes[s->layer].more =
                    node->kind->sum == NODE_SPARSE
                        ? (struct kernels_more){node->dy, node->out, node->layer->stride, NULL}
                        : (struct kernels_more){graph->spare, s->shape, 1, NULL};
        }
    }
}

int graph_allocate(struct graph *graph, struct error *e)
{
    size_t bytes = graph_lay_out(graph), batch = (size_t)graph->batch;
    graph->activations_bytes = activation_bytes(graph);
    graph->activations = pages_new(graph->activations_bytes);
    graph->spare = pages_new(graph->spare_bytes);
    graph->scores = memory_try(memory_product(batch, (size_t)graph->net->classes), sizeof(float));
    graph->largest = memory_try(1 + (size_t)graph->net->layers_n, sizeof *graph->largest);
    graph->overflowed = memory_try(batch, sizeof *graph->overflowed);
    graph->alpha = memory_try(memory_product(batch, most_channels(graph)), sizeof(float));
    graph->sums = memory_try(most_sums(graph), sizeof(float));
    if (!graph->activations || !graph->spare || !graph->scores || !graph->largest || !graph->overflowed ||
        !graph->alpha || !graph->sums || arena_place(graph->gradients, e) < 0)
        return error_set(e, "no memory for %zu bytes of activations and gradients (a smaller --batch may do)",
                         bytes);
    graph->bytes += bytes;
    point_at_activations(graph);
    point_at_gradients(graph);
    return 0;
}
