/* What the cuts of a network send on real images, and how accurate it is when the tail gets what arrives. */
#ifndef ISPLIT_WORKER_FEATURES_H
#define ISPLIT_WORKER_FEATURES_H

#include "base/error.h"
#include "features/measured_features.h"
#include "graph/graph.h"
#include "worker/sender.h"
#include "worker/session_state.h"

/* With a graph of the session's network and a sender for its batch and the largest cut: sends the ranges that
 * the calibration images give at each cut, unless the request has them; then of each batch of the others,
 * which runs once uncut and, from the last cut to the first, through each tail with what arrives in each
 * dtype asked for, a row for each image; then how many there were. A stop abandons the current batch. (f32 is
 * the tensor itself: the first batch checks that the tail gives the same scores bit for bit.) A row does not
 * depend on the batch size. -1: the pipe is gone, no image can be decoded, or bytes did not survive the round
 * trip. */
int features_measure(struct session *s, struct graph *graph, struct sender *sender,
                     const struct features_request *request, struct error *e);

#endif
