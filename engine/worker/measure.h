/* One run: images through the graph, a row of importances for each, answers sent as they are ready. */
#ifndef ISPLIT_WORKER_MEASURE_H
#define ISPLIT_WORKER_MEASURE_H

#include <stdbool.h>

#include "base/error.h"
#include "curve/run_options.h"
#include "data/dataset.h"
#include "graph/graph.h"
#include "wire/channel.h"

/* Callbacks during the run. */
struct measure_host {
    /* Whether the run is to end; called between images. Once true it stays true. */
    bool (*stop)(void *user);
    /* Called between two batches, when other work may use the graph. -1 where the pipe is gone. */
    int (*between)(void *user, struct error *e);
    void *user;
};

/* Sends result, skipped and nonfinite messages and, at the end or when stopped, done. -1 where the run cannot
 * continue (no message is sent for that) or the pipe is gone. */
int measure_run(struct channel *channel, struct graph *graph, const struct net *net,
                const struct dataset *data, const struct run_options *options,
                const struct measure_host *host, struct error *e);

#endif
