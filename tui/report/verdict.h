/* Evaluated cuts (deploy/planner.h) and the conclusions in words. */
#ifndef ISPLIT_REPORT_VERDICT_H
#define ISPLIT_REPORT_VERDICT_H

#include "deploy/planner.h"
#include "net/table.h"

/* All pointers are borrowed. */
struct verdict {
    const struct table *table;
    const struct placement *cuts; /* [n] judged */
    int n;
    double limits[METRICS];
    enum metric objective;
    struct {
        int best, second;   /* places in cuts[]; -1: none */
    } pick;                 /* by that objective */
    int resamples;          /* that pick_share stands for; 0: not known how many */
    const char *evaluation; /* of which the accuracies after retraining are; NULL: they are with what arrives
                             */
};

/* "server only", "device only", or the name of the layer after which the network is cut. */
const char *verdict_name(const struct verdict *v, const struct placement *cut);

/* Each a new string of one sentence, without a full stop.
 *
 * What is recommended and why, or why nothing is: how many cuts each limit excludes, and the nearest cut. */
char *verdict_best(const struct verdict *v);
/* Only why: "the highest importance of 2 candidates that meet the limits"; NULL where nothing is recommended.
 */
char *verdict_why(const struct verdict *v);
/* Its costs; NULL where nothing is recommended. */
char *verdict_costs(const struct verdict *v);
/* In which metrics cuts[better] is better: "total time, memory". New string. */
char *verdict_better(const struct verdict *v, int better, int worse);
/* Which cut dominates the recommended one, if that is not on the Pareto front; else NULL. */
char *verdict_but(const struct verdict *v);
/* The runner-up and its distance; NULL where there is none. */
char *verdict_second(const struct verdict *v);
/* How many splits send more than a picture with which the whole network is as accurate, and whether the
 * recommended one does; NULL where that was not measured. */
char *verdict_pictures(const struct verdict *v);
/* The pick share, by resampling the images; NULL if the pick does not depend on importance. */
char *verdict_sure(const struct verdict *v);

#endif
