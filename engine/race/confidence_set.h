/* The model confidence set of Hansen, Lunde and Nason (The model confidence set, Econometrica 2011): the
 * contestants that the data cannot tell from the best, with the statistic T_max (their section 3.1.2). While
 * the ones left are not equal, by the largest of their studentised distances below the mean of those left,
 * the worst leaves. */
#ifndef ISPLIT_RACE_CONFIDENCE_SET_H
#define ISPLIT_RACE_CONFIDENCE_SET_H

/* estimate[n], higher is better. draws[draws_n][n]: errors of the estimates, drawn from their joint
 * distribution (a bootstrap's replicates less the estimates). p[n]: the p-values of that paper's definition
 * 3; the contestants with p above alpha hold the best one with probability 1 - alpha or more. The last one
 * left has 1. */
void confidence_set(const double *estimate, const double *draws, int draws_n, int n, double *p);

#endif
