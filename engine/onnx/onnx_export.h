/* Writes a Darknet network, or a half, as an ONNX model: the reverse of onnx/onnx_import.h. Batch norm is
 * folded into the weights; dropout, cost and identities are left out. The model holds the network's numbers
 * once in memory. */
#ifndef ISPLIT_ONNX_ONNX_EXPORT_H
#define ISPLIT_ONNX_ONNX_EXPORT_H

#include <stdio.h>

#include "base/error.h"
#include "net/net.h"
#include "net/weights.h"

/* What the model's output is. */
enum onnx_output {
    ONNX_OUTPUT_MAP,  /* channels, rows, columns: what a head sends, as the tail's input is declared */
    ONNX_OUTPUT_LIST, /* numbers */
};

/* 0 where all of a network's layers can be written; else -1 with the first that cannot, and why. */
int onnx_export_possible(const struct net *net, struct error *e);

/* Writes the model; `doc` tells what it is, and `info` is what weights_check found in the file. -1: it cannot
 * be written, or not in the format's 2 GiB; folding makes a number too large, by its layer; or the weights
 * cannot be read. Write errors are kept by the stream. */
int onnx_export(const struct net *net, const char *weights, const struct weights_info *info,
                enum onnx_output output, const char *doc, FILE *out, struct error *e);

#endif
