#include "graph/graph_parts.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/memory.h"
#include "graph/choose.h"
#include "graph/finite.h"
#include "graph/maps.h"
#include "graph/pages.h"
#include "net/activations.h"
#include "net/blur.h"
#include "net/definition.h"

/* ---- What runs, and where gradients go ------------------------------------------------ */

static void mark_path(struct graph *graph)
{
    graph->nodes[graph->net->score].on_path = true;
    for (int l = graph->net->score; l >= 0; l--) {
        const struct net_layer *layer = &graph->net->layers[l];
        for (int i = 0; graph->nodes[l].on_path && i < layer->inputs_n; i++)
            if (layer->inputs[i] != NET_INPUT)
                graph->nodes[layer->inputs[i]].on_path = true;
    }
}

/* From the front: a gradient is needed at a listed layer and at every layer after it. */
static void mark_gradients(struct graph *graph, const bool *listed)
{
    for (int l = 0; l < graph->net->layers_n; l++) {
        struct node *node = &graph->nodes[l];
        const struct net_layer *layer = node->layer;
        node->listed = listed[l] && graph_has_gradient(graph, l);
        node->needs_gradient = node->listed || node->trains;
        for (int i = 0; i < layer->inputs_n; i++)
            if (layer->inputs[i] != NET_INPUT && graph->nodes[layer->inputs[i]].needs_gradient)
                node->needs_gradient = true;
        node->needs_gradient = node->needs_gradient && node->on_path;
    }
}

bool graph_has_gradient(const struct graph *graph, int layer)
{
    const struct net *net = graph->net;
    if (!graph->nodes[layer].on_path)
        return false;
    bool behind = layer == net->score && graph->tap == TAP_POST && net_score_is_before_activation(net) &&
                  graph->nodes[layer].act != NET_LINEAR;
    return !behind;
}

bool graph_reads(const struct graph *graph, int layer)
{
    return graph->nodes[layer].on_path && !graph->nodes[layer].passed_over;
}

int graph_readers(const struct graph *graph, int layer)
{
    int n = 0;
    for (int l = 0; l < graph->net->layers_n; l++)
        for (int i = 0; graph_reads(graph, l) && i < graph->net->layers[l].inputs_n; i++)
            n += graph->nodes[l].sources[i].layer == layer;
    return n;
}

/* Readers of a layer that only repeats its source, and is not listed, read the source itself. */
static void pass_over_repeats(struct graph *graph)
{
    for (int l = 0; l < graph->net->layers_n; l++) {
        struct node *node = &graph->nodes[l];
        for (int i = 0; i < node->layer->inputs_n; i++) {
            struct node_source *s = &node->sources[i];
            if (s->layer != NET_INPUT && graph->nodes[s->layer].passed_over)
                s->layer = graph->nodes[s->layer].sources[0].layer;
        }
        node->passed_over = node_repeats(node) && !node->listed && l != graph->net->score;
        node->needs_gradient = node->needs_gradient && !node->passed_over;
    }
}

/* Whether the shortcut adds two tensors of one layout, the first of them made by the layer before it. */
static bool is_plain_sum(const struct graph *graph, int l)
{
    const struct node *s = &graph->nodes[l];
    const struct net_layer *layer = s->layer;
    return s->on_path && layer->kind == NET_SHORTCUT && layer->alpha == 1.0f && layer->beta == 1.0f &&
           layer->inputs[0] == l - 1 && layer->inputs[1] < l - 1 &&
           tensor_same(s->sources[0].shape, s->out) && tensor_same(s->sources[1].shape, s->out);
}

/* A 1x1 convolution and the shortcut after it become one primitive, where nothing reads the value between. (A
 * 3x3 one may be faster as Winograd, which cannot add.) */
