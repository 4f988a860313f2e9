/* One layer inside a graph: its buffers, its ops, and where its gradient goes. Layer kinds differ only in
 * their rows of struct node_kind. */
#ifndef ISPLIT_GRAPH_NODE_H
#define ISPLIT_GRAPH_NODE_H

#include <stdbool.h>

#include "base/error.h"
#include "graph/graph.h"
#include "graph/kernels.h"
#include "graph/norm.h"
#include "graph/onednn.h"
#include "graph/tensor.h"
#include "net/net.h"

struct node_kind;

/* A tensor the node reads. */
struct node_source {
    int layer; /* its number, or NET_INPUT; skipping layers that are not run */
    struct tensor shape;
    const void *y; /* [batch][...] */
    void *dy;      /* where its gradient goes; NULL: not needed */
    bool add;      /* another node has written there: add, do not overwrite */
    bool late;     /* the source adds it itself: from `spare`, or from this node's dy where it is sparse */
    bool pooled;   /* the same of a max-pool, whose dy and winners say all of it */
    bool shared;   /* dy is this node's own dy: the gradient passes unchanged, nothing to do */
    struct map *map;
};

struct node {
    const struct net_layer *layer;
    const struct node_kind *kind;
    bool on_path;        /* the score depends on it: it runs forward */
    bool needs_gradient; /* it is listed, or a listed layer lies before it */
    bool listed;
    bool trains;      /* its parameters change */
    bool by_batch;    /* and its batch norm goes by the batch's own statistics */
    bool passed_over; /* its readers read its source instead; no gradient */

    enum net_act act;  /* from z to y: the layer's, or linear where that acts on `made` */
    struct tensor out; /* of z, y and dy, [batch][...] each */
    void *z;           /* before the activation; y itself where it is not kept */
    void *y;
    void *dy;     /* gradient of the score by y, then by z */
    int capacity; /* of dy in the graph's arena, or -1 */
    /* What the primitive writes: z, except before a blur, which reads made_y (nodes_blur.c), and before a
     * batch norm of its own, which reads made_z (nodes_norm.c). Where both follow, the batch norm writes
     * made_normed; else that is made_z. */
    struct tensor made;
    void *made_z, *made_normed, *made_y, *made_dy;

    struct node_source *sources; /* [layer->inputs_n] */

    bool fused;          /* the forward op applies the activation */
    double gain, offset; /* |z| <= gain * |x| + offset, whichever x; infinite where make does not say it: then
                            every pass looks at z (graph/finite.h) */
    bool watched;        /* in this pass z may overflow */
    bool apart;          /* relu has been taken out of the primitive, and is applied after it */
    /* A convolution whose output is only read by the shortcut after it computes that one's output, and has
     * none of its own. */
    struct node *joins;
    bool joined;                         /* by the layer before it */
    enum onednn_algorithm algorithms[3]; /* of a convolution, by enum onednn_pass */
    struct onednn_op *forward, *backward;
    struct onednn_op *parameters; /* their gradient */
    struct norm *norm;            /* where batch norm is not folded */
    void *spare;                  /* where backward writes a result that is to be added */
    struct kernels_more more;     /* what is still to be added to dy when its turn comes; step 0: nothing */
    float *scale;                 /* batchnorm: [2][c], its scale, then its shift */
};

/* What backward does where another node has already written to the source's dy. */
enum node_sum {
    NODE_ADDS,       /* it adds */
    NODE_USES_SPARE, /* it writes to node->spare, which is added then */
    NODE_SPARSE      /* it adds: dy to every stride-th pixel of every such row, and nothing to the others */
};

/* Which primitive of oneDNN the node is. */
enum node_primitive { NODE_OWN_CODE, NODE_POOLS, NODE_CONVOLVES, NODE_DECONVOLVES, NODE_CONNECTS };

/* One row a layer kind (net/layers.h), and one for what a kind becomes in a special case. */
struct node_kind {
    /* Makes ops and maps; y, z, dy and the sources' buffers are known. */
    int (*make)(struct onednn *dn, struct node *node, const struct net_params *params, struct error *e);
    /* z from the sources' y. */
    int (*forward)(struct onednn *dn, struct node *node, int batch, struct error *e);
    /* The sources' dy from dy, which holds the gradient by z. May overwrite dy. Sources are handled from the
     * last to the first. */
    int (*backward)(struct onednn *dn, struct node *node, int batch, struct error *e);
    /* Whether the gradient by that source is dy, unchanged. */
    bool (*passes)(const struct node *node, int source);
    /* made_dy from dy, the gradient by z, before backward; NULL: they are the same. */
    void (*prepare)(struct node *node, int batch);
    enum node_sum sum;
    enum node_primitive primitive;
    bool fuses; /* forward applies a piecewise linear activation itself, where its sources have one layout */
    bool sums;  /* its outputs are sums, kept in full precision where they are the scores */
    /* Upper bound of the pairs in the maps of its sources; NULL: no maps. */
    int64_t (*pairs)(const struct node *node);
};

const struct node_kind *node_kind_of(const struct net_layer *layer);

/* Of a layer whose batch norm trains and is not folded. */
const struct node_kind *node_kind_of_normed(const struct net_layer *layer);

/* Whether the output equals the source, element by element: y is the source's y. */
bool node_repeats(const struct node *node);

/* A layer with weights as oneDNN sees it, without its weights and bias, and which kind of these it is. */
struct onednn_layer node_geometry(const struct node *node);
enum onednn_kind node_weighted(const struct node *node);

/* A max-pool as oneDNN sees it. */
struct onednn_pool node_pool(const struct node *node);

/* Whether it is a primitive with weights. */
static inline bool node_has_weights(const struct node *node)
{
    return node->kind->primitive >= NODE_CONVOLVES;
}

/* Upper bound of the pairs in the maps of the node's sources; no maps are made. */
int64_t node_map_pairs(const struct node *node);

#endif
