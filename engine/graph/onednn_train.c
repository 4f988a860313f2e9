/* Weights that change: their gradient, and packing them again. */
#include <string.h>

#include "base/memory.h"
#include "graph/onednn_fill.h"

/* The gradient of the weights, in the layout the implementation wants, and from there into the caller's plain
 * one. It lives only until then: all ops share the place. */
static int bind_weights(struct onednn *dn, struct onednn_op *op, const dnnl_memory_desc_t *plain, float *dw,
                        struct error *e)
{
    const dnnl_memory_desc_t *wanted = onednn_asked(op, dnnl_query_diff_weights_md);
    struct onednn_end *to = &op->to;
    if (onednn_memory(dn, plain, dw, &to->outer, e) < 0)
        return -1;
    to->inner = to->outer;
    if (dnnl_memory_desc_equal(plain, wanted))
        return 0;
    size_t bytes = dnnl_memory_desc_get_size(wanted);
    dn->shared_bytes = bytes > dn->shared_bytes ? bytes : dn->shared_bytes;
    op->shares = true;
    to->inner = NULL;
    if (onednn_memory(dn, wanted, DNNL_MEMORY_NONE, &to->inner, e) < 0)
        return -1;
    to->reordered = to->inner;
    return onednn_reorder(dn, wanted, plain, &to->reorder, e);
}

struct onednn_op *onednn_parameters(struct onednn *dn, enum onednn_kind kind, const struct onednn_layer *l,
                                    enum onednn_algorithm algorithm, const void *x, const void *dy, float *dw,
                                    float *db, struct error *e)
{
    struct onednn_op *op = memory_new(1, sizeof *op);
    const dnnl_memory_desc_t plain = onednn_plain_weights(kind, l, NUMBER_F32), bias = onednn_bias(l);
    bool complete = onednn_describe_pass(dn, op, kind, l, ONEDNN_PARAMETERS, algorithm, e) == 0 &&
                    onednn_bind(dn, op, &op->from, dnnl_query_src_md, l->in, x, e) == 0 &&
                    onednn_bind(dn, op, &op->beside, dnnl_query_diff_dst_md, l->out, dy, e) == 0 &&
                    bind_weights(dn, op, &plain, dw, e) == 0 &&
                    onednn_memory(dn, &bias, db, &op->bias, e) == 0;
    onednn_argument(op, DNNL_ARG_SRC, op->from.inner);
    onednn_argument(op, DNNL_ARG_DIFF_DST, op->beside.inner);
    onednn_argument(op, DNNL_ARG_DIFF_WEIGHTS, op->to.inner);
    onednn_argument(op, DNNL_ARG_DIFF_BIAS, op->bias);
    return onednn_finish(dn, op, complete, e);
}

int onednn_repack(struct onednn *dn, enum onednn_kind kind, const struct onednn_layer *l,
                  struct onednn_op *op, struct error *e)
{
    const dnnl_memory_desc_t plain = onednn_plain_weights(kind, l, NUMBER_F32);
    if (op->bias_buffer)
        memcpy(op->bias_buffer, l->bias, (size_t)l->out.c * sizeof *l->bias);
    if (!op->owns_weights) /* the forward op's */
        return 0;
    return onednn_pack_again(dn, op, &plain, l->weights, e);
}
