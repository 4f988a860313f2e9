/* Which cut to take: every cut's costs and worth side by side, the limits it breaks, the Pareto front of the
 * others, and a recommendation. Plain arithmetic over numbers that come from elsewhere. */
#ifndef ISPLIT_MODEL_CHOICE_H
#define ISPLIT_MODEL_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/metric.h"

enum choice_kind {
    CHOICE_SPLIT,
    CHOICE_ALL_SERVER, /* nothing runs on the device: the input crosses */
    CHOICE_ALL_DEVICE, /* nothing crosses */
};

/* One way to run the network. NaN: not known. */
struct choice_cut {
    enum choice_kind kind;
    int layer;   /* SPLIT: Darknet's index of the head's last layer */
    char *other; /* why the cut cannot be made (names of other tensors that cross), or NULL */
    double head_ms, transfer_ms, tail_ms;
    int64_t bytes, memory; /* bytes -1: not known */
    double head_joules, link_joules;
    double joules; /* both */
    double cui, log10_cui;
    int rank;          /* of the CUI among the listed layers; 0: none */
    bool candidate;    /* a local maximum of the curve */
    double pick_share; /* of the resamples in which it is the curve's best candidate (model/stability.h) */
    double accuracy;

    /* By choice_judge. */
    double total_ms;
    unsigned broken; /* 1 << enum choice_figure for each limit it does not hold */
    bool open;       /* it can be made and breaks nothing */
    bool front;      /* feasible, and no feasible one is better in one metric and as good in all others */
};

/* By enum choice_figure: the most that is allowed (LATENCY to ENERGY; for IMPORTANCE the worst rank), or the
 * least (ACCURACY). NaN: no limit. A metric that is not known breaks its limit; the two whole networks have
 * no rank and hold every one. */
struct choice_limits {
    double limit[CHOICE_FIGURES];
};
struct choice_limits choice_no_limits(void);

/* A metric that is known for no cut plays no part on the front. Where others have it, a split without CUI or
 * accuracy is the worst, and a whole network, which loses nothing, the best in CUI. */
void choice_judge(struct choice_cut *cuts, int n, const struct choice_limits *limits);

/* A feasible cut that is better in one metric and as good in all others: a whole network where one is, else
 * the first; -1: cuts[i] is on the front, or not feasible. */
int choice_dominator(const struct choice_cut *cuts, int n, int i);

struct choice_pick {
    int best, second; /* places in cuts[]; -1: none */
};

/* The best and the second best of the feasible cuts for one objective. IMPORTANCE: the highest CUI among
 * splits that are candidates; where no such split is feasible, among all splits; where no split at all is,
 * the whole network that takes less time. Equal ones: the shorter total time, then the order given. Others:
 * the best metric, then the higher CUI. */
struct choice_pick choice_recommend(const struct choice_cut *cuts, int n, enum choice_figure wish);

/* Of the cuts that can be made but break a limit the one that comes nearest: whose worst metric is off by the
 * smallest factor; -1 where there is none, or none of which the metrics are known. */
int choice_nearest(const struct choice_cut *cuts, int n, const struct choice_limits *limits);

/* Why a cut is not feasible, in words: "takes 812 ms (at most 100 ms), sends 3.1 MiB (at most 64.0 KiB)"; ""
 * where it is. */
void choice_why(const struct choice_cut *cut, const struct choice_limits *limits, char *out, size_t room);

#endif
