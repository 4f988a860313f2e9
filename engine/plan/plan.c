#include "plan/plan.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/memory.h"
#include "plan/arena.h"
#include "plan/maps.h"
#include "plan/node.h"
#include "plan/top.h"

struct plan {
    const struct net *net;
    struct onednn *dn;
    int batch, threads;
    enum plan_tap tap;
    struct node *nodes; /* [layers_n] */
    struct tensor input_shape;
    float *input;            /* [batch][...] */
    float *activations;      /* y of all nodes, one after the other */
    struct arena *gradients; /* dy of all nodes, sharing room over time */
    float *spare;
    float *scores; /* [batch][classes] */
    struct top *top;
    size_t bytes;
};

/* ---- What runs, and who passes a gradient to whom ------------------------------------------------ */

/* Where a softmax follows, the score is that layer's output; without one, its output before the
 * activation (DESIGN: "the score without a softmax layer"). */
static bool score_is_before_activation(const struct net *net)
{
    return net->score == net->layers_n - 1 || net->layers[net->score + 1].kind != NET_SOFTMAX;
}

static void mark_path(struct plan *plan)
{
    plan->nodes[plan->net->score].on_path = true;
    for (int l = plan->net->score; l >= 0; l--) {
        const struct net_layer *layer = &plan->net->layers[l];
        for (int i = 0; plan->nodes[l].on_path && i < layer->inputs_n; i++)
            if (layer->inputs[i] != NET_INPUT)
                plan->nodes[layer->inputs[i]].on_path = true;
    }
}

/* From the front: a gradient is needed at a listed layer and everywhere behind it. */
static void mark_gradients(struct plan *plan, const bool *listed)
{
    for (int l = 0; l < plan->net->layers_n; l++) {
        struct node *node = &plan->nodes[l];
        const struct net_layer *layer = node->layer;
        node->listed = listed[l] && plan_has_gradient(plan, l);
        node->needs_gradient = node->listed;
        for (int i = 0; i < layer->inputs_n; i++)
            if (layer->inputs[i] != NET_INPUT && plan->nodes[layer->inputs[i]].needs_gradient)
                node->needs_gradient = true;
        node->needs_gradient = node->needs_gradient && node->on_path;
    }
}

bool plan_has_gradient(const struct plan *plan, int layer)
{
    const struct net *net = plan->net;
    if (!plan->nodes[layer].on_path)
        return false;
    bool behind = layer == net->score && plan->tap == PLAN_POST && score_is_before_activation(net) &&
                  net->layers[layer].act != NET_LINEAR;
    return !behind;
}

static struct tensor shape_of(const struct plan *plan, int layer)
{
    return layer == NET_INPUT ? plan->input_shape : plan->nodes[layer].out;
}

static void make_nodes(struct plan *plan)
{
    const struct net *net = plan->net;
    int block = onednn_block(plan->dn);
    plan->input_shape = tensor_of(net->in, block);
    for (int l = 0; l < net->layers_n; l++) {
        struct node *node = &plan->nodes[l];
        node->layer = &net->layers[l];
        node->kind = node_kind_of(node->layer);
        node->out = tensor_of(node->layer->out, block);
        node->sources = memory_new((size_t)node->layer->inputs_n, sizeof *node->sources);
        for (int i = 0; i < node->layer->inputs_n; i++) {
            node->sources[i].layer = node->layer->inputs[i];
            node->sources[i].shape = shape_of(plan, node->layer->inputs[i]);
        }
    }
}

/* ---- Memory --------------------------------------------------------------------------------------- */

/* Activations of one image are aimed to fill this much room together with the rest of the batch:
 * large enough to keep the threads busy, small enough for any machine that can hold the weights. */
enum { BATCH_BYTES = 256 << 20, BATCH_MOST = 32 };

static int choose_batch(const struct net *net)
{
    int64_t floats = net_shape_size(net->in);
    for (int l = 0; l < net->layers_n; l++)
        floats += net_shape_size(net->layers[l].out);
    int64_t fit = BATCH_BYTES / (floats * (int64_t)sizeof(float));
    return fit < 1 ? 1 : fit > BATCH_MOST ? BATCH_MOST : (int)fit;
}

