/* The worker's state between requests (a network, its data, a compiled graph), and the answers to the
 * requests of wire/PROTOCOL.md. */
#ifndef ISPLIT_WORKER_SESSION_H
#define ISPLIT_WORKER_SESSION_H

#include "base/error.h"
#include "wire/channel.h"

/* Answers requests until the front end closes the pipe. 0 then; -1 where the pipe broke. */
int session_serve(struct channel *channel, struct error *e);

#endif
