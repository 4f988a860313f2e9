/* What a run measures, on which images, and how the worker computes it. */
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
    bool exact;                     /* direct convolutions only */
    enum precision precision;       /* what the network's numbers are stored as */
    enum epsilon bn_epsilon;        /* FORK, or else Darknet's batch norm */
    int64_t memory;                 /* bytes the worker may use; 0: the worker's choice */
    char tuning_file[RUN_PATH_MAX]; /* tuning file: written where it does not exist, else used; empty: none */
    int *layers;                    /* [layers_n] ascending; the columns of every result */
    int layers_n;
    long *images; /* [images_n] in measuring order */
    long images_n;
    long images_all; /* of the whole run, other requests, workers and shards included; 0: not known */
};
struct run_options run_options_default(void);
void run_options_free(struct run_options *options); /* the two arrays */

#endif
