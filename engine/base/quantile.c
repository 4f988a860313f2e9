#include "base/quantile.h"

#include <stdlib.h>

static int quantile_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void quantile_sort(double *values, long n)
{
    qsort(values, (size_t)n, sizeof *values, quantile_compare);
}

double quantile_of(const double *sorted, long n, double p)
{
    double at = (double)(n - 1) * p;
    long below = (long)at;
    double part = at - (double)below;
    return below + 1 < n ? sorted[below] * (1 - part) + sorted[below + 1] * part : sorted[n - 1];
}
