/* From the nodes of a model to operations: one function an operator. Each gives the node's result; -1:
 * refused, with the node's name and operator. */
#ifndef ISPLIT_ONNX_ONNX_LOWER_H
#define ISPLIT_ONNX_ONNX_LOWER_H

#include "onnx/onnx_node.h"

typedef int onnx_lower_node(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e);

/* All nodes of the model, from its input to its output: *output is the operation that makes it. */
int onnx_lower(struct onnx_graph *g, int *output, struct error *e);

/* The i-th input where it is no constant, in the shape [batch][C][H][W] or [batch][numbers] of the operation
 * that makes it; NULL: refused. */
const struct onnx_value *onnx_lower_tensor(const struct onnx_graph *g, const Onnx__NodeProto *node, size_t i,
                                           struct error *e);
/* The same where it must be a map, [batch][C][H][W]. */
const struct onnx_value *onnx_lower_map(const struct onnx_graph *g, const Onnx__NodeProto *node, size_t i,
                                        struct error *e);

/* The result is the first input, as it is or in another shape. */
int onnx_lower_same(struct onnx_graph *g, const Onnx__NodeProto *node, const struct onnx_value *v,
                    struct error *e);

/* y = scale * x + shift of each channel, with arrays [channels] or single numbers (n = 1). */
int onnx_lower_affine(struct onnx_graph *g, const Onnx__NodeProto *node, const struct onnx_value *x,
                      const double *scale, const double *shift, int n, struct error *e);

/* onnx_window.c: convolutions and pools */
onnx_lower_node onnx_lower_conv, onnx_lower_maxpool, onnx_lower_avgpool, onnx_lower_global_max,
    onnx_lower_pad;
/* onnx_whole.c: what reads whole maps */
onnx_lower_node onnx_lower_gemm, onnx_lower_matmul, onnx_lower_global, onnx_lower_reduce_mean,
    onnx_lower_concat, onnx_lower_split, onnx_lower_slice, onnx_lower_softmax, onnx_lower_resize,
    onnx_lower_reshape, onnx_lower_identity, onnx_lower_cast, onnx_lower_transpose;
/* onnx_elementwise.c */
onnx_lower_node onnx_lower_batchnorm, onnx_lower_add, onnx_lower_mul, onnx_lower_act, onnx_lower_clip;

#endif
