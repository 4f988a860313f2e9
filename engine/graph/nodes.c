#include "graph/node.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/fold.h"
#include "graph/maps.h"
#include "net/activations.h"

static struct node_source *first(struct node *node)
{
    return &node->sources[0];
}

static bool never_passes(const struct node *node, int source)
{
    (void)node, (void)source;
    return false;
}

static bool always_passes(const struct node *node, int source)
{
    (void)node, (void)source;
    return true;
}

static int check_map(const struct node *node, const struct map *map, struct error *e)
{
    return map ? 0
               : error_set(e, "no memory to rearrange %lld numbers",
                           (long long)net_shape_size(node->layer->out));
}

/* Passes dy to a source unchanged. */
static void pass(const struct node *node, struct node_source *s, int batch)
{
    if (s->dy && !s->shared)
        kernels_pass(node->out.type, (size_t)batch * tensor_numbers(node->out), node->dy, s->dy, s->add);
}

/* ---- Layers that are one primitive: convolutional, deconvolutional, connected, maxpool ---------- */

static int run_forward(struct onednn *dn, struct node *node, int batch, struct error *e)
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
        kernels_blend(s->fused ? s->layer->act : NET_LINEAR, s->out.type,
                      (size_t)batch * tensor_numbers(s->out), 1.0f, s->z, 1.0f, s->sources[1].y, s->z);
    return 0;
}

static int run_backward(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    struct node_source *s = first(node);
    if (!s->dy)
        return 0;
    if (onednn_run(dn, node->backward, e) < 0)
        return -1;
    if (s->add && !s->late)
        kernels_pass(s->shape.type, (size_t)batch * tensor_numbers(s->shape), node->spare, s->dy, true);
    return 0;
}

static void *gradient_target(struct node *node)
{
    return first(node)->add ? node->spare : first(node)->dy;
}

struct onednn_layer node_geometry(const struct node *node)
{
    const struct net_layer *l = node->layer;
    const struct node *last = node->joins ? node->joins : node; /* the node whose activation is applied */
    bool connected = node->kind->primitive == NODE_CONNECTS;
    return (struct onednn_layer){
        .in = node->sources[0].shape,
        .out = node->out,
        .size_h = connected ? l->in.h : l->size,
        .size_w = connected ? l->in.w : l->size,
        .stride = connected ? 1 : l->stride,
        .pad = connected ? 0 : l->pad,
        .groups = connected ? 1 : l->groups,
        .add = node->joins ? node->joins->sources[1].y : NULL,
        .rectify = last->fused,
        .slope = last->fused ? activations[last->layer->act].below : 0.0f,
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
    struct node_source *s = first(node);
    node->forward = onednn_forward(dn, kind, o, node->algorithms[ONEDNN_FORWARD], s->y, node->z, e);
    if (!node->forward)
        return -1;
    if (s->dy)
        node->backward = onednn_gradient(dn, kind, o, node->algorithms[ONEDNN_GRADIENT], node->forward,
                                         node->dy, gradient_target(node), e);
    return s->dy && !node->backward ? -1 : 0;
}

static double largest_of(const float *values, int n)
{
    return (double)kernels_largest(NUMBER_F32, (size_t)n, values);
}

static int make_weighted(struct onednn *dn, struct node *node, const struct net_params *p, struct error *e)
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
        .out = node->out,
        .size = l->size,
        .stride = l->stride,
        .pad_before = l->pad / 2,
        .pad_after = l->pad - l->pad / 2,
    };
}

static int make_maxpool(struct onednn *dn, struct node *node, const struct net_params *p, struct error *e)
{
    (void)p;
    node->gain = 1;
    struct node_source *s = first(node);
    const struct onednn_pool pool = node_pool(node);
    node->forward = onednn_maxpool(dn, &pool, s->y, node->z, e);
    if (!node->forward)
        return -1;
    if (s->dy)
        node->backward =
            onednn_maxpool_gradient(dn, &pool, node->forward, node->dy, gradient_target(node), e);
    return s->dy && !node->backward ? -1 : 0;
}

/* ---- maxpool with windows of one pixel ------------------------------------------------------------ */

static int forward_subsample(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    kernels_subsample(first(node)->shape, node->out, node->layer->stride, batch, first(node)->y, node->z);
    return 0;
}

static int backward_subsample(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    struct node_source *s = first(node);
    if (s->dy && !s->late)
        kernels_subsample_gradient(s->shape, node->out, node->layer->stride, batch, node->dy, s->dy, s->add);
    return 0;
}

