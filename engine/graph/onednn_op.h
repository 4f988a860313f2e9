/* What the files onednn*.c share; included by no other file: how an op is described to oneDNN, bound to its
 * buffers and run. A maker calls onednn_describe, then binds ends and arguments, then onednn_finish. */
#ifndef ISPLIT_GRAPH_ONEDNN_OP_H
#define ISPLIT_GRAPH_ONEDNN_OP_H

#include <dnnl.h>

#include "graph/onednn.h"

/* At most: source, weights, bias, addend, destination, workspace, scratchpad. */
enum { ONEDNN_ARGS = 7 };

struct onednn {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    int batch;
    bool dry; /* ops are described and counted: nothing is allocated, packed or compiled */
    size_t scratch_bytes, shared_bytes; /* that the ops need */
    void *scratch;
    void *shared;   /* gradients of weights on their way to the caller's layout, one op's at a time */
    size_t made[2]; /* bytes of the two, mapped: a scratchpad of Winograd is large, and often little used */
};

struct onednn_op {
    struct onednn_op *first; /* runs first into the same destination, to which this one adds; or NULL */
    dnnl_primitive_desc_t description;
    dnnl_primitive_t primitive;
    /* Its ends: the caller's buffer and, where the implementation wants another layout, a buffer of our own
     * with the reorder between the two. */
    struct onednn_end {
        dnnl_memory_t outer, inner; /* the same object where no reorder is needed */
        dnnl_memory_t
            reordered; /* what the reorder reads or writes: inner, or a four-dimensional view of it */
        dnnl_primitive_t reorder;
        void *buffer;
    } from, to, beside;      /* beside: the second source of a gradient of weights */
    bool shares;             /* to.inner is in the place all ops share */
    dnnl_primitive_t repack; /* from weights in their plain layout, at whatever place, to `weights` */
    dnnl_memory_t plain;
    dnnl_memory_t weights, bias, add, workspace, scratch;
    void *weights_buffer, *bias_buffer, *workspace_buffer;
    bool owns_weights, owns_workspace; /* else they are another op's */
    dnnl_exec_arg_t args[ONEDNN_ARGS];
    int args_n;
    size_t bytes, packing_bytes;
    char implementation[64];
};

int onednn_failed(struct error *e, const char *what, dnnl_status_t status); /* -1 */

dnnl_data_type_t onednn_type(enum number type);
dnnl_memory_desc_t onednn_tensor(const struct onednn *dn, struct tensor t, bool any);

/* What a layer is to oneDNN. Fills the operation's descriptor, with the buffers' own layouts or with
 * `any`. `training`: the forward pass that a gradient's description needs as a hint. */
struct onednn_description;
typedef dnnl_status_t onednn_fill(const struct onednn *dn, const struct onednn_description *of, bool any,
                                  dnnl_op_desc_t out, bool training);

enum onednn_layouts {
    ONEDNN_OWN,       /* as the buffers are */
    ONEDNN_ANY,       /* as the library likes them best */
    ONEDNN_OWN_OR_ANY /* own, or any where only slow reference code exists for own */
};

struct onednn_description {
    onednn_fill *forward;
    onednn_fill *gradient;            /* NULL: the forward pass itself */
    const struct onednn_layer *layer; /* of ops with weights, or */
    const struct onednn_pool *pool;
    enum onednn_algorithm algorithm; /* of a convolution */
    const dnnl_memory_desc_t
        *packed; /* of a connected layer: its weights' layout; NULL: the library's choice */
    enum onednn_layouts layouts;
    bool sum;                      /* append the addition of the destination's present content */
    const dnnl_memory_desc_t *add; /* append the addition of a tensor of this layout; or NULL */
    bool rectify;                  /* append leaky relu */
    float slope;
};
int onednn_describe(struct onednn *dn, struct onednn_op *op, const struct onednn_description *d,
                    struct error *e);

/* The layout the described primitive wants. */
const dnnl_memory_desc_t *onednn_asked(const struct onednn_op *op, dnnl_query_t query);

bool onednn_is_reference(const struct onednn_op *op);

int onednn_memory(struct onednn *dn, const dnnl_memory_desc_t *md, void *buffer, dnnl_memory_t *out,
                  struct error *e);

/* Zeroed memory for md, counted among the op's bytes, and the memory object over it. */
int onednn_capacity(struct onednn *dn, struct onednn_op *op, const dnnl_memory_desc_t *md, void **buffer,
                    dnnl_memory_t *out, struct error *e);
/* The same, not zeroed: for what a reorder writes whole. */
int onednn_capacity_unset(struct onednn *dn, struct onednn_op *op, const dnnl_memory_desc_t *md,
                          void **buffer, dnnl_memory_t *out, struct error *e);

/* Binds both ends to the caller's buffers; the queries name the layouts the implementation wants there. */
int onednn_bind_ends(struct onednn *dn, struct onednn_op *op, dnnl_query_t from_query, struct tensor from,
                     const void *read, dnnl_query_t to_query, struct tensor to, void *written,
                     struct error *e);

/* Copies `source`, laid out as `plain`, into `packed`; for a dry op only computes what that takes. */
int onednn_pack(struct onednn *dn, struct onednn_op *op, const dnnl_memory_desc_t *plain, const void *source,
                const dnnl_memory_desc_t *wanted, dnnl_memory_t packed, struct error *e);

/* Binds one end that the op reads. */
int onednn_bind(struct onednn *dn, struct onednn_op *op, struct onednn_end *end, dnnl_query_t query,
                struct tensor t, const void *read, struct error *e);

/* The same again and again, for an op whose weights change. */
int onednn_pack_again(struct onednn *dn, struct onednn_op *op, const dnnl_memory_desc_t *plain,
                      const void *source, struct error *e);

/* None where the op is dry. */
int onednn_reorder(struct onednn *dn, const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *to,
                   dnnl_primitive_t *out, struct error *e);

void onednn_argument(struct onednn_op *op, int name, dnnl_memory_t memory);

/* Gives the op another primitive with the same ends and weights; takes ownership of its description. */
int onednn_replace(struct onednn *dn, struct onednn_op *op, dnnl_primitive_desc_t description,
                   struct error *e);

/* The end of every maker: the op if all its parts could be made, else NULL with everything freed. */
struct onednn_op *onednn_finish(struct onednn *dn, struct onednn_op *op, bool complete, struct error *e);

#endif
