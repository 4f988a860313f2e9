#include "plan/plan_parts.h"

#include <stdlib.h>

#include "base/memory.h"
#include "model/activations.h"
#include "model/definition.h"

static size_t batch_bytes(const struct plan *plan, struct tensor t)
{
    size_t bytes = (size_t)plan->batch * tensor_numbers(t) * number_size(t.type);
    return (bytes + 63) / 64 * 64; /* keep every buffer on a line of the cache */
}

bool plan_needs_z(const struct node *node)
{
    enum activation_slope needs = activations[node->layer->act].slope_needs;
    bool coarse = node->out.type == NUMBER_BF16;
    return node->needs_gradient && (needs == SLOPE_OF_INPUT || (needs == SLOPE_OF_EXACT_OUTPUT && coarse));
}

bool plan_keeps_z(const struct plan *plan, const struct node *node)
{
    bool tapped = node->listed && plan->tap == TAP_PRE && node->layer->act != NET_LINEAR;
    return tapped || plan_needs_z(node);
}

/* ---- Where everything is to lie ------------------------------------------------------------------- */

static size_t activation_bytes(const struct plan *plan)
{
    size_t total = batch_bytes(plan, plan->input_shape);
    for (int l = 0; l < plan->net->layers_n; l++) {
        const struct node *node = &plan->nodes[l];
        if (node->on_path && !node->joins && !node->repeats)
            total += batch_bytes(plan, node->out) * (plan_keeps_z(plan, node) ? 2 : 1);
    }
    return total;
}

/* Whether the node's gradient may stand in its second source's buffer too, without a copy: the first source,
 * which shares it, comes earlier and only reads it, and whoever else has something to add to the second one
 * does so after that. */
static bool shares_second(const struct plan *plan, int l)
{
    const struct node *node = &plan->nodes[l];
    if (node->layer->inputs_n != 2 || !node->kind->passes(node, 1))
        return false;
    int first = node->sources[0].layer, second = node->sources[1].layer;
    if (first == NET_INPUT || second == NET_INPUT || first <= second || plan_readers(plan, first) != 1)
        return false;
    const struct node *reads = &plan->nodes[first];
    if (!tensor_same(reads->out, node->out) || !tensor_same(node->sources[1].shape, node->out) ||
        reads->layer->act != NET_LINEAR ||
        reads->kind->sum != NODE_USES_SPARE) /* a primitive never changes its dy */
        return false;
    for (int k = first; k < plan->net->layers_n; k++)
        for (int i = 0; k != l && plan_reads(plan, k) && i < plan->net->layers[k].inputs_n; i++)
            if (plan->nodes[k].sources[i].layer == second)
                return false;
    return true;
}

/* Whether the source is to add the gradient itself, at its end, which saves a pass over its own. Of a sparse
 * one, which comes first, that also saves the zeroes; of others the one before it in line is the last that
 * can have something to add. */
static bool comes_late(const struct plan *plan, int l, const struct node_source *s)
{
    const struct node *node = &plan->nodes[l];
    if (plan->nodes[s->layer].has_more)
        return false;
    if (node->kind->sum == NODE_SPARSE)
        return !s->add && s->shape.block == node->out.block && plan_readers(plan, s->layer) > 1;
    return s->add && node->kind->sum == NODE_USES_SPARE && s->layer == l - 1;
}

/* Plans the gradients a node hands to its sources. Where it hands its own on unchanged to a layer nobody else
 * reads, both share one buffer. */
static void lay_out_sources(struct plan *plan, int l)
{
    struct node *node = &plan->nodes[l];
    for (int i = node->layer->inputs_n - 1; i >= 0; i--) {
        struct node_source *s = &node->sources[i];
        struct node *source = s->layer == NET_INPUT ? NULL : &plan->nodes[s->layer];
        if (!source || !source->needs_gradient)
            continue;
        size_t bytes = batch_bytes(plan, s->shape);
        s->add = source->room >= 0;
        s->shared = i == 0 ? node->kind->passes(node, 0) && tensor_same(s->shape, node->out) &&
                                 plan_readers(plan, s->layer) == 1
                           : shares_second(plan, l);
        s->late = comes_late(plan, l, s);
        source->has_more = source->has_more || s->late;
        if (s->shared)
            source->room = node->room;
        else if (s->late && node->kind->sum == NODE_SPARSE)
            arena_extend(plan->gradients, node->room, -s->layer);
        else if (!s->add)
            source->room = arena_block(plan->gradients, bytes, -l, -l);
        if (s->add && node->kind->sum == NODE_USES_SPARE && bytes > plan->spare_bytes)
            plan->spare_bytes = bytes;
    }
}

