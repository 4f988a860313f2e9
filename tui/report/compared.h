/* Two evaluations of one network side by side, as for two subsets of its classes: whether the best split is
 * another one. The first evaluation is 0, the second 1. */
#ifndef ISPLIT_REPORT_COMPARED_H
#define ISPLIT_REPORT_COMPARED_H

#include "report/measured.h"

struct compared;

/* Borrows both. NULL where they cannot be compared: a layer has two names, no cut is known in both, one has
 * no leader yet. names[2] are what messages call them. */
struct compared *compared_new(const struct measured *const of[2], const char *const names[2],
                              struct error *e);
void compared_free(struct compared *c);

/* How many cuts both have measured, and a line of one for people: new string. */
int compared_cuts(const struct compared *c);
char *compared_line(const struct compared *c, int cut);

/* Spearman's rank correlation between both accuracies (race/ranks.h), with its interval over cuts. */
double compared_spearman(const struct compared *c, uint64_t seed, double *low, double *high);

/* What it costs in one evaluation to use the other's best split: the accuracy of its own best less that of
 * the other's. NaN where the other's was not measured there. */
double compared_regret(const struct compared *c, int which);

/* Whether the other's best split is in its set; false, too, where it was not measured there. */
bool compared_holds_other(const struct compared *c, int which);

/* What is to be said of the two best splits. New strings, of one sentence without a full stop. */
char *compared_best(const struct compared *c, const char *const names[2]);
char *compared_regrets(const struct compared *c, const char *const names[2]);

#endif
