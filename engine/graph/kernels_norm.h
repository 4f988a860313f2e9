/* The arithmetic of batch norm by the batch's own statistics (floats only). Sums are made image by image and
 * added in their order, so that results do not depend on the number of threads. */
#ifndef ISPLIT_GRAPH_KERNELS_NORM_H
#define ISPLIT_GRAPH_KERNELS_NORM_H

#include <stdbool.h>
#include <stddef.h>

#include "graph/tensor.h"

/* Doubles of scratch the functions below need. */
size_t kernels_norm_doubles(struct tensor t, int batch);

/* mean[c] and variance[c] (the mean square of the deviations) over the batch's pixels. */
void kernels_moments(struct tensor t, int batch, const float *x, double *scratch, float *mean,
                     float *variance);

/* sum[c] of g, product[c] of g * (x - mean[c]), over the batch's pixels; mean NULL: 0. */
void kernels_products(struct tensor t, int batch, const float *g, const float *x, const float *mean,
                      double *scratch, double *sum, double *product);

/* to = a[c] * g + k[c] * x + b[c], or to += that; to may be g. */
void kernels_norm_gradient(struct tensor t, int batch, const float *a, const float *k, const float *b,
                           const float *g, const float *x, float *to, bool add);

#endif
