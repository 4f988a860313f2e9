#include "race/confidence_set.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/* The mean of values[member[0]], values[member[1]], ... */
static double mean_of(const double *values, const int *member, int members)
{
    double sum = 0;
    for (int k = 0; k < members; k++)
        sum += values[member[k]];
    return sum / members;
}

/* deviation[members]: the standard deviation over the draws of each member's distance below the mean. */
static void measure_deviations(const double *draws, int draws_n, int n, const int *member, int members,
                               double *deviation)
{
    for (int k = 0; k < members; k++)
        deviation[k] = 0;
    for (int d = 0; d < draws_n; d++) {
        const double *drawn = draws + (size_t)d * (size_t)n;
        double mean = mean_of(drawn, member, members);
        for (int k = 0; k < members; k++)
            deviation[k] += (mean - drawn[member[k]]) * (mean - drawn[member[k]]);
    }
    for (int k = 0; k < members; k++)
        deviation[k] = sqrt(deviation[k] / draws_n);
}

/* T_max of the values: the member that is furthest below the mean, in its deviations. One that does not vary
 * at all is as far as can be, if it is below, and so is the mean of equal ones if none varies. */
static double furthest(const double *values, const int *member, int members, const double *deviation,
                       int *which)
{
    double mean = mean_of(values, member, members), most = -INFINITY;
    for (int k = 0; k < members; k++) {
        double below = mean - values[member[k]];
        double t = deviation[k] > 0 ? below / deviation[k] : below > 0 ? INFINITY : 0;
        if (t > most) {
            most = t;
            *which = k;
        }
    }
    return most;
}

/* The p-value of the hypothesis that all members are equal; *worst: who leaves if not. */
static double test_equality(const double *estimate, const double *draws, int draws_n, int n,
                            const int *member, int members, double *deviation, int *worst)
{
    measure_deviations(draws, draws_n, n, member, members, deviation);
    double seen = furthest(estimate, member, members, deviation, worst);
    int beyond = 0, any;
    for (int d = 0; d < draws_n; d++)
        beyond += furthest(draws + (size_t)d * (size_t)n, member, members, deviation, &any) >= seen;
    return (beyond + 1.0) / (draws_n + 1.0);
}

void confidence_set(const double *estimate, const double *draws, int draws_n, int n, double *p)
{
    int *member = memory_new((size_t)n, sizeof *member);
    double *deviation = memory_new((size_t)n, sizeof *deviation);
    double highest = 0;
    for (int i = 0; i < n; i++)
        member[i] = i;
    for (int members = n; members > 1; members--) {
        int worst = 0;
        double equal = test_equality(estimate, draws, draws_n, n, member, members, deviation, &worst);
        highest = fmax(highest, equal);
        p[member[worst]] = highest;
        member[worst] = member[members - 1];
    }
    if (n > 0)
        p[member[0]] = 1;
    free(deviation);
    free(member);
}
