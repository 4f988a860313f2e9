#include "plan/plan_parts.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/memory.h"
#include "model/activations.h"
#include "model/definition.h"
#include "plan/choose.h"
#include "plan/maps.h"

/* ---- What runs, and who passes a gradient to whom ------------------------------------------------ */

/* Where a softmax follows, the score is that layer's output; without one, its output before the
 * activation (engine/README.md, "Definitions"). */
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
    bool behind = layer == net->score && plan->tap == TAP_POST && score_is_before_activation(net) &&
                  net->layers[layer].act != NET_LINEAR;
    return !behind;
}

bool plan_reads(const struct plan *plan, int layer)
{
    return plan->nodes[layer].on_path && !plan->nodes[layer].passed_over;
}

int plan_readers(const struct plan *plan, int layer)
{
    int n = 0;
    for (int l = 0; l < plan->net->layers_n; l++)
        for (int i = 0; plan_reads(plan, l) && i < plan->net->layers[l].inputs_n; i++)
            n += plan->nodes[l].sources[i].layer == layer;
    return n;
}

/* Who reads a layer that only repeats its source, and is not shown, may as well read the source itself. */
static void pass_over_repeats(struct plan *plan)
{
    for (int l = 0; l < plan->net->layers_n; l++) {
        struct node *node = &plan->nodes[l];
        for (int i = 0; i < node->layer->inputs_n; i++) {
            struct node_source *s = &node->sources[i];
            if (s->layer != NET_INPUT && plan->nodes[s->layer].passed_over)
                s->layer = plan->nodes[s->layer].sources[0].layer;
        }
        node->repeats = node_repeats(node);
        node->passed_over = node->repeats && !node->listed && l != plan->net->score;
        node->needs_gradient = node->needs_gradient && !node->passed_over;
    }
}

/* Whether the shortcut adds two tensors that lie alike, the first of them made by the layer before it. */
static bool is_plain_sum(const struct plan *plan, int l)
{
    const struct node *s = &plan->nodes[l];
    const struct net_layer *layer = s->layer;
    return s->on_path && layer->kind == NET_SHORTCUT && layer->alpha == 1.0f && layer->beta == 1.0f &&
           layer->inputs[0] == l - 1 && layer->inputs[1] < l - 1 &&
           tensor_same(s->sources[0].shape, s->out) && tensor_same(s->sources[1].shape, s->out);
}

/* A 1x1 convolution and the shortcut behind it become one primitive, where nobody looks at what lies between.
 * (A 3x3 one may be faster as Winograd, which cannot add.) */
static void join_shortcuts(struct plan *plan)
{
    for (int l = 1; l < plan->net->layers_n; l++) {
        struct node *s = &plan->nodes[l], *c = s - 1;
        const struct net_layer *before = c->layer;
        if (is_plain_sum(plan, l) && !plan_keeps_z(plan, s) && c->kind->primitive == NODE_CONVOLVES &&
            before->size == 1 && before->act == NET_LINEAR && !c->listed && plan_readers(plan, l - 1) == 1) {
            c->joins = s;
            s->joined = true;
        }
    }
}

static struct tensor shape_of(const struct plan *plan, int layer)
{
    return layer == NET_INPUT ? plan->input_shape : plan->nodes[layer].out;
}

static struct tensor tensor_for(struct net_shape s, enum precision precision)
{
    return precision == PRECISION_BF16 ? tensor_of_halves(s) : tensor_of(s, onednn_block());
}

/* Whether the layer makes the scores, out of sums that have all their digits. */
static bool is_score(const struct plan *plan, int l)
{
    return l == plan->net->score && plan->nodes[l].kind->sums;
}

static void make_nodes(struct plan *plan)
{
    const struct net *net = plan->net;
    plan->input_shape = tensor_for(net->in, plan->precision);
    for (int l = 0; l < net->layers_n; l++) {
        struct node *node = &plan->nodes[l];
        node->layer = &net->layers[l];
        node->kind = node_kind_of(node->layer);
        node->out = tensor_for(node->layer->out, is_score(plan, l) ? PRECISION_F32 : plan->precision);
        node->sources = memory_new((size_t)node->layer->inputs_n, sizeof *node->sources);
        for (int i = 0; i < node->layer->inputs_n; i++) {
            node->sources[i].layer = node->layer->inputs[i];
            node->sources[i].shape = shape_of(plan, node->layer->inputs[i]);
        }
    }
}