/* ---- avgpool ------------------------------------------------------------------------------------ */

/* There is nothing to make, and no number is larger than those that are read. */
static int make_no_larger(struct onednn *dn, struct node *node, const struct net_params *p, struct error *e)
{
    (void)dn, (void)p, (void)e;
    node->gain = 1;
    return 0;
}

static int forward_avgpool(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    kernels_average(first(node)->shape, node->out.type, batch, first(node)->y, node->z);
    return 0;
}

static int backward_avgpool(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    struct node_source *s = first(node);
    if (s->dy)
        kernels_average_gradient(s->shape, node->out.type, batch, node->dy, s->dy, s->add);
    return 0;
}

/* ---- batchnorm ---------------------------------------------------------------------------------- */

static int make_batchnorm(struct onednn *dn, struct node *node, const struct net_params *p, struct error *e)
{
    (void)dn, (void)e;
    size_t channels = (size_t)node->out.c;
    node->scale = memory_new(channels, sizeof *node->scale);
    node->shift = memory_new(channels, sizeof *node->shift);
    fold_channels(p, node->out.c, node->scale, node->shift);
    node->gain = largest_of(node->scale, node->out.c);
    node->offset = largest_of(node->shift, node->out.c);
    return 0;
}

static int forward_batchnorm(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    kernels_channels(node->out, batch, node->scale, node->shift, first(node)->y, node->z, false);
    return 0;
}

static int backward_batchnorm(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    struct node_source *s = first(node);
    if (s->dy)
        kernels_channels(node->out, batch, node->scale, NULL, node->dy, s->dy, s->add);
    return 0;
}

/* ---- shortcut ----------------------------------------------------------------------------------- */

static int make_shortcut(struct onednn *dn, struct node *node, const struct net_params *p, struct error *e)
{
    (void)dn, (void)p;
    struct node_source *from = &node->sources[1];
    if (tensor_same(from->shape, node->out))
        return 0;
    from->map = maps_shortcut(from->shape, node->out);
    return check_map(node, from->map, e);
}

static int64_t shortcut_pairs(const struct node *node)
{
    return tensor_same(node->sources[1].shape, node->out) ? 0 : net_shape_size(node->layer->out);
}

static int forward_shortcut(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    const struct net_layer *l = node->layer;
    struct node_source *from = &node->sources[1];
    size_t n = (size_t)batch * tensor_numbers(node->out);
    if (node->joined)
        return 0;
    if (!from->map) {
        kernels_blend(node->fused ? l->act : NET_LINEAR, node->out.type, n, l->alpha, first(node)->y, l->beta,
                      from->y, node->z);
        return 0;
    }
    kernels_pass(node->out.type, n, first(node)->y, node->z, false);
    maps_gather_blend(from->map, batch, l->alpha, l->beta, from->y, node->z);
    return 0;
}

static int backward_shortcut(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    const struct net_layer *l = node->layer;
    struct node_source *s = first(node), *from = &node->sources[1];
    size_t n = (size_t)batch * tensor_numbers(node->out);
    if (from->dy && from->map)
        maps_scatter(from->map, batch, l->beta, node->dy, from->dy, from->add);
    else if (from->dy && !from->shared)
        kernels_scale(node->out.type, n, l->beta, node->dy, from->dy, from->add);
    if (l->alpha != 1.0f && s->dy) {
        if (from->map)
            maps_scale(from->map, batch, l->alpha, node->dy);
        else
            kernels_scale(node->out.type, n, l->alpha, node->dy, node->dy, false);
    }
    pass(node, s, batch);
    return 0;
}

static bool shortcut_passes(const struct node *node, int source)
{
    return node->layer->alpha == 1.0f && (source == 0 || node->layer->beta == 1.0f);
}

/* ---- route of several tensors: concatenated by channel ------------------------------------------ */

static bool is_channels_last(const struct node *node, const struct node_source *s)
{
    return node->out.block == node->out.c && s->shape.block == s->shape.c;
}

/* Whether a source's channels form runs in the output: its blocks are blocks there, or each pixel has all of
 * them side by side. */
static bool lies_in_runs(const struct node *node, const struct node_source *s, int first_channel)
{
    bool ends_block = s->shape.c % node->out.block == 0 || first_channel + s->shape.c == node->out.c;
    bool blocks = s->shape.block == node->out.block && first_channel % node->out.block == 0 && ends_block;
    return blocks || is_channels_last(node, s);
}

