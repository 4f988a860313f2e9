/* What the pictures themselves take, and how accurate the whole network is when it gets them as JPEG. */
#ifndef ISPLIT_WORKER_PICTURES_H
#define ISPLIT_WORKER_PICTURES_H

#include "base/error.h"
#include "graph/graph.h"
#include "worker/session_state.h"

/* With a graph of the session's network: sends a row for each image, then how many there were. What is
 * written as JPEG is the picture that a device with this network would send: fitted to the network's input,
 * with 8 bits a channel, where that has fewer pixels, else of its own size, to be fitted by the receiver.
 * Images that cannot be decoded, or with a number in them that is not finite, have a row that says no more:
 * who measures the cuts names them. A stop abandons the current batch. -1: the pipe is gone, or a picture
 * cannot be written. */
int pictures_measure(struct session *s, struct graph *graph, const struct run_options *run, struct error *e);

/* Heap that this takes beside the graph. */
int64_t pictures_bytes(const struct net *net, const struct run_options *run, int batch);

#endif
