/* Nodes that read two tensors or more. */
#include <string.h>

#include "graph/kernels_gate.h"
#include "graph/maps.h"
#include "graph/node_kinds.h"

/* ---- shortcut ----------------------------------------------------------------------------------- */

static int make_shortcut(struct onednn *dn, struct node *node, const struct net_params *p, struct error *e)
{
    (void)dn, (void)p;
    struct node_source *from = &node->sources[1];
    if (tensor_same(from->shape, node->out))
        return 0;
    from->map = maps_shortcut(from->shape, node->out);
    return node_check_map(node, from->map, e);
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
        kernels_blend(node->fused ? l->act : NET_LINEAR, node->out.type, n, l->alpha, node_first(node)->y,
                      l->beta, from->y, node->z);
        return 0;
    }
    kernels_pass(node->out.type, n, node_first(node)->y, node->z, false);
    maps_gather_blend(from->map, batch, l->alpha, l->beta, from->y, node->z);
    return 0;
}

static int backward_shortcut(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    const struct net_layer *l = node->layer;
    struct node_source *s = node_first(node), *from = &node->sources[1];
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
    node_pass(node, s, batch);
    return 0;
}

static bool shortcut_passes(const struct node *node, int source)
{
    return node->layer->alpha == 1.0f && (source == 0 || node->layer->beta == 1.0f);
}

/* ---- route: concatenated by channel; of each tensor all channels, or one of equal parts ---------- */

/* The channels of a source that are read: how many, and the first. */
static int part_of(const struct node *node, const struct node_source *s)
{
    return s->shape.c / node->layer->groups;
}

static int part_begin(const struct node *node, const struct node_source *s)
{
    return part_of(node, s) * node->layer->group_id;
}

static bool is_channels_last(const struct node *node, const struct node_source *s)
{
    return node->out.block == node->out.c && s->shape.block == s->shape.c;
}

/* Whether a source's channels form runs in the output: its blocks are blocks there, or each pixel has all of
 * them side by side. */
static bool lies_in_runs(const struct node *node, const struct node_source *s, int first_channel)
{
    int part = part_of(node, s), block = node->out.block;
    bool whole = node->layer->groups == 1 || part % block == 0; /* no block holds channels of two parts */
    bool ends_block = part % block == 0 || first_channel + part == node->out.c;
    bool blocks = s->shape.block == block && first_channel % block == 0 && ends_block && whole;
    return blocks || is_channels_last(node, s);
}

static int64_t route_pairs(const struct node *node)
{
    int64_t pairs = 0;
    int channel = 0;
    for (int i = 0; i < node->layer->inputs_n; i++) {
        const struct node_source *s = &node->sources[i];
        if (!lies_in_runs(node, s, channel))
            pairs += part_of(node, s) * (int64_t)tensor_pixels(s->shape);
        channel += part_of(node, s);
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
            s->map = maps_channels(s->shape, part_begin(node, s), part_of(node, s), node->out, channel);
            status = node_check_map(node, s->map, e);
        }
        channel += part_of(node, s);
    }
    return status;
}

/* The runs of a source: how many there are, how long each is, and how far apart there and in the output. */
struct runs {
    size_t n, length, from_stride, stride;
};

static struct runs runs_of(const struct node *node, const struct node_source *s, int batch)
{
    size_t images = (size_t)batch, pixels = tensor_pixels(node->out);
    if (is_channels_last(node, s))
        return (struct runs){images * pixels, (size_t)part_of(node, s), (size_t)s->shape.c,
                             (size_t)node->out.c};
    size_t whole = tensor_numbers(s->shape);
    return (struct runs){images, node->layer->groups == 1 ? whole : (size_t)part_of(node, s) * pixels, whole,
                         tensor_numbers(node->out)};
}

/* Where the part begins in an array of the source's shape. */
static size_t part_at(const struct node *node, const struct node_source *s)
{
    return tensor_at(s->shape, part_begin(node, s), 0, 0);
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
            kernels_slice(type, r.n, r.length, number_in(type, s->y, part_at(node, s)), r.from_stride,
                          number_at(type, node->z, tensor_at(node->out, channel, 0, 0)), r.stride, false);
        channel += part_of(node, s);
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
        channel -= part_of(node, s);
        if (!s->dy)
            continue;
        if (s->map) {
            maps_scatter(s->map, batch, 1.0f, node->dy, s->dy, s->add);
            continue;
        }
        if (!s->add && node->layer->groups > 1) /* nothing reads the other parts here */
            memset(s->dy, 0, (size_t)batch * tensor_numbers(s->shape) * number_size(type));
        kernels_slice(type, r.n, r.length, number_at(type, node->dy, tensor_at(node->out, channel, 0, 0)),
                      r.stride, number_at(type, s->dy, part_at(node, s)), r.from_stride, s->add);
    }
    return 0;
}

/* ---- scale_channels, sam: the map times its gate ---------------------------------------------------- */

static int forward_gate(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    gate_multiply(node_first(node)->shape, node->out, batch, node_first(node)->y, node->sources[1].y, node->z,
                  false);
    return 0;
}

/* By the map: dy times the gate. By the gate: the sum of dy times the map over what it is a factor of. */
static int backward_gate(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    struct node_source *gate = node_first(node), *map = &node->sources[1];
    if (map->dy)
        gate_multiply(gate->shape, node->out, batch, gate->y, node->dy, map->dy, map->add);
    if (gate->dy)
        gate_sum(gate->shape, node->out, batch, node->dy, map->y, gate->dy, gate->add);
    return 0;
}

const struct node_kind node_shortcut = {make_shortcut,          forward_shortcut, backward_shortcut,
                                        shortcut_passes,        .sum = NODE_ADDS, .fuses = true,
                                        .pairs = shortcut_pairs};
const struct node_kind node_route = {make_route,        forward_route,    backward_route,
                                     node_never_passes, .sum = NODE_ADDS, .pairs = route_pairs};
const struct node_kind node_gate = {node_make_no_larger, forward_gate, backward_gate, node_never_passes,
                                    .sum = NODE_ADDS};
