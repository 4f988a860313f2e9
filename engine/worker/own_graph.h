/* A network in a graph of our own that computes the outputs of one input: for networks that libdarknet cannot
 * run, and for what it computes otherwise. Direct convolutions only, so that equal layers give equal bits. */
#ifndef ISPLIT_WORKER_OWN_GRAPH_H
#define ISPLIT_WORKER_OWN_GRAPH_H

#include "base/error.h"
#include "net/net.h"
#include "net/weights.h"

struct own_graph;

/* `info` as from weights_check, with the formula of batch norm to use. All are borrowed until it is open.
 * NULL on error. */
struct own_graph *own_graph_open(const struct net *net, const char *weights, const struct weights_info *info,
                                 struct error *e);
void own_graph_close(struct own_graph *g);

/* Runs an input, [c][h][w]: *bad is the first layer of which a number was not finite; -1: all were. */
int own_graph_forward(struct own_graph *g, const float *x, int *bad, struct error *e);

/* The same where such a number is an error. */
int own_graph_run(struct own_graph *g, const float *x, struct error *e);

/* The output of a layer, up to that of the scores, after its activation. */
void own_graph_get(const struct own_graph *g, int layer, float *out);

#endif
