/* Cuts that were weighed (deploy/planner.h) and what follows from them, in words. */
#ifndef ISPLIT_REPORT_VERDICT_H
#define ISPLIT_REPORT_VERDICT_H

#include "deploy/planner.h"
#include "net/table.h"

/* Everything belongs to others. */
struct verdict {
    const struct table *table;
    const struct placement *cuts; /* [n] judged */
    int n;
    double limits[METRICS];
    enum metric objective;
    struct {
        int best, second; /* places in cuts[]; -1: none */
    } pick;               /* by that objective */
    int resamples;        /* that pick_share stands for; 0: not known how many */
};

/* "server only", "device only", or the name of the layer after which the network is cut. */
const char *verdict_name(const struct verdict *v, const struct placement *cut);

/* Each a new string of one sentence, without a full stop.
 *
 * What is recommended and why, or why nothing is: which limit excludes how many, and which cut comes nearest.
 */
char *verdict_best(const struct verdict *v);
/* What it costs; NULL where nothing is recommended. */
char *verdict_costs(const struct verdict *v);
/* In which metrics cuts[better] is better: "total time, memory". New string. */
char *verdict_better(const struct verdict *v, int better, int worse);
/* Which cut is better all round, where what is recommended is not on the pareto; else NULL. */
char *verdict_but(const struct verdict *v);
/* The runner-up, and how close it is; NULL where there is none. */
char *verdict_second(const struct verdict *v);
/* How sure the pick is, by the resamples of the images; NULL where it does not rest on importance. */
char *verdict_sure(const struct verdict *v);

#endif
