/* The predicted class, given the scores before the softmax. */
#ifndef ISPLIT_GRAPH_PREDICTED_H
#define ISPLIT_GRAPH_PREDICTED_H

#include "base/error.h"
#include "net/net.h"

struct predicted;

struct predicted *predicted_make(const struct net *net, struct error *e);
void predicted_free(struct predicted *predicted);

/* Index of the largest output; of equal ones the first. Over a tree: the leaf with the largest product of
 * probabilities along its path (Redmon & Farhadi 2017, section 4). scores: [classes]. Not thread-safe. */
int predicted_class(struct predicted *predicted, const float *scores);

#endif
