/* What ways to run a network are compared by, limited in and chosen for. All that is said about a metric
 * stands in one row of metric_table: a new one is a word in METRIC_LIST and a row there. */
#ifndef ISPLIT_DEPLOY_METRIC_H
#define ISPLIT_DEPLOY_METRIC_H

#include <stdbool.h>
#include <stddef.h>

struct placement;

/* Each with the word that options have for it. */
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

/* How its numbers are read and written. */
enum metric_unit {
    METRIC_UNIT_MS,
    METRIC_UNIT_BYTES,
    METRIC_UNIT_JOULES,
    METRIC_UNIT_RANK,     /* a whole number, 1 is the best; of its limit and in texts */
    METRIC_UNIT_FRACTION, /* 0 to 1, in texts a percentage */
    METRIC_UNITS,
};

struct metric_entry {
    const char *meaning;     /* one line, with the unit that `value` has */
    const char *name;        /* in sentences about a cut: "total time" */
    const char *label;       /* where nothing says whose it is: "head's memory" */
    const char *superlative; /* "the shortest total time" */
    const char *cost[2]; /* around what it is for one cut: "needs 4.0 KiB on the device"; {NULL}: not told */
    const char *fails;   /* before a value that breaks the limit: "the head needs" */
    const char *unknown; /* before "is not known": "its memory" */
    enum metric_unit unit;
    bool higher;   /* is better */
    bool optional; /* known only where more is given: where it is not, sentences and columns leave it out */
    /* As it is compared; NaN: not known. */
    double (*value)(const struct placement *cut);
    /* As people read it and as its limit takes it, where that is another number; or NULL. */
    double (*shown)(const struct placement *cut);

    const char *limit_option;  /* "max-latency"; its key in a provenance has '_' for '-' */
    const char *limit_help;    /* a few words for who types one */
    const char *limit_expects; /* what else is no limit: "milliseconds above 0" */
    const char *limit_of;      /* behind its value, where several stand in one line: " sent" */
};
extern const struct metric_entry metric_table[]; /* [METRICS] */

/* As it is compared, and as people read it; NaN: not known. The rank of a whole network, which has none, is
 * 0, and keeps every limit. */
double metric_value(enum metric metric, const struct placement *cut);
double metric_shown(enum metric metric, const struct placement *cut);

/* Whether a limit (NaN: there is none) excludes the cut. What is not known breaks it. */
bool metric_breaks(enum metric metric, const struct placement *cut, double limit);

/* The factor by which a limit that is broken would have to give way; infinity where the metric is not known.
 */
double metric_excess(enum metric metric, const struct placement *cut, double limit);

enum { METRIC_TEXT_SIZE = 32, METRIC_LIMIT_TEXT = 2 * METRIC_TEXT_SIZE };

/* A number (as metric_shown has it) as people read it: "12.3 ms", "64.0 KiB", "0.05 J", "97.3 %"; of
 * IMPORTANCE the rank. With `digits` significant ones, 3 where nothing else is wanted, or decimals of a
 * percentage; large numbers are written out. */
void metric_text(char out[METRIC_TEXT_SIZE], enum metric metric, double value, int digits);

/* What a limit asks for, around its value: {"at most ", ""}, {"at least ", ""}, {"CUI rank ", " or better"}.
 */
const char *const *metric_bound(enum metric metric);

/* "at most 100 ms", "at least 90.0 %", "CUI rank 3 or better". */
void metric_limit_text(char out[METRIC_LIMIT_TEXT], enum metric metric, double limit);

/* Why a cut breaks a limit: "takes 812 ms (at most 100 ms)", "CUI rank 11 (3 or better)". */
void metric_why(char *out, size_t capacity, enum metric metric, const struct placement *cut, double limit);

#endif
