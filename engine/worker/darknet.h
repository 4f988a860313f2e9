/* libdarknet behind an opaque handle: it builds a network from our normalised cfg, loads its weights and runs
 * it forward. darknet.h takes many common names (layer, network, image, list, ADD, ...), so no other file
 * includes it. The library exits or crashes on bad input: callers check cfg and weights first. Its own CPU
 * backward pass is wrong at inference and never used. */
#ifndef ISPLIT_WORKER_DARKNET_H
#define ISPLIT_WORKER_DARKNET_H

#include "base/error.h"
#include "graph/graph.h"
#include "net/net.h"

struct darknet;

/* Builds `net` (batch 1), compares every shape with ours, and loads `weights` where it is not NULL. Layer
 * kinds that it has, but crashes on, are made to run. Prints its layer table to standard error. NULL on
 * error; a network of which the library lacks something is one. */
struct darknet *darknet_open(const struct net *net, const char *weights, struct error *e);

/* Folds the variances of a fork's batch norm, so that the library divides by what the fork divides by
 * (net/batch_norm.h). */
void darknet_fold_variances(struct darknet *d);

/* Just as the library is, without a remedy for what crashes it, from the file that `net` was read from,
 * unchanged: its batch must be 1. */
struct darknet *darknet_open_file(const struct net *net, const char *weights, struct error *e);
void darknet_close(struct darknet *d);

/* Forward pass of one image by libdarknet itself: x is [c][h][w] of the network's input. Then darknet_output
 * is the output of a layer, borrowed until the next call. */
void darknet_predict(struct darknet *d, const float *x);

/* The same; `after` is called after each layer, in order. */
void darknet_predict_traced(struct darknet *d, const float *x, graph_after_call *after, void *user);

const float *darknet_output(const struct darknet *d, int layer);

#endif