static void join_shortcuts(struct graph *graph)
{
    for (int l = 1; l < graph->net->layers_n; l++) {
        struct node *s = &graph->nodes[l], *c = s - 1;
        const struct net_layer *before = c->layer;
        if (is_plain_sum(graph, l) && !graph_keeps_z(graph, s) && c->kind->primitive == NODE_CONVOLVES &&
            before->size == 1 && before->act == NET_LINEAR && !before->blur && !c->listed && !c->by_batch &&
            graph_readers(graph, l - 1) == 1) {
            c->joins = s;
            s->joined = true;
        }
    }
}

static struct tensor shape_of(const struct graph *graph, int layer)
{
    return layer == NET_INPUT ? graph->input_shape : graph->nodes[layer].out;
}

static struct tensor tensor_for(struct net_shape s, enum precision precision)
{
    return precision == PRECISION_BF16 ? tensor_of_halves(s) : tensor_of(s, onednn_block());
}

/* Whether the layer makes the scores, from sums kept in full precision. */
static bool is_score(const struct graph *graph, int l)
{
    return l == graph->net->score && graph->nodes[l].kind->sums;
}

/* In the layout of what follows, for the blur. */
static struct tensor made_by(const struct node *node)
{
    const struct net_shape s = blur_source(node->layer);
    struct tensor made = node->out;
    made.h = s.h;
    made.w = s.w;
    return made;
}

/* Which layers train. One that has no parameters, or on which the scores do not depend, does not. */
static void mark_trains(struct graph *graph, const struct graph_options *options)
{
    for (int l = 0; options->trains && l < graph->net->layers_n; l++) {
        struct node *node = &graph->nodes[l];
        bool normalises = node->layer->batch_normalize || node->layer->kind == NET_BATCHNORM;
        node->trains = options->trains[l] && node->layer->params > 0 && node->on_path;
        node->by_batch = node->trains && normalises && options->by_batch && options->by_batch[l];
        if (node->by_batch || (node->trains && node->layer->kind == NET_BATCHNORM))
            node->kind = node_kind_of_normed(node->layer);
    }
}

static void make_nodes(struct graph *graph)
{
    const struct net *net = graph->net;
    graph->input_shape = tensor_for(net->in, graph->precision);
    for (int l = 0; l < net->layers_n; l++) {
        struct node *node = &graph->nodes[l];
        node->layer = &net->layers[l];
        node->kind = node_kind_of(node->layer);
        node->gain = INFINITY;
        node->act = node->layer->blur ? NET_LINEAR : node->layer->act;
        node->out = tensor_for(node->layer->out, is_score(graph, l) ? PRECISION_F32 : graph->precision);
        node->made = made_by(node);
        node->sources = memory_new((size_t)node->layer->inputs_n, sizeof *node->sources);
        for (int i = 0; i < node->layer->inputs_n; i++) {
            node->sources[i].layer = node->layer->inputs[i];
            node->sources[i].shape = shape_of(graph, node->layer->inputs[i]);
        }
    }
}

bool graph_activates(const struct graph *graph, int layer)
{
    return graph->nodes[layer].act != NET_LINEAR &&
           !(layer == graph->net->score && net_score_is_before_activation(graph->net));
}

/* Which forward ops apply the activation themselves. */
static void fuse_activations(struct graph *graph)
{
    for (int l = 0; l < graph->net->layers_n; l++) {
        struct node *node = &graph->nodes[l];
        enum net_act act = node->act;
        bool fuses = node->kind->fuses &&
                     (node->layer->inputs_n < 2 || tensor_same(node->sources[1].shape, node->out));
        node->fused = fuses && activations[act].straight && act != NET_LINEAR &&
                      !graph_keeps_z(graph, node) && graph_activates(graph, l);
    }
}

/* ---- Making and freeing --------------------------------------------------------------------------- */

int graph_check_precision(enum precision precision, struct error *e)
{
    if (precision == PRECISION_F32 || onednn_has_bf16())
        return 0;
    return error_set(e,
                     "--precision bf16: the processor, as far as oneDNN may use it, has %s (expected "
                     "avx512_core_bf16 or more)",
                     onednn_isa());
}

