/* Arithmetic on constants, as exporters leave it in a model: sizes from Shape, Gather and Concat, tensors
 * behind an Identity or a Reshape. */
#ifndef ISPLIT_ONNX_ONNX_FOLD_H
#define ISPLIT_ONNX_ONNX_FOLD_H

#include "onnx/onnx_node.h"

/* Where the result of the node is known before the network runs, gives it and returns 1; 0: it is not, or by
 * an operator that is not folded; -1: error. */
int onnx_fold(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e);

/* The dims of a value of v's numbers in the shape that Reshape, Flatten, Squeeze or Unsqueeze say, into *v.
 * 1; 0: it is none of these; -1: error. */
int onnx_fold_reshape(const struct onnx_graph *g, const Onnx__NodeProto *node, struct onnx_value *v,
                      struct error *e);

/* Gives the node the numbers of v, under another name. Folded ones are copied, as each value owns its own. 1
 * or -1. */
int onnx_fold_alias(struct onnx_graph *g, const Onnx__NodeProto *node, struct onnx_value v, struct error *e);

#endif
