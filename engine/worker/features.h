/* What the cuts of a network send on real images, and how accurate it is when the tail gets what arrives. */
#ifndef ISPLIT_WORKER_FEATURES_H
#define ISPLIT_WORKER_FEATURES_H

#include <stdbool.h>

#include "base/error.h"
#include "data/dataset.h"
#include "features/measured_features.h"
#include "graph/graph.h"
#include "wire/channel.h"
#include "worker/sender.h"

struct features_subject {
    struct channel *channel; /* for progress, skipped and nonfinite */
    struct graph *graph;
    const struct net *net;
    const struct dataset *data; /* every image has a class */
    const struct features_request *request;
    struct sender *sender; /* for the graph's batch and the largest cut */
    /* Whether to stop: the current batch is abandoned, and the answer covers the earlier ones. Once true it
     * stays true. */
    bool (*stop)(void *user);
    void *user;
};

/* The calibration images set the range of int8 at each cut; then each batch of the others runs once uncut
 * and, from the last cut to the first, through each tail with what arrives as f16 and as int8. (f32 is the
 * tensor itself: the first batch checks that the tail gives the same scores bit for bit.) The sums do not
 * depend on the batch size. -1: the pipe is gone, no image can be decoded, or bytes did not survive the round
 * trip. */
int features_measure(const struct features_subject *subject, struct measured_features *out, struct error *e);

#endif
