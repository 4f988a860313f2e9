/* What the cuts of a network send on real images, and what becomes of its answers when the tail is given what
 * arrives. */
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
    const struct dataset *data; /* whose images all have a class */
    const struct features_request *request;
    struct sender *sender; /* for the graph's batch and the largest of the cuts */
    /* Whether to end: the batch under way is given up, and what came before it is the answer. Once true it
     * stays true. */
    bool (*stop)(void *user);
    void *user;
};

/* The calibration images give the range of int8 at each cut; then each batch of the others runs once as it is
 * and, from the last cut to the first, once behind each cut with what arrives as f16 and as int8. (f32 is
 * the tensor itself: that the tail then gives the same scores, bit for bit, is looked at in the first batch.)
 * The sums do not depend on the batch. -1: the pipe is gone, no image can be decoded, or bytes did not come
 * back as they were. */
int features_measure(const struct features_subject *subject, struct measured_features *out, struct error *e);

#endif