/* The pre-activation needs a buffer of its own only where the tap reads it. */
static bool keeps_z(const struct plan *plan, const struct node *node)
{
    return node->listed && plan->tap == PLAN_PRE && node->layer->act != NET_LINEAR;
}

/* The score is read before the activation, so that one is never applied. */
static bool activates(const struct plan *plan, int layer)
{
    return plan->net->layers[layer].act != NET_LINEAR &&
           !(layer == plan->net->score && score_is_before_activation(plan->net));
}

static size_t batch_floats(const struct plan *plan, struct tensor t)
{
    size_t floats = (size_t)plan->batch * tensor_floats(t);
    return (floats + 15) / 16 * 16; /* keep every buffer on a 64-byte line */
}

static int make_activations(struct plan *plan, struct error *e)
{
    size_t total = batch_floats(plan, plan->input_shape);
    for (int l = 0; l < plan->net->layers_n; l++) {
        struct node *node = &plan->nodes[l];
        if (node->on_path)
            total += batch_floats(plan, node->out) * (keeps_z(plan, node) ? 2 : 1);
    }
    plan->activations = memory_try(total * sizeof(float));
    plan->scores = memory_try((size_t)plan->batch * (size_t)plan->net->classes * sizeof(float));
    if (!plan->activations || !plan->scores)
        return error_set(e, "no memory for %zu bytes of activations (a smaller --batch may do)",
                         total * sizeof(float));
    plan->bytes += total * sizeof(float);
    float *next = plan->activations;
    plan->input = next;
    next += batch_floats(plan, plan->input_shape);
    for (int l = 0; l < plan->net->layers_n; l++) {
        struct node *node = &plan->nodes[l];
        if (!node->on_path)
            continue;
        node->y = node->z = next;
        next += batch_floats(plan, node->out);
        if (keeps_z(plan, node)) {
            node->z = next;
            next += batch_floats(plan, node->out);
        }
        for (int i = 0; i < node->layer->inputs_n; i++) {
            int from = node->sources[i].layer;
            node->sources[i].y = from == NET_INPUT ? plan->input : plan->nodes[from].y;
        }
    }
    return 0;
}

static int readers_of(const struct plan *plan, int layer)
{
    int n = 0;
    for (int l = 0; l < plan->net->layers_n; l++)
        for (int i = 0; plan->nodes[l].on_path && i < plan->net->layers[l].inputs_n; i++)
            n += plan->net->layers[l].inputs[i] == layer;
    return n;
}

/* Time runs backward, from the score to layer 0. A gradient lives from the first node that writes it to
 * its own node. Where a node hands its gradient on unchanged to a layer nobody else reads, both share
 * one buffer. */
static int make_gradients(struct plan *plan, struct error *e)
{
    int layers = plan->net->layers_n, score = plan->net->score;
    int *room = memory_new((size_t)layers, sizeof *room); /* the arena's block of each node */
    bool *written = memory_new((size_t)layers, sizeof *written);
    size_t spare = 0;
    plan->gradients = arena_new();
    for (int l = 0; l < layers; l++)
        room[l] = -1;
    if (plan->nodes[score].needs_gradient)
        room[score] =
            arena_block(plan->gradients, batch_floats(plan, plan->nodes[score].out), -score, -score);
    for (int l = score; l >= 0; l--) {
        struct node *node = &plan->nodes[l];
        if (!node->needs_gradient)
            continue;
        arena_extend(plan->gradients, room[l], -l);
        for (int i = node->layer->inputs_n - 1; i >= 0; i--) {
            struct node_source *s = &node->sources[i];
            if (s->layer == NET_INPUT || !plan->nodes[s->layer].needs_gradient)
                continue;
            size_t floats = batch_floats(plan, s->shape);
            s->add = written[s->layer];
            written[s->layer] = true;
            s->shared = i == 0 && node->kind->passes(node) && tensor_same(s->shape, node->out) &&
                        readers_of(plan, s->layer) == 1;
            if (s->shared)
                room[s->layer] = room[l];
            else if (!s->add)
                room[s->layer] = arena_block(plan->gradients, floats, -l, -l);
            if (s->add && node->kind->uses_spare && floats > spare)
                spare = floats;
        }
    }
    int status = arena_place(plan->gradients, e);
    plan->spare = memory_try(spare * sizeof(float));
    if (status == 0 && !plan->spare)
        status = error_set(e, "no memory for %zu bytes of gradients", spare * sizeof(float));
    for (int l = 0; status == 0 && l < layers; l++) {
        plan->nodes[l].dy = room[l] < 0 ? NULL : arena_at(plan->gradients, room[l]);
        plan->nodes[l].spare = plan->spare;
    }
    plan->bytes += (arena_floats(plan->gradients) + spare) * sizeof(float);
    free(room);
    free(written);
    return status;
}

