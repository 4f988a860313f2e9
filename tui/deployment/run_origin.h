/* Which network the halves in a folder were made of, as the provenance beside them tells. */
#ifndef ISPLIT_DEPLOYMENT_RUN_ORIGIN_H
#define ISPLIT_DEPLOYMENT_RUN_ORIGIN_H

#include "base/error.h"
#include "deployment/run_job.h"
#include "net/table.h"

/* How many scores come from the tail, where its cfg file is here to tell; 0: not known. */
int run_origin_outputs(const char *folder);

/* Whether something beside the halves says of which network they are. */
bool run_origin_is_told(const char *folder);

/* Halves whose input or outputs are not those of a network, called `name`, are none of it. -1 with the
 * reason. */
int run_origin_match(const char *folder, const struct table *table, const char *name, struct error *e);

/* Cuts between which images move must be other cuts of one network: two of the same halves, halves of other
 * networks, or of retrained ones that began as others, are refused with their folders. Halves whose
 * provenance is not there are believed as far as input and outputs are the same. -1 with the reason. */
int run_origin_check(const struct exchange_cut *cuts, int n, struct error *e);

#endif
