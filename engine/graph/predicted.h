/* What the network answers, given the scores before the softmax: the predicted class, or one drawn as likely
 * as the network holds it to be. */
#ifndef ISPLIT_GRAPH_PREDICTED_H
#define ISPLIT_GRAPH_PREDICTED_H

#include <stdbool.h>

#include "base/error.h"
#include "curve/order.h"
#include "net/net.h"

struct predicted;

struct predicted *predicted_make(const struct net *net, struct error *e);
void predicted_free(struct predicted *predicted);

/* Index of the largest output; of equal ones the first. Over a tree: the leaf with the largest product of
 * probabilities along its path (Redmon & Farhadi 2017, section 4). scores: [classes]. Not thread-safe. */
int predicted_class(struct predicted *predicted, const float *scores);

/* What the softmax layer gives, by Darknet's rule: each group its own; over a tree the probability of a node
 * given its parent. The network must have one. scores, out: as many as that
 * layer has outputs. */
void predicted_outputs(const struct predicted *predicted, const float *scores, float *out);

/* Whether the network's probabilities are those of one softmax over all its scores (also where it has none),
 * and at which temperature. */
bool predicted_is_plain(const struct net *net, double *temperature);

/* Draws an answer y ~ p(.|x): the softmax with its temperature (a network without one: of the scores); each
 * group its own; over a tree from the root down to a leaf; of a single output y, whose scores are -y and y,
 * class 1 with probability 1 / (1 + exp(-y)). gradient[classes]: that of log p(y|x) by the scores. Not
 * thread-safe. */
void predicted_draw(struct predicted *predicted, const float *scores, struct order_random *random,
                    float *gradient);

#endif
