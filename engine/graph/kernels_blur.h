/* The blur of net/blur.h and its gradient, each channel alone. Loops run over whole images, so results do not
 * depend on the number of threads. */
#ifndef ISPLIT_GRAPH_KERNELS_BLUR_H
#define ISPLIT_GRAPH_KERNELS_BLUR_H

#include "graph/tensor.h"
#include "net/net.h"

/* `l` has the window's side and its steps. in, out: of x and y, with blocks of as many channels. */
void blur_forward(const struct net_layer *l, struct tensor in, struct tensor out, int batch, const void *x,
                  void *y);

/* dx from dy. */
void blur_gradient(const struct net_layer *l, struct tensor in, struct tensor out, int batch, const void *dy,
                   void *dx);

#endif
