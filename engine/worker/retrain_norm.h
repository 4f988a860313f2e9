/* Batch norm taken anew: the statistics of a network over other images than it was trained on, or with a
 * bottleneck in it. */
#ifndef ISPLIT_WORKER_RETRAIN_NORM_H
#define ISPLIT_WORKER_RETRAIN_NORM_H

#include "base/error.h"
#include "train/retrain_request.h"
#include "worker/retrain_inputs.h"
#include "worker/retrain_net.h"
#include "worker/session_state.h"

/* Replaces mean and variance of each batch norm that learns, but not by the batch, by those of what it
 * normalises over the training images: from the first layer to the last, so that each is taken behind those
 * that were taken before it. */
int retrain_norm_retake(struct session *s, const struct retrain_request *request, struct retrain_net *net,
                        struct retrain_inputs *inputs, struct error *e);

#endif
