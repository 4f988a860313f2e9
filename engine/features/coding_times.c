#include "features/coding_times.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

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
    t->encode_ms[t->n] = (float)encode_ms;
    t->decode_ms[t->n++] = (float)decode_ms;
}

static int coding_times_compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static float coding_times_median(const float *ms, int n)
{
    float sorted[CODING_TIMES_MOST];
    if (n == 0)
        return 0;
    memcpy(sorted, ms, (size_t)n * sizeof *ms);
    qsort(sorted, (size_t)n, sizeof *sorted, coding_times_compare);
    return sorted[(n - 1) / 2];
}

void coding_times_medians(const struct coding_times *t, float *encode_ms, float *decode_ms)
{
    *encode_ms = coding_times_median(t->encode_ms, t->n);
    *decode_ms = coding_times_median(t->decode_ms, t->n);
}
