#include "features/coding_times.h"

#include <string.h>
#include <time.h>

#include "base/quantile.h"

double coding_times_now(void)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

void coding_times_add(struct coding_times *t, double encode_ms, double decode_ms)
{
    if (t->n == CODING_TIMES_MOST)
        return;
    t->encode_ms[t->n] = encode_ms;
    t->decode_ms[t->n++] = decode_ms;
}

static float coding_times_median(const double *ms, int n)
{
    double sorted[CODING_TIMES_MOST];
    if (n == 0)
        return 0;
    memcpy(sorted, ms, (size_t)n * sizeof *ms);
    quantile_sort(sorted, n);
    return (float)sorted[(n - 1) / 2];
}

void coding_times_medians(const struct coding_times *t, float *encode_ms, float *decode_ms)
{
    *encode_ms = coding_times_median(t->encode_ms, t->n);
    *decode_ms = coding_times_median(t->decode_ms, t->n);
}
