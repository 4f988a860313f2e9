/* The stopping rule: measuring ends when the best pick is stable (--until-stable P). The decision is made on
 * prefixes of the measuring order only, at points fixed before the first image, so it depends neither on
 * timing nor on the batch nor on the order in which results arrive. The rows reported are those of that
 * prefix, as -n would give them.
 *
 * Points: whole rounds of the classes, from STOPPING_ROUND images a class and STOPPING_IMAGES together on,
 * the number of rounds growing by a quarter each time. The full set of images is no point: stopping there
 * would save nothing.
 *
 * Rule: at one of the points the best layer of the curve (or none) is the best in all but a small share of
 * its resamples. boundary.h says how small, for a share that is the error of a test of normal means; with few
 * rows resamples are too sure of themselves, so that a look at n images is allowed n / (n + STOPPING_IMAGES)
 * of it. Then the chance of a wrong stop over all looks is at most 1 - P, as simulated in
 * tests/unit/test_stopping.c. There are enough resamples that STOPPING_DIFFER may differ, but at most
 * STOPPING_RESAMPLES; a look ends as soon as too many of the first of them do. */
#ifndef ISPLIT_CURVE_STOPPING_H
#define ISPLIT_CURVE_STOPPING_H

#include <stdbool.h>

#include "curve/excluded.h"
#include "curve/stability.h"
#include "data/dataset.h"

enum { STOPPING_ROUND = 5, STOPPING_IMAGES = 50, STOPPING_DIFFER = 10, STOPPING_RESAMPLES = 10000 };

struct stopping {
    double wanted;     /* P */
    const long *order; /* [order_n], the caller's */
    long order_n;
    long *points; /* [points_n] lengths of prefixes, ascending */
    int points_n;
    double error; /* share of resamples that may differ at a look at very many images */
    long passed;  /* the caller's: there is no look at so many images or fewer (curve/confirmation.h) */

    double share;  /* pick share that the next look asks for, or, after the last one, that it asked for */
    int resamples; /* of that look */

    struct excluded excluded;

    int looks;            /* finished looks */
    long settled_n;       /* leading images of the order that are measured or excluded */
    struct curve *prefix; /* rows of the next or last point */
    struct stability *job;
    int curve_i; /* the curve being looked at */
    bool stable;
    double lowest; /* where stable: the lowest pick share of the curves at the last look */
};

/* order[n] as order_make gives it, or the first of it. NULL where there is no memory for so many layers and
 * outputs. */
struct stopping *stopping_new(double wanted, const struct dataset_image *images, const long *order,
                              long order_n, int layers, int outputs, struct error *e);
void stopping_free(struct stopping *u);

/* An image that will not be measured, and why; ignored where it is not in the order. */
void stopping_exclude(struct stopping *u, long image, enum exclusion exclusion);

enum stopping_state {
    STOPPING_WAITS, /* more rows are needed, or no points are left */
    STOPPING_WORKS, /* a look is under way: step again */
    STOPPING_STABLE,
};

/* Looks, where all images before the next point are measured (`c` has their rows) or lost. chosen[n], each
 * [outputs]: the classes of each curve whose pick is to be stable. `rows` as for stability_step. */
enum stopping_state stopping_step(struct stopping *u, const struct curve *c, const bool *const *chosen, int n,
                                  long rows);

/* When stable: how many images of the order that took, and how many of these were excluded. */
long stopping_images(const struct stopping *u);
long stopping_excluded(const struct stopping *u, enum exclusion exclusion);

/* When not stable and no more rows come: the reason, on the rows in `c`: "not stable at 0.95 before all 400
 * images (5 looks, the last of which asked for 98.9 %)". New string. */
char *stopping_unstable(const struct stopping *u, const struct curve *c);

/* When stable: the prefix's rows as a curve of its own, owned by the caller. */
struct curve *stopping_take(struct stopping *u);

#endif
