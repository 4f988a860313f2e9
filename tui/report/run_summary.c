#include "report/run_summary.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/quantile.h"
#include "features/features.h"

/* Of an answered image. */
static double run_value(const struct exchange_image *image, enum run_measure m)
{
    double total = 0;
    if (m < (enum run_measure)EXCHANGE_STAGES)
        return image->ms[m];
    if (m == RUN_BYTES)
        return (double)image->bytes;
    for (int stage = 0; stage < EXCHANGE_STAGES; stage++)
        total += image->ms[stage];
    return total;
}

static bool run_counts(const struct run_summary *s, const struct exchange_image *image)
{
    return image->answered && (s->cut < 0 || image->cut == s->cut);
}

static void run_medians(struct run_summary *s, enum run_measure m, double *values)
{
    struct run_row *row = &s->rows[m];
    for (long i = 0; i < s->images_n; i++)
        if (run_counts(s, &s->images[i]))
            values[row->n++] = run_value(&s->images[i], m);
    if (row->n == 0)
        return;
    quantile_sort(values, row->n);
    row->value = quantile_of(values, row->n, 0.5);
    row->p95 = quantile_of(values, row->n, 0.95);
}

static void run_share(struct run_row *row, long right, long of)
{
    row->n = of;
    if (of == 0)
        return;
    struct estimate share = feature_proportion(right, of);
    row->value = share.value;
    row->low = share.low;
    row->high = share.high;
}

static void run_shares(struct run_summary *s)
{
    long labelled = 0, right = 0, compared = 0, alike = 0;
    for (long i = 0; i < s->images_n; i++) {
        const struct exchange_image *image = &s->images[i];
        bool labels = run_counts(s, image) && s->labels[i] != DATASET_NO_CLASS;
        bool whole = run_counts(s, image) && image->whole != EXCHANGE_UNKNOWN;
        labelled += labels;
        right += labels && image->top == s->labels[i];
        compared += whole;
        alike += whole && image->top == image->whole;
    }
    run_share(&s->rows[RUN_ACCURACY], right, labelled);
    run_share(&s->rows[RUN_AGREEMENT], alike, compared);
}

struct run_summary run_summary_make(const struct exchange_image *images, const int *labels, long n, int cut,
                                    const char *cut_name, const struct exchange_result *result,
                                    const double plan[RUN_MEASURES])
{
    static const char *const names[RUN_MEASURES][2] = {[RUN_TOTAL] = {"total", "ms"},
                                                       [RUN_THROUGHPUT] = {"throughput", "images/s"},
                                                       [RUN_BYTES] = {"bytes", "bytes"},
                                                       [RUN_ACCURACY] = {"accuracy", "share"},
                                                       [RUN_AGREEMENT] = {"agreement", "share"}};
    struct run_summary s = {.result = *result,
                            .images = images,
                            .labels = labels,
                            .images_n = n,
                            .cut = cut,
                            .cut_name = cut_name};
    double *values = memory_new((size_t)n, sizeof *values);
    for (int m = 0; m < RUN_MEASURES; m++) {
        bool stage = m < EXCHANGE_STAGES;
        s.rows[m] = (struct run_row){.name = stage ? exchange_stage_words[m] : names[m][0],
                                     .unit = stage ? "ms" : names[m][1],
                                     .value = NAN,
                                     .p95 = NAN,
                                     .low = NAN,
                                     .high = NAN,
                                     .plan = plan[m]};
        if (stage || m == RUN_TOTAL || m == RUN_BYTES)
            run_medians(&s, (enum run_measure)m, values);
    }
    free(values);
    s.rows[RUN_THROUGHPUT].n = s.rows[RUN_TOTAL].n;
    if (cut < 0 && result->answered > 0 && result->seconds > 0)
        s.rows[RUN_THROUGHPUT].value = (double)result->answered / result->seconds;
    run_shares(&s);
    return s;
}
