/* What an evaluation of many cuts has found, and how well each predictor would have told it. */
#ifndef ISPLIT_REPORT_EVALUATED_H
#define ISPLIT_REPORT_EVALUATED_H

#include "curve/curve.h"
#include "net/table.h"
#include "partition/bottleneck.h"
#include "race/race.h"
#include "race/ranks.h"

/* What can be known of a cut without training: higher is better in all. */
enum predictor {
    PREDICTOR_CUI,
    PREDICTOR_CORRECTED, /* size-corrected CUI */
    PREDICTOR_DEPTH,     /* the head's share of all multiply-adds */
    PREDICTOR_TRAPPED,   /* -log10(trapped nats + 1e-9) */
    PREDICTORS
};
extern const char *const predictor_words[PREDICTORS + 1]; /* "cui", ...; NULL after the last */

/* Where a cut stands in the race. */
enum evaluated_state {
    EVALUATED_LEADER,
    EVALUATED_RACING,
    EVALUATED_STOPPED,
    EVALUATED_OUTSIDE, /* of the limits, or of the shard */
    EVALUATED_FAILED,  /* all of its starts */
    EVALUATED_STATES
};
extern const char *const evaluated_state_words[EVALUATED_STATES + 1]; /* "leader", ...; NULL at the end */

/* All arrays are [n], one entry a cut, and borrowed. */
struct evaluated {
    const int *layers;
    int n;
    const struct race_cut *cuts;
    int best; /* the leader; -1: none yet */
    enum race_end end;
    struct bottleneck bottleneck;
    long images, before;   /* of validation; those that the whole network has right, -1: not known */
    const long *untrained; /* -1: not known */
    const double *alone;   /* accuracy with the bottleneck alone trained, NaN: not known; NULL: of none */
    const bool *allowed;   /* within the limits */
    const char *const
        *failures; /* why the first start failed that did, NULL: none has; itself NULL: of none */
    const double *predictors[PREDICTORS]; /* NULL: not known, for report_evaluate alone */
    uint64_t seed;                        /* of the bootstrap */
};

/* What the predictors say of the cut after a layer: `point` of the curve (NULL: there is none), trapped
 * energy in nats (NaN likewise). */
void evaluated_predict(const struct table *table, int layer, const struct curve_point *point, double nats,
                       double values[PREDICTORS]);

enum evaluated_state evaluated_state_of(const struct evaluated *v, int cut);

/* The accuracies measured, NaN where there is none. New array. */
double *evaluated_accuracies(const struct evaluated *v);

/* A cut's rank by a predictor, 1 the best; ties share the smallest. 0 where it has no value. */
int evaluated_rank(const double *values, int n, int cut);

/* Multiply-adds of the head with the bottleneck's encoder. */
int64_t evaluated_head_macs(const struct bottleneck *b, const struct table_row *row);

/* Those that take part and have not lost all starts; and of these those that cannot be told apart from the
 * best, itself among them. */
int evaluated_contestants(const struct evaluated *v);
int evaluated_in_set(const struct evaluated *v);

/* How many cuts have lost all starts. */
int evaluated_lost(const struct evaluated *v);

#endif
