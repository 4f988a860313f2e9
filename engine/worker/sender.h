/* The tensors that the images of one batch send at one cut, in every dtype by every coder that is asked for:
 * encoded, laid out, coded, decoded again and compared; then given to the tail as they arrive. */
#ifndef ISPLIT_WORKER_SENDER_H
#define ISPLIT_WORKER_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "features/encode.h"
#include "features/measured_features.h"
#include "graph/graph.h"

struct sender;

/* For tensors of at most `most` numbers, `threads` at a time, with the request's dtypes, coders and level;
 * the request is borrowed. Memory of each thread is allocated here, memory of each image of a batch by
 * sender_batch. */
struct sender *sender_new(const struct features_request *request, size_t most, int threads, struct error *e);
int sender_batch(struct sender *s, int batch, struct error *e);
int64_t sender_batch_bytes(const struct features_request *request, size_t most,
                           int batch); /* allocated by sender_batch */
void sender_free(struct sender *s);

/* What a graph's slot sends after the layer, valid until the next call; NULL: it has an infinity or NaN. One
 * slot at a time. */
const float *sender_look(struct sender *s, const struct graph *graph, int layer, size_t numbers, int slot);

/* Takes the tensors of `numbers` numbers from the graph's slots for which wanted[slot], encodes them in every
 * dtype (affines[DTYPES]), codes the bytes, and checks that decoding gives the same, and f32 the same
 * numbers: -1 where not. Results for each image in each dtype: bytes by each coder [used][DTYPES][CODERS],
 * clipped numbers [used][DTYPES]; what is not asked for stays as it is. */
int sender_encode(struct sender *s, const struct graph *graph, int layer, size_t numbers,
                  const struct encode_affine *affines, const bool *wanted, int used,
                  size_t (*coded)[DTYPES][CODERS], size_t (*clipped)[DTYPES], struct error *e);

/* Puts into these slots the decoded tensors of that dtype, one that is asked for, or f32: the tensor itself.
 */
void sender_put(struct sender *s, struct graph *graph, int layer, size_t numbers, enum dtype type,
                const struct encode_affine *affine, const bool *wanted, int used);

#endif