enum onednn_algorithm graph_algorithm(const struct graph *graph, const struct graph_options *o,
                                      const struct onednn_layer *l, enum onednn_pass pass)
{
    return o->algorithms == GRAPH_WINOGRAD   ? ONEDNN_WINOGRAD
           : o->algorithms == GRAPH_BY_SHAPE ? choose_by_shape(graph->batch, l, pass)
                                             : ONEDNN_DIRECT;
}

static void choose_algorithms(struct graph *graph, int number, const struct graph_options *o,
                              struct choose *c)
{
    struct node *node = &graph->nodes[number];
    const struct onednn_layer geometry = node_geometry(node);
    if (node->trains)
        node->algorithms[ONEDNN_PARAMETERS] = o->algorithms == GRAPH_TIMED
                                                  ? choose_algorithm(c, &geometry, ONEDNN_PARAMETERS)
                                                  : graph_algorithm(graph, o, &geometry, ONEDNN_PARAMETERS);
    for (int pass = ONEDNN_FORWARD; pass <= ONEDNN_GRADIENT; pass++) {
        bool open = !o->tuning && o->algorithms == GRAPH_TIMED &&
                    needs_afford(graph->needs, number, pass, graph->capacity);
        node->algorithms[pass] = o->precision == PRECISION_BF16 ? ONEDNN_DIRECT
                                 : o->tuning                    ? tuning_algorithm(o->tuning, number, pass)
                                 : open                         ? choose_algorithm(c, &geometry, pass)
                                                                : graph_algorithm(graph, o, &geometry, pass);
        needs_take(graph->needs, number, pass, node->algorithms[pass]);
    }
}

/* Where bf16 does not pay. What it is computed in stays as it was asked for. */
static void look_for_slow(struct graph *graph, int number, const struct graph_options *o, struct choose *c)
{
    const struct node *node = &graph->nodes[number];
    const struct onednn_layer geometry = node_geometry(node);
    if (o->precision != PRECISION_BF16 || o->algorithms != GRAPH_TIMED || o->tuning)
        return;
    for (int pass = ONEDNN_FORWARD; pass <= ONEDNN_GRADIENT; pass++) {
        double macs = (double)node->layer->macs;
        if (pass == ONEDNN_GRADIENT && !node->sources[0].dy)
            continue;
        graph->macs += macs;
        if (choose_algorithm(c, &geometry, pass) == ONEDNN_WINOGRAD)
            graph->slow_macs += macs;
    }
}

/* What the source of a max-pool reads in place of its gradient, once the pool's op is there. */
static void point_at_winners(struct graph *graph, int l)
{
    struct node *node = &graph->nodes[l];
    struct node_source *s = &node->sources[0];
    if (!s->dy || !s->pooled)
        return;
    const struct onednn_pool pool = node_pool(node);
    const uint8_t *winners = onednn_pool_winners(graph->dn, &pool, node->forward);
    s->pooled = winners != NULL;
    if (winners)
        graph->nodes[s->layer].more = (struct kernels_more){node->dy, node->out, KERNELS_WINDOW, winners};
}

static int make_op(struct graph *graph, int l, struct params *params, const struct graph_options *options,
                   struct choose *choose, struct error *e)
{
    struct node *node = &graph->nodes[l];
    struct net_params numbers;
    if (node->kind->primitive == NODE_CONVOLVES) {
        choose_algorithms(graph, l, options, choose);
        look_for_slow(graph, l, options, choose);
    }
    if (params_read(params, l, &numbers, e) < 0)
        return -1;
    struct error why;
    int status = node->kind->make(graph->dn, node, &numbers, &why);
    params_release(params);
    if (status == 0 && node->trains)
        status = graph_train_make_op(graph, l, &why);
    if (status < 0)
        return error_at(e, graph->net->path, node->layer->line, "layer %d (%s): %s", l, node->layer->name,
                        why.text);
    point_at_winners(graph, l);
    graph->bytes += node->forward ? onednn_op_bytes(node->forward) : 0;
    graph->bytes += node->backward ? onednn_op_bytes(node->backward) : 0;
    graph->bytes += node->parameters ? onednn_op_bytes(node->parameters) : 0;
    for (int i = 0; i < node->layer->inputs_n; i++)
        graph->bytes += node->sources[i].map ? maps_bytes(node->sources[i].map) : 0;
    return 0;
}

