/* Upsample, reorg, crop: maps. */
#include <math.h>

#include "graph/maps.h"
#include "graph/node_kinds.h"

static int nodes_map_crop(struct onednn *dn, struct node *node, const struct net_params *p, struct error *e)
{
    (void)dn, (void)p;
    struct node_source *s = node_first(node);
    s->map = maps_crop(s->shape, node->out);
    node->gain = 2;
    node->offset = 1;
    return node_check_map(node, s->map, e);
}

static int nodes_map_upsample(struct onednn *dn, struct node *node, const struct net_params *p,
                              struct error *e)
{
    (void)dn, (void)p;
    struct node_source *s = node_first(node);
    s->map = maps_upsample(s->shape, node->out, node->layer->stride);
    node->gain = fabs((double)node->layer->scale);
    return node_check_map(node, s->map, e);
}

static int nodes_map_reorg(struct onednn *dn, struct node *node, const struct net_params *p, struct error *e)
{
    (void)dn, (void)p;
    struct node_source *s = node_first(node);
    s->map = maps_reorg(node->layer, s->shape, node->out);
    node->gain = 1;
    return node_check_map(node, s->map, e);
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
    maps_gather(node_first(node)->map, batch, map_factor(l), offset, node_first(node)->y, node->z);
    return 0;
}

static int backward_mapped(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)e;
    struct node_source *s = node_first(node);
    if (s->dy)
        maps_scatter(s->map, batch, map_factor(node->layer), node->dy, s->dy, s->add);
    return 0;
}

const struct node_kind node_upsample = {nodes_map_upsample, forward_mapped,   backward_mapped,
                                        node_never_passes,  .sum = NODE_ADDS, .pairs = output_pairs};
const struct node_kind node_reorg = {nodes_map_reorg,   forward_mapped,   backward_mapped,
                                     node_never_passes, .sum = NODE_ADDS, .pairs = input_pairs};
const struct node_kind node_crop = {nodes_map_crop,    forward_mapped,   backward_mapped,
                                    node_never_passes, .sum = NODE_ADDS, .pairs = output_pairs};
