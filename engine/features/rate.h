/* Bytes against accuracy, or whatever else is to be had for a cost: which points are worth it, and how far
 * one curve of them lies beside another (Bjontegaard's difference). Plain arithmetic. */
#ifndef ISPLIT_FEATURES_RATE_H
#define ISPLIT_FEATURES_RATE_H

#include <stdbool.h>

/* What something costs, less is better, and what it gives, more is better. Of a way to send an image: mean
 * bytes of an image, above 0, and the share of images that come out right, 0 to 1. */
struct tradeoff {
    double cost, gain;
};

/* Whether another one costs no more for no smaller gain, and is better in one of them. */
bool rate_is_dominated(const struct tradeoff *points, int n, int i);

/* Leaves the points that none dominates, each once, ascending in cost and in gain. Returns how many. */
int rate_front(struct tradeoff *points, int n);

/* The least cost that reaches the gain; NaN: none does. */
double rate_cheapest(const struct tradeoff *points, int n, double gain);

/* How many more bytes a curve takes than the reference for the same share: 0.5 is half as many more, -0.2 a
 * fifth fewer. Bjontegaard's difference of rates (VCEG-M33, 2001), with PCHIP (Fritsch and Butland 1984) in
 * place of the cubic, as JCTVC-L1100 has it: the mean of log bytes over the shares from `low` to `high`,
 * which both curves reach; exp of the difference of the means, less 1. */
struct rate_difference {
    double rate, low, high; /* all NaN where nothing overlaps */
};

/* Of two fronts, as rate_front leaves them. One of fewer than 2 points is no curve. */
struct rate_difference rate_bjontegaard(const struct tradeoff *curve, int n, const struct tradeoff *reference,
                                        int reference_n);

#endif
