#include "curve/confirmation.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static int classes_with_rows(const struct curve *c, const bool *chosen)
{
    int n = 0;
    for (int i = 0; i < c->classes; i++)
        n += chosen[i] && curve_class_images(c, i) > 0;
    return n;
}

long confirmation_images(const struct curve *look, const bool *chosen, const long *order, long n)
{
    int open = classes_with_rows(look, chosen);
    long rounds = open ? (CONFIRMATION_IMAGES + open - 1) / open : 0, i = 0;
    rounds = rounds < CONFIRMATION_ROUND ? CONFIRMATION_ROUND : rounds;
    long *taken = memory_new((size_t)look->classes, sizeof *taken);
    for (; i < n && open > 0; i++) {
        long row = curve_find(look, order[i]);
        int class_index = row < 0 ? -1 : look->rows[row].class_index;
        if (row < 0 || !chosen[class_index] || taken[class_index] == rounds)
            continue;
        long all = curve_class_images(look, class_index);
        open -= ++taken[class_index] == (all < rounds ? all : rounds);
    }
    free(taken);
    return i;
}

/* Adds the differences of a class's images that have both rows; returns how many they are. */
static long add_differences(const struct curve *look, const struct curve *exact, int class_index,
                            double *sums)
{
    const uint32_t *rows = curve_class_rows(look, class_index);
    long n = 0;
    for (long i = 0; i < curve_class_images(look, class_index); i++) {
        long better = curve_find(exact, look->rows[rows[i]].image);
        for (int l = 0; l < look->layers && better >= 0; l++)
            sums[l] += (double)exact->values[better * look->layers + l] -
                       (double)look->values[(long)rows[i] * look->layers + l];
        n += better >= 0;
    }
    return n;
}

void confirmation_curve(const struct curve *look, const struct curve *exact, const bool *chosen,
                        double *values)
{
    double *differences = memory_new((size_t)look->layers, sizeof *differences);
    long images = 0;
    for (int c = 0; c < look->classes; c++)
        images += chosen[c] ? curve_class_images(look, c) : 0;
    for (int l = 0; l < look->layers; l++)
        values[l] = images ? 0 : (double)NAN;
    for (int c = 0; c < look->classes; c++) {
        double weight = (double)curve_class_images(look, c) / (double)images;
        if (!chosen[c] || weight == 0)
            continue;
        memset(differences, 0, (size_t)look->layers * sizeof *differences);
        double both = (double)add_differences(look, exact, c, differences);
        for (int l = 0; l < look->layers; l++)
            values[l] += weight * (curve_class_mean(look, c, l) + differences[l] / both);
    }
    free(differences);
}

static int corrected_pick(const struct curve *look, const struct curve *exact, const bool *chosen)
{
    double *values = memory_new((size_t)look->layers, sizeof *values);
    bool *local_max = memory_new((size_t)look->layers, sizeof *local_max);
    confirmation_curve(look, exact, chosen, values);
    curve_peaks(values, look->layers, local_max);
    int best = curve_best(values, look->layers, local_max);
    free(values);
    free(local_max);
    return best;
}

static long images_of_both(const struct curve *look, const struct curve *exact)
{
    long n = 0;
    for (long i = 0; i < exact->rows_n; i++)
        n += curve_find(look, exact->rows[i].image) >= 0;
    return n;
}

struct confirmation confirmation_make(const struct stopping *u, struct curve *look, const struct curve *exact,
                                      const bool *const *chosen, int n)
{
    struct confirmation f = {.images = images_of_both(look, exact), .share = 1, .holds = true};
    for (int i = 0; i < n && f.holds; i++) {
        int best = corrected_pick(look, exact, chosen[i]);
        struct stability *s = stability_new_corrected(look, exact, chosen[i], u->resamples);
        stability_step(s, LONG_MAX);
        double share = stability_share(s, best);
        f.holds = best == curve_pick(look, chosen[i]) && share >= u->share; /* not where unknown */
        f.share = isnan(share) || share < f.share ? share : f.share;
        stability_free(s);
    }
    return f;
}
