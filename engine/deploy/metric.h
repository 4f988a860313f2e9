/* Metrics: what placements are compared by, limited in and optimized for. Everything about a metric is in its
 * row of metric_table; a new one is a word in METRIC_LIST and a row there. */
#ifndef ISPLIT_DEPLOY_METRIC_H
#define ISPLIT_DEPLOY_METRIC_H

#include <stdbool.h>
#include <stddef.h>

struct placement;

/* Each with its word in options. */
#define METRIC_LIST(ROW)                                                                                     \
    ROW(METRIC_LATENCY, "latency")                                                                           \
    ROW(METRIC_BYTES, "bytes")                                                                               \
    ROW(METRIC_MEMORY, "memory")                                                                             \
    ROW(METRIC_ENERGY, "energy")                                                                             \
    ROW(METRIC_IMPORTANCE, "importance")                                                                     \
    ROW(METRIC_ACCURACY, "accuracy")

#define METRIC_ENUM(metric, word) metric,
enum metric { METRIC_LIST(METRIC_ENUM) METRICS };

extern const char *const metric_words[]; /* by enum metric, NULL after the last */

/* How its values are read and written. */
enum metric_unit {
    METRIC_UNIT_MS,
    METRIC_UNIT_BYTES,
    METRIC_UNIT_JOULES,
    METRIC_UNIT_RANK,     /* an integer, 1 is the best; in limits and texts */
    METRIC_UNIT_FRACTION, /* 0 to 1; a percentage in texts */
    METRIC_UNITS,
};

struct metric_entry {
    const char *meaning;     /* one line, with the unit of `value` */
    const char *name;        /* in sentences about a cut: "total time" */
    const char *label;       /* where the context does not say whose: "head's memory" */
    const char *superlative; /* "the shortest total time" */
    const char *cost[2]; /* around the value for one cut: "needs 4.0 KiB on the device"; {NULL}: not shown */
    const char *fails;   /* before a value that breaks the limit: "the head needs" */
    const char *unknown; /* before "is not known": "its memory" */
    enum metric_unit unit;
    bool higher;   /* a higher value is better */
    bool optional; /* known only with further options: else sentences and columns leave it out */
    /* The value compared; NaN: not known. */
    double (*value)(const struct placement *cut);
    /* The value shown and limited, where that is another number; or NULL. */
    double (*shown)(const struct placement *cut);

    const char *limit_option;  /* "max-latency"; in the provenance '-' becomes '_' */
    const char *limit_help;    /* short help for typing one */
    const char *limit_expects; /* what is expected, in errors: "milliseconds above 0" */
    const char *limit_of;      /* after the value, in a line with several: " sent" */
};
extern const struct metric_entry metric_table[]; /* [METRICS] */

/* The value compared, and the value shown; NaN: not known. A whole network has no rank: 0, which meets every
 * limit. */
double metric_value(enum metric metric, const struct placement *cut);
double metric_shown(enum metric metric, const struct placement *cut);

/* Whether a limit (NaN: none) excludes the cut. An unknown value breaks it. */
bool metric_breaks(enum metric metric, const struct placement *cut, double limit);

/* The factor by which a broken limit is missed; infinity where the metric is not known. */
double metric_excess(enum metric metric, const struct placement *cut, double limit);

enum { METRIC_TEXT_SIZE = 32, METRIC_LIMIT_TEXT = 2 * METRIC_TEXT_SIZE };

/* A number (from metric_shown) as text: "12.3 ms", "64.0 KiB", "0.05 J", "97.3 %"; for IMPORTANCE the rank.
 * With `digits` significant digits (usually 3), or decimals of a percentage; large numbers are written
 * out. */
void metric_text(char out[METRIC_TEXT_SIZE], enum metric metric, double value, int digits);

/* The words of a limit around its value: {"at most ", ""}, {"at least ", ""}, {"CUI rank ", " or better"}. */
const char *const *metric_bound(enum metric metric);

/* "at most 100 ms", "at least 90.0 %", "CUI rank 3 or better". */
void metric_limit_text(char out[METRIC_LIMIT_TEXT], enum metric metric, double limit);

/* Why a cut breaks a limit: "takes 812 ms (at most 100 ms)", "CUI rank 11 (3 or better)". */
void metric_why(char *out, size_t capacity, enum metric metric, const struct placement *cut, double limit);

#endif
