#include "features/rate.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/* ---- The front --------------------------------------------------------------------------------------- */

bool rate_is_dominated(const struct tradeoff *points, int n, int i)
{
    const struct tradeoff p = points[i];
    for (int k = 0; k < n; k++) {
        const struct tradeoff q = points[k];
        if (q.cost <= p.cost && q.gain >= p.gain && (q.cost < p.cost || q.gain > p.gain))
            return true;
    }
    return false;
}

/* Of equal cost the larger gain comes first. */
static int rate_compare(const void *a, const void *b)
{
    const struct tradeoff *p = a, *q = b;
    if (p->cost != q->cost)
        return p->cost < q->cost ? -1 : 1;
    return (p->gain < q->gain) - (p->gain > q->gain);
}

int rate_front(struct tradeoff *points, int n)
{
    int kept = 0;
    if (n > 0)
        qsort(points, (size_t)n, sizeof *points, rate_compare);
    for (int i = 0; i < n; i++)
        if (kept == 0 || points[i].gain > points[kept - 1].gain)
            points[kept++] = points[i];
    return kept;
}

double rate_cheapest(const struct tradeoff *points, int n, double gain)
{
    double least = NAN;
    for (int i = 0; i < n; i++)
        if (points[i].gain >= gain && !(points[i].cost >= least))
            least = points[i].cost;
    return least;
}

/* ---- Bjontegaard's difference ------------------------------------------------------------------------ */

/* log bytes as a function of the share: a cubic between each two knots that has no extreme of its own. */
struct rate_spline {
    int n;
    double *x, *y, *slope; /* [n] */
};

/* The slope at an end from the two steps next to it, that do not turn the curve (Moler, Numerical Computing
 * with MATLAB, 3.6; scipy's PchipInterpolator does the same). */
static double rate_end_slope(double h0, double h1, double d0, double d1)
{
    double slope = ((2 * h0 + h1) * d0 - h0 * d1) / (h0 + h1);
    if (slope * d0 <= 0)
        return 0;
    return d0 * d1 < 0 && fabs(slope) > 3 * fabs(d0) ? 3 * d0 : slope;
}

/* The harmonic mean of the slopes on both sides, weighted by the steps; 0 at an extreme. */
static double rate_inner_slope(double h0, double h1, double d0, double d1)
{
    if (d0 * d1 <= 0)
        return 0;
    double w0 = 2 * h1 + h0, w1 = h1 + 2 * h0;
    return (w0 + w1) / (w0 / d0 + w1 / d1);
}

static void rate_find_slopes(struct rate_spline *s)
{
    int last = s->n - 1;
    double *h = memory_new((size_t)last, sizeof *h), *d = memory_new((size_t)last, sizeof *d);
    for (int i = 0; i < last; i++) {
        h[i] = s->x[i + 1] - s->x[i];
        d[i] = (s->y[i + 1] - s->y[i]) / h[i];
    }
    for (int i = 1; i < last; i++)
        s->slope[i] = rate_inner_slope(h[i - 1], h[i], d[i - 1], d[i]);
    s->slope[0] = last > 1 ? rate_end_slope(h[0], h[1], d[0], d[1]) : d[0];
    s->slope[last] = last > 1 ? rate_end_slope(h[last - 1], h[last - 2], d[last - 1], d[last - 2]) : d[0];
    free(h);
    free(d);
}

static struct rate_spline rate_spline_make(const struct tradeoff *points, int n)
{
    struct rate_spline s = {.n = n};
    s.x = memory_new((size_t)n, sizeof *s.x);
    s.y = memory_new((size_t)n, sizeof *s.y);
    s.slope = memory_new((size_t)n, sizeof *s.slope);
    for (int i = 0; i < n; i++) {
        s.x[i] = points[i].gain;
        s.y[i] = log(points[i].cost);
    }
    rate_find_slopes(&s);
    return s;
}

static void rate_spline_free(struct rate_spline *s)
{
    free(s->x);
    free(s->y);
    free(s->slope);
}

/* Hermite's form between knots i and i + 1. */
static double rate_spline_at(const struct rate_spline *s, int i, double x)
{
    double h = s->x[i + 1] - s->x[i], t = (x - s->x[i]) / h, u = 1 - t;
    return u * u * (1 + 2 * t) * s->y[i] + t * t * (3 - 2 * t) * s->y[i + 1] +
           h * t * u * (u * s->slope[i] - t * s->slope[i + 1]);
}

/* Simpson's rule, which is exact for cubics. */
static double rate_spline_mean(const struct rate_spline *s, double low, double high)
{
    double sum = 0;
    for (int i = 0; i + 1 < s->n; i++) {
        double from = fmax(low, s->x[i]), to = fmin(high, s->x[i + 1]);
        if (from < to)
            sum += (to - from) / 6 *
                   (rate_spline_at(s, i, from) + 4 * rate_spline_at(s, i, (from + to) / 2) +
                    rate_spline_at(s, i, to));
    }
    return sum / (high - low);
}

struct rate_difference rate_bjontegaard(const struct tradeoff *curve, int n, const struct tradeoff *reference,
                                        int reference_n)
{
    struct rate_difference none = {NAN, NAN, NAN};
    if (n < 2 || reference_n < 2)
        return none;
    double low = fmax(curve[0].gain, reference[0].gain);
    double high = fmin(curve[n - 1].gain, reference[reference_n - 1].gain);
    if (!(low < high))
        return none;
    struct rate_spline a = rate_spline_make(curve, n), b = rate_spline_make(reference, reference_n);
    double log_ratio = rate_spline_mean(&a, low, high) - rate_spline_mean(&b, low, high);
    rate_spline_free(&a);
    rate_spline_free(&b);
    return (struct rate_difference){expm1(log_ratio), low, high};
}
