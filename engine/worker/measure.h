/* One run: images through the graph, a row of importances for each, answers sent as they are ready. */
#ifndef ISPLIT_WORKER_MEASURE_H
#define ISPLIT_WORKER_MEASURE_H

#include "base/error.h"
#include "curve/run_options.h"
#include "worker/session_state.h"

/* With the session's graph, and its heatmaps between two batches. Sends result, skipped and nonfinite
 * messages and, at the end or when stopped, done. -1 where the run cannot continue (no message is sent for
 * that) or the pipe is gone. */
int measure_run(struct session *s, const struct run_options *options, struct error *e);

#endif
