/* Makes head and tail of a network and verifies them before the files get their names: libdarknet runs the
 * whole, then the head and the tail from the files as they were written, and every number of the tensor that
 * is sent and of the tail's output must be the whole's, bit for bit. */
#ifndef ISPLIT_WORKER_PARTITION_H
#define ISPLIT_WORKER_PARTITION_H

#include "base/error.h"
#include "net/net.h"
#include "partition/partition_request.h"

/* Callbacks during the partition. */
struct partition_host {
    /* Fills x, an input of the network, with number i (from 0 on, each once, ascending). 0 where there are no
     * more; -1 where the pipe is gone or there is no input at all. */
    int (*input)(void *user, int i, float *x, struct error *e);
    /* A long step begins; -1 to stop. */
    int (*step)(void *user, const char *what, struct error *e);
    void *user;
};

/* `net` was read from the cfg file at net->path. Fills in the answer; -1: nothing is written, an earlier
 * partition is unchanged. */
int partition_make(const struct net *net, const char *weights, const struct partition_request *request,
                   const struct partition_host *host, struct partition_answer *answer, struct error *e);

#endif
