/* What a network takes of the memory in a runtime, counted where memory is really given: in malloc's own
 * counters (mallinfo2), large blocks it maps included, in the pages that graphs map, and in the system's
 * count of pages that were written to (smaps_rollup). libdarknet allocates more than it touches: what only
 * training writes to. */
#ifndef ISPLIT_WORKER_FOOTPRINT_H
#define ISPLIT_WORKER_FOOTPRINT_H

#include "base/error.h"
#include "deploy/profile.h"
#include "worker/profile.h"

struct footprint {
    int64_t allocated, resident; /* by the process; resident -1 where the system does not tell */
};

/* Called before anything of the network is there, its input included: where `begin` is to come from. */
struct footprint footprint_now(void);

/* With the network loaded: runs it once, layer by layer, and looks after each. */
int footprint_measure(const struct footprint *begin, const struct profile_subject *subject,
                      struct profile_memory *out, struct error *e);

#endif
