/* The two distributions the curve needs, through the incomplete beta function. */
#ifndef ISPLIT_CURVE_CURVE_STATS_H
#define ISPLIT_CURVE_CURVE_STATS_H

/* Regularised incomplete beta function I_x(a, b); y is 1 - x, passed separately because it may be tiny. */
double curve_stats_beta(double a, double b, double x, double y);

/* Student's t: the t with P(|T| <= t) = level for df degrees of freedom (need not be an integer; infinity
 * gives the normal distribution). */
double curve_stats_student(double level, double df);

/* P(X >= k) for X binomial with n trials of probability p. */
double curve_stats_binomial_tail(long k, long n, double p);

#endif