static int64_t route_pairs(const struct node *node)
{
    int64_t pairs = 0;
    int channel = 0;
    for (int i = 0; i < node->layer->inputs_n; i++) {
        const struct node_source *s = &node->sources[i];
        if (!lies_in_runs(node, s, channel))
            pairs += s->shape.c * (int64_t)tensor_pixels(s->shape);
        channel += s->shape.c;
    }
    return pairs;
}

static int make_route(struct onednn *dn, struct node *node, const struct net_params *p, struct error *e)
{
    (void)dn, (void)p;
    node->gain = 1;
    int channel = 0, status = 0;
    for (int i = 0; i < node->layer->inputs_n && status == 0; i++) {
        struct node_source *s = &node->sources[i];
        if (!lies_in_runs(node, s, channel)) {
            s->map = maps_channels(s->shape, node->out, channel);
            status = check_map(node, s->map, e);
        }
        channel += s->shape.c;
    }
    return status;
}

/* The runs of a source: how many there are, how long each is, and how far apart in the output. */
struct runs {
    size_t n, length, stride;
};

static struct runs runs_of(const struct node *node, const struct node_source *s, int batch)
{
    size_t images = (size_t)batch, pixels = tensor_pixels(node->out);
    if (is_channels_last(node, s))
        return (struct runs){images * pixels, (size_t)s->shape.c, (size_t)node->out.c};
    return (struct runs){images, tensor_numbers(s->shape), tensor_numbers(node->out)};
}

static int forward_route(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    enum number type = node->out.type;
    int channel = 0;
    for (int i = 0; i < node->layer->inputs_n; i++) {
        struct node_source *s = &node->sources[i];
        struct runs r = runs_of(node, s, batch);
        if (s->map)
            maps_gather(s->map, batch, 1.0f, 0.0f, s->y, node->z);
        else
            kernels_slice(type, r.n, r.length, s->y, r.length,
                          number_at(type, node->z, tensor_at(node->out, channel, 0, 0)), r.stride, false);
        channel += s->shape.c;
    }
    return 0;
}

static int backward_route(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    enum number type = node->out.type;
    int channel = node->out.c;
    for (int i = node->layer->inputs_n - 1; i >= 0; i--) {
        struct node_source *s = &node->sources[i];
        struct runs r = runs_of(node, s, batch);
        channel -= s->shape.c;
        if (!s->dy)
            continue;
        if (s->map)
            maps_scatter(s->map, batch, 1.0f, node->dy, s->dy, s->add);
        else
            kernels_slice(type, r.n, r.length, number_at(type, node->dy, tensor_at(node->out, channel, 0, 0)),
                          r.stride, s->dy, r.length, s->add);
    }
    return 0;
}

/* ---- upsample, reorg, crop: maps ----------------------------------------------------------------- */

static int make_crop(struct onednn *dn, struct node *node, const struct net_params *p, struct error *e)
{
    (void)dn, (void)p;
    struct node_source *s = first(node);
    s->map = maps_crop(s->shape, node->out);
    node->gain = 2;
    node->offset = 1;
    return check_map(node, s->map, e);
}

static int make_upsample(struct onednn *dn, struct node *node, const struct net_params *p, struct error *e)
{
    (void)dn, (void)p;
    struct node_source *s = first(node);
    s->map = maps_upsample(s->shape, node->out, node->layer->stride);
    node->gain = fabs((double)node->layer->scale);
    return check_map(node, s->map, e);
}

static int make_reorg(struct onednn *dn, struct node *node, const struct net_params *p, struct error *e)
{
    (void)dn, (void)p;
    node->gain = 1;
    struct node_source *s = first(node);
    s->map = maps_reorg(node->layer, s->shape, node->out);
    return check_map(node, s->map, e);
}

/* A pair for each number of the input, or of the output. */
static int64_t input_pairs(const struct node *node)
{
    return net_shape_size(node->layer->in);
}

static int64_t output_pairs(const struct node *node)
{
    return net_shape_size(node->layer->out);
}

/* Darknet's crop turns 0..1 into -1..1 unless noadjust is set; its upsample multiplies. */
static float map_factor(const struct net_layer *l)
{
    if (l->kind == NET_CROP)
        return l->noadjust ? 1.0f : 2.0f;
    return l->kind == NET_UPSAMPLE ? l->scale : 1.0f;
}

