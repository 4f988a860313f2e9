#include "race/ranks.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/quantile.h"
#include "curve/order.h"

/* ---- One set of cuts, nothing missing -------------------------------------------------------------- */

/* rank[n] from 1; equal values share the mean of their places. */
static void mid_ranks(const double *x, int n, double *rank)
{
    for (int i = 0; i < n; i++) {
        double below = 0, equal = 0;
        for (int j = 0; j < n; j++) {
            below += x[j] < x[i];
            equal += x[j] == x[i];
        }
        rank[i] = below + (equal + 1) / 2;
    }
}

static double pearson(const double *x, const double *y, int n)
{
    double mean_x = 0, mean_y = 0, xx = 0, yy = 0, xy = 0;
    for (int i = 0; i < n; i++) {
        mean_x += x[i] / n;
        mean_y += y[i] / n;
    }
    for (int i = 0; i < n; i++) {
        xx += (x[i] - mean_x) * (x[i] - mean_x);
        yy += (y[i] - mean_y) * (y[i] - mean_y);
        xy += (x[i] - mean_x) * (y[i] - mean_y);
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : NAN;
}

static double spearman(const double *x, const double *y, int n)
{
    double *ranks = memory_new(memory_product(2, (size_t)n), sizeof *ranks);
    mid_ranks(x, n, ranks);
    mid_ranks(y, n, ranks + n);
    double r = pearson(ranks, ranks + n, n);
    free(ranks);
    return r;
}

static int ranks_sign(double difference)
{
    return (difference > 0) - (difference < 0);
}

static double kendall(const double *x, const double *y, int n)
{
    double both = 0, in_x = 0, in_y = 0; /* in_x: pairs that are not tied in x */
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++) {
            int a = ranks_sign(x[i] - x[j]), b = ranks_sign(y[i] - y[j]);
            both += a * b;
            in_x += a != 0;
            in_y += b != 0;
        }
    return in_x > 0 && in_y > 0 ? both / sqrt(in_x * in_y) : NAN;
}

static double partial(const double *x, const double *y, const double *depth, int n)
{
    double xy = spearman(x, y, n), xd = spearman(x, depth, n), yd = spearman(y, depth, n);
    /* A depth that is the same everywhere has no order to remove. */
    if (isnan(xy) || isnan(xd) || isnan(yd))
        return xy;
    double left = (1 - xd * xd) * (1 - yd * yd);
    return left > 1e-12 ? fmax(-1, fmin((xy - xd * yd) / sqrt(left), 1)) : NAN;
}

static double ranks_of(enum rank_measure measure, const double *x, const double *y, const double *depth,
                       int n)
{
    if (n < RANKS_CUTS)
        return NAN;
    if (measure == RANKS_PARTIAL)
        return partial(x, y, depth, n);
    return measure == RANKS_KENDALL ? kendall(x, y, n) : spearman(x, y, n);
}

/* ---- Missing values, and intervals ----------------------------------------------------------------- */

/* The complete cuts: kept[3][n] has x, y and depth of the first *kept_n. New array. */
static double *keep_complete(enum rank_measure measure, const double *x, const double *y, const double *depth,
                             int n, int *kept_n)
{
    double *kept = memory_new(memory_product(3, (size_t)n + 1), sizeof *kept);
    *kept_n = 0;
    for (int i = 0; i < n; i++) {
        double z = measure == RANKS_PARTIAL ? depth[i] : 0;
        if (isnan(x[i]) || isnan(y[i]) || isnan(z))
            continue;
        kept[*kept_n] = x[i];
        kept[n + *kept_n] = y[i];
        kept[2 * n + *kept_n] = z;
        ++*kept_n;
    }
    return kept;
}

double ranks_correlation(enum rank_measure measure, const double *x, const double *y, const double *depth,
                         int n)
{
    int kept_n;
    double *kept = keep_complete(measure, x, y, depth, n, &kept_n);
    double r = ranks_of(measure, kept, kept + n, kept + n + n, kept_n);
    free(kept);
    return r;
}

/* The correlations of the resamples of kept[3][stride], of which kept_n count; those that exist go to found.
 * Returns their number. */
static int resample(enum rank_measure measure, const double *kept, int stride, int kept_n, uint64_t seed,
                    double *found)
{
    double *drawn = memory_new(memory_product(3, (size_t)kept_n), sizeof *drawn);
    struct order_random random;
    order_random_seed(&random, seed, (uint64_t)measure);
    int n = 0;
    for (int s = 0; s < RANKS_RESAMPLES; s++) {
        for (int i = 0; i < kept_n; i++) {
            int from = (int)order_random_below(&random, (uint64_t)kept_n);
            for (int k = 0; k < 3; k++)
                drawn[k * kept_n + i] = kept[k * stride + from];
        }
        double r = ranks_of(measure, drawn, drawn + kept_n, drawn + kept_n + kept_n, kept_n);
        if (!isnan(r))
            found[n++] = r;
    }
    free(drawn);
    return n;
}

double ranks_interval(enum rank_measure measure, const double *x, const double *y, const double *depth, int n,
                      double level, uint64_t seed, double *low, double *high)
{
    int kept_n;
    double *kept = keep_complete(measure, x, y, depth, n, &kept_n);
    double r = ranks_of(measure, kept, kept + n, kept + n + n, kept_n);
    *low = *high = NAN;
    if (!isnan(r)) {
        double *found = memory_new(RANKS_RESAMPLES, sizeof *found);
        int found_n = resample(measure, kept, n, kept_n, seed, found);
        if (found_n > RANKS_RESAMPLES * 9 / 10) {
            quantile_sort(found, found_n);
            *low = quantile_of(found, found_n, (1 - level) / 2);
            *high = quantile_of(found, found_n, (1 + level) / 2);
        }
        free(found);
    }
    free(kept);
    return r;
}

/* ---- Regret ---------------------------------------------------------------------------------------- */

double ranks_regret(const double *predictor, const double *accuracy, const bool *allowed, int n)
{
    double best = -INFINITY, highest = -INFINITY, sum = 0;
    int choices = 0, picks = 0;
    for (int i = 0; i < n; i++) {
        if ((allowed && !allowed[i]) || isnan(predictor[i]) || isnan(accuracy[i]))
            continue;
        choices++;
        best = fmax(best, accuracy[i]);
        if (picks == 0 || predictor[i] > highest) {
            highest = predictor[i];
            sum = picks = 0;
        }
        if (predictor[i] == highest) {
            sum += accuracy[i];
            picks++;
        }
    }
    return choices < 2 ? NAN : fmax(best - sum / picks, 0); /* picks may tie to within rounding */
}
