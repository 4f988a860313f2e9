#include "race/confidence_set.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/* deviation[n][n]: the standard deviation over the draws of each difference. */
static void deviations_of_pairs(const double *draws, int draws_n, int n, double *deviation)
{
    for (int d = 0; d < draws_n; d++)
        for (int i = 0; i < n; i++)
            for (int k = 0; k < i; k++) {
                double apart =
                    draws[(size_t)d * (size_t)n + (size_t)i] - draws[(size_t)d * (size_t)n + (size_t)k];
                deviation[i * n + k] += apart * apart;
            }
    for (int i = 0; i < n; i++)
        for (int k = 0; k < i; k++)
            deviation[i * n + k] = deviation[k * n + i] = sqrt(deviation[i * n + k] / draws_n);
}

/* The largest studentised difference between two members. *lower: the member below. Two that do not vary
 * against each other are as far apart as can be, if they differ. */
static double range_of(const double *values, const int *member, int members, const double *deviation, int n,
                       int *lower)
{
    double most = -1;
    for (int i = 0; i < members; i++)
        for (int k = 0; k < i; k++) {
            double apart = values[member[i]] - values[member[k]], off = deviation[member[i] * n + member[k]];
            double t = off > 0 ? fabs(apart) / off : apart != 0 ? INFINITY : 0;
            if (t <= most)
                continue;
            most = t;
            *lower = apart < 0 ? i : k;
        }
    return most;
}

/* The p-value of the hypothesis that all members are equal; *worst: who leaves if not. */
static double test_equality(const double *estimate, const double *draws, int draws_n, const int *member,
                            int members, const double *deviation, int n, int *worst)
{
    double seen = range_of(estimate, member, members, deviation, n, worst);
    int beyond = 0, any;
    for (int d = 0; d < draws_n; d++)
        beyond += range_of(draws + (size_t)d * (size_t)n, member, members, deviation, n, &any) >= seen;
    return (beyond + 1.0) / (draws_n + 1.0);
}

void confidence_set(const double *estimate, const double *draws, int draws_n, int n, double *p)
{
    int *member = memory_new((size_t)n, sizeof *member);
    double *deviation = memory_new(memory_product((size_t)n, (size_t)n), sizeof *deviation);
    double highest = 0;
    deviations_of_pairs(draws, draws_n, n, deviation);
    for (int i = 0; i < n; i++)
        member[i] = i;
    for (int members = n; members > 1; members--) {
        int worst = 0;
        double equal = test_equality(estimate, draws, draws_n, member, members, deviation, n, &worst);
        highest = fmax(highest, equal);
        p[member[worst]] = highest;
        member[worst] = member[members - 1];
    }
    if (n > 0)
        p[member[0]] = 1;
    free(deviation);
    free(member);
}
