/* A map times a gate: one factor a channel, one a pixel, or one a number, as the gate's shape says. Loops run
 * over whole images, so results do not depend on the number of threads. */
#ifndef ISPLIT_GRAPH_KERNELS_GATE_H
#define ISPLIT_GRAPH_KERNELS_GATE_H

#include "graph/tensor.h"

struct gate {
    struct tensor gate, map; /* gate: [C][1][1], [1][H][W] or [C][H][W] */
};

/* y = gate * x, or y += that; x and y have the map's shape. */
void gate_multiply(const struct gate *g, int batch, const void *gate, const void *x, void *y, bool add);

/* dgate = the sum of dy * x over the numbers that each factor multiplies, or dgate += that. */
void gate_sum(const struct gate *g, int batch, const void *dy, const void *x, void *dgate, bool add);

#endif
