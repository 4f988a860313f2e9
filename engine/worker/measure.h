/* One run: images through the plan, a row of importances for each, answers sent as they come. */
#ifndef ISPLIT_WORKER_MEASURE_H
#define ISPLIT_WORKER_MEASURE_H

#include <stdbool.h>

#include "base/error.h"
#include "data/dataset.h"
#include "link/channel.h"
#include "link/message.h"
#include "plan/plan.h"

/* Looks whether the front end has asked to stop; called between images. Once true it stays true. */
typedef bool measure_stop(void *user);

/* Sends result, skipped and nonfinite messages and, at the end or when stopped, done. -1 where the run cannot
 * go on (nothing sent for that) or the pipe is gone. */
int measure_run(struct channel *channel, struct plan *plan, const struct net *net, const struct dataset *data,
                const struct run_options *options, measure_stop *stop, void *user, struct error *e);

#endif
