/* Batch norm in training: a layer whose output is normalised by the batch's own statistics, and the gradient
 * through them. With u the layer's sums, m and v their mean and mean square deviation over a channel of the
 * batch, and d(v) what the network's formula divides by (net/batch_norm.h):
 *     z = scale * (u - m) / d(v) + bias
 * (Ioffe and Szegedy 2015; there d(v) is sqrt(v + epsilon) always.) */
#ifndef ISPLIT_GRAPH_NORM_H
#define ISPLIT_GRAPH_NORM_H

#include <stdbool.h>

#include "graph/tensor.h"
#include "net/params.h"

struct norm;

/* NULL without memory. */
struct norm *norm_new(struct tensor shape, int batch, const struct net_params *p);
void norm_free(struct norm *n);

/* Other numbers. */
void norm_put(struct norm *n, const struct net_params *p);

/* Whether the passes from now on normalise by the batch's statistics; else by the running ones. */
void norm_go_by_batch(struct norm *n, bool by_batch);

/* The last pass's statistics, [c] each. */
void norm_of_batch(const struct norm *n, const float **mean, const float **variance);

/* z from u; z may be u where no gradient follows. */
void norm_forward(struct norm *n, const float *u, float *z);

/* The gradient by u from dz, that by z; du may be dz. Then norm_parameters has those by scale and bias. */
void norm_backward(struct norm *n, const float *dz, const float *u, float *du, bool add);
void norm_parameters(const struct norm *n, float *scale, float *bias);

#endif
