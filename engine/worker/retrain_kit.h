/* A network with a bottleneck and its trainer: what a training of it is made with. Making that takes longer
 * than a short training, so it is kept (worker/retrain_shelf.h) for the next one of the same cut and options.
 */
#ifndef ISPLIT_WORKER_RETRAIN_KIT_H
#define ISPLIT_WORKER_RETRAIN_KIT_H

#include "data/content.h"
#include "train/retrain_request.h"
#include "worker/retrain_net.h"

struct retrain_kit;

/* With the first numbers of the request's seed: one that was kept, or a new one. NULL on error. */
struct retrain_kit *retrain_kit_make(struct session *s, const struct retrain_request *request,
                                     struct error *e);
void retrain_kit_free(struct retrain_kit *kit); /* NULL is allowed */
/* Frees it, or keeps it where that is worth while. */
void retrain_kit_put(struct session *s, const struct retrain_request *request, struct retrain_kit *kit);

struct retrain_net *retrain_kit_net(const struct retrain_kit *kit);
struct trainer *retrain_kit_trainer(const struct retrain_kit *kit);

/* The trainer anew where the net's numbers have changed: frees it, so that there is room meanwhile; and makes
 * it. */
void retrain_kit_drop_trainer(struct retrain_kit *kit);
int retrain_kit_make_trainer(struct retrain_kit *kit, struct session *s,
                             const struct retrain_request *request, struct error *e);

size_t retrain_kit_bytes(const struct retrain_kit *kit);
size_t retrain_kit_held(const struct retrain_kit *kit); /* of them beside the heap */

#endif
