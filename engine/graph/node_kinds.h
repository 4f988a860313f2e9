/* Inside of nodes*.c: the kinds of nodes that have a file of their own, and what all of them use. */
#ifndef ISPLIT_GRAPH_NODE_KINDS_H
#define ISPLIT_GRAPH_NODE_KINDS_H

#include "graph/node.h"

/* nodes_join.c: nodes that read two tensors or more. */
extern const struct node_kind node_shortcut, node_route, node_gate;
/* nodes_map.c: fixed rearrangements. */
extern const struct node_kind node_crop, node_upsample, node_reorg;
/* nodes_blur.c: what is made with steps of one pixel, and then blurred. */
extern const struct node_kind node_blurred_convolution, node_blurred_normed, node_blurred_maxpool;

static inline struct node_source *node_first(struct node *node)
{
    return &node->sources[0];
}

/* Passes dy to a source unchanged. */
void node_pass(const struct node *node, struct node_source *s, int batch);

/* For struct node_kind. node_make_no_larger has nothing to make. node_make_weighted, node_make_normed (with
 * a batch norm of its own behind it) and node_make_pool make the primitives, which write made_z and read
 * made_dy; node_run_forward and node_run_backward run them. */
bool node_never_passes(const struct node *node, int source);
int node_make_no_larger(struct onednn *dn, struct node *node, const struct net_params *p, struct error *e);
int node_make_weighted(struct onednn *dn, struct node *node, const struct net_params *p, struct error *e);
int node_make_normed(struct onednn *dn, struct node *node, const struct net_params *p, struct error *e);
int node_make_pool(struct onednn *dn, struct node *node, const struct net_params *p, struct error *e);
int node_run_forward(struct onednn *dn, struct node *node, int batch, struct error *e);
int node_run_backward(struct onednn *dn, struct node *node, int batch, struct error *e);

/* The answer of a maker of maps: an error where there was no memory for one. */
int node_check_map(const struct node *node, const struct map *map, struct error *e);

#endif
