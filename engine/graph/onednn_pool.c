#include "graph/onednn_op.h"

#include "base/memory.h"

/* The geometry both passes share. */
struct pooling {
    dnnl_memory_desc_t in, out;
    dnnl_alg_kind_t algorithm;
    dnnl_dims_t strides, kernel, before, after;
};

static struct pooling pooling_of(const struct onednn *dn, const struct onednn_pool *p, bool any)
{
    return (struct pooling){
        .in = onednn_tensor(dn, p->in, any),
        .out = onednn_tensor(dn, p->out, any),
        .algorithm = p->mean ? dnnl_pooling_avg_exclude_padding : dnnl_pooling_max,
        .strides = {p->stride_h, p->stride_w},
        .kernel = {p->size, p->size},
        .before = {p->pad_before, p->pad_before},
        .after = {p->pad_after, p->pad_after},
    };
}

static dnnl_status_t fill_pool(const struct onednn *dn, const struct onednn_description *of, bool any,
                               dnnl_op_desc_t d, bool training)
{
    (void)training; /* always: the gradient needs the winners */
    struct pooling p = pooling_of(dn, of->pool, any);
    return dnnl_pooling_forward_desc_init(d, dnnl_forward_training, p.algorithm, &p.in, &p.out, p.strides,
                                          p.kernel, p.before, p.after);
}

static dnnl_status_t fill_pool_gradient(const struct onednn *dn, const struct onednn_description *of,
                                        bool any, dnnl_op_desc_t d, bool training)
{
    (void)training;
    struct pooling p = pooling_of(dn, of->pool, any);
    return dnnl_pooling_backward_desc_init(d, p.algorithm, &p.in, &p.out, p.strides, p.kernel, p.before,
                                           p.after);
}

static int make_workspace(struct onednn *dn, struct onednn_op *op, struct error *e)
{
    op->owns_workspace = true;
    return onednn_capacity(dn, op, onednn_asked(op, dnnl_query_workspace_md), &op->workspace_buffer,
                           &op->workspace, e);
}

/* The winners the forward op remembers; both passes must keep them in the same form. */
static int borrow_workspace(struct onednn_op *op, const struct onednn_op *forward, struct error *e)
{
    op->workspace = forward->workspace;
    if (dnnl_memory_desc_equal(onednn_asked(op, dnnl_query_workspace_md),
                               onednn_asked(forward, dnnl_query_workspace_md)))
        return 0;
    return error_set(e, "oneDNN: the two passes of a max-pool do not fit together");
}

struct onednn_op *onednn_pool_forward(struct onednn *dn, const struct onednn_pool *p, const void *x, void *y,
                                      struct error *e)
{
    struct onednn_op *op = memory_new(1, sizeof *op);
    struct onednn_description d = {.forward = fill_pool, .pool = p, .layouts = ONEDNN_OWN_OR_ANY};
    bool complete =
        onednn_describe(dn, op, &d, e) == 0 &&
        onednn_bind_ends(dn, op, dnnl_query_src_md, p->in, x, dnnl_query_dst_md, p->out, y, e) == 0 &&
        (p->mean || make_workspace(dn, op, e) == 0);
    onednn_argument(op, DNNL_ARG_SRC, op->from.inner);
    onednn_argument(op, DNNL_ARG_DST, op->to.inner);
    if (!p->mean)
        onednn_argument(op, DNNL_ARG_WORKSPACE, op->workspace);
    return onednn_finish(dn, op, complete, e);
}

const uint8_t *onednn_pool_winners(const struct onednn *dn, const struct onednn_pool *p,
                                   const struct onednn_op *forward)
{
    dnnl_memory_desc_t bytes = onednn_tensor(dn, p->out, false);
    bytes.data_type = dnnl_u8;
    bool own = forward->from.inner == forward->from.outer && forward->to.inner == forward->to.outer;
    return own && forward->owns_workspace &&
                   dnnl_memory_desc_equal(&bytes, onednn_asked(forward, dnnl_query_workspace_md))
               ? forward->workspace_buffer
               : NULL;
}

struct onednn_op *onednn_pool_gradient(struct onednn *dn, const struct onednn_pool *p,
                                       const struct onednn_op *forward, const void *dy, void *dx,
                                       struct error *e)
{
    struct onednn_op *op = memory_new(1, sizeof *op);
    struct onednn_description d = {
        .forward = fill_pool, .gradient = fill_pool_gradient, .pool = p, .layouts = ONEDNN_OWN_OR_ANY};
    bool complete =
        onednn_describe(dn, op, &d, e) == 0 && (p->mean || borrow_workspace(op, forward, e) == 0) &&
        onednn_bind_ends(dn, op, dnnl_query_diff_dst_md, p->out, dy, dnnl_query_diff_src_md, p->in, dx, e) ==
            0;
    onednn_argument(op, DNNL_ARG_DIFF_DST, op->from.inner);
    onednn_argument(op, DNNL_ARG_DIFF_SRC, op->to.inner);
    if (!p->mean)
        onednn_argument(op, DNNL_ARG_WORKSPACE, op->workspace);
    return onednn_finish(dn, op, complete, e);
}
