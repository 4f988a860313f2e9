/* The two formulas of batch norm at inference. Darknet adds a small number to the standard deviation, its
 * maintained forks (AlexeyAB, hank-ai), whose weights files have the version 0.2.5, add one to the variance.
 * With small variances the two are different networks. */
#ifndef ISPLIT_NET_BATCH_NORM_H
#define ISPLIT_NET_BATCH_NORM_H

#include <math.h>

#include "net/definition.h"

/* What the deviation from the mean is divided by. */
static inline double batch_norm_divisor(enum epsilon epsilon, float variance)
{
    double v = (double)variance;
    return epsilon == EPSILON_FORK ? sqrt(v + 1e-5) : sqrt(v) + 1e-6;
}

/* Its slope by the variance; 0 where that is 0. */
static inline double batch_norm_divisor_slope(enum epsilon epsilon, float variance)
{
    double v = (double)variance;
    return epsilon == EPSILON_FORK ? 0.5 / sqrt(v + 1e-5) : v > 0 ? 0.5 / sqrt(v) : 0;
}

/* The variance with which Darknet divides by what a fork divides by: v' with sqrt(v') + 1e-6 = sqrt(v +
 * 1e-5). It exists for every variance, because v is 0 or more. */
static inline float batch_norm_folded(float variance)
{
    double deviation = batch_norm_divisor(EPSILON_FORK, variance) - 1e-6;
    return (float)(deviation * deviation);
}

#endif
