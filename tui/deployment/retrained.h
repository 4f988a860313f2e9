/* Cuts that were retrained with a bottleneck: what they cost then, and the accuracy that was measured. */
#ifndef ISPLIT_DEPLOYMENT_RETRAINED_H
#define ISPLIT_DEPLOYMENT_RETRAINED_H

#include "deploy/cost_model.h"
#include "report/measured.h"

/* In cuts[n] of cost_model_placements, before they are weighed: the accuracies of the evaluation take the
 * place of those with what arrives, since the two are not to be compared with each other, and its cuts cost
 * what they do with their bottleneck. Nothing where no accuracy is known. */
void retrained_take(const struct cost_model *d, const struct table *table, const struct measured *m,
                    struct placement *cuts, int n);

/* The costs alone, of one bottleneck at each split. */
void retrained_costs(const struct cost_model *d, const struct table *table, const struct bottleneck *b,
                     struct placement *cuts, int n);

#endif
