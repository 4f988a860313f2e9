/* What the images of one batch send at one cut: how many bytes that is in each dtype by each coder, every
 * frame decoded again and compared; and what arrives, put into the slots of the graph for the tail. */
#ifndef ISPLIT_WORKER_SENDER_H
#define ISPLIT_WORKER_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "features/encode.h"
#include "features/measured_features.h"
#include "graph/graph.h"
#include "net/net.h"

struct sender;
enum { SENDER_IN_PLACE = -1 };

/* For the cuts, dtypes, coders and level of the request, `threads` at a time; the request is borrowed. Memory
 * of each thread is allocated here, memory of each image of a batch by sender_batch: one tensor as f32, which
 * sender_batch_bytes foresees for the largest of all cuts. */
struct sender *sender_new(const struct features_request *request, const struct net *net, int threads,
                          struct error *e);
int sender_batch(struct sender *s, int batch, struct error *e);
int64_t sender_batch_bytes(const struct features_request *request, const struct net *net, int batch);
void sender_free(struct sender *s);

/* What one image is to be coded as at one cut, by each coder that is asked for; and the answers: bytes. */
struct sender_item {
    int slot;
    enum dtype type;
    bool coders[CODERS];
    const struct encode_affine *affine;
    const struct encode_affine *drawn; /* scales of other draws, `step` apart: bytes with these as well */
    size_t step;
    int draws;                /* 0: none */
    bool drawn_by[CODERS];    /* by which coders */
    size_t coded[CODERS];     /* bytes */
    size_t (*others)[CODERS]; /* [draws] bytes with the other scales */
    bool timed;               /* whether the next two are wanted, which takes a little longer */
    double encode_ms[CODERS], decode_ms[CODERS];
};

/* Codes items[n] of the tensors that the graph has behind the layer, on all threads. -1 where a frame does
 * not decode to what was coded. */
int sender_code(struct sender *s, const struct graph *graph, int layer, size_t numbers,
                struct sender_item *items, int n, struct error *e);

/* Whether every number that a slot has behind these layers is finite; the first layer where not, else -1. */
int sender_not_finite(const struct graph *graph, const int *layers, int layers_n, int slot);

/* Keeps the tensors of slots 0 to used - 1 behind the layer, and puts them back. */
void sender_keep(struct sender *s, const struct graph *graph, int layer, int used);
void sender_restore(struct sender *s, struct graph *graph, int layer, int used);

/* Puts what arrives of a kept tensor in that dtype into a slot; SENDER_IN_PLACE: of the one that is in the
 * slot. Returns how many numbers were clipped to the type's range. For several threads at once, each with a
 * slot of its own. */
size_t sender_put(const struct sender *s, struct graph *graph, int layer, int kept, enum dtype type,
                  const struct encode_affine *affine, int slot);

/* How many numbers of a slot would be clipped. */
size_t sender_clipped(const struct graph *graph, int layer, int slot, enum dtype type,
                      const struct encode_affine *affine);

#endif
