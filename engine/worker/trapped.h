/* Trapped Fisher energy (predict/trapped.h): images through the graph once forward and twice back, patches of
 * all listed layers kept on the way, and their eigenvalues. */
#ifndef ISPLIT_WORKER_TRAPPED_H
#define ISPLIT_WORKER_TRAPPED_H

#include "base/error.h"
#include "curve/run_options.h"
#include "predict/trapped.h"
#include "worker/session_state.h"

/* Bytes that it holds beside the graph. */
int64_t trapped_bytes(const struct net *net, const struct run_options *run, long floats);

/* With a graph made to show the gradients of the layers of `run`, which is freed. Sends skipped and nonfinite
 * messages, progress, a message for each of the layers, and done; after a stop done alone. -1 where it cannot
 * continue (no message is sent for that) or the pipe is gone. */
int trapped_run(struct session *s, struct graph *graph, const struct run_options *run, long floats,
                uint64_t seed, struct error *e);

#endif
