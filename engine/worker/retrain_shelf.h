/* What trainings leave that are over, for the next ones: a race trains the same cut many times. Its images
 * pass the head once, and its network is compiled once. All goes when the network, the data or the memory for
 * it changes. */
#ifndef ISPLIT_WORKER_RETRAIN_SHELF_H
#define ISPLIT_WORKER_RETRAIN_SHELF_H

#include "data/content.h"
#include "train/retrain_request.h"
#include "worker/retrain_inputs.h"
#include "worker/retrain_kit.h"

struct retrain_shelf;

/* Everything that decides what inputs are. */
struct content retrain_shelf_key(const struct session *s, const struct retrain_request *r);

/* The inputs of that key, which are the caller's then, or NULL. */
struct retrain_inputs *retrain_shelf_take(struct session *s, const struct content *key);

/* Those of the nearest cut before the request's, of the same images and options, which is after *layer; NULL
 * where there is none. They stay on the shelf, and are there until something is put or cleared. */
const struct retrain_inputs *retrain_shelf_nearest(const struct session *s, const struct retrain_request *r,
                                                   int *layer);

/* Takes over inputs that are kept as a whole; others, and the oldest where all take more than a part of
 * `memory` (0: of what the machine has), are freed. */
void retrain_shelf_put(struct session *s, const struct content *key, struct retrain_inputs *in,
                       int64_t memory);

/* The same of kits. */
struct retrain_kit *retrain_shelf_take_kit(struct session *s, const struct content *key);
void retrain_shelf_put_kit(struct session *s, const struct content *key, struct retrain_kit *kit);

/* The same of the whole network's graph, which makes what inputs are of all cuts alike. */
struct graph *retrain_shelf_take_graph(struct session *s, const struct retrain_request *r);
void retrain_shelf_put_graph(struct session *s, const struct retrain_request *r, struct graph *graph);

/* Frees all of it: another network or data set is opened, or there is no memory. */
void retrain_shelf_clear(struct session *s);

#endif
