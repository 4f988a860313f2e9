/* Operations that are parts of one Darknet layer: batch norm and activation of the layer before, a
 * normalisation of the input. */
#ifndef ISPLIT_ONNX_ONNX_MERGE_H
#define ISPLIT_ONNX_ONNX_MERGE_H

#include "onnx/onnx_graph.h"

/* Counts the uses of what leads to `output` (0: nothing does), and merges: what became a part of another
 * operation has its number in `into`. An affine first operation becomes a part of the input, whose `affine`
 * it then is. */
void onnx_merge(struct onnx_graph *g, int output);

/* The operation that `number` is, or of which it became a part. */
int onnx_merge_root(const struct onnx_graph *g, int number);

#endif
