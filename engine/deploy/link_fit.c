#include "deploy/link_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/quantile.h"
#include "curve/order.h"

enum { LINK_FIT_LEAST = 3 };

/* A number of megabits a second that many bytes more in so many ms more stand for; infinite where they took
 * no time. */
static double link_fit_rate(double bytes, double ms)
{
    return ms > 0 ? 8 * bytes / ms / 1000 : INFINITY;
}

struct link_measured {
    const double *small, *large; /* sorted */
    long small_n, large_n;
    double more, least; /* bytes on the wire: of a large message more than of a small one; of a small one and
                           a reply */
};

static void link_fit_medians(const struct link_measured *m, const double *small, const double *large,
                             double *mbit_s, double *rtt_ms)
{
    double quick = quantile_of(small, m->small_n, 0.5);
    *mbit_s = link_fit_rate(m->more, quantile_of(large, m->large_n, 0.5) - quick);
    *rtt_ms = fmax(quick - 8 * m->least / (*mbit_s * 1000), 0);
}

static void link_fit_draw(struct order_random *random, const double *values, long n, double *drawn)
{
    for (long i = 0; i < n; i++)
        drawn[i] = values[order_random_below(random, (uint64_t)n)];
    quantile_sort(drawn, n);
}

static void link_fit_intervals(const struct link_measured *m, double *mbit_s, double *rtt_ms)
{
    double *small = memory_new((size_t)m->small_n, sizeof *small),
           *large = memory_new((size_t)m->large_n, sizeof *large);
    double *rates = memory_new(LINK_FIT_RESAMPLES, sizeof *rates),
           *trips = memory_new(LINK_FIT_RESAMPLES, sizeof *trips);
    struct order_random random;
    order_random_seed(&random, 0, 0);
    for (int i = 0; i < LINK_FIT_RESAMPLES; i++) {
        link_fit_draw(&random, m->small, m->small_n, small);
        link_fit_draw(&random, m->large, m->large_n, large);
        link_fit_medians(m, small, large, &rates[i], &trips[i]);
    }
    quantile_sort(rates, LINK_FIT_RESAMPLES);
    quantile_sort(trips, LINK_FIT_RESAMPLES);
    mbit_s[LINK_LOW] = quantile_of(rates, LINK_FIT_RESAMPLES, 0.025);
    mbit_s[LINK_HIGH] = quantile_of(rates, LINK_FIT_RESAMPLES, 0.975);
    rtt_ms[LINK_LOW] = quantile_of(trips, LINK_FIT_RESAMPLES, 0.025);
    rtt_ms[LINK_HIGH] = quantile_of(trips, LINK_FIT_RESAMPLES, 0.975);
    free(small);
    free(large);
    free(rates);
    free(trips);
}

/* What single exchanges say, with the other number as it was found. */
static void link_fit_spread(const struct link_measured *m, double *mbit_s, double *rtt_ms)
{
    double quick = quantile_of(m->small, m->small_n, 0.5), least = 8 * m->least / (mbit_s[LINK_VALUE] * 1000);
    rtt_ms[LINK_P5] = fmax(quantile_of(m->small, m->small_n, 0.05) - least, 0);
    rtt_ms[LINK_P95] = fmax(quantile_of(m->small, m->small_n, 0.95) - least, 0);
    mbit_s[LINK_P5] = link_fit_rate(m->more, quantile_of(m->large, m->large_n, 0.95) - quick);
    mbit_s[LINK_P95] = link_fit_rate(m->more, quantile_of(m->large, m->large_n, 0.05) - quick);
}

static double *link_fit_sorted(const double *values, long n)
{
    double *sorted = memory_new((size_t)n, sizeof *sorted);
    memcpy(sorted, values, (size_t)n * sizeof *sorted);
    quantile_sort(sorted, n);
    return sorted;
}

int link_fit(const double *small_ms, long small_n, const double *large_ms, long large_n, int64_t small,
             int64_t large, int64_t reply, const struct link *shape, double mbit_s[LINK_PARTS],
             double rtt_ms[LINK_PARTS], struct error *e)
{
    if (small_n < LINK_FIT_LEAST || large_n < LINK_FIT_LEAST)
        return error_set(e, "%ld small and %ld large messages are too few (expected %d of each)", small_n,
                         large_n, LINK_FIT_LEAST);
    double *smalls = link_fit_sorted(small_ms, small_n), *larges = link_fit_sorted(large_ms, large_n);
    const struct link_measured m = {
        .small = smalls,
        .large = larges,
        .small_n = small_n,
        .large_n = large_n,
        .more = (double)(link_wire_bytes(shape, large) - link_wire_bytes(shape, small)),
        .least = (double)(link_wire_bytes(shape, small) + link_wire_bytes(shape, reply))};
    link_fit_medians(&m, smalls, larges, &mbit_s[LINK_VALUE], &rtt_ms[LINK_VALUE]);
    int status =
        isfinite(mbit_s[LINK_VALUE])
            ? 0
            : error_set(e,
                        "messages of %lld bytes take no longer than small ones: the link is too fast, or "
                        "too unsteady, to be measured",
                        (long long)large);
    if (status == 0) {
        link_fit_intervals(&m, mbit_s, rtt_ms);
        link_fit_spread(&m, mbit_s, rtt_ms);
    }
    free(smalls);
    free(larges);
    return status;
}