static void connect_gradients(struct plan *plan)
{
    for (int l = 0; l < plan->net->layers_n; l++)
        for (int i = 0; plan->nodes[l].needs_gradient && i < plan->nodes[l].layer->inputs_n; i++) {
            struct node_source *s = &plan->nodes[l].sources[i];
            if (s->layer != NET_INPUT && plan->nodes[s->layer].needs_gradient)
                s->dy = plan->nodes[s->layer].dy;
        }
}

/* ---- Making and freeing --------------------------------------------------------------------------- */

static int make_ops(struct plan *plan, const struct plan_params *params, struct error *e)
{
    for (int l = 0; l < plan->net->layers_n; l++) {
        struct node *node = &plan->nodes[l];
        if (!node->on_path)
            continue;
        enum net_kind kind = node->layer->kind;
        enum net_act act = node->layer->act;
        bool one_primitive = kind == NET_CONVOLUTIONAL || kind == NET_CONNECTED;
        node->fused = one_primitive && (act == NET_RELU || act == NET_LEAKY) && node->z == node->y &&
                      activates(plan, l);
        struct error why;
        if (node->kind->make(plan->dn, node, &params[l], &why) < 0)
            return error_at(e, plan->net->path, node->layer->line, "layer %d (%s): %s", l, node->layer->name,
                            why.text);
        plan->bytes += node->forward ? onednn_op_bytes(node->forward) : 0;
        plan->bytes += node->backward ? onednn_op_bytes(node->backward) : 0;
        for (int i = 0; i < node->layer->inputs_n; i++)
            plan->bytes += node->sources[i].map ? maps_bytes(node->sources[i].map) : 0;
    }
    return onednn_ready(plan->dn, e);
}

struct plan *plan_make(const struct net *net, const struct plan_params *params,
                       const struct plan_options *options, struct error *e)
{
    struct plan *plan = memory_new(1, sizeof *plan);
    plan->net = net;
    plan->tap = options->tap;
    plan->batch = options->batch > 0 ? options->batch : choose_batch(net);
    plan->threads = options->threads > 0 ? options->threads : omp_get_num_procs();
    plan->nodes = memory_new((size_t)net->layers_n, sizeof *plan->nodes);
    omp_set_num_threads(plan->threads);
    plan->dn = onednn_open(plan->batch, e);
    if (!plan->dn)
        goto fail;
    make_nodes(plan);
    mark_path(plan);
    mark_gradients(plan, options->listed);
    plan->top = top_make(net, e);
    if (!plan->top || make_activations(plan, e) < 0 || make_gradients(plan, e) < 0)
        goto fail;
    connect_gradients(plan);
    if (make_ops(plan, params, e) < 0)
        goto fail;
    return plan;
fail:
    plan_free(plan);
    return NULL;
}

static void free_node(struct node *node)
{
    onednn_op_free(node->backward);
    onednn_op_free(node->forward);
    for (int i = 0; node->sources && i < node->layer->inputs_n; i++)
        maps_free(node->sources[i].map);
    free(node->sources);
    free(node->scale);
    free(node->shift);
}

void plan_free(struct plan *plan)
{
    if (!plan)
        return;
    for (int l = 0; l < plan->net->layers_n; l++)
        free_node(&plan->nodes[l]);
    onednn_close(plan->dn);
    arena_free(plan->gradients);
    top_free(plan->top);
    free(plan->nodes);
    free(plan->activations);
    free(plan->spare);
    free(plan->scores);
    free(plan);
}

/* ---- Facts ---------------------------------------------------------------------------------------- */