static int graph_make_ops(struct graph *graph, struct params *params, const struct graph_options *options,
                          struct error *e)
{
    struct choose *choose = choose_open(graph->batch, graph->threads, options->cache);
    int status = 0;
    /* Last layers first: they have most of the weights, whose copy is released before the other layers are
     * packed. */
    for (int l = graph->net->layers_n - 1; l >= 0 && status == 0; l--)
        if (graph->nodes[l].on_path)
            status = make_op(graph, l, params, options, choose, e);
    choose_close(choose);
    graph->left = graph->capacity - needs_running(graph->needs);
    needs_free(graph->needs);
    graph->needs = NULL;
    return status < 0 ? -1 : onednn_ready(graph->dn, e);
}

/* Options given with a tuning must equal the tuning's, or be left open. */
static int graph_check_tuning(const struct graph *graph, const struct graph_options *options, bool layers,
                              struct error *e)
{
    const struct tuning *expected = options->tuning;
    if (!expected)
        return 0;
    for (int l = 0; options->algorithms == GRAPH_EXACT && l < expected->layers_n; l++)
        for (int pass = ONEDNN_FORWARD; pass <= ONEDNN_GRADIENT; pass++)
            if (tuning_algorithm(expected, l, pass) == ONEDNN_WINOGRAD)
                return error_set(e, "the tuning has Winograd convolutions (not with --exact)");
    struct tuning *found = graph_tuning(graph);
    int status = layers ? tuning_check_layers(found, expected, e) : tuning_check(found, expected, e);
    tuning_free(found);
    return status;
}

static int choose_threads(const struct graph_options *o)
{
    return o->threads > 0 ? o->threads : o->tuning ? o->tuning->threads : omp_get_num_procs();
}

struct graph *graph_outline(const struct net *net, const struct graph_options *options)
{
    struct graph *graph = memory_new(1, sizeof *graph);
    graph->net = net;
    graph->threads = choose_threads(options);
    graph->tap = options->tap;
    graph->precision = options->precision;
    graph->shows_gradients = options->shows_gradients;
    graph->listed = XXH3_64bits(options->listed, (size_t)net->layers_n * sizeof *options->listed);
    graph->nodes = memory_new((size_t)net->layers_n, sizeof *graph->nodes);
    make_nodes(graph);
    mark_path(graph);
    mark_trains(graph, options);
    mark_gradients(graph, options->listed);
    pass_over_repeats(graph);
    join_shortcuts(graph);
    fuse_activations(graph);
    return graph;
}

/* The size of the graph, and the memory of each of its ops. */
static int size_graph(struct graph *graph, const struct graph_options *options, struct error *e)
{
    graph->batch = options->sized_batch;
    graph->capacity = options->sized_bytes;
    if (!options->sized_batch && graph_size(graph->net, options, &graph->batch, &graph->capacity, e) < 0)
        return -1;
    omp_set_num_threads(graph->threads);
    graph->needs = needs_of(graph, options, e);
    return graph->needs ? 0 : -1;
}

struct graph *graph_make(const struct net *net, struct params *params, const struct graph_options *options,
                         struct error *e)
{
    struct graph *graph = graph_outline(net, options);
    graph->epsilon = params_epsilon(params);
    if (graph_check_precision(graph->precision, e) < 0 || size_graph(graph, options, e) < 0 ||
        graph_check_tuning(graph, options, false, e) < 0)
        goto fail;
    graph->dn = onednn_open(graph->batch, e);
    graph->predicted = graph->dn ? predicted_make(net, e) : NULL;
    if (!graph->predicted || graph_allocate(graph, e) < 0)
        goto fail;
    if (options->trains && !(graph->train = graph_train_new(graph))) {
        error_set(e, "no memory for the gradients of the parameters");
        goto fail;
    }
    if (graph_make_ops(graph, params, options, e) < 0 || graph_check_tuning(graph, options, true, e) < 0)
        goto fail;
    return graph;
fail:
    graph_free(graph);
    return NULL;
}

