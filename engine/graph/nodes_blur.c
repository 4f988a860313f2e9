/* A convolution or a max-pool with steps of one pixel, its activation, and the blur whose steps are the
 * layer's (net/blur.h). To the rest of the graph the blur is the layer's last operation: node->act is linear,
 * and the activation acts on what the primitive makes, after its batch norm where that goes by the batch. */
#include "graph/kernels_blur.h"
#include "graph/node_kinds.h"
#include "net/activations.h"

static int forward_blurred(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    const struct net_layer *l = node->layer;
    struct tensor made = node->made;
    if (node_run_forward(dn, node, batch, e) < 0)
        return -1;
    if (node->norm)
        norm_forward(node->norm, node->made_z, node->made_normed);
    kernels_activate(l->act, made.type, (size_t)batch * tensor_numbers(made), node->made_normed,
                     node->made_y);
    blur_forward(l, made, node->out, batch, node->made_y, node->z);
    return 0;
}

static void prepare_blurred(struct node *node, int batch)
{
    const struct net_layer *l = node->layer;
    struct tensor made = node->made;
    blur_gradient(l, made, node->out, batch, node->dy, node->made_dy);
    kernels_slope(l->act, made.type, (size_t)batch * tensor_numbers(made), node->made_normed, node->made_y,
                  node->made_dy);
    if (node->norm)
        norm_backward(node->norm, node->made_dy, node->made_z, node->made_dy, false);
}

const struct node_kind node_blurred_convolution = {
    node_make_weighted,         forward_blurred,        node_run_backward,          node_never_passes,
    .prepare = prepare_blurred, .sum = NODE_USES_SPARE, .primitive = NODE_CONVOLVES};
const struct node_kind node_blurred_normed = {
    node_make_normed,           forward_blurred,        node_run_backward,          node_never_passes,
    .prepare = prepare_blurred, .sum = NODE_USES_SPARE, .primitive = NODE_CONVOLVES};
const struct node_kind node_blurred_maxpool = {node_make_pool,
                                               forward_blurred,
                                               node_run_backward,
                                               node_never_passes,
                                               .prepare = prepare_blurred,
                                               .sum = NODE_USES_SPARE,
                                               .primitive = NODE_POOLS};
