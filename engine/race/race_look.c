#include "race/race_look.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "curve/curve_stats.h"
#include "curve/order.h"
#include "race/paired.h"

/* With x[i][r][j] = 1 where start r of cut i was right on image j, R starts and n images:
 *
 *     start      mean square between a cut's starts: E = (variance of starts) + residual
 *     residual   the interaction of start and image, of one start's mean: what the images alone let starts
 * differ image      covariance over images of the means over starts: E of its diagonal = images + residual /
 * R gain       variance over cuts of what they gained in their last stage, shrunk to the stage looked at
 *     gain_noise the part of it that the images explain */
struct race_look {
    int cuts, stage;
    long images;
    const int *last;
    int *last_copy;
    int *starts;      /* [cuts] R: those that had not failed in the cut's last stage */
    double *accuracy; /* [cuts] */
    float *right;     /* [cuts][images] mean over the starts, less the accuracy */
    double *image;    /* [cuts][cuts], of cuts at the stage looked at */
    double start, residual, start_df;
    double remaining; /* rho + ... + rho^(F - stage) */
    double gain, gain_noise, gain_df;
};

/* ---- Measuring ------------------------------------------------------------------------------------- */

static uint8_t *const *look_results(const struct race_rules *rules, uint8_t *const *record, int cut,
                                    int stage)
{
    return record + ((size_t)stage * (size_t)rules->cuts + (size_t)cut) * (size_t)rules->starts;
}

/* mean[images]: the share that was right of the cut's starts that have a result of stage `of`. How many those
 * are. */
static int mean_of_starts(const struct race_rules *rules, uint8_t *const *record, int cut, int stage, int of,
                          float *mean)
{
    uint8_t *const *right = look_results(rules, record, cut, stage);
    uint8_t *const *there = look_results(rules, record, cut, of);
    int starts = 0;
    for (int r = 0; r < rules->starts; r++)
        starts += there[r] != NULL;
    for (long j = 0; j < rules->images; j++) {
        int sum = 0;
        for (int r = 0; r < rules->starts; r++)
            sum += there[r] ? right[r][j] : 0;
        mean[j] = (float)sum / (float)starts;
    }
    return starts;
}

static double mean_of_row(const float *row, long n)
{
    double sum = 0;
    for (long j = 0; j < n; j++)
        sum += (double)row[j];
    return sum / (double)n;
}

/* The cut's accuracy and centred row. *between: sum of squares between its starts; *within: of the
 * interaction, by x^2 = x. */
static void look_measure_cut(struct race_look *l, const struct race_rules *rules, uint8_t *const *record,
                             int cut, double *between, double *within)
{
    float *row = l->right + (size_t)cut * (size_t)l->images;
    uint8_t *const *right = look_results(rules, record, cut, l->last[cut]);
    l->starts[cut] = mean_of_starts(rules, record, cut, l->last[cut], l->last[cut], row);
    double accuracy = l->accuracy[cut] = mean_of_row(row, l->images);
    double squares = 0, spread = 0;
    for (int r = 0; r < rules->starts; r++) {
        long sum = 0;
        for (long j = 0; right[r] && j < l->images; j++)
            sum += right[r][j];
        double own = (double)sum / (double)l->images - accuracy;
        squares += right[r] ? own * own : 0;
    }
    for (long j = 0; j < l->images; j++) {
        spread += l->starts[cut] * (double)row[j] * (1 - (double)row[j]);
        row[j] -= (float)accuracy;
    }
    *between += squares;
    *within += spread - (double)l->images * squares;
}

static void look_measure_starts(struct race_look *l, const struct race_rules *rules, uint8_t *const *record)
{
    double between = 0, within = 0, n = (double)l->images;
    for (int i = 0; i < l->cuts; i++) {
        l->accuracy[i] = NAN;
        if (l->last[i] < 0)
            continue;
        look_measure_cut(l, rules, record, i, &between, &within);
        l->start_df += l->starts[i] - 1;
    }
    if (l->start_df > 0 && l->images > 1) {
        l->start = between / l->start_df;
        l->residual = within / (l->start_df * (n - 1) * n);
    }
}

static void look_measure_images(struct race_look *l)
{
    double n = (double)l->images;
    for (int i = 0; i < l->cuts; i++)
        for (int k = 0; k <= i && l->last[i] == l->stage; k++) {
            if (l->last[k] != l->stage)
                continue;
            const float *a = l->right + (size_t)i * (size_t)l->images,
                        *b = l->right + (size_t)k * (size_t)l->images;
            double sum = 0;
            for (long j = 0; j < l->images; j++)
                sum += (double)(a[j] * b[j]);
            double covariance = l->images > 1 ? sum / (n * (n - 1)) : 0;
            l->image[i * l->cuts + k] = l->image[k * l->cuts + i] = covariance;
        }
}

