/* Grad-CAM importance of one layer (Selvaraju et al. 2017, eq. 1; I-SPLIT, Cunico et al. 2022):
 *     alpha_k = mean_ij G_kij      M_ij = relu( mean_k alpha_k A_kij )      I = mean_ij M_ij
 * with the sum over k in place of its mean for REDUCE_SUM. */
#ifndef ISPLIT_GRAPH_GRADCAM_H
#define ISPLIT_GRAPH_GRADCAM_H

#include "graph/tensor.h"
#include "net/definition.h"

/* I of each image into importance[batch]; a: activation A, laid out as `t`; alpha: [batch][channels, whole
 * blocks] of its gradient, as from kernels_end. `scratch` has gradcam_scratch_bytes() bytes,
 * aligned for doubles. The result does not depend on the number of threads. */
void gradcam_weigh(struct tensor t, int batch, enum reduce reduce, const void *a, const float *alpha,
                   void *scratch, float *importance);

/* M of image `n` of a batch into map[h][w]. Its mean is that image's I up to rounding: the same sums, added
 * up in another order. */
void gradcam_weigh_map(struct tensor t, int n, enum reduce reduce, const void *a, const float *alpha,
                       float *map);

size_t gradcam_scratch_bytes(struct tensor t, int batch);

#endif