static int forward_mapped(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    const struct net_layer *l = node->layer;
    float offset = l->kind == NET_CROP && !l->noadjust ? -1.0f : 0.0f;
    maps_gather(first(node)->map, batch, map_factor(l), offset, first(node)->y, node->z);
    return 0;
}

static int backward_mapped(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    struct node_source *s = first(node);
    if (s->dy)
        maps_scatter(s->map, batch, map_factor(node->layer), node->dy, s->dy, s->add);
    return 0;
}

/* ---- activation, dropout (nothing is dropped at inference), route of one tensor ------------------ */

static int forward_identity(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    if (!node->repeats)
        kernels_pass(node->out.type, (size_t)batch * tensor_numbers(node->out), first(node)->y, node->z,
                     false);
    return 0;
}

static int backward_identity(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    pass(node, first(node), batch);
    return 0;
}

static const struct node_kind subsampling = {make_no_larger, forward_subsample, backward_subsample,
                                             never_passes, .sum = NODE_SPARSE};
static const struct node_kind identity = {make_no_larger, forward_identity, backward_identity, always_passes,
                                          .sum = NODE_ADDS};

static const struct node_kind kinds[] = {
    [NET_CONVOLUTIONAL] = {make_weighted, run_weighted, run_backward, never_passes, NODE_USES_SPARE,
                           NODE_CONVOLVES, .fuses = true, .sums = true},
    [NET_DECONVOLUTIONAL] = {make_weighted, run_forward, run_backward, never_passes, NODE_USES_SPARE,
                             NODE_DECONVOLVES, .sums = true},
    [NET_CONNECTED] = {make_weighted, run_forward, run_backward, never_passes, NODE_USES_SPARE, NODE_CONNECTS,
                       .fuses = true, .sums = true},
    [NET_MAXPOOL] = {make_maxpool, run_forward, run_backward, never_passes, NODE_USES_SPARE, NODE_POOLS},
    [NET_AVGPOOL] = {make_no_larger, forward_avgpool, backward_avgpool, never_passes, NODE_ADDS,
                     .sums = true},
    [NET_BATCHNORM] = {make_batchnorm, forward_batchnorm, backward_batchnorm, never_passes, NODE_ADDS},
    [NET_SHORTCUT] = {make_shortcut, forward_shortcut, backward_shortcut, shortcut_passes, NODE_ADDS,
                      .fuses = true, .pairs = shortcut_pairs},
    [NET_ROUTE] = {make_route, forward_route, backward_route, never_passes, NODE_ADDS, .pairs = route_pairs},
    [NET_UPSAMPLE] = {make_upsample, forward_mapped, backward_mapped, never_passes, NODE_ADDS,
                      .pairs = output_pairs},
    [NET_REORG] = {make_reorg, forward_mapped, backward_mapped, never_passes, NODE_ADDS,
                   .pairs = input_pairs},
    [NET_CROP] = {make_crop, forward_mapped, backward_mapped, never_passes, NODE_ADDS, .pairs = output_pairs},
    [NET_ACTIVATION] = {make_no_larger, forward_identity, backward_identity, always_passes, NODE_ADDS},
    [NET_DROPOUT] = {make_no_larger, forward_identity, backward_identity, always_passes, NODE_ADDS},
    /* After the score: never on the path. */
    [NET_SOFTMAX] = {make_no_larger, forward_identity, backward_identity, never_passes, NODE_ADDS},
    [NET_COST] = {make_no_larger, forward_identity, backward_identity, never_passes, NODE_ADDS},
};
static_assert(sizeof kinds / sizeof *kinds == NET_KINDS, "one row a layer kind");

/* A window of one pixel is wholly in the image, or the reader has refused it: padding only lets one more
 * begin inside. */
const struct node_kind *node_kind_of(const struct net_layer *layer)
{
    return layer->kind == NET_MAXPOOL && layer->size == 1     ? &subsampling
           : layer->kind == NET_ROUTE && layer->inputs_n == 1 ? &identity
                                                              : &kinds[layer->kind];
}

bool node_repeats(const struct node *node)
{
    return node->kind->forward == forward_identity && node->layer->act == NET_LINEAR &&
           tensor_same(node->sources[0].shape, node->out);
}

int64_t node_map_pairs(const struct node *node)
{
    return node->kind->pairs ? node->kind->pairs(node) : 0;
}