/* gains[group_n][images], less their mean over the group: those that raced in stage t. Returns group_n. */
static int gains_of_group(const struct race_look *l, const struct race_rules *rules, uint8_t *const *record,
                          int t, int *group, float *gains, float *before)
{
    int n = 0;
    for (int i = 0; i < l->cuts; i++) {
        if (l->last[i] < t)
            continue;
        float *gain = gains + (size_t)n * (size_t)l->images;
        mean_of_starts(rules, record, i, t, t, gain);
        mean_of_starts(rules, record, i, t - 1, t, before);
        for (long j = 0; j < l->images; j++)
            gain[j] -= before[j];
        group[n++] = i;
    }
    for (long j = 0; j < l->images; j++) {
        float mean = 0;
        for (int k = 0; k < n; k++)
            mean += gains[(size_t)k * (size_t)l->images + (size_t)j] / (float)n;
        for (int k = 0; k < n; k++)
            gains[(size_t)k * (size_t)l->images + (size_t)j] -= mean;
    }
    return n;
}

/* Every cut counts at its last stage t, shrunk by rho^(stage - t). */
static void look_measure_gains(struct race_look *l, const struct race_rules *rules, uint8_t *const *record)
{
    float *gains = memory_new(memory_product((size_t)l->cuts + 1, (size_t)l->images), sizeof *gains);
    float *before = gains + (size_t)l->cuts * (size_t)l->images;
    int *group = memory_new((size_t)l->cuts, sizeof *group);
    double n = (double)l->images;
    for (int t = 1; t <= l->stage; t++) {
        int group_n = gains_of_group(l, rules, record, t, group, gains, before);
        double shrunk = pow(rules->shrink, 2.0 * (l->stage - t));
        for (int k = 0; k < group_n; k++) {
            if (l->last[group[k]] != t)
                continue;
            const float *gain = gains + (size_t)k * (size_t)l->images;
            double own = mean_of_row(gain, l->images), squares = 0;
            for (long j = 0; j < l->images; j++)
                squares += ((double)gain[j] - own) * ((double)gain[j] - own);
            l->gain += shrunk * own * own;
            l->gain_noise += shrunk * squares / ((n - 1) * n);
            l->gain_df += 1 - 1.0 / group_n;
        }
    }
    if (l->gain_df > 0) {
        l->gain /= l->gain_df;
        l->gain_noise /= l->gain_df;
    }
    free(group);
    free(gains);
}

struct race_look *race_look_new(const struct race_rules *rules, uint8_t *const *record, const int *last,
                                int stage)
{
    struct race_look *l = memory_new(1, sizeof *l);
    size_t cuts = (size_t)rules->cuts;
    *l = (struct race_look){.cuts = rules->cuts, .images = rules->images, .stage = stage};
    l->last = l->last_copy = memory_new(cuts, sizeof *l->last_copy);
    for (int i = 0; i < rules->cuts; i++)
        l->last_copy[i] = last[i];
    l->starts = memory_new(cuts, sizeof *l->starts);
    l->accuracy = memory_new(cuts, sizeof *l->accuracy);
    l->right = memory_new(memory_product(cuts, (size_t)rules->images), sizeof *l->right);
    l->image = memory_new(memory_product(cuts, cuts), sizeof *l->image);
    for (int t = stage + 1; t < rules->stages; t++)
        l->remaining += pow(rules->shrink, t - stage);
    look_measure_starts(l, rules, record);
    look_measure_images(l);
    if (l->remaining > 0 && rules->images > 1)
        look_measure_gains(l, rules, record);
    return l;
}

void race_look_free(struct race_look *l)
{
    if (!l)
        return;
    free(l->last_copy);
    free(l->starts);
    free(l->accuracy);
    free(l->right);
    free(l->image);
    free(l);
}

double race_look_accuracy(const struct race_look *l, int cut)
{
    return l->accuracy[cut];
}

bool race_look_knows(const struct race_look *l)
{
    return l->images > 1 && l->start_df >= 1 && (l->remaining <= 0 || l->gain_df > 0.99);
}

/* ---- Two cuts --------------------------------------------------------------------------------------- */

/* The standard error of the difference at the end, with Satterthwaite's degrees of freedom (Biometrics 1946):
 * the images' part has many, and a part that is taken out of a measured one takes none of its uncertainty
 * away. */
static double error_of_difference(const struct race_look *l, int a, int b, double *df)
{
    const double *v = l->image;
    double image = v[a * l->cuts + a] + v[b * l->cuts + b] - 2 * v[a * l->cuts + b];
    double weight = 1.0 / l->starts[a] + 1.0 / l->starts[b], lag = 2 * l->remaining * l->remaining;
    double start = weight * l->start;
    double variance = fmax(image - weight * l->residual, 0) + start + lag * fmax(l->gain - l->gain_noise, 0);
    double uncertain = start * start / l->start_df;
    if (lag > 0)
        uncertain += lag * l->gain * lag * l->gain / l->gain_df;
    *df = uncertain > 0 ? fmax(variance * variance / uncertain, 1) : INFINITY;
    return sqrt(variance);
}

