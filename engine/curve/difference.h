/* Whether two curves differ: the difference of the means of two subsets of the same rows. */
#ifndef ISPLIT_CURVE_DIFFERENCE_H
#define ISPLIT_CURVE_DIFFERENCE_H

#include "curve/curve.h"
#include "curve/estimate.h"

/* out[layers]: the mean of the classes one[classes] less that of other[classes], or the difference of their
 * log10 (the log10 of their ratio), for the rows added up so far (curve_refresh).
 *
 * Both are sums over classes, sum w_c m_c with w_c = n_c / n, so the difference is sum k_c m_c with k_c = w_c
 * - w'_c, and for the logarithms k_c = (w_c / m - w'_c / m') / ln 10 (delta method). Images of classes are
 * independent: the variance is sum k_c^2 s_c^2 / n_c, with Satterthwaite's degrees of freedom as in
 * curve_compute. So images that are in both count as pairs, those that are in one as two samples. */
void curve_difference(const struct curve *c, const bool *one, const bool *other, bool logarithm,
                      struct estimate *out);

#endif
