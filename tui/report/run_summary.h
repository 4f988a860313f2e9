/* What a run of both halves showed: times by stage, throughput, bytes, accuracy and agreement, each beside
 * what the plan says of it. */
#ifndef ISPLIT_REPORT_RUN_SUMMARY_H
#define ISPLIT_REPORT_RUN_SUMMARY_H

#include <stdio.h>

#include "data/dataset.h"
#include "study/exchange.h"

/* The stages of an image (study/exchange.h), then these. */
enum run_measure {
    RUN_TOTAL = EXCHANGE_STAGES,
    RUN_THROUGHPUT,
    RUN_BYTES,
    RUN_ACCURACY,
    RUN_AGREEMENT,
    RUN_MEASURES
};

struct run_summary {
    struct run_row { /* NaN: not known */
        const char *name, *unit;
        long n;            /* images behind it */
        double value, p95; /* of times and bytes the median; else the number itself */
        double low, high;  /* 95 % interval of a share (Wilson) */
        double plan;       /* the plan's prediction */
    } rows[RUN_MEASURES];
    struct exchange_result result;
    const struct exchange_image *images; /* [images_n] borrowed */
    const int *labels;                   /* [images_n] or DATASET_NO_CLASS; borrowed */
    long images_n;
    int cut;                        /* only those of this one count; below 0: all do */
    const char *cut_name;           /* "all": of several */
    const struct run_summary *cuts; /* [cuts_n] where this is of several, each of them; borrowed */
    int cuts_n;
};

/* `plan` (by enum run_measure) has NaN where nothing is predicted. Throughput is that of all cuts together.
 * The name is borrowed. */
struct run_summary run_summary_make(const struct exchange_image *images, const int *labels, long n, int cut,
                                    const char *cut_name, const struct exchange_result *result,
                                    const double plan[RUN_MEASURES]);

#endif
