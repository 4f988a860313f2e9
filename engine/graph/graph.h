/* A graph: one network compiled for one batch size, processor and number of threads. It runs images forward
 * and the gradient of one class score back, and passes each listed layer's activation and gradient to a
 * callback, the tap. Parameters are folded and packed at creation and not kept. */
#ifndef ISPLIT_GRAPH_GRAPH_H
#define ISPLIT_GRAPH_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "graph/tensor.h"
#include "graph/tuning.h"
#include "net/definition.h"
#include "net/net.h"
#include "net/params.h"

/* How convolutions are computed where there is a choice (graph/choose.h). */
enum graph_algorithms { GRAPH_TIMED, GRAPH_EXACT, GRAPH_WINOGRAD };

struct graph_options {
    int batch;   /* 0: chosen from the size of the activations, and from */
    long images; /* how many images are to come in all; 0: not known */
    int threads; /* 0: as many as processors */
    enum tap tap;
    const bool *listed;   /* [layers_n] listed layers: those passed to the tap */
    const bool *trains;   /* [layers_n] layers whose parameters change (graph/graph_train.h); or NULL */
    const bool *by_batch; /* [layers_n] of these, batch norms by the batch's own statistics; or NULL */
    bool shows_gradients; /* the tap gets whole gradients; else only their means, which is faster */
    enum graph_algorithms algorithms;
    enum precision precision;    /* bf16 has only the direct algorithm */
    const char *cache;           /* path of the cached timings, or NULL */
    const struct tuning *tuning; /* or NULL; the graph follows it, or is refused; where given, batch and
                                    threads 0 and GRAPH_TIMED mean the tuning's */
    int64_t memory;              /* bytes this process may hold; 0: most of the machine's free memory */
    int64_t held;                /* heap bytes held already, for other things */
    bool transposed;             /* connected weights are turned while they are read */
    int sized_batch;             /* from graph_size, as is the next; 0: graph_make asks it */
    int64_t sized_bytes;
};

struct graph;

/* -1 where this processor, or the part of it that oneDNN may use, does not support it. */
int graph_check_precision(enum precision precision, struct error *e);

/* Whether there is memory for the graph, computed from the network alone: 0 with the requested batch or,
 * where none is requested, the best one that fits; -1 with how much is needed and how much is allowed.
 * *bytes: what it may take; Winograd is used where it fits into that. */
int graph_size(const struct net *net, const struct graph_options *options, int *batch, int64_t *bytes,
               struct error *e);

/* Reads the parameters of one layer after the other. NULL on error; a tuning that does not fit is one. `net`
 * is borrowed for the graph's life. */
struct graph *graph_make(const struct net *net, struct params *params, const struct graph_options *options,
                         struct error *e);
void graph_free(struct graph *graph);

int graph_batch(const struct graph *graph);
int graph_threads(const struct graph *graph);
uint64_t graph_hash(const struct graph *graph);         /* hash of its tuning: what its rows depend on */
struct tuning *graph_tuning(const struct graph *graph); /* new; for tuning_free */
size_t graph_bytes(const struct graph *graph);          /* memory held */
/* Bytes of the memory allowed that images being decoded may take while it runs. */
int64_t graph_decoding_bytes(const struct graph *graph);

/* Of a graph in bf16 that has chosen its algorithms: which part of the work of its convolutions f32 would do
 * at least as fast, by Winograd; else 0. */
double graph_slow_share(const struct graph *graph);

/* Whether the layer's tap has a gradient of its own: it lies on a path to the score, not after it. */
bool graph_has_gradient(const struct graph *graph, int layer);

/* Copies one image's pixels, [c][h][w], into the batch; slot < batch. Slots not set keep what they had. */
void graph_set_input(struct graph *graph, int slot, const float *pixels);

/* Forward pass of the whole batch. Then graph_scores is [batch][classes]. */
int graph_forward(struct graph *graph, struct error *e);

/* The same; `after` (may be NULL) is called when each running layer is done, in order. */
typedef void graph_after_call(void *user, int layer);
int graph_forward_traced(struct graph *graph, graph_after_call *after, void *user, struct error *e);
const float *graph_scores(const struct graph *graph);

/* The first layer of which a number was not finite in that pass, before its activation, in one slot: -1: all
 * were. What comes after it is worth nothing, and may look sound. */
int graph_not_finite(const struct graph *graph, int slot);

/* What crosses a clean cut after `layer`, for one image: its output [c][h][w] after graph_forward, after its
 * activation (of the score layer: as graph_scores has it). graph_put sets it, and graph_forward_from
 * recomputes the layers after it. Neither changes anything before the layer, except a layer whose output it
 * repeats: restore that before using an earlier cut. (graph_cut.c) */
void graph_get(const struct graph *graph, int layer, int slot, float *out);
void graph_put(struct graph *graph, int layer, int slot, const float *in);
int graph_forward_from(struct graph *graph, int layer, struct error *e);
/* The same as far as layer `last`: neither scores nor what graph_not_finite says are of that pass. */
int graph_forward_between(struct graph *graph, int layer, int last, struct error *e);

/* The same tensor as it lies in the graph, with padding, which is 0 and must stay 0; *n numbers. NULL where
 * they are not f32. */
float *graph_cut_numbers(const struct graph *graph, int layer, int slot, size_t *n);

/* An upper bound of *n, before there is a graph. */
int64_t graph_cut_most(struct net_shape shape);

/* The predicted class of one slot: the largest output of the softmax (over a tree: the likeliest leaf), or
 * the largest score where there is none. */
int graph_predicted(const struct graph *graph, int slot);

/* Backward pass after graph_forward: for each slot the gradient of the score of class target[slot]. `tap` is
 * called once for each listed layer with a gradient, from the last to the first, with the whole batch: A, of
 * dtype shape.type; alpha, the mean of G over the pixels, [batch][channels, whole blocks]; and G itself where
 * the graph was made for that, else NULL. */
typedef void graph_tap_call(void *user, int layer, struct tensor shape, const void *a, const float *alpha,
                            const void *g);
int graph_backward(struct graph *graph, const int *target, graph_tap_call *tap, void *user, struct error *e);

/* The same from any gradient by the scores, [batch][classes], as graph_scores has them. */
int graph_backward_from(struct graph *graph, const float *gradient, graph_tap_call *tap, void *user,
                        struct error *e);

#endif
