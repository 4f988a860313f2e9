/* Looks in one precision, and the pick in another (--look bf16): where the stopping rule has found the pick
 * stable on rows that are cheap, a few of the images are measured exactly, and the pick must hold with their
 * differences, too.
 *
 * A class's mean is that of all its cheap rows plus the mean difference of its images that have both: the
 * difference estimator of double sampling (Cochran, Sampling Techniques, 3rd ed. 1977, chapter 12, with a
 * slope of 1), which has no error of the cheap arithmetic left. Both parts are resampled, so that differences
 * that scatter, or too few of them, are no confirmation. It stands for the look at that number of images,
 * and asks for as much. */
#ifndef ISPLIT_CURVE_CONFIRMATION_H
#define ISPLIT_CURVE_CONFIRMATION_H

#include <stdbool.h>

#include "curve/stopping.h"

/* Images measured exactly: of each class as many, together so many at least. */
enum { CONFIRMATION_ROUND = 2, CONFIRMATION_IMAGES = 32 };

struct confirmation {
    long images;  /* that have rows of both kinds */
    double share; /* of resamples, of the corrected curve's pick; the lowest of all curves; NaN: not known */
    bool holds;   /* it is the look's pick, for each curve */
};

/* How many of the first images of order[n] are to be measured exactly, for those of the chosen classes of
 * which `look` has rows. */
long confirmation_images(const struct curve *look, const bool *chosen, const long *order, long n);

/* u: a rule that is stable on the rows of `look`. exact: rows of some of these images, of the same layers and
 * classes. chosen[n]: the curves, as the rule looked at them. */
struct confirmation confirmation_make(const struct stopping *u, struct curve *look, const struct curve *exact,
                                      const bool *const *chosen, int n);

/* values[layers]: the corrected curve of some classes, NaN where a layer has no value. */
void confirmation_curve(const struct curve *look, const struct curve *exact, const bool *chosen,
                        double *values);

#endif
