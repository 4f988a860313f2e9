/* Which cut to take: the metrics of every cut, the limits it breaks, the Pareto front of the feasible ones,
 * and a recommendation. Plain arithmetic on numbers from the cost model. */
#ifndef ISPLIT_DEPLOY_PLANNER_H
#define ISPLIT_DEPLOY_PLANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "deploy/metric.h"

enum placement_kind {
    PLACEMENT_SPLIT,
    PLACEMENT_ALL_SERVER, /* nothing runs on the device: the input is sent */
    PLACEMENT_ALL_DEVICE, /* nothing is sent */
};

/* One way to run the network: a cut, or the whole network on one side. NaN: not known. */
struct placement {
    enum placement_kind kind;
    int layer;   /* SPLIT: Darknet's index of the head's last layer */
    char *other; /* why it cannot be made (names of the other tensors that cross), or NULL */
    double head_ms, transfer_ms, tail_ms;
    int64_t bytes, memory; /* bytes -1: not known */
    double head_joules, link_joules;
    double joules; /* both */
    double cui, log10_cui;
    int rank;          /* rank of the CUI among the listed layers; 0: none */
    bool candidate;    /* a local maximum of the curve */
    double pick_share; /* fraction of resamples in which it is the best candidate (curve/stability.h) */
    double accuracy;

    /* Set by planner_evaluate. */
    double total_ms;
    unsigned broken; /* 1 << enum metric for each limit it breaks */
    bool feasible;   /* it can be made and breaks no limit */
    bool pareto;     /* feasible, and no feasible one is better in one metric and as good in all others */
};

/* Limits by enum metric: a maximum (LATENCY to ENERGY; for IMPORTANCE the worst rank) or a minimum
 * (ACCURACY). NaN: no limit. An unknown metric breaks its limit; server only and device only have no rank and
 * meet every limit on it. */
struct planner_limits {
    double limit[METRICS];
};
struct planner_limits planner_no_limits(void);

/* A metric that is known for no cut is left out of the Pareto comparison. Otherwise a split without CUI or
 * accuracy counts as the worst in it, and an uncut network, which loses nothing, as the best in CUI. */
void planner_evaluate(struct placement *cuts, int n, const struct planner_limits *limits);

/* A feasible cut that dominates cuts[i], better in one metric and as good in all others: an uncut network if
 * there is one, else the first; -1: cuts[i] is on the Pareto front, or not feasible. */
int planner_dominator(const struct placement *cuts, int n, int i);

struct planner_pick {
    int best, second; /* indices into cuts[]; -1: none */
};

/* The best and the second best of the feasible cuts for one objective. IMPORTANCE: the highest CUI among
 * splits that are candidates; where no such split is feasible, among all splits; where no split at all is,
 * the uncut network that takes less time. Ties: the shorter total time, then the order given. Other
 * objectives: the best metric, then the higher CUI. */
struct planner_pick planner_recommend(const struct placement *cuts, int n, enum metric objective);

/* Of the cuts that can be made but break a limit, the nearest: the one whose worst metric misses its limit by
 * the smallest factor; -1 where there is none with known metrics. */
int planner_nearest(const struct placement *cuts, int n, const struct planner_limits *limits);

/* Why a cut is not feasible, in words: "takes 812 ms (at most 100 ms), sends 3.1 MiB (at most 64.0 KiB)"; ""
 * where it is. */
void planner_reason(const struct placement *cut, const struct planner_limits *limits, char *out,
                    size_t capacity);

#endif
