#include "graph/node_kinds.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/fold.h"
#include "net/activations.h"

bool node_never_passes(const struct node *node, int source)
{
    (void)node, (void)source;
    return false;
}

static bool always_passes(const struct node *node, int source)
{
    (void)node, (void)source;
    return true;
}

int node_check_map(const struct node *node, const struct map *map, struct error *e)
{
    return map ? 0
               : error_set(e, "no memory to rearrange %lld numbers",
                           (long long)net_shape_size(node->layer->out));
}

void node_pass(const struct node *node, struct node_source *s, int batch)
{
    if (s->dy && !s->shared)
        kernels_pass(node->out.type, (size_t)batch * tensor_numbers(node->out), node->dy, s->dy, s->add);
}

/* ---- Layers that are one primitive: convolutional, deconvolutional, connected, pools ----------- */

int node_run_forward(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)batch;
    return onednn_run(dn, node->forward, e);
}

/* With the shortcut after it, if they have been joined. */
static int run_weighted(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    if (onednn_run(dn, node->forward, e) < 0)
        return -1;
    const struct node *s = node->joins;
    if (s && !onednn_op_adds(node->forward))
        kernels_blend(s->fused ? s->act : NET_LINEAR, s->out.type, (size_t)batch * tensor_numbers(s->out),
                      1.0f, s->z, 1.0f, s->sources[1].y, s->z);
    return 0;
}

int node_run_backward(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    struct node_source *s = node_first(node);
    if (!s->dy || s->pooled)
        return 0;
    if (onednn_run(dn, node->backward, e) < 0)
        return -1;
    if (s->add && !s->late)
        kernels_pass(s->shape.type, (size_t)batch * tensor_numbers(s->shape), node->spare, s->dy, true);
    return 0;
}

static void *gradient_target(struct node *node)
{
    return node_first(node)->add ? node->spare : node_first(node)->dy;
}

struct onednn_layer node_geometry(const struct node *node)
{
    const struct net_layer *l = node->layer;
    const struct node *last = node->joins ? node->joins : node; /* the node whose activation is applied */
    bool connected = node->kind->primitive == NODE_CONNECTS;
    return (struct onednn_layer){
        .in = node->sources[0].shape,
        .out = node->made,
        .size_h = connected ? l->in.h : l->size,
        .size_w = connected ? l->in.w : l->size,
        .stride_h = connected || l->blur ? 1 : l->stride,
        .stride_w = connected || l->blur ? 1 : l->stride_x,
        .dilation = connected ? 1 : l->dilation,
        .pad = connected ? 0 : l->pad * l->dilation,
        .groups = connected ? 1 : l->groups,
        .add = node->joins ? node->joins->sources[1].y : NULL,
        .rectify = last->fused,
        .trains = node->trains,
        .slope = last->fused ? activations[last->act].below : 0.0f,
    };
}

enum onednn_kind node_weighted(const struct node *node)
{
    return node->kind->primitive == NODE_CONNECTS      ? ONEDNN_CONNECTED
           : node->kind->primitive == NODE_DECONVOLVES ? ONEDNN_DECONVOLUTION
                                                       : ONEDNN_CONVOLUTION;
}

/* The packed copies of a layer's folded parameters are made from `o`, whose arrays live only here. */
static int nodes_make_ops(struct onednn *dn, struct node *node, const struct onednn_layer *o, struct error *e)
{
    enum onednn_kind kind = node_weighted(node);
    struct node_source *s = node_first(node);
    node->forward = onednn_forward(dn, kind, o, node->algorithms[ONEDNN_FORWARD], s->y, node->made_z, e);
    if (!node->forward)
        return -1;
    if (s->dy)
        node->backward = onednn_gradient(dn, kind, o, node->algorithms[ONEDNN_GRADIENT], node->forward,
                                         node->made_dy, gradient_target(node), e);
    return s->dy && !node->backward ? -1 : 0;
}

static double largest_of(const float *values, int n)
{
    return (double)kernels_largest(NUMBER_F32, (size_t)n, values);
}

