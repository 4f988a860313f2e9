/* trapped: the eigenvalues of which the cuts' trapped Fisher energy is made. */
#ifndef ISPLIT_WIRE_MESSAGE_TRAPPED_H
#define ISPLIT_WIRE_MESSAGE_TRAPPED_H

#include <jansson.h>

#include "base/error.h"
#include "curve/run_options.h"

/* Of `run` layers, images, pixels, batch, threads, exact and memory count; read for run_options_free. */
json_t *message_trapped_request(const struct run_options *run, long floats, uint64_t seed);
int message_trapped_request_read(const json_t *message, struct run_options *run, long *floats, uint64_t *seed,
                                 struct error *e);

/* One layer's: lambda[n], descending, or NULL: it has none. The array read is new. */
json_t *message_trapped(int layer, const double *lambda, int n);
int message_trapped_read(const json_t *message, int *layer, double **lambda, int *n, struct error *e);

#endif
