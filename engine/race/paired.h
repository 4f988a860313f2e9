/* Two networks, or one before and after a change, on the same images: what each got right is paired, and only
 * the images on which they differ tell them apart. And the interval of a single share. */
#ifndef ISPLIT_RACE_PAIRED_H
#define ISPLIT_RACE_PAIRED_H

#include <stdint.h>

/* right[n] of both, 0 or 1 for each image. *gained: wrong before and right after; *lost: the other way. */
void paired_count(const uint8_t *before, const uint8_t *after, long n, long *gained, long *lost);

/* The change of accuracy, (gained - lost) / n, with the score interval for a difference of paired proportions
 * (Tango, Statistics in Medicine 1998, eq. 3, with the restricted estimate of his appendix): all differences
 * that the score test does not reject, within -1 and 1. `level`: 0.95 for a two-sided 95 % interval, of which
 * each end alone is a one-sided 97.5 % bound. n > 0, gained + lost <= n; low and high may be NULL. */
double paired_change(long gained, long lost, long n, double level, double *low, double *high);

/* One-sided p of the hypothesis that the accuracy falls by `drop` or more, above 0: of Tango's score
 * statistic at that change. A small one shows that it falls by less. Counts may lie between whole numbers:
 * what more images would give. */
double paired_falls(double gained, double lost, double n, double drop);

/* McNemar's exact test of no change, two-sided: twice the smaller tail of a binomial of gained + lost trials
 * of probability 1/2, at most 1 (Psychometrika 1947; 1 where no image differs). */
double paired_mcnemar(long gained, long lost);

/* The share k / n with Wilson's score interval (JASA 1927), which stays within 0 and 1. k may lie between
 * whole numbers: a mean over starts. n > 0; low and high may be NULL. */
double paired_share(double k, double n, double level, double *low, double *high);

/* The difference of two shares, a - b, that were not measured on the same images: {value, low, high} of each
 * gives the difference's interval (Newcombe, Statistics in Medicine 1998, method 10, for Wilson's intervals;
 * the method of variance estimates recovery of Zou and Donner, 2008, for others). NaN where one has no
 * interval. */
double paired_apart(const double a[3], const double b[3], double *low, double *high);

#endif