int node_make_weighted(struct onednn *dn, struct node *node, const struct net_params *p, struct error *e)
{
    const struct net_layer *l = node->layer;
    int channels = node->out.c;
    float *scale = memory_new((size_t)channels, sizeof *scale);
    float *shift = memory_new((size_t)channels, sizeof *shift);
    fold_channels(p, channels, scale, shift);
    float *folded = p->variance ? fold_weights(l, p->weights, scale) : NULL;
    int status = -1;
    if (p->variance && !folded) {
        error_set(e, "no memory for the weights of layer %s", l->name);
    } else {
        struct onednn_layer o = node_geometry(node);
        o.weights = folded ? folded : p->weights;
        node->gain = fold_gain(l, o.weights);
        node->offset = largest_of(shift, channels);
        o.bias = shift;
        status = nodes_make_ops(dn, node, &o, e);
    }
    free(folded);
    free(scale);
    free(shift);
    return status;
}

struct onednn_pool node_pool(const struct node *node)
{
    const struct net_layer *l = node->layer;
    return (struct onednn_pool){
        .in = node->sources[0].shape,
        .out = node->made,
        .size = l->size,
        .stride_h = l->blur ? 1 : l->stride,
        .stride_w = l->blur ? 1 : l->stride_x,
        .pad_before = l->pad / 2,
        .pad_after = l->pad - l->pad / 2,
        .mean = l->kind == NET_LOCAL_AVGPOOL,
    };
}

int node_make_pool(struct onednn *dn, struct node *node, const struct net_params *p, struct error *e)
{
    (void)p;
    node->gain = 1;
    struct node_source *s = node_first(node);
    const struct onednn_pool pool = node_pool(node);
    node->forward = onednn_pool_forward(dn, &pool, s->y, node->made_z, e);
    if (!node->forward)
        return -1;
    if (s->dy)
        node->backward =
            onednn_pool_gradient(dn, &pool, node->forward, node->made_dy, gradient_target(node), e);
    return s->dy && !node->backward ? -1 : 0;
}

/* ---- maxpool with windows of one pixel ------------------------------------------------------------ */

static int forward_subsample(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    kernels_subsample(node_first(node)->shape, node->out, node->layer->stride, batch, node_first(node)->y,
                      node->z);
    return 0;
}

static int backward_subsample(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    struct node_source *s = node_first(node);
    if (s->dy && !s->late)
        kernels_subsample_gradient(s->shape, node->out, node->layer->stride, batch, node->dy, s->dy, s->add);
    return 0;
}

/* ---- avgpool ------------------------------------------------------------------------------------ */

/* No number is larger than those that are read. */
int node_make_no_larger(struct onednn *dn, struct node *node, const struct net_params *p, struct error *e)
{
    (void)dn, (void)p, (void)e;
    node->gain = 1;
    return 0;
}

static int forward_avgpool(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    kernels_average(node_first(node)->shape, node->out.type, batch, node_first(node)->y, node->z);
    return 0;
}

static int backward_avgpool(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    struct node_source *s = node_first(node);
    if (s->dy)
        kernels_average_gradient(s->shape, node->out.type, batch, node->dy, s->dy, s->add);
    return 0;
}

/* ---- batchnorm ---------------------------------------------------------------------------------- */

static int make_batchnorm(struct onednn *dn, struct node *node, const struct net_params *p, struct error *e)
{
    (void)dn, (void)e;
    size_t channels = (size_t)node->out.c;
    node->scale = memory_new(memory_product(2, channels), sizeof *node->scale);
    float *shift = node->scale + channels;
    fold_channels(p, node->out.c, node->scale, shift);
    node->gain = largest_of(node->scale, node->out.c);
    node->offset = largest_of(shift, node->out.c);
    return 0;
}

static int forward_batchnorm(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    kernels_channels(node->out, batch, node->scale, node->scale + node->out.c, node_first(node)->y, node->z,
                     false);
    return 0;
}

static int backward_batchnorm(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    struct node_source *s = node_first(node);
    if (s->dy)
        kernels_channels(node->out, batch, node->scale, NULL, node->dy, s->dy, s->add);
    return 0;
}

/* ---- activation, dropout (nothing is dropped at inference), route of one tensor, pool of one pixel -- */

