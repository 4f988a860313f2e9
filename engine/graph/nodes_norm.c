/* Layers whose batch norm trains apart from their weights: by the batch's own statistics, or [batchnorm]. */
#include "graph/node_kinds.h"

/* ---- A layer with weights that normalises its sums ------------------------------------------------- */

int node_make_normed(struct onednn *dn, struct node *node, const struct net_params *p, struct error *e)
{
    struct net_params bare = *p; /* the primitive makes the sums alone */
    bare.biases = bare.scales = bare.mean = bare.variance = NULL;
    node->norm = norm_new(node->made, onednn_batch(dn), p);
    if (!node->norm)
        return error_set(e, "no memory for the statistics of %d channels", node->out.c);
    return node_make_weighted(dn, node, &bare, e);
}

static int forward_normed(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    if (node_run_forward(dn, node, batch, e) < 0)
        return -1;
    norm_forward(node->norm, node->made_z, node->z);
    return 0;
}

static void prepare_normed(struct node *node, int batch)
{
    (void)batch;
    norm_backward(node->norm, node->dy, node->made_z, node->made_dy, false);
}

static const struct node_kind normed_convolution = {
    node_make_normed,          forward_normed,         node_run_backward,           node_never_passes,
    .prepare = prepare_normed, .sum = NODE_USES_SPARE, .primitive = NODE_CONVOLVES, .sums = true};
static const struct node_kind normed_deconvolution = {node_make_normed,
                                                      forward_normed,
                                                      node_run_backward,
                                                      node_never_passes,
                                                      .prepare = prepare_normed,
                                                      .sum = NODE_USES_SPARE,
                                                      .primitive = NODE_DECONVOLVES,
                                                      .sums = true};
static const struct node_kind normed_connection = {
    node_make_normed,          forward_normed,         node_run_backward,          node_never_passes,
    .prepare = prepare_normed, .sum = NODE_USES_SPARE, .primitive = NODE_CONNECTS, .sums = true};

/* ---- [batchnorm] ------------------------------------------------------------------------------------ */

static int make_norm(struct onednn *dn, struct node *node, const struct net_params *p, struct error *e)
{
    node->norm = norm_new(node->out, onednn_batch(dn), p);
    return node->norm ? 0 : error_set(e, "no memory for the statistics of %d channels", node->out.c);
}

static int forward_norm(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)batch, (void)e;
    norm_forward(node->norm, node_first(node)->y, node->z);
    return 0;
}

static int backward_norm(struct onednn *dn, struct node *node, int batch, struct error *e)
{
    (void)dn, (void)batch, (void)e;
    struct node_source *s = node_first(node);
    norm_backward(node->norm, node->dy, s->y, s->dy, s->add);
    return 0;
}

static const struct node_kind norm_alone = {make_norm, forward_norm, backward_norm, node_never_passes,
                                            .sum = NODE_ADDS};

const struct node_kind *node_kind_of_normed(const struct net_layer *layer)
{
    return layer->kind == NET_BATCHNORM         ? &norm_alone
           : layer->kind == NET_CONNECTED       ? &normed_connection
           : layer->kind == NET_DECONVOLUTIONAL ? &normed_deconvolution
           : layer->blur                        ? &node_blurred_normed
                                                : &normed_convolution;
}
