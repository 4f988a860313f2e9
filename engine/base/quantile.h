/* Quantiles of numbers, none of which is NaN. */
#ifndef ISPLIT_BASE_QUANTILE_H
#define ISPLIT_BASE_QUANTILE_H

/* In place, the smallest first. */
void quantile_sort(double *values, long n);

/* The p-quantile (0 to 1) of sorted[n], n > 0, interpolated between its neighbours: at (n - 1) p. */
double quantile_of(const double *sorted, long n, double p);

#endif