/* The score is read before the activation, so that one is never applied. */
static bool activates(const struct plan *plan, int layer)
{
    return plan->net->layers[layer].act != NET_LINEAR &&
           !(layer == plan->net->score && score_is_before_activation(plan->net));
}

/* Which forward ops apply the activation themselves. */
static void fuse_activations(struct plan *plan)
{
    for (int l = 0; l < plan->net->layers_n; l++) {
        struct node *node = &plan->nodes[l];
        enum net_act act = node->layer->act;
        bool fuses = node->kind->fuses &&
                     (node->layer->inputs_n < 2 || tensor_same(node->sources[1].shape, node->out));
        node->fused = fuses && activations[act].straight && act != NET_LINEAR && !plan_keeps_z(plan, node) &&
                      activates(plan, l);
    }
}

/* ---- Making and freeing --------------------------------------------------------------------------- */

int plan_check_precision(enum precision precision, struct error *e)
{
    if (precision == PRECISION_F32 || onednn_has_bf16())
        return 0;
    return error_set(e,
                     "--precision bf16: the processor, as far as oneDNN may use it, has %s (expected "
                     "avx512_core_bf16 or more)",
                     onednn_isa());
}

static void choose_algorithms(struct plan *plan, int number, const struct plan_options *o, struct choose *c)
{
    struct node *node = &plan->nodes[number];
    const struct onednn_layer geometry = node_geometry(node);
    for (int pass = ONEDNN_FORWARD; pass <= ONEDNN_GRADIENT; pass++) {
        bool open =
            !o->tuning && o->algorithms == PLAN_TIMED && needs_afford(plan->needs, number, pass, plan->room);
        node->algorithms[pass] = o->precision == PRECISION_BF16   ? ONEDNN_DIRECT
                                 : o->tuning                      ? tuning_algorithm(o->tuning, number, pass)
                                 : o->algorithms == PLAN_WINOGRAD ? ONEDNN_WINOGRAD
                                 : open                           ? choose_algorithm(c, &geometry, pass)
                                                                  : ONEDNN_DIRECT;
        needs_take(plan->needs, number, pass, node->algorithms[pass]);
    }
}

static int make_op(struct plan *plan, int l, const struct plan_params *params,
                   const struct plan_options *options, struct choose *choose, struct error *e)
{
    struct node *node = &plan->nodes[l];
    if (node->kind->primitive == NODE_CONVOLVES)
        choose_algorithms(plan, l, options, choose);
    struct error why;
    if (node->kind->make(plan->dn, node, params, &why) < 0)
        return error_at(e, plan->net->path, node->layer->line, "layer %d (%s): %s", l, node->layer->name,
                        why.text);
    plan->bytes += node->forward ? onednn_op_bytes(node->forward) : 0;
    plan->bytes += node->backward ? onednn_op_bytes(node->backward) : 0;
    for (int i = 0; i < node->layer->inputs_n; i++)
        plan->bytes += node->sources[i].map ? maps_bytes(node->sources[i].map) : 0;
    return 0;
}

static int make_ops(struct plan *plan, const struct plan_params *params, const struct plan_options *options,
                    struct error *e)
{
    struct choose *choose = choose_open(plan->batch, plan->threads, options->cache);
    int status = 0;
    /* The last ones first: they have most of the weights, and the caller's copy of these goes before the
     * other layers are packed. */
    for (int l = plan->net->layers_n - 1; l >= 0 && status == 0; l--) {
        if (plan->nodes[l].on_path)
            status = make_op(plan, l, &params[l], options, choose, e);
        if (options->release)
            options->release(options->user, l);
    }
    choose_close(choose);
    needs_free(plan->needs);
    plan->needs = NULL;
    return status < 0 ? -1 : onednn_ready(plan->dn, e);
}

/* What is asked for beside the tuning must be the tuning's, or left open. */
static int check_tuning(const struct plan *plan, const struct plan_options *options, bool layers,
                        struct error *e)
{
    const struct tuning *expected = options->tuning;
    if (!expected)
        return 0;
    for (int l = 0; options->algorithms == PLAN_EXACT && l < expected->layers_n; l++)
        for (int pass = ONEDNN_FORWARD; pass <= ONEDNN_GRADIENT; pass++)
            if (tuning_algorithm(expected, l, pass) == ONEDNN_WINOGRAD)
                return error_set(e, "the plan has Winograd convolutions (not with --exact)");
    struct tuning *found = graph_tuning(plan);
    int status = layers ? tuning_check_layers(found, expected, e) : tuning_check(found, expected, e);
    tuning_free(found);
    return status;
}

