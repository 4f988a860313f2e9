/* A graph whose operations are merged as a Darknet network. */
#ifndef ISPLIT_ONNX_ONNX_WRITE_H
#define ISPLIT_ONNX_ONNX_WRITE_H

#include <stdio.h>

#include "onnx/onnx_graph.h"
#include "onnx/onnx_import.h"

/* The cfg; sets the layer of each operation. -1: an operation that has no layer, named by its node. */
int onnx_write_cfg(struct onnx_graph *g, int output, FILE *out, struct error *e);

/* The weights file, after the cfg. -1: a number that is not finite, or what a full disk says. */
int onnx_write_weights(const struct onnx_graph *g, int output, FILE *out, onnx_written *written, void *data,
                       struct error *e);

/* Whether an operation's layer has batch norm: an addition alone is a bias. */
bool onnx_write_normalises(const struct onnx_op *op);

/* Whether the operation is written, as a layer of its own. */
bool onnx_write_has_layer(const struct onnx_graph *g, int number);

#endif
