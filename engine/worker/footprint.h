/* Memory of a network in a runtime, from malloc's own counters (mallinfo2, including large mapped blocks),
 * the pages that graphs map, and the system's count of written pages (smaps_rollup). libdarknet allocates
 * more than it touches: the rest is for training only. */
#ifndef ISPLIT_WORKER_FOOTPRINT_H
#define ISPLIT_WORKER_FOOTPRINT_H

#include "base/error.h"
#include "deploy/profile.h"
#include "worker/profile.h"

struct footprint {
    int64_t allocated, resident; /* of the process; resident -1 where the system does not report it */
};

/* Call before anything of the network, its input included, is allocated: gives `begin`. */
struct footprint footprint_now(void);

/* With the network loaded: runs it once, layer by layer, and samples after each. */
int footprint_measure(const struct footprint *begin, const struct profile_subject *subject,
                      struct profile_memory *out, struct error *e);

#endif
