/* Which network the halves in a folder were made of, as the provenance beside them tells. */
#ifndef ISPLIT_DEPLOYMENT_RUN_ORIGIN_H
#define ISPLIT_DEPLOYMENT_RUN_ORIGIN_H

#include "base/error.h"
#include "deployment/run_job.h"
#include "net/definition.h"
#include "net/table.h"

/* What goes into the head and comes from the tail, where their cfg files are here to tell; 0: not known. */
struct run_shape {
    struct net_shape in;
    int outputs;
};
struct run_shape run_origin_shape(const char *folder);

/* Whether something beside the halves says of which network they are. */
bool run_origin_is_told(const char *folder);

/* Halves whose input or outputs are not those of a network, called `name`, are none of it. -1 with the
 * reason. */
int run_origin_match(const char *folder, const struct table *table, const char *name, struct error *e);

/* Cuts between which images move must be other cuts of one network: two of the same halves, halves of other
 * networks, or of retrained ones that began as others, are refused with their folders. Halves whose
 * provenance is not there are believed as far as input and outputs are the same. -1 with the reason. */
int run_origin_check(const struct run_cut *cuts, int n, struct error *e);

#endif