static int choose_threads(const struct plan_options *o)
{
    return o->threads > 0 ? o->threads : o->tuning ? o->tuning->threads : omp_get_num_procs();
}

struct plan *plan_outline(const struct net *net, const struct plan_options *options)
{
    struct plan *plan = memory_new(1, sizeof *plan);
    plan->net = net;
    plan->threads = choose_threads(options);
    plan->tap = options->tap;
    plan->precision = options->precision;
    plan->shows_gradients = options->shows_gradients;
    plan->listed = XXH3_64bits(options->listed, (size_t)net->layers_n * sizeof *options->listed);
    plan->nodes = memory_new((size_t)net->layers_n, sizeof *plan->nodes);
    make_nodes(plan);
    mark_path(plan);
    mark_gradients(plan, options->listed);
    pass_over_repeats(plan);
    join_shortcuts(plan);
    fuse_activations(plan);
    return plan;
}

/* How large it is to be, and what each of its ops would take. */
static int size_plan(struct plan *plan, const struct plan_options *options, struct error *e)
{
    struct plan_room room = {0};
    if (!options->room && plan_size(plan->net, options, &room, e) < 0)
        return -1;
    room = options->room ? *options->room : room;
    plan->batch = room.batch;
    plan->room = room.bytes;
    omp_set_num_threads(plan->threads);
    plan->needs = needs_of(plan, options, e);
    return plan->needs ? 0 : -1;
}

