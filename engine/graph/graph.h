/* A graph: one network compiled for one batch size, processor and number of threads. It runs images
 * forward and the gradient of one class score back, and shows each listed layer's activation and
 * gradient on the way. Parameters are folded and packed at creation and not kept. */
#ifndef ISPLIT_GRAPH_GRAPH_H
#define ISPLIT_GRAPH_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "graph/tensor.h"
#include "graph/tuning.h"
#include "net/definition.h"
#include "net/net.h"

/* Learned numbers of one layer, in Darknet's order; NULL where the kind has none. Connected weights are
 * [out][in], convolution [n][c/groups][size][size], deconvolution [c][n][size][size]. */
struct graph_params {
    const float *biases, *scales, *mean, *variance, *weights;
};

/* How convolutions are computed where there is a choice (graph/choose.h). */
enum graph_algorithms { GRAPH_TIMED, GRAPH_EXACT, GRAPH_WINOGRAD };

struct graph_options {
    int batch;   /* 0: chosen from the size of the activations */
    int threads; /* 0: as many as processors */
    enum tap tap;
    const bool *listed;   /* [layers_n] which layers are shown to the tap */
    bool shows_gradients; /* to the tap; else it sees only their means, which is faster */
    enum graph_algorithms algorithms;
    enum precision precision;    /* bf16 has only the direct algorithm */
    const char *cache;           /* of timings, or NULL */
    const struct tuning *tuning; /* or NULL: made after this one, else refused; where given, batch and threads
                                    0 and GRAPH_TIMED stand for the tuning's */
    int64_t memory;              /* bytes this process may hold; 0: most of what the machine has free */
    int64_t held;                /* bytes of the heap it holds already, for other things */
    bool transposed;             /* the caller turned the connected weights while it loaded them */
    const struct graph_capacity *capacity; /* as graph_size has told, or NULL: asked for */
    /* Called when the parameters of a layer are not needed any more; may be NULL. */
    void (*release)(void *user, int layer);
    void *user;
};

struct graph;

/* -1 where this processor, or what oneDNN may use of it, cannot compute so. */
int graph_check_precision(enum precision precision, struct error *e);

/* What a graph may take. */
struct graph_capacity {
    int batch;
    int64_t bytes; /* with its caller's copy of the parameters; Winograd is taken where it fits in */
};

/* Whether there is memory for the graph, told from the network alone, with the copy of the parameters that
 * its caller holds until they are released: 0 with the batch that is asked for or, where that is open, the
 * best one that fits; -1 with how much is needed and how much there may be. */
int graph_size(const struct net *net, const struct graph_options *options, struct graph_capacity *capacity,
               struct error *e);

/* NULL on error; a tuning that does not fit is one. `params` is [layers_n] and, like `net`, is borrowed: net
 * for the graph's life. */
struct graph *graph_make(const struct net *net, const struct graph_params *params,
                         const struct graph_options *options, struct error *e);
void graph_free(struct graph *graph);

int graph_batch(const struct graph *graph);
int graph_threads(const struct graph *graph);
uint64_t graph_hash(const struct graph *graph);         /* of its tuning: what its rows depend on */
struct tuning *graph_tuning(const struct graph *graph); /* new; for tuning_free */
size_t graph_bytes(const struct graph *graph);          /* memory held */

/* Whether the layer's tap has a gradient of its own: it lies on a path to the score, not behind it. */
bool graph_has_gradient(const struct graph *graph, int layer);

/* Copies one image's pixels, [c][h][w], into the batch; slot < batch. Slots not set keep what they had. */
void graph_set_input(struct graph *graph, int slot, const float *pixels);

/* Forward pass of the whole batch. Then graph_scores is [batch][classes]. */
int graph_forward(struct graph *graph, struct error *e);

/* The same; `after` (may be NULL) is called when a layer that runs is done, in their order. */
typedef void graph_after_call(void *user, int layer);
int graph_forward_traced(struct graph *graph, graph_after_call *after, void *user, struct error *e);
const float *graph_scores(const struct graph *graph);

/* What crosses a clean cut after `layer`, for one image: its output [c][h][w] after graph_forward, after its
 * activation (of the score layer: as graph_scores has it). graph_put sets it, and graph_forward_from computes
 * what lies behind it again. Both change nothing that lies before the layer, except in a layer whose output
 * it repeats: put back what was there before an earlier cut is looked at. (graph_cut.c) */
void graph_get(const struct graph *graph, int layer, int slot, float *out);
void graph_put(struct graph *graph, int layer, int slot, const float *in);
int graph_forward_from(struct graph *graph, int layer, struct error *e);

/* The class that wins for one slot: the largest output of the softmax (over a tree: the likeliest leaf), or
 * the largest score where there is none. */
int graph_predicted(const struct graph *graph, int slot);

/* What is shown of a listed layer: A, alpha (the mean of G over the pixels, [batch][channels, whole blocks]),
 * and G itself where the graph was made to show it, else NULL. */
struct graph_view {
    struct tensor shape;
    const void *a; /* as shape.type says */
    const float *alpha;
    const void *g;
};

/* Backward pass after graph_forward: for each slot the gradient of the score of class target[slot]. `tap` is
 * called once for each listed layer with a gradient, from the last to the first, with the whole batch. */
typedef void graph_tap_call(void *user, int layer, const struct graph_view *view);
int graph_backward(struct graph *graph, const int *target, graph_tap_call *tap, void *user, struct error *e);

#endif
