/* What a run measures, of which images, and how the worker is to compute it. */
#ifndef ISPLIT_CURVE_RUN_OPTIONS_H
#define ISPLIT_CURVE_RUN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "data/pixels.h"
#include "net/definition.h"

#define RUN_PATH_MAX 4096 /* as long as paths can be */
struct run_options {
    enum score score;
    enum reduce reduce;
    enum tap tap;
    struct pixels_options pixels;
    int batch, threads;             /* 0: the worker's choice */
    bool exact;                     /* no algorithm that rounds more than it has to */
    enum precision precision;       /* of what the network's numbers are kept as */
    int64_t memory;                 /* bytes the worker may use; 0: its choice */
    char tuning_file[RUN_PATH_MAX]; /* the plan is kept there, or made after it; empty: none */
    int *layers;                    /* [layers_n] ascending; the columns of every result */
    int layers_n;
    long *images; /* [images_n] in measuring order */
    long images_n;
};
struct run_options run_options_default(void);
void run_options_free(struct run_options *options); /* the two arrays */

#endif
