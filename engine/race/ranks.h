/* How well a predictor orders the split points: its rank correlation with the measured accuracy, and what
 * following it costs. All arrays are [n], one number a cut; NaN is a missing value, and a cut that lacks one
 * of the values in question is left out. Higher counts as better: negate a predictor of which lower is
 * better. */
#ifndef ISPLIT_RACE_RANKS_H
#define ISPLIT_RACE_RANKS_H

#include <stdbool.h>
#include <stdint.h>

enum { RANKS_CUTS = 4, RANKS_RESAMPLES = 2000 };

enum rank_measure {
    RANKS_SPEARMAN, /* Pearson's correlation of the mid-ranks (Spearman 1904) */
    RANKS_KENDALL,  /* tau-b (Kendall, Biometrika 1945): ties in either count in the denominator */
    RANKS_PARTIAL,  /* Spearman's with `depth` removed: (r_xy - r_xd r_yd) / sqrt((1 - r_xd^2)(1 - r_yd^2)) */
};

/* NaN where fewer than RANKS_CUTS cuts have all values, where x or y is the same at all of them, and where x
 * or y orders the cuts as `depth` does, up to direction, so that nothing is left. `depth` is read by
 * RANKS_PARTIAL only, and may be NULL otherwise. */
double ranks_correlation(enum rank_measure measure, const double *x, const double *y, const double *depth,
                         int n);

/* The same with a percentile bootstrap interval (Efron 1979): RANKS_RESAMPLES draws of the cuts, with their
 * values, with replacement; the same seed gives the same interval. It holds the draw of the cuts, as if they
 * came from many of their kind. It does not hold what another draw of images or another start would have
 * measured. The ends are NaN where there is no correlation, or where a tenth or more of the resamples has
 * none. */
double ranks_interval(enum rank_measure measure, const double *x, const double *y, const double *depth, int n,
                      double level, uint64_t seed, double *low, double *high);

/* Regret: the highest accuracy of the allowed cuts less the accuracy at the cut with the highest predictor,
 * of those where both are known; 0 or more. Where the predictor has several highest, the mean of theirs,
 * since the predictor leaves the choice to chance. allowed[n]: within the user's limits; NULL: all. NaN with
 * fewer than two cuts to choose from. */
double ranks_regret(const double *predictor, const double *accuracy, const bool *allowed, int n);

#endif
