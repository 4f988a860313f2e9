/* What the parts of a graph share: graph.c makes and runs it, graph_buffers.c gives it memory. */
#ifndef ISPLIT_GRAPH_GRAPH_PARTS_H
#define ISPLIT_GRAPH_GRAPH_PARTS_H

#include "graph/arena.h"
#include "graph/graph.h"
#include "graph/needs.h"
#include "graph/node.h"
#include "graph/predicted.h"
#include "net/definition.h"

/* Always there for images that are decoded: one of a million pixels fits, whatever its format. */
#define GRAPH_DECODING ((int64_t)16 << 20)

struct graph {
    const struct net *net;
    struct onednn *dn;
    int batch, threads;
    enum tap tap;
    enum precision precision;
    enum epsilon epsilon;
    struct node *nodes; /* [layers_n] */
    struct tensor input_shape;
    char *activations; /* [activations_bytes] input, then y of all nodes, one after the other */
    size_t activations_bytes;
    void *spare;         /* [spare_bytes] */
    struct needs *needs; /* while the graph is made */
    int64_t capacity;    /* bytes the graph may take, */
    int64_t left;        /* of them it does not take while it runs */
    size_t spare_bytes;
    struct arena *gradients; /* dy of all nodes, sharing memory over time */
    void *input;             /* [batch][...] */
    float *scores;           /* [batch][classes] */
    double *largest; /* [1 + layers_n] the input's, then each y's: no number is larger, as far as known */
    int *overflowed; /* [batch] the first layer with a number that is not finite, or -1 */
    float *alpha;    /* [batch][...] of the layer passed to the tap */
    float *sums;     /* scratch of kernels_end */
    bool shows_gradients;
    struct predicted *predicted;
    struct graph_train *train; /* where there are layers that train, else NULL */
    double macs, slow_macs;    /* of convolutions, both passes; those that f32 computes at least as fast */
    size_t bytes;
    uint64_t listed; /* hash of the listed layers */
};

/* A graph that knows which nodes run and have gradients, and nothing else yet: no batch, no memory. */
struct graph *graph_outline(const struct net *net, const struct graph_options *options);

/* The derivative of a nonlinear activation is computed from z where y has few digits: near saturation 1 - y
 * would have none. */
bool graph_needs_z(const struct node *node);

/* Whether the layer's activation is applied: the score is read before it. */
bool graph_activates(const struct graph *graph, int layer);

/* The pre-activation needs a buffer of its own only where the derivative or the tap reads it. */
bool graph_keeps_z(const struct graph *graph, const struct node *node);

/* Whether the layer runs and reads its sources' outputs. */
bool graph_reads(const struct graph *graph, int layer);

/* How many times the layer's output is read. */
int graph_readers(const struct graph *graph, int layer);

/* Lays out all buffers for graph->batch images: fills the arena and returns the bytes of all buffers, without
 * allocating them. */
size_t graph_lay_out(struct graph *graph);

/* graph_train.c: what the layers that train share, NULL without memory; a layer's op; its gradients, once
 * made_dy is there; and the call that gets them, once the layer's parameters have passed the gradient on. */
struct graph_train *graph_train_new(const struct graph *graph);
void graph_train_free(struct graph_train *t);
int64_t graph_train_bytes(const struct graph *graph);
int graph_train_make_op(struct graph *graph, int layer, struct error *e);
int graph_train_run(struct graph *graph, int layer, struct error *e);
int graph_train_hand_over(struct graph *graph, int layer, struct error *e);

/* Of a convolution, by the options alone: direct where they leave it to a timing. */
enum onednn_algorithm graph_algorithm(const struct graph *graph, const struct graph_options *o,
                                      const struct onednn_layer *l, enum onednn_pass pass);

/* graph_cut.c: one image of plain numbers, [c][h][w], as the tensor lies; padding stays as it is, 0. */
void graph_pack(struct tensor t, const float *in, void *out);

/* Allocates what graph_lay_out has laid out and points the nodes at it. */
int graph_allocate(struct graph *graph, struct error *e);

#endif
