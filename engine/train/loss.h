/* What training makes small, and its gradient by the scores. */
#ifndef ISPLIT_TRAIN_LOSS_H
#define ISPLIT_TRAIN_LOSS_H

#include "train/retrain_request.h"

/* The mean over the first `used` images of a batch; z are their scores before a softmax, [used][outputs]:
 *
 *     labels:   cross-entropy, log sum exp z - z_y; with one output log(1 + exp z) - y z, y 0 or 1
 *     distill:  T^2 KL(p || q), p and q the probabilities of `teacher` and z divided by the temperature T
 *               (Hinton, Vinyals, Dean: Distilling the knowledge in a neural network, 2015)
 *     both:     the mean of the two
 *
 * `labels` [used] is read for labels and both, `teacher` [used][outputs] (scores, too) for distill and both.
 * `gradient` is [batch][outputs], 0 for the images beyond `used`; NULL: only the loss is wanted. Computed in
 * double; large scores do not overflow, a score that is not finite makes the loss so. */
double loss_of(enum retrain_loss kind, double temperature, int outputs, int used, const float *scores,
               const int *labels, const float *teacher, float *gradient, int batch);

#endif
