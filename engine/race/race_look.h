/* What is known of a race's cuts after a stage: their accuracies, and the variances of the model in race.h,
 * measured from the results. Part of race.c; the formulas are explained there and in race_look.c. */
#ifndef ISPLIT_RACE_RACE_LOOK_H
#define ISPLIT_RACE_RACE_LOOK_H

#include "race/race.h"

struct race_look;

/* record[(stage * cuts + cut) * starts + start]: the right[images] of a result. last[cut]: the stage up to
 * which its results count, -1 for none; those of all its starts are there up to that stage but for those that
 * failed, of which at least one did not: NULL from the stage on in which they did. `stage`: the one
 * looked at, beyond which gains remain; at the last stage of the rules there are none, and earlier stages are
 * not read. All pointers are only read during the call. */
struct race_look *race_look_new(const struct race_rules *rules, uint8_t *const *record, const int *last,
                                int stage);
void race_look_free(struct race_look *l);

/* Mean over images and starts at the cut's last stage; NaN where it has none. */
double race_look_accuracy(const struct race_look *l, int cut);

/* Whether all variances are known; otherwise nothing can be tested. */
bool race_look_knows(const struct race_look *l);

/* The one-sided p-value of: `cut` ends at least `lead` above `rival`. Both are at the stage looked at. 1
 * where the variances are not known. */
double race_look_doubt(const struct race_look *l, int cut, int rival, double lead);

/* The upper bound of the difference at the end, cut less rival, one-sided with that error. NaN where the
 * variances are not known. */
double race_look_reach(const struct race_look *l, int cut, int rival, double error);

/* The two-sided interval of the cut's accuracy after its last stage. NaN with one start. */
void race_look_interval(const struct race_look *l, int cut, double level, double *low, double *high);

/* draws[draws_n][n]: joint errors of the accuracies of cuts who[n], which are at the stage looked at. */
void race_look_draws(const struct race_look *l, const int *who, int n, uint64_t seed, int draws_n,
                     double *draws);

#endif
