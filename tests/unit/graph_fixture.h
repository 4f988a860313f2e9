/* A network with random weights, built from cfg text: read by our reader, its weights written to a
 * temporary file, compiled into a graph that lists every layer; and the same built by libdarknet. */
#ifndef ISPLIT_TESTS_GRAPH_FIXTURE_H
#define ISPLIT_TESTS_GRAPH_FIXTURE_H

#include <stdint.h>

#include "graph/graph.h"
#include "net/definition.h"
#include "net/net.h"
#include "worker/darknet.h"

struct fixture {
    struct net *net;
    struct params *params;
    struct darknet *darknet; /* NULL where it lacks something of the network */
    struct graph *graph;
};

/* A side of a map that stands for another in a cfg: "height=256" becomes "height=64". */
struct fixture_side {
    int from, to;
};

/* The cfg with smaller sides (heights and widths of the input and of crops), and with what every layer has of
 * filters or outputs divided by `narrower`, so that a network of 100 MB has 6: the layers and what they read
 * stay as they are. New string. */
char *fixture_reduce(const char *cfg, const struct fixture_side sides[2], int narrower);

/* Fails the running test on any error. `gain` scales the weights around variance-preserving ones. */
struct fixture fixture_make(const char *cfg, const char *name, int batch, enum tap tap, float gain);
/* With more of the graph's options; `listed` NULL stands for every layer. */
struct fixture fixture_make_graph(const char *cfg, const char *name, const struct graph_options *options,
                                  float gain);
/* Makes the graph again from the same weights; -1 with the error, and then there is no graph. */
int fixture_graph_again(struct fixture *f, const struct graph_options *options, struct error *e);
void fixture_free(struct fixture *f);

/* How many ops of the graph are Winograd convolutions. */
int fixture_winograds(const struct fixture *f);

/* A small generator of its own, so that tests are the same everywhere: uniform in [-1, 1). */
float fixture_random(uint64_t *state);

#endif
