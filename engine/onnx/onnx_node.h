/* A node of the model as the functions that read one see it: its inputs, attributes, and complaints about it.
 */
#ifndef ISPLIT_ONNX_ONNX_NODE_H
#define ISPLIT_ONNX_ONNX_NODE_H

#include "onnx/onnx_graph.h"

/* "MODEL: node 'NAME' (OPERATOR): ..."; returns -1. */
int onnx_node_refuse(const struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));

const char *onnx_node_operator(const Onnx__NodeProto *node); /* never NULL */

/* The name of its first output, which is what other nodes know it by. Never NULL. */
const char *onnx_node_output(const Onnx__NodeProto *node);

/* The i-th input, or NULL where it is left out. Unless `onnx_node_check` refused, every named input is a
 * value. */
const struct onnx_value *onnx_node_input(const struct onnx_graph *g, const Onnx__NodeProto *node, size_t i);
int onnx_node_check(const struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e);

const Onnx__AttributeProto *onnx_node_attribute(const Onnx__NodeProto *node, const char *name); /* or NULL */
int64_t onnx_node_int(const Onnx__NodeProto *node, const char *name, int64_t otherwise);
double onnx_node_float(const Onnx__NodeProto *node, const char *name, double otherwise);
bool onnx_node_is(const Onnx__NodeProto *node, const char *name, const char *text, const char *otherwise);

/* Integers that are an attribute or, where the node has no such attribute, its i-th input, a constant: fills
 * out[max]. How many; -1: there are none, or more, or ones that are not known before the network runs. */
int onnx_node_ints(const struct onnx_graph *g, const Onnx__NodeProto *node, const char *name, size_t i,
                   int64_t *out, int max);

/* An axis that may count from behind, from 0 to rank - 1; -1: there is no such axis. */
int onnx_node_axis(int64_t axis, int rank);

/* Results under the name of the node's first output. A constant takes `folded`. `like` may be the same value
 * under another name. 0, or -1 where the name is taken or the size overflows. */
int onnx_node_give(struct onnx_graph *g, const Onnx__NodeProto *node, const struct onnx_value *like,
                   struct error *e);

/* An operation on the tensors `a` and, unless NULL, `b`: `op` has the rest, and `dims` of the result, `rank`
 * of them. */
int onnx_node_give_op(struct onnx_graph *g, const Onnx__NodeProto *node, struct onnx_op *op, int rank,
                      const int64_t *dims, struct error *e);
/* The same under the name of the i-th output, which must be there. */
int onnx_node_give_part(struct onnx_graph *g, const Onnx__NodeProto *node, size_t i, struct onnx_op *op,
                        int rank, const int64_t *dims, struct error *e);

#endif