double race_look_doubt(const struct race_look *l, int cut, int rival, double lead)
{
    if (!race_look_knows(l))
        return 1;
    double df, error = error_of_difference(l, cut, rival, &df);
    double below = lead - (l->accuracy[cut] - l->accuracy[rival]);
    if (!(error > 0) || below <= 0)
        return 1;
    double t = below / error;
    if (isinf(df))
        return erfc(t / sqrt(2)) / 2;
    double whole = df + t * t;
    return curve_stats_beta(df / 2, 0.5, df / whole, t * t / whole) / 2;
}

double race_look_reach(const struct race_look *l, int cut, int rival, double error)
{
    if (!race_look_knows(l))
        return NAN;
    double df, deviation = error_of_difference(l, cut, rival, &df);
    return l->accuracy[cut] - l->accuracy[rival] + curve_stats_student(1 - 2 * error, df) * deviation;
}

void race_look_interval(const struct race_look *l, int cut, double level, double *low, double *high)
{
    *low = *high = NAN;
    if (l->last[cut] < 0 || l->start_df < 1)
        return;
    double p = l->accuracy[cut], n = (double)l->images;
    double starts = fmax(l->start - l->residual, 0) / l->starts[cut];
    double half = curve_stats_student(level, l->start_df) * sqrt(starts);
    paired_share(p * n, n, level, low, high);
    *low = fmax(p - hypot(p - *low, half), 0);
    *high = fmin(p + hypot(*high - p, half), 1);
}

/* ---- Draws ------------------------------------------------------------------------------------------ */

/* Between -1 and 1. */
static double draw_uniform(struct order_random *random)
{
    return ((double)(order_random_next(random) >> 11) + 0.5) / 4503599627370496.0 - 1;
}

/* Marsaglia and Bray 1964, one of the two numbers. */
static double draw_normal(struct order_random *random)
{
    double a, square;
    do {
        a = draw_uniform(random);
        double b = draw_uniform(random);
        square = a * a + b * b;
    } while (square >= 1);
    return a * sqrt(-2 * log(square) / square);
}

/* Chi-square over its degrees of freedom: how far a measured variance may be from the true one. */
static double draw_ratio(struct order_random *random, double df)
{
    int terms = df < 1 ? 1 : (int)df;
    double sum = 0;
    for (int i = 0; i < terms; i++) {
        double z = draw_normal(random);
        sum += z * z;
    }
    return sum / terms;
}

/* factor[n][n]: lower triangle L with L L^T = the images' covariance of who[n], which may lack rank: a
 * multiplier of each image, drawn normally, gives the means just that covariance. */
static void factor_images(const struct race_look *l, const int *who, int n, double *factor)
{
    for (int i = 0; i < n; i++)
        for (int k = 0; k <= i; k++) {
            double left = l->image[who[i] * l->cuts + who[k]];
            for (int m = 0; m < k; m++)
                left -= factor[i * n + m] * factor[k * n + m];
            double pivot = factor[k * n + k];
            if (i == k)
                factor[i * n + i] = left > 1e-12 * l->image[who[i] * l->cuts + who[i]] ? sqrt(left) : 0;
            else
                factor[i * n + k] = pivot > 0 ? left / pivot : 0;
        }
}

void race_look_draws(const struct race_look *l, const int *who, int n, uint64_t seed, int draws_n,
                     double *draws)
{
    double *factor = memory_new(memory_product((size_t)n, (size_t)n), sizeof *factor);
    double *z = memory_new((size_t)n, sizeof *z);
    struct order_random random;
    order_random_seed(&random, seed, (uint64_t)l->stage);
    factor_images(l, who, n, factor);
    for (int d = 0; d < draws_n; d++) {
        double *drawn = draws + (size_t)d * (size_t)n;
        double start = fmax(l->start / draw_ratio(&random, l->start_df) - l->residual, 0), gains = 0;
        if (l->remaining > 0)
            gains = fmax(l->gain / draw_ratio(&random, l->gain_df) - l->gain_noise, 0);
        gains = gains * l->remaining * l->remaining;
        for (int i = 0; i < n; i++)
            z[i] = draw_normal(&random);
        for (int i = 0; i < n; i++) {
            drawn[i] = sqrt(start / l->starts[who[i]] + gains) * draw_normal(&random);
            for (int k = 0; k <= i; k++)
                drawn[i] += factor[i * n + k] * z[k];
        }
    }
    free(z);
    free(factor);
}