int plan_batch(const struct plan *plan)
{
    return plan->batch;
}

int plan_threads(const struct plan *plan)
{
    return plan->threads;
}

size_t plan_bytes(const struct plan *plan)
{
    return plan->bytes;
}

uint64_t plan_hash(const struct plan *plan)
{
    char *text = memory_format("1 %d %d %d %s %s", plan->batch, plan->threads, (int)plan->tap,
                               onednn_version(), onednn_isa());
    uint64_t hash = XXH3_64bits(text, strlen(text));
    free(text);
    for (int l = 0; l < plan->net->layers_n; l++) {
        const struct node *node = &plan->nodes[l];
        const char *forward = node->forward ? onednn_op_implementation(node->forward) : "";
        const char *backward = node->backward ? onednn_op_implementation(node->backward) : "";
        hash = XXH3_64bits_withSeed(forward, strlen(forward), hash);
        hash = XXH3_64bits_withSeed(backward, strlen(backward), hash + 1);
    }
    return hash;
}

/* ---- Running -------------------------------------------------------------------------------------- */

void plan_set_input(struct plan *plan, int slot, const float *pixels)
{
    struct tensor t = plan->input_shape;
    size_t n = (size_t)t.c * tensor_pixels(t);
    float *x = plan->input + (size_t)slot * tensor_floats(t);
    if (t.block == 1)
        memcpy(x, pixels, n * sizeof *x);
    else
        for (size_t i = 0; i < n; i++)
            x[tensor_at_index(t, i)] = pixels[i];
}

const float *plan_scores(const struct plan *plan)
{
    return plan->scores;
}

int plan_top(const struct plan *plan, int slot)
{
    return top_class(plan->top, plan->scores + (size_t)slot * (size_t)plan->net->classes);
}

static void read_scores(struct plan *plan)
{
    const struct node *node = &plan->nodes[plan->net->score];
    size_t classes = (size_t)plan->net->classes, image = tensor_floats(node->out);
    for (size_t n = 0; n < (size_t)plan->batch; n++)
        for (size_t i = 0; i < classes; i++)
            plan->scores[n * classes + i] = node->y[n * image + tensor_at_index(node->out, i)];
}

int plan_forward(struct plan *plan, struct error *e)
{
    for (int l = 0; l <= plan->net->score; l++) {
        struct node *node = &plan->nodes[l];
        if (!node->on_path)
            continue;
        if (node->kind->forward(plan->dn, node, plan->batch, e) < 0)
            return -1;
        if (node->fused)
            continue;
        size_t n = (size_t)plan->batch * tensor_floats(node->out);
        enum net_act act = activates(plan, l) ? node->layer->act : NET_LINEAR;
        kernels_activate(act, n, node->z, node->y);
        if (act == NET_LOGISTIC || act == NET_PLSE)
            kernels_clear_padding(node->out, plan->batch, node->y);
    }
    read_scores(plan);
    return 0;
}

static void seed(struct plan *plan, const int *target)
{
    struct node *node = &plan->nodes[plan->net->score];
    size_t image = tensor_floats(node->out);
    memset(node->dy, 0, (size_t)plan->batch * image * sizeof *node->dy);
    for (size_t n = 0; n < (size_t)plan->batch; n++)
        node->dy[n * image + tensor_at_index(node->out, (size_t)target[n])] = 1.0f;
}

int plan_backward(struct plan *plan, const int *target, plan_tap_call *tap, void *user, struct error *e)
{
    if (!plan->nodes[plan->net->score].needs_gradient)
        return 0;
    seed(plan, target);
    for (int l = plan->net->score; l >= 0; l--) {
        struct node *node = &plan->nodes[l];
        if (!node->needs_gradient)
            continue;
        if (node->listed && plan->tap == PLAN_POST)
            tap(user, l, node->out, node->y, node->dy);
        if (activates(plan, l))
            kernels_derive(node->layer->act, (size_t)plan->batch * tensor_floats(node->out), node->y,
                           node->dy);
        if (node->listed && plan->tap == PLAN_PRE)
            tap(user, l, node->out, node->z, node->dy);
        if (node->kind->backward(plan->dn, node, plan->batch, e) < 0)
            return -1;
    }
    return 0;
}
