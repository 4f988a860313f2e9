/* Makes head and tail of a network and verifies them before the files get their names: the whole runs, then
 * the head and the tail from the files as they were written, and every number of the tensor that is sent and
 * of the tail's output must be the whole's, bit for bit. libdarknet runs them, just as it is, or, where it
 * cannot run the network, a graph of our own. */
#ifndef ISPLIT_WORKER_PARTITION_H
#define ISPLIT_WORKER_PARTITION_H

#include "base/error.h"
#include "partition/partition_request.h"
#include "worker/session_state.h"

/* Of the session's network, which was read from the cfg file at net->path. Fills in the answer; -1: nothing
 * is written, an earlier partition is unchanged. */
int partition_make(struct session *s, const struct partition_request *request,
                   struct partition_answer *answer, struct error *e);

#endif
