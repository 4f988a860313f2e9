/* A training: step by step, looked at on the validation images, kept in a checkpoint, and the best that it
 * came to, written as a network. */
#ifndef ISPLIT_WORKER_RETRAIN_H
#define ISPLIT_WORKER_RETRAIN_H

#include "base/error.h"
#include "train/retrain_request.h"
#include "worker/session_state.h"

/* Of the session's network and images, both as the request demands. Sends progress, step, skipped, nonfinite
 * and check messages, and in the end retrained, also after a stop, which keeps the best so far. -1: nothing
 * is written, but for a checkpoint; or the pipe is gone. */
int retrain_run(struct session *s, const struct retrain_request *request, struct error *e);

#endif
