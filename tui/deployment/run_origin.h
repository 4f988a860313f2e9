/* Which network the halves in a folder were made of, as the provenance beside them tells. */
#ifndef ISPLIT_DEPLOYMENT_RUN_ORIGIN_H
#define ISPLIT_DEPLOYMENT_RUN_ORIGIN_H

#include "base/error.h"
#include "deployment/run_job.h"

/* Cuts between which images move must be other cuts of one network: two of the same halves, halves of other
 * networks, or of retrained ones that began as others, are refused with their folders. Halves whose
 * provenance is not there are believed. -1 with the reason. */
int run_origin_check(const struct run_cut *cuts, int n, struct error *e);

#endif
