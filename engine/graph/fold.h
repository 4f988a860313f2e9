/* Batch normalisation at inference is a scale and a shift for each channel; folded into the weights and
 * biases of the layer before it, it costs nothing. */
#ifndef ISPLIT_GRAPH_FOLD_H
#define ISPLIT_GRAPH_FOLD_H

#include "graph/graph.h"
#include "net/net.h"

/* scale[c], shift[c] so that the normalisation equals x * scale + shift:
 * scales * (x - mean) / batch_norm_divisor(variance) + biases. Where the layer has no batch norm: 1 and
 * biases. */
void fold_channels(const struct net_params *p, int channels, float *scale, float *shift);

/* The largest sum of the absolute weights that one output is made of. */
double fold_gain(const struct net_layer *l, const float *weights);

/* New array: the layer's weights, each multiplied by the scale of its output channel. NULL without memory. */
float *fold_weights(const struct net_layer *l, const float *weights, const float *scale);
/* The same into an array. */
void fold_weights_into(const struct net_layer *l, const float *weights, const float *scale, float *folded);

/* How a layer's weights lie: in runs of so many neighbours that belong to one output channel; the channels
 * take turns. And how many numbers these are in all. */
size_t fold_run(const struct net_layer *l);
size_t fold_numbers(const struct net_layer *l);

#endif
