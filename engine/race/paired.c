#include "race/paired.h"

#include <math.h>

#include "curve/curve_stats.h"

void paired_count(const uint8_t *before, const uint8_t *after, long n, long *gained, long *lost)
{
    *gained = *lost = 0;
    for (long i = 0; i < n; i++) {
        *gained += !before[i] && after[i];
        *lost += before[i] && !after[i];
    }
}

/* Tango's statistic for a true difference `delta`; falls as delta grows. q is the share of lost images that
 * is most likely where the difference is delta: the larger root of 2 n q^2 + B q - lost * delta * (1 -
 * delta). */
static double paired_score(double gained, double lost, double n, double delta)
{
    double B = (2 * n - gained + lost) * delta - gained - lost;
    double C = -lost * delta * (1 - delta);
    double q = (sqrt(fmax(B * B - 8 * n * C, 0)) - B) / (4 * n);
    double variance = n * (2 * q + delta * (1 - delta));
    double distance = gained - lost - n * delta;
    if (variance > 0)
        return distance / sqrt(variance);
    return distance > 0 ? INFINITY : distance < 0 ? -INFINITY : 0;
}

/* The difference between -1 and 1 where the statistic passes z. */
static double paired_end(double gained, double lost, double n, double z)
{
    double low = -1, high = 1;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        if (middle <= low || middle >= high)
            break;
        if (paired_score(gained, lost, n, middle) > z)
            low = middle;
        else
            high = middle;
    }
    return z > 0 ? low : high;
}

double paired_change(long gained, long lost, long n, double level, double *low, double *high)
{
    double a = (double)gained, b = (double)lost, all = (double)n;
    double z = curve_stats_student(level, INFINITY);
    if (low)
        *low = paired_end(a, b, all, z);
    if (high)
        *high = paired_end(a, b, all, -z);
    return (a - b) / all;
}

double paired_falls(double gained, double lost, double n, double drop)
{
    return erfc(paired_score(gained, lost, n, -drop) / sqrt(2)) / 2;
}

double paired_mcnemar(long gained, long lost)
{
    long more = gained > lost ? gained : lost;
    return fmin(2 * curve_stats_binomial_tail(more, gained + lost, 0.5), 1);
}

double paired_share(double k, double n, double level, double *low, double *high)
{
    double z = curve_stats_student(level, INFINITY), share = k / n;
    double whole = n + z * z, middle = (k + z * z / 2) / whole;
    double half = z / whole * sqrt(k * (1 - share) + z * z / 4);
    if (low)
        *low = k <= 0 ? 0 : middle - half;
    if (high)
        *high = k >= n ? 1 : middle + half;
    return share;
}

double paired_apart(const double a[3], const double b[3], double *low, double *high)
{
    double difference = a[0] - b[0];
    *low = difference - hypot(a[0] - a[1], b[2] - b[0]);
    *high = difference + hypot(a[2] - a[0], b[0] - b[1]);
    return difference;
}
