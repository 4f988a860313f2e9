#include "curve/curve_stats.h"

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

double curve_stats_student(double level, double df)
{
    /* Beyond this the t and the normal quantile agree to ten digits, and lgamma loses its own. */
    if (df > 1e9)
        df = INFINITY;
    double low = 0, high = 1;
    while (student_within(high, df) < level && high < 1e18)
        high *= 2;
    for (int i = 0; i < 200; i++) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            break;
        if (student_within(middle, df) < level)
            low = middle;
        else
            high = middle;
    }
    return high;
}

double curve_stats_binomial_tail(long k, long n, double p)
{
    if (k <= 0)
        return 1;
    if (k > n)
        return 0;
    return curve_stats_beta((double)k, (double)(n - k) + 1, p, 1 - p); /* Abramowitz and Stegun 26.5.24 */
}
