/* Stochastic gradient descent with Nesterov's momentum (Sutskever et al. 2013, in PyTorch's form):
 *     g' = g + decay * w;  v = momentum * v + g';  w -= rate * (g' + momentum * v)
 * Every number is computed alone, so results do not depend on the number of threads. */
#ifndef ISPLIT_TRAIN_DESCENT_H
#define ISPLIT_TRAIN_DESCENT_H

#include "net/net.h"

/* One step of n numbers. */
void descent_step(double rate, float momentum, float decay, size_t n, const float *gradient, float *velocity,
                  float *numbers);

/* One step of a layer's weights; the gradient of those of a channel is multiplied by its factor first.
 * factor[channels], or NULL: 1. */
void descent_weights(double rate, float momentum, float decay, const struct net_layer *l,
                     const float *gradient, const float *factor, float *velocity, float *weights);

/* sums[channels] of gradient * weight over the weights of each channel. */
void descent_products(const struct net_layer *l, const float *gradient, const float *weights, double *sums);

#endif