static void free_node(struct node *node)
{
    onednn_op_free(node->parameters);
    onednn_op_free(node->backward);
    onednn_op_free(node->forward);
    for (int i = 0; node->sources && i < node->layer->inputs_n; i++)
        maps_free(node->sources[i].map);
    norm_free(node->norm);
    free(node->sources);
    free(node->scale);
}

void graph_free(struct graph *graph)
{
    if (!graph)
        return;
    for (int l = 0; l < graph->net->layers_n; l++)
        free_node(&graph->nodes[l]);
    onednn_close(graph->dn);
    needs_free(graph->needs);
    arena_free(graph->gradients);
    predicted_free(graph->predicted);
    graph_train_free(graph->train);
    free(graph->nodes);
    pages_free(graph->activations, graph->activations_bytes);
    pages_free(graph->spare, graph->spare_bytes);
    free(graph->scores);
    free(graph->largest);
    free(graph->overflowed);
    free(graph->alpha);
    free(graph->sums);
    free(graph);
}

/* ---- Facts ---------------------------------------------------------------------------------------- */

int graph_batch(const struct graph *graph)
{
    return graph->batch;
}

int graph_threads(const struct graph *graph)
{
    return graph->threads;
}

size_t graph_bytes(const struct graph *graph)
{
    return graph->bytes;
}

double graph_slow_share(const struct graph *graph)
{
    return graph->macs > 0 ? graph->slow_macs / graph->macs : 0;
}

int64_t graph_decoding_bytes(const struct graph *graph)
{
    return GRAPH_DECODING + (graph->left > 0 ? graph->left : 0);
}

uint64_t graph_hash(const struct graph *graph)
{
    char *text = memory_format(
        "1 %d %d %d %s %s%s%s", graph->batch, graph->threads, (int)graph->tap, onednn_version(), onednn_isa(),
        graph->precision == PRECISION_BF16 ? " bf16" : "", graph->epsilon == EPSILON_FORK ? " fork" : "");
    uint64_t hash = XXH3_64bits(text, strlen(text));
    free(text);
    for (int l = 0; l < graph->net->layers_n; l++) {
        const struct node *node = &graph->nodes[l];
        const char *forward = node->forward ? onednn_op_implementation(node->forward) : "";
        const char *backward = node->backward ? onednn_op_implementation(node->backward) : "";
        hash = XXH3_64bits_withSeed(forward, strlen(forward), hash);
        hash = XXH3_64bits_withSeed(backward, strlen(backward), hash + 1);
    }
    return hash;
}

struct tuning *graph_tuning(const struct graph *graph)
{
    struct tuning *r = memory_new(1, sizeof *r);
    r->net = net_hash(graph->net);
    r->listed = graph->listed;
    r->tap = graph->tap;
    r->batch = graph->batch;
    r->threads = graph->threads;
    snprintf(r->onednn, sizeof r->onednn, "%s", onednn_version());
    snprintf(r->isa, sizeof r->isa, "%s", onednn_isa());
    snprintf(r->precision, sizeof r->precision, "%s", precision_words[graph->precision]);
    r->layers_n = graph->net->layers_n;
    r->layers = memory_new((size_t)r->layers_n, sizeof *r->layers);
    for (int l = 0; l < r->layers_n; l++) {
        const struct onednn_op *ops[] = {graph->nodes[l].forward, graph->nodes[l].backward};
        for (int pass = ONEDNN_FORWARD; pass <= ONEDNN_GRADIENT; pass++)
            if (ops[pass])
                snprintf(r->layers[l].passes[pass], sizeof r->layers[l].passes[pass], "%s",
                         onednn_op_implementation(ops[pass]));
    }
    return r;
}
