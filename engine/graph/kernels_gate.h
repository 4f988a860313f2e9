/* A map times a gate: one factor a channel, one a pixel, or one a number, as the gate's shape says. Loops run
 * over whole images, so results do not depend on the number of threads. */
#ifndef ISPLIT_GRAPH_KERNELS_GATE_H
#define ISPLIT_GRAPH_KERNELS_GATE_H

#include "graph/tensor.h"

/* y = gate * x, or y += that; x and y have the map's shape t, gate the shape g: [C][1][1], [1][H][W] or
 * [C][H][W]. */
void gate_multiply(struct tensor g, struct tensor t, int batch, const void *gate, const void *x, void *y,
                   bool add);

/* dgate = the sum of dy * x over the numbers that each factor multiplies, or dgate += that. */
void gate_sum(struct tensor g, struct tensor t, int batch, const void *dy, const void *x, void *dgate,
              bool add);

#endif
