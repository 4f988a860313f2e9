/* Inside of onnx_export*.c: activations, and learned numbers with batch norm folded into them. */
#ifndef ISPLIT_ONNX_ONNX_EXPORT_PARTS_H
#define ISPLIT_ONNX_ONNX_EXPORT_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "net/net.h"
#include "net/params.h"
#include "onnx/onnx_model.h"

/* The activation of x. */
const char *onnx_export_act(struct onnx_model *m, enum net_act act, const char *x);

/* Batch norm, or a bias alone, as a factor and a term of channel c: y = factor * z + term. */
void onnx_export_normal(const struct net_params *p, int c, double *factor, double *term);

/* How many weights a layer has, and these and its biases with batch norm folded in. False: one is not finite.
 */
size_t onnx_export_weights_n(const struct net_layer *l);
bool onnx_export_fold(const struct net_layer *l, const struct net_params *p, float *weights, float *biases);

#endif
