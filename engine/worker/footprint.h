/* Memory of a network in a runtime, from malloc's own counters (mallinfo2, including large mapped blocks),
 * the pages that graphs map, and the system's count of written pages (smaps_rollup). libdarknet allocates
 * more than it touches: the rest is for training only. */
#ifndef ISPLIT_WORKER_FOOTPRINT_H
#define ISPLIT_WORKER_FOOTPRINT_H

#include "base/error.h"
#include "deploy/profile.h"
#include "worker/profile.h"

/* Of the process; resident -1 where the system does not report it. */
void footprint_now(int64_t *allocated, int64_t *resident);

/* With the network loaded: runs it once, layer by layer, and samples after each. The two are footprint_now
 * before anything of the network, its input included, was allocated. Sets loaded, peak and resident. */
int footprint_measure(int64_t allocated, int64_t resident, const struct profile_subject *subject,
                      struct profile *out, struct error *e);

#endif
