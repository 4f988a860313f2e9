#include "curve/curve_stats.h"

#include <float.h>
#include <math.h>

/* The continued fraction DLMF 8.17.22, by Lentz's method (Thompson and Barnett 1986). It converges
 * fast for x < (a + 1) / (a + b + 2), in some sqrt(max(a, b)) steps. */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1;
    double d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double value = d;
    for (int m = 1; m < 100000; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        const double terms[2] = {even, odd};
        double step = 1;
        for (int i = 0; i < 2; i++) {
            d = 1 + terms[i] * d;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = 1 + terms[i] / c;
            c = fabs(c) < tiny ? tiny : c;
            step = d * c;
            value *= step;
        }
        if (fabs(step - 1) < 1e-15)
            break;
    }
    return value;
}

double curve_stats_beta(double a, double b, double x, double y)
{
    if (x <= 0)
        return 0;
    if (y <= 0)
        return 1;
    int sign; /* lgamma's own is a global */
    double pareto =
        exp(lgamma_r(a + b, &sign) - lgamma_r(a, &sign) - lgamma_r(b, &sign) + a * log(x) + b * log(y));
    if (x < (a + 1) / (a + b + 2))
        return pareto * beta_fraction(a, b, x) / a;
    return 1 - pareto * beta_fraction(b, a, y) / b;
}

/* P(|T| <= t) (Abramowitz and Stegun 26.7.1). */
static double student_within(double t, double df)
{
    if (isinf(df))
        return erf(t / sqrt(2));
    double whole = df + t * t;
    return curve_stats_beta(0.5, df / 2, t * t / whole, df / whole);
}

/* Its derivative, twice the density. */
static double student_slope(double t, double df)
{
    if (isinf(df))
        return sqrt(2 / M_PI) * exp(-t * t / 2);
    double scale = lgamma((df + 1) / 2) - lgamma(df / 2) - log(df * M_PI) / 2;
    return 2 * exp(scale - (df + 1) / 2 * log1p(t * t / df));
}

/* By Newton's method from 0: the distribution is concave from there on, so no step leads too far, and one
 * that does is rounding. */
static double student_quantile(double level, double df)
{
    enum { STEPS_MOST = 200 };
    double t = 0;
    for (int i = 0; i < STEPS_MOST; i++) {
        double step = (level - student_within(t, df)) / student_slope(t, df);
        if (!(step > t * DBL_EPSILON))
            break;
        t += step;
    }
    return t;
}

/* Where lgamma begins to lose digits, from the normal quantile (Abramowitz and Stegun 26.7.5, two terms). */
double curve_stats_student(double level, double df)
{
    if (df < 1e5)
        return student_quantile(level, df);
    double z = student_quantile(level, INFINITY), z2 = z * z;
    return z + z * (z2 + 1) / (4 * df) + z * ((5 * z2 + 16) * z2 + 3) / (96 * df * df);
}

double curve_stats_binomial_tail(long k, long n, double p)
{
    if (k <= 0)
        return 1;
    if (k > n)
        return 0;
    return curve_stats_beta((double)k, (double)(n - k) + 1, p, 1 - p); /* Abramowitz and Stegun 26.5.24 */
}
