/* Rows with known truth, for tests of what is said about the curve's certainty. */
#ifndef ISPLIT_TESTS_SIMULATION_H
#define ISPLIT_TESTS_SIMULATION_H

#include "curve/curve.h"
#include "curve/order.h"

enum { SIMULATION_LAYERS_MAX = 20 };

/* Image i is of class i % classes. The value of layer l is
 *
 *     mean[l] * (1 + uneven * sin(3 c + l)) * exp(common * z + own * z_l - (common^2 + own^2) / 2)
 *
 * with standard normal z (of the image, the same for all layers) and z_l: log-normal, as importances are, and
 * related within an image; the mean of class c in layer l is what stands before exp. */
struct simulation {
    int layers, classes;
    long images; /* of a class */
    double mean[SIMULATION_LAYERS_MAX];
    double uneven, common, own;
};

/* Data set number `set`. New curve; the truth of a layer is simulation_truth. */
struct curve *simulation_make(const struct simulation *s, uint64_t set);
double simulation_truth(const struct simulation *s, int layer);

#endif
