/* Measured results as CSV, with the columns other tools rely on (tui/manual). The screen's export and the
 * commands both use this, so the same rows give the same bytes. */
#ifndef ISPLIT_REPORT_REPORT_H
#define ISPLIT_REPORT_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "curve/curve.h"
#include "curve/stability.h"
#include "curve/subset.h"
#include "data/dataset.h"
#include "csv/sheet.h"
#include "deploy/profile.h"
#include "features/frame.h"
#include "features/measured_features.h"
#include "features/measured_pictures.h"
#include "net/table.h"
#include "report/verdict.h"
#include "partition/partition_request.h"
#include "train/retrain_request.h"

/* A split that the user marked. */
struct mark {
    int layer;  /* Darknet's index */
    char *note; /* may be empty */
};

struct evaluated;   /* report/evaluated.h */
struct compared;    /* report/compared.h */
struct run_summary; /* report/run_summary.h */

/* All pointers are borrowed. A report of layers needs only the first five. */
struct report {
    const struct sheet_style *style; /* how it is written; NULL: as CSV */
    const struct table *table;
    const int *listed; /* [listed_n] layer numbers; the columns of the curve's rows */
    int listed_n;
    const bool *cde; /* [listed_n] */

    const struct dataset *dataset;
    struct curve *curve;
    const double *correction;     /* [listed_n] K*H*W or H*W, for the size-corrected curve */
    const double *trapped;        /* [listed_n] trapped Fisher energy, nats, NaN: none; NULL: not asked for */
    const bool *chosen;           /* [classes] which were measured */
    const struct subset *subsets; /* [subsets_n] one curve for each; 0: one, for `chosen` */
    int subsets_n;
    const struct stability
        *shares;       /* of `chosen`, all rows and the usual resamples; NULL: not computed yet */
    const long *order; /* [order_n] image numbers in measuring order */
    long order_n;
    const struct mark *marks; /* [marks_n] ascending by layer */
    int marks_n;

    const struct partition_answer *split;     /* for report_partition, which else needs only the table, */
    const struct frame_format *sent;          /* how what crosses is sent; its hash is not looked at */
    const struct pixels_options *pixels;      /* and how images become inputs */
    const struct profile *profile;            /* likewise for report_profile */
    const struct measured_features *features; /* likewise for report_features, of at least one image */
    const struct measured_pictures *pictures; /* its rows of the pictures; NULL, or of no image: none */
    const struct evaluated
        *evaluated; /* for report_evaluate and report_predictors, which need the table, too */
    const struct measured *measured; /* for report_measured, which needs nothing else */
    const struct compared *compared; /* for report_compare, which needs nothing else */
    const struct verdict *verdict;   /* for report_plan, which needs nothing else */
    const struct run_summary *run;   /* likewise for report_run and report_run_images */
    struct {                         /* for report_retrain, which else needs only the table */
        const struct retrain_request *asked;
        const struct retrain_check *checks; /* [RETRAIN_WHENS] */
        struct net_shape code;              /* what is sent */
        long done, of, images;              /* steps; images trained on */
        double seconds;
    } retrain;
};

/* A row for each cut that two evaluations have. */
void report_compare(FILE *out, const struct report *r);
/* A row for each cut that was evaluated, and one for each predictor; report_measured: the former of an
 * evaluation that was read, or goes on here. */
void report_measured(FILE *out, const struct report *r);
void report_evaluate(FILE *out, const struct report *r);
void report_predictors(FILE *out, const struct report *r);

void report_layers(FILE *out, const struct report *r);
void report_curve(FILE *out, const struct report *r);
/* Every pair of its subsets: the difference of their curves, with intervals (curve/difference.h). */
void report_difference(FILE *out, const struct report *r);
void report_images(FILE *out, const struct report *r);
void report_classes(FILE *out, const struct report *r);
void report_marks(FILE *out, const struct report *r); /* the curve of `chosen` at the marks */

/* What each cut sends in each type; features_file.h reads it. */
void report_features(FILE *out, const struct report *r);

/* The classes of a data set; needs nothing else. */
void report_data(FILE *out, const struct report *r);

/* How long each layer takes; one row: the split point, head and tail. */
void report_profile(FILE *out, const struct report *r);
void report_partition(FILE *out, const struct report *r);

/* One row: what a bottleneck and its training do to the accuracy. */
void report_retrain(FILE *out, const struct report *r);

/* A row for every way to run the network: server only, each cut, device only. */
void report_plan(FILE *out, const struct report *r);

/* What came of a run of both halves: a row a measure, and one an image. */
void report_run(FILE *out, const struct report *r);
void report_run_images(FILE *out, const struct report *r);

/* The display name of a class, or "". */
const char *report_class_name(const struct dataset *d, int class_index);

#endif