/* Time runs backward, from the score to layer 0. A gradient lives from the first node that writes it to its
 * own node. */
size_t plan_lay_out(struct plan *plan)
{
    int score = plan->net->score;
    arena_free(plan->gradients);
    plan->gradients = arena_new();
    plan->spare_bytes = 0;
    for (int l = 0; l < plan->net->layers_n; l++) {
        plan->nodes[l].room = -1;
        plan->nodes[l].has_more = false;
    }
    if (plan->nodes[score].needs_gradient)
        plan->nodes[score].room =
            arena_block(plan->gradients, batch_bytes(plan, plan->nodes[score].out), -score, -score);
    for (int l = score; l >= 0; l--)
        if (plan->nodes[l].needs_gradient) {
            arena_extend(plan->gradients, plan->nodes[l].room, -l);
            lay_out_sources(plan, l);
        }
    arena_plan(plan->gradients);
    return activation_bytes(plan) + arena_bytes(plan->gradients) + plan->spare_bytes;
}

/* ---- Allocating ----------------------------------------------------------------------------------- */

static size_t most_channels(const struct plan *plan)
{
    size_t most = 0;
    for (int l = 0; l < plan->net->layers_n; l++) {
        size_t channels = tensor_channels(plan->nodes[l].out);
        most = channels > most ? channels : most;
    }
    return most;
}

static size_t most_sums(const struct plan *plan)
{
    size_t most = 0;
    for (int l = 0; l < plan->net->layers_n; l++) {
        size_t sums = kernels_end_floats(plan->nodes[l].out, plan->batch);
        most = plan->nodes[l].needs_gradient && sums > most ? sums : most;
    }
    return most;
}

static void *output_of(const struct plan *plan, int layer)
{
    return layer == NET_INPUT ? plan->input : plan->nodes[layer].y;
}

static void point_at_activations(struct plan *plan)
{
    char *next = plan->activations.at;
    plan->input = next;
    next += batch_bytes(plan, plan->input_shape);
    for (int l = 0; l < plan->net->layers_n; l++) {
        struct node *node = &plan->nodes[l];
        if (!node->on_path)
            continue;
        for (int i = 0; i < node->layer->inputs_n; i++)
            node->sources[i].y = output_of(plan, node->sources[i].layer);
        node->y = node->z = node->repeats ? output_of(plan, node->sources[0].layer) : next;
        if (!node->joins && !node->repeats) /* else the same place is the next one's, or was another's */
            next += batch_bytes(plan, node->out);
        if (plan_keeps_z(plan, node)) {
            node->z = next;
            next += batch_bytes(plan, node->out);
        }
    }
}

static void point_at_gradients(struct plan *plan)
{
    for (int l = 0; l < plan->net->layers_n; l++) {
        struct node *node = &plan->nodes[l];
        node->dy = node->room < 0 ? NULL : arena_at(plan->gradients, node->room);
        node->spare = plan->spare.at;
        for (int i = 0; node->needs_gradient && i < node->layer->inputs_n; i++) {
            struct node_source *s = &node->sources[i];
            if (s->layer == NET_INPUT || !plan->nodes[s->layer].needs_gradient)
                continue;
            s->dy = plan->nodes[s->layer].dy;
            if (s->late)
                plan->nodes[s->layer].more =
                    node->kind->sum == NODE_SPARSE
                        ? (struct kernels_more){node->dy, node->out, node->layer->stride}
                        : (struct kernels_more){plan->spare.at, s->shape, 1};
        }
    }
}

int plan_allocate(struct plan *plan, struct error *e)
{
    size_t bytes = plan_lay_out(plan);
    plan->activations = pages_new(activation_bytes(plan));
    plan->spare = pages_new(plan->spare_bytes);
    plan->scores = memory_try((size_t)plan->batch * (size_t)plan->net->classes * sizeof(float));
    plan->alpha = memory_try((size_t)plan->batch * most_channels(plan) * sizeof(float));
    plan->sums = memory_try(most_sums(plan) * sizeof(float));
    if (!plan->activations.at || !plan->spare.at || !plan->scores || !plan->alpha || !plan->sums ||
        arena_place(plan->gradients, e) < 0)
        return error_set(e, "no memory for %zu bytes of activations and gradients (a smaller --batch may do)",
                         bytes);
    plan->bytes += bytes;
    point_at_activations(plan);
    point_at_gradients(plan);
    return 0;
}