static int forward_identity(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    if (!node_repeats(node))
        kernels_pass(node->out.type, (size_t)batch * tensor_numbers(node->out), node_first(node)->y, node->z,
                     false);
    return 0;
}

static int backward_identity(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    node_pass(node, node_first(node), batch);
    return 0;
}

static const struct node_kind subsampling = {node_make_no_larger, forward_subsample, backward_subsample,
                                             node_never_passes, .sum = NODE_SPARSE};
static const struct node_kind identity = {node_make_no_larger, forward_identity, backward_identity,
                                          always_passes, .sum = NODE_ADDS};
static const struct node_kind convolution = {
    node_make_weighted,          run_weighted,  node_run_backward, node_never_passes, .sum = NODE_USES_SPARE,
    .primitive = NODE_CONVOLVES, .fuses = true, .sums = true};
static const struct node_kind deconvolution = {
    node_make_weighted, node_run_forward,       node_run_backward,
    node_never_passes,  .sum = NODE_USES_SPARE, .primitive = NODE_DECONVOLVES,
    .sums = true};
static const struct node_kind connection = {
    node_make_weighted,     node_run_forward,           node_run_backward, node_never_passes,
    .sum = NODE_USES_SPARE, .primitive = NODE_CONNECTS, .fuses = true,     .sums = true};
static const struct node_kind pool = {node_make_pool,    node_run_forward,       node_run_backward,
                                      node_never_passes, .sum = NODE_USES_SPARE, .primitive = NODE_POOLS};
static const struct node_kind average = {node_make_no_larger, forward_avgpool,  backward_avgpool,
                                         node_never_passes,   .sum = NODE_ADDS, .sums = true};
static const struct node_kind normalisation = {make_batchnorm, forward_batchnorm, backward_batchnorm,
                                               node_never_passes, .sum = NODE_ADDS};
/* After the score: never on the path. */
static const struct node_kind ending = {node_make_no_larger, forward_identity, backward_identity,
                                        node_never_passes, .sum = NODE_ADDS};

static const struct node_kind *const kinds[] = {
    [NET_CONVOLUTIONAL] = &convolution,
    [NET_DECONVOLUTIONAL] = &deconvolution,
    [NET_DEPTHWISE] = &convolution,
    [NET_CONNECTED] = &connection,
    [NET_MAXPOOL] = &pool,
    [NET_LOCAL_AVGPOOL] = &pool,
    [NET_AVGPOOL] = &average,
    [NET_BATCHNORM] = &normalisation,
    [NET_SHORTCUT] = &node_shortcut,
    [NET_ROUTE] = &node_route,
    [NET_SCALE_CHANNELS] = &node_gate,
    [NET_SAM] = &node_gate,
    [NET_UPSAMPLE] = &node_upsample,
    [NET_REORG] = &node_reorg,
    [NET_CROP] = &node_crop,
    [NET_ACTIVATION] = &identity,
    [NET_DROPOUT] = &identity,
    [NET_SOFTMAX] = &ending,
    [NET_COST] = &ending,
};
static_assert(sizeof kinds / sizeof *kinds == NET_KINDS, "one row a layer kind");

/* Nothing but its input comes out. */
static bool passes_on(const struct net_layer *l)
{
    return net_layer_is_identity(l) || (l->kind == NET_ROUTE && l->inputs_n == 1 && l->groups == 1);
}

/* A window of one pixel is wholly in the image, or the reader has refused it: padding only lets one more
 * begin inside. */
static bool subsamples(const struct net_layer *l)
{
    return l->kind == NET_MAXPOOL && l->size == 1 && l->stride == l->stride_x;
}

const struct node_kind *node_kind_of(const struct net_layer *l)
{
    return l->blur         ? (l->kind == NET_MAXPOOL ? &node_blurred_maxpool : &node_blurred_convolution)
           : passes_on(l)  ? &identity
           : subsamples(l) ? &subsampling
                           : kinds[l->kind];
}

bool node_repeats(const struct node *node)
{
    return node->kind->forward == forward_identity && node->act == NET_LINEAR &&
           tensor_same(node->sources[0].shape, node->out);
}

int64_t node_map_pairs(const struct node *node)
{
    return node->kind->pairs ? node->kind->pairs(node) : 0;
}
