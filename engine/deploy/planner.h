/* Which cut to take: the metrics of every cut, the limits it breaks, the Pareto front of the feasible ones,
 * and a recommendation. Plain arithmetic on numbers from the cost model. */
#ifndef ISPLIT_DEPLOY_PLANNER_H
#define ISPLIT_DEPLOY_PLANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "deploy/metric.h"
#include "features/features.h"
#include "features/rate.h"

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
    double encode_ms, decode_ms; /* parts of the head's and the tail's; 0: not known */
    int64_t bytes, memory;       /* bytes -1: not known */
    double head_joules, link_joules;
    double joules; /* both */
    double cui, log10_cui;
    int rank;          /* rank of the CUI among the listed layers; 0: none */
    bool candidate;    /* a local maximum of the curve */
    double pick_share; /* fraction of resamples in which it is the best candidate (curve/stability.h) */
    double accuracy;
    double picture_bytes; /* the fewest of a picture with which the whole network is as accurate; NaN: none */
    int picture_quality;  /* its quality as JPEG; PICTURES_STORED: the images' own files */
    struct rate_difference jpeg; /* of the split's curve of bytes against accuracy, against JPEG's */
    const struct feature *sent;  /* what cost_model.max_drop has chosen for a split, or NULL */
    char *fewer;                 /* and why not fewer bits, or NULL */

    /* Set by planner_evaluate. */
    double total_ms;
    unsigned broken; /* 1 << enum metric for each limit it breaks */
    bool feasible;   /* it can be made and breaks no limit */
    bool pareto;     /* feasible, and no feasible one is better in one metric and as good in all others */
};

/* By enum metric: the most that is allowed (LATENCY to ENERGY; for IMPORTANCE the worst rank), or the
 * least (ACCURACY). NaN: no limit. A metric that is not known breaks its limit; the two whole networks have
 * no rank and hold every one. */
void planner_no_limits(double limits[METRICS]);

/* A metric that is known for no cut plays no part on the pareto. Where others have it, a split without CUI or
 * accuracy is the worst, and a whole network, which loses nothing, the best in CUI. */
void planner_evaluate(struct placement *cuts, int n, const double limits[METRICS]);

/* A feasible cut that dominates cuts[i], better in one metric and as good in all others: an uncut network if
 * there is one, else the first; -1: cuts[i] is on the Pareto front, or not feasible. */
int planner_dominator(const struct placement *cuts, int n, int i);

/* The best and the second best of the feasible cuts for one objective, as places in cuts[]; -1: none.
 * IMPORTANCE: the highest CUI among splits that are candidates; where no such split is feasible, among all
 * splits; where no split at all is, the whole network that takes less time. Equal ones: the shorter total
 * time, then the order given. Others: the best metric, then the higher CUI. A cut of unknown time is no
 * second best to one of known time. */
int planner_recommend(const struct placement *cuts, int n, enum metric objective, int *second);

/* Of the splits that can be made but break a limit the one that comes nearest: whose worst metric is off by
 * the smallest factor; -1 where there is none, or none of which the metrics are known. */
int planner_nearest(const struct placement *cuts, int n, const double limits[METRICS]);

/* Why a cut is not feasible, in words: "takes 812 ms (at most 100 ms), sends 3.1 MiB (at most 64.0 KiB)"; ""
 * where it is. */
void planner_reason(const struct placement *cut, const double limits[METRICS], char *out, size_t capacity);

#endif