struct plan *plan_make(const struct net *net, const struct plan_params *params,
                       const struct plan_options *options, struct error *e)
{
    struct plan *plan = plan_outline(net, options);
    if (plan_check_precision(plan->precision, e) < 0 || size_plan(plan, options, e) < 0 ||
        check_tuning(plan, options, false, e) < 0)
        goto fail;
    plan->dn = onednn_open(plan->batch, e);
    plan->top = plan->dn ? top_make(net, e) : NULL;
    if (!plan->top || plan_allocate(plan, e) < 0)
        goto fail;
    if (make_ops(plan, params, options, e) < 0 || check_tuning(plan, options, true, e) < 0)
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
    needs_free(plan->needs);
    arena_free(plan->gradients);
    top_free(plan->top);
    free(plan->nodes);
    pages_free(&plan->activations);
    pages_free(&plan->spare);
    free(plan->scores);
    free(plan->alpha);
    free(plan->sums);
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
    char *text =
        memory_format("1 %d %d %d %s %s%s", plan->batch, plan->threads, (int)plan->tap, onednn_version(),
                      onednn_isa(), plan->precision == PRECISION_BF16 ? " bf16" : "");
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

struct tuning *graph_tuning(const struct plan *plan)
{
    struct tuning *r = memory_new(1, sizeof *r);
    char *text = net_normalised(plan->net);
    r->net = XXH3_64bits(text, strlen(text));
    free(text);
    r->listed = plan->listed;
    r->tap = plan->tap;
    r->batch = plan->batch;
    r->threads = plan->threads;
    snprintf(r->onednn, sizeof r->onednn, "%s", onednn_version());
    snprintf(r->isa, sizeof r->isa, "%s", onednn_isa());
    snprintf(r->precision, sizeof r->precision, "%s", precision_words[plan->precision]);
    r->layers_n = plan->net->layers_n;
    r->layers = memory_new((size_t)r->layers_n, sizeof *r->layers);
    for (int l = 0; l < r->layers_n; l++) {
        const struct onednn_op *ops[] = {plan->nodes[l].forward, plan->nodes[l].backward};
        for (int pass = ONEDNN_FORWARD; pass <= ONEDNN_GRADIENT; pass++)
            if (ops[pass])
                snprintf(r->layers[l].passes[pass], sizeof r->layers[l].passes[pass], "%s",
                         onednn_op_implementation(ops[pass]));
    }
    return r;
}

/* ---- Running -------------------------------------------------------------------------------------- */

void plan_set_input(struct plan *plan, int slot, const float *pixels)
{
    struct tensor t = plan->input_shape;
    size_t n = (size_t)t.c * tensor_pixels(t);
    void *x = number_at(t.type, plan->input, (size_t)slot * tensor_numbers(t));
    if (t.block == 1 && t.type == NUMBER_F32)
        memcpy(x, pixels, n * sizeof *pixels);
    else
        for (size_t i = 0; i < n; i++)
            number_put(t.type, x, tensor_at_index(t, i), pixels[i]);
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
    size_t classes = (size_t)plan->net->classes, image = tensor_numbers(node->out);
    for (size_t n = 0; n < (size_t)plan->batch; n++)
        for (size_t i = 0; i < classes; i++)
            plan->scores[n * classes + i] =
                number_get(node->out.type, node->y, n * image + tensor_at_index(node->out, i));
}

static int forward_layer(struct plan *plan, int l, struct error *e)
{
    struct node *node = &plan->nodes[l];
    if (node->kind->forward(plan->dn, node, plan->batch, e) < 0)
        return -1;
    if (node->fused)
        return 0;
    size_t n = (size_t)plan->batch * tensor_numbers(node->out);
    enum net_act act = activates(plan, l) ? node->layer->act : NET_LINEAR;
    kernels_activate(act, node->out.type, n, node->z, node->y);
    if (activations[act].at_zero != 0.0f)
        kernels_clear_padding(node->out, plan->batch, node->y);
    return 0;
}

/* The layers behind `layer`. */
static int forward_rest(struct plan *plan, int layer, plan_after_call *after, void *user, struct error *e)
{
    for (int l = layer + 1; l <= plan->net->score; l++) {
        if (!plan->nodes[l].on_path)
            continue;
        if (forward_layer(plan, l, e) < 0)
            return -1;
        if (after)
            after(user, l);
    }
    read_scores(plan);
    return 0;
}

int plan_forward_told(struct plan *plan, plan_after_call *after, void *user, struct error *e)
{
    return forward_rest(plan, NET_INPUT, after, user, e);
}

int plan_forward(struct plan *plan, struct error *e)
{
    return plan_forward_told(plan, NULL, NULL, e);
}

int plan_forward_from(struct plan *plan, int layer, struct error *e)
{
    return forward_rest(plan, layer, NULL, NULL, e);
}

static void seed(struct plan *plan, const int *target)
{
    struct node *node = &plan->nodes[plan->net->score];
    size_t image = tensor_numbers(node->out);
    memset(node->dy, 0, (size_t)plan->batch * image * number_size(node->out.type));
    for (size_t n = 0; n < (size_t)plan->batch; n++)
        number_put(node->out.type, node->dy, n * image + tensor_at_index(node->out, (size_t)target[n]), 1.0f);
}

static bool hands_on(const struct node *node)
{
    for (int i = 0; i < node->layer->inputs_n; i++)
        if (node->sources[i].dy)
            return true;
    return false;
}

/* Completes dy, the gradient by y, and turns it into that by z; shows the layer on the way. */
static void end_gradient(struct plan *plan, int l, plan_tap_call *tap, void *user)
{
    struct node *node = &plan->nodes[l];
    bool after = plan->tap == TAP_PRE, shown = node->listed;
    bool wanted = after || hands_on(node); /* the gradient by z */
    enum net_act act = wanted && activates(plan, l) ? node->layer->act : NET_LINEAR;
    const void *z = plan_needs_z(node) ? node->z : NULL;
    struct kernels_ending ending = {act,   node->y,   z, node->more, shown ? plan->alpha : NULL,
                                    after, plan->sums};
    struct plan_view view = {node->out, after ? node->z : node->y, plan->alpha, NULL};
    bool stops = shown && plan->shows_gradients && !after; /* between the two, to show the gradient by y */
    if (stops)
        ending.act = NET_LINEAR;
    kernels_end(node->out, plan->batch, &ending, node->dy);
    view.g = plan->shows_gradients ? node->dy : NULL;
    if (shown)
        tap(user, l, &view);
    if (stops) {
        ending = (struct kernels_ending){act, node->y, z, {0}, NULL, after, plan->sums};
        kernels_end(node->out, plan->batch, &ending, node->dy);
    }
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
        end_gradient(plan, l, tap, user);
        if (node->kind->backward(plan->dn, node, plan->batch, e) < 0)
            return -1;
    }
    return 0;
}
