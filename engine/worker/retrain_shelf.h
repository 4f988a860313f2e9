/* Inputs of trainings that are over, kept for the next ones: a race trains the same cut many times, and its
 * images pass the head once. They go when the network, the data or the memory for them changes. */
#ifndef ISPLIT_WORKER_RETRAIN_SHELF_H
#define ISPLIT_WORKER_RETRAIN_SHELF_H

#include "data/content.h"
#include "train/retrain_request.h"
#include "worker/retrain_inputs.h"

struct retrain_shelf;

/* Everything that decides what inputs are. */
struct content retrain_shelf_key(const struct session *s, const struct retrain_request *r);

/* The inputs of that key, which are the caller's then, or NULL. */
struct retrain_inputs *retrain_shelf_take(struct session *s, const struct content *key);

/* Takes over inputs that are kept as a whole; others, and the oldest where all take more than a part of
 * `memory` (0: of what the machine has), are freed. */
void retrain_shelf_put(struct session *s, const struct content *key, struct retrain_inputs *in,
                       int64_t memory);

/* Frees all of them: another network or data set is opened, or there is no memory. */
void retrain_shelf_clear(struct session *s);

#endif
