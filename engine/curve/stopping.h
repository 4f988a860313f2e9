/* Measuring until the best pick is stable (--until-stable P). The decision is made on prefixes of the
 * measuring order only, at points laid down before the first image, so it depends neither on timing nor on
 * the batch nor on the order in which results arrive; and what is reported are the rows of that prefix, as -n
 * would give them.
 *
 * Points: whole rounds of the classes, from STOPPING_ROUND images a class and STOPPING_IMAGES together on,
 * the number of rounds growing by half each time. All images are no such point: then nothing is saved.
 *
 * Rule: at one of k points the best layer of the curve (or none) is the best in at least 1 - (1 - P) / k of
 * its resamples. Looking k times at P itself would stop wrongly far more often than 1 - P (Armitage,
 * McPherson, Rowe: Repeated significance tests on accumulating data, JRSS A 1969); with the allowance divided
 * evenly (Bonferroni; a spending function in the sense of Lan and DeMets, Biometrika 1983, that needs no
 * model of how the looks hang together) the chance of a wrong stop over all looks stays near 1 - P. Measured
 * in tests/unit/test_until.c. The resamples are so many that ten may differ, but at most STOPPING_RESAMPLES.
 */
#ifndef ISPLIT_CURVE_STOPPING_H
#define ISPLIT_CURVE_STOPPING_H

#include <stdbool.h>

#include "curve/excluded.h"
#include "curve/stability.h"
#include "data/dataset.h"

enum { STOPPING_ROUND = 5, STOPPING_IMAGES = 50, STOPPING_RESAMPLES = 10000 };

struct stopping {
    double wanted;     /* P */
    const long *order; /* [order_n], the caller's */
    long order_n;
    long *points; /* [points_n] lengths of prefixes, ascending */
    int points_n;
    double share;  /* that every look asks for */
    int resamples; /* of every look */

    struct excluded excluded;

    int looks;            /* that are over */
    long settled_n;       /* images of the order that are settled, without a gap */
    struct curve *prefix; /* rows of the next or last point */
    struct stability *job;
    int curve_i; /* which of the curves is being looked at */
    bool stable;
    double lowest; /* of the shares of the picks, at the last look; of those seen until one fell short */
};

/* order[n] as order_make gives it, or the first of it. */
struct stopping *stopping_new(double wanted, const struct dataset_image *images, const long *order,
                              long order_n, int layers, int outputs);
void stopping_free(struct stopping *u);

/* An image that will not be measured, and why; of no consequence where it is not in the order. */
void stopping_exclude(struct stopping *u, long image, enum exclusion exclusion);

enum stopping_state {
    STOPPING_WAITS, /* for more rows, or for ever: there are no points left */
    STOPPING_WORKS, /* a look is under way: step again */
    STOPPING_STABLE,
};

/* Looks, where all images before the next point are measured (`c` has their rows) or lost. chosen[n], each
 * [outputs]: the classes of each curve whose pick is to be stable. `rows` as for stability_step. */
enum stopping_state stopping_step(struct stopping *u, const struct curve *c, const bool *const *chosen, int n,
                                  long rows);

/* Where it is stable: how many images of the order that took, and how many of these were lost. */
long stopping_images(const struct stopping *u);
long stopping_excluded(const struct stopping *u, enum exclusion exclusion);

/* Where it is not, and nothing more comes: why, on the rows in `c`: "not stable at 0.95 before all 400 images
 * (3 looks, each of which asks for 98.33 %)". New string. */
char *stopping_unstable(const struct stopping *u, const struct curve *c);

/* Where it is stable: the prefix's rows as a curve of its own, now the caller's. */
struct curve *stopping_take(struct stopping *u);

#endif
