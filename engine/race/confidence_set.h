/* The model confidence set of Hansen, Lunde and Nason (The model confidence set, Econometrica 2011): the
 * contestants that the data cannot tell from the best. While those left are not equal, by the largest
 * studentised difference between two of them (their range statistic T_R, section 3.1.2), the one that is
 * furthest below another leaves. Their other statistic, T_max, takes the distances to the mean of those left,
 * and has little power where one is better than many equal ones: in the simulated races its sets were up
 * to 1.7 times as large, at the same error. */
#ifndef ISPLIT_RACE_CONFIDENCE_SET_H
#define ISPLIT_RACE_CONFIDENCE_SET_H

/* estimate[n], higher is better. draws[draws_n][n]: errors of the estimates, drawn from their joint
 * distribution (a bootstrap's replicates less the estimates). p[n]: the p-values of that paper's definition
 * 3; the contestants with p above alpha hold the best one with probability 1 - alpha or more. The last one
 * left has 1. */
void confidence_set(const double *estimate, const double *draws, int draws_n, int n, double *p);

#endif
