/* How stable the best pick is: the bootstrap of a curve. Rows are resampled within each chosen class, classes
 * keep their weights in the curve, and the shares are the fractions of resamples in which a layer is the best
 * candidate, and in which it is a candidate at all.
 *
 * A class of n rows gives n - 1 draws with replacement: then the variance of the resampled mean is s^2 / n,
 * as in the curve's intervals; n draws would give (n - 1) / n of it, a large error with few images a class
 * (McCarthy, Snowden: The bootstrap and finite population sampling, 1985; Rao, Wu: Resampling inference with
 * complex survey data, JASA 1988). One row says nothing about the spread of its class: where a chosen class
 * has only one, the shares are unknown, as the intervals are.
 *
 * Every class has its own stream of random numbers and its rows are taken by image number, so the shares
 * depend on the rows, the chosen classes and the number of resamples only, and the first resamples of a
 * longer job are those of a shorter one. Sums are of doubles: exact to some 1e-11 for 10^5 rows. */
#ifndef ISPLIT_CURVE_STABILITY_H
#define ISPLIT_CURVE_STABILITY_H

#include <stdbool.h>

#include "curve/curve.h"

enum { STABILITY_RESAMPLES = 1000 };

struct stability;

/* A job on the curve's present rows; rows added later are not seen. The curve must outlive the job, or the
 * job must not be stepped again. */
struct stability *stability_new(struct curve *c, const bool *chosen, int resamples);
/* The same of rows that were measured less exactly: `exact`, borrowed, has better ones of some of the images.
 * To the mean of each class is added the mean difference of the images that have both, and both are
 * resampled. The shares are known where each chosen class has two such images. */
struct stability *stability_new_corrected(struct curve *c, const struct curve *exact, const bool *chosen,
                                          int resamples);
void stability_free(struct stability *s);

/* The whole job, with the usual number of resamples. */
struct stability *stability_compute(struct curve *c, const bool *chosen);

/* Continues for about `rows` drawn rows (a million take some 10 ms). True when it is done. The result does
 * not depend on how the work is divided. */
bool stability_step(struct stability *s, long rows);

/* Rows of the chosen classes when the job began; and how many resamples it makes. */
long stability_images(const struct stability *s);
int stability_resamples(const struct stability *s);

/* When the job is done: whether the shares are known; of each layer the share as best candidate, and as local
 * maximum, NaN where they are not, or of a layer without values; and the share without any local maximum. */
bool stability_is_known(const struct stability *s);
const double *stability_picks(const struct stability *s);
const double *stability_candidates(const struct stability *s);
double stability_none(const struct stability *s);

/* The share of resamples in which `best`, a layer or -1 for no candidate, is picked. */
double stability_share(const struct stability *s, int best);

#endif
