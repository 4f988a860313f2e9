/* The tensors that the images of one batch send at one cut, in every type: encoded, compressed, decoded again
 * and compared; then given to the tail as they arrive. */
#ifndef ISPLIT_WORKER_SENDER_H
#define ISPLIT_WORKER_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "features/encode.h"
#include "graph/graph.h"

struct sender;

/* For tensors of at most `most` numbers, `threads` at a time, with one level of zstd. Memory of each thread
 * is allocated here, memory of each image of a batch by sender_batch. */
struct sender *sender_new(size_t most, int threads, int level, struct error *e);
int sender_batch(struct sender *s, int batch, struct error *e);
int64_t sender_batch_bytes(size_t most, int batch); /* allocated by sender_batch */
void sender_free(struct sender *s);

/* The range of what a graph's slot sends after the layer. false: it has an infinity or NaN. One slot at a
 * time. */
bool sender_range(struct sender *s, const struct graph *graph, int layer, size_t numbers, int slot,
                  float *min, float *max);

/* Takes the tensors of `numbers` numbers from the graph's slots for which wanted[slot], encodes them in every
 * dtype, compresses the bytes, and checks that decompressing gives the same bytes, and decoding f32 the same
 * numbers: -1 where not. Results for each image in each dtype, [used][DTYPES]: compressed bytes, clipped
 * numbers. */
int sender_encode(struct sender *s, const struct graph *graph, int layer, size_t numbers,
                  const struct encode_affine *affine, const bool *wanted, int used,
                  size_t (*compressed)[DTYPES], size_t (*clipped)[DTYPES], struct error *e);

/* Puts into these slots the decoded tensors of that dtype; f32: the tensor itself. */
void sender_put(struct sender *s, struct graph *graph, int layer, size_t numbers, enum dtype type,
                const struct encode_affine *affine, const bool *wanted, int used);

#endif
