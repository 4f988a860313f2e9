/* The provenance of a measured curve: everything needed to reproduce it, and to distinguish two. */
#ifndef ISPLIT_REPORT_CURVE_META_H
#define ISPLIT_REPORT_CURVE_META_H

#include "cli/options.h"
#include "study/saved_rows.h"
#include "study/study.h"
#include "csv/provenance.h"
#include "curve/confirmation.h"
#include "curve/run_options.h"
#include "curve/stopping.h"
#include "wire/message_hello.h"
#include "wire/message_result.h"

/* All pointers are borrowed. */
struct curve_meta {
    const char *program;                     /* "isplit curve" */
    const struct message_versions *versions; /* of the worker that measured */
    const struct message_tuning *tuning;
    const char *cfg_xxh3, *weights_xxh3;
    const struct table *table;
    const struct dataset *dataset;
    const struct run_options *run; /* what defines a row, with its layers */
    const struct saved_rows
        *saved_rows;               /* where the rows come from, if they were not measured now; or NULL */
    const struct options *options; /* the other options, and the command line */
    const char *cfg, *weights, *data;
    const char *classes;                     /* an expression, or NULL: all */
    const char *state;                       /* "complete", "interrupted", ... */
    long asked;                              /* images */
    long cached;                             /* of them: cached, not measured now */
    const struct excluded *excluded;         /* of them: excluded */
    const struct stopping *stopping;         /* the stopping rule, or NULL */
    const struct confirmation *confirmation; /* NULL, or without images: there is none */
    const struct trapped *trapped;           /* without images: not measured */
    long trapped_floats;                     /* of its code */
};

/* What a study knows of it: all from `versions` to `data`, but for the options, of which these are taken.
 * `run` is study_run_options, and must stay as long. */
struct curve_meta curve_meta_of_study(const struct study *s, const struct run_options *run,
                                      const struct options *options);

void curve_meta_describe(const struct curve_meta *m, const struct curve *curve, const bool *chosen,
                         struct provenance *p);

/* Versions of the worker and its libraries. */
void curve_meta_describe_worker(const struct message_versions *v, struct provenance *p);

/* The formula of batch norm. */
void curve_meta_describe_epsilon(enum epsilon epsilon, struct provenance *p);

/* Where labels and names of classes come from. */
void curve_meta_describe_labels(const struct options *options, struct provenance *p);

/* How images become the network's input. */
void curve_meta_describe_pixels(const struct pixels_options *pixels, struct provenance *p);

/* What the rows of images also need to be opened without network and data (study/saved_rows_csv.c). */
void curve_meta_describe_rows(const struct curve_meta *m, struct provenance *p);

#endif
