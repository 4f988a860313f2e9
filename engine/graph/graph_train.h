/* Training. A graph made with graph_options.trains gives the gradients of those layers' parameters, too, and
 * takes new ones. It computes in floats, and does not look for numbers that overflow: a loss that is not
 * finite shows these. (graph_train.c) */
#ifndef ISPLIT_GRAPH_GRAPH_TRAIN_H
#define ISPLIT_GRAPH_GRAPH_TRAIN_H

#include "graph/graph.h"

/* Called for each layer that trains, from the last to the first, when its present parameters are not needed
 * any more: it may give new ones. The gradients by what the layer computes with are valid until the next
 * layer's: by the weights, in Darknet's order (net/params.h), NULL for [batchnorm]; by batch norm's scale
 * where it is not folded, else NULL; by the bias. Where batch norm goes by the running statistics it is
 * folded: they are by the folded weights and the folded bias. */
typedef int graph_gradients_call(void *user, int layer, const float *by_weights, const float *by_scale,
                                 const float *by_bias, struct error *e);

/* After graph_forward: from the gradient of a loss by the scores, [batch][classes], as graph_backward_from.
 */
int graph_backward_train(struct graph *graph, const float *gradient, graph_gradients_call *call, void *user,
                         struct error *e);

/* New parameters of a layer that trains; they are copied. */
int graph_put_params(struct graph *graph, int layer, const struct net_params *p, struct error *e);

/* Whether the forward passes from now on normalise by the batch, where graph_options.by_batch says so. */
void graph_normalise_by_batch(struct graph *graph, bool by_batch);

/* The last pass's statistics of a layer in graph_options.by_batch, [channels] each. */
void graph_statistics(const struct graph *graph, int layer, const float **mean, const float **variance);

#endif
