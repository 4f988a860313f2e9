/* Weights rounded to bfloat16 so that sums over many of them stay right. Rounded to nearest, a filter's
 * errors add up to some multiple of a step, the same one in every image, times whatever its inputs have in
 * common: that does not average out. So the few weights that lie nearly half way go to the other side, until
 * the errors add up to about nothing (as in SQuant, Guo et al., ICLR 2022, over whole filters). Each weight
 * stays within a step. */
#ifndef ISPLIT_GRAPH_ROUNDING_H
#define ISPLIT_GRAPH_ROUNDING_H

#include <stddef.h>
#include <stdint.h>

/* New array of `filters` times n bfloat16; NULL without memory. The result does not depend on the number of
 * threads. */
uint16_t *rounding_halves(size_t filters, size_t n, const float *weights);

#endif
