/* What the cuts of a network send on real images, and how accurate it is when the tail gets what arrives. */
#ifndef ISPLIT_WORKER_FEATURES_H
#define ISPLIT_WORKER_FEATURES_H

#include "base/error.h"
#include "features/measured_features.h"
#include "graph/graph.h"
#include "worker/sender.h"
#include "worker/session_state.h"

/* With a graph of the session's network and a sender for its batch and the largest cut. A stop abandons the
 * current batch: the answer covers the earlier ones. The calibration images set the ranges at each cut; then
 * each batch of the others runs once uncut and, from the last cut to the first, through each tail with what
 * arrives in each dtype asked for. (f32 is the tensor itself: the first batch checks that the tail gives the
 * same scores bit for bit.) The sums do not depend on the batch size. -1: the pipe is gone, no image can be
 * decoded, or bytes did not survive the round trip. */
int features_measure(struct session *s, struct graph *graph, struct sender *sender,
                     const struct features_request *request, struct measured_features *out, struct error *e);

#endif
