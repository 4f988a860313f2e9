/* The network that is trained: the open one with a bottleneck in it, or, where its head stays as it is, what
 * comes after the cut, with the bottleneck. */
#ifndef ISPLIT_WORKER_RETRAIN_NET_H
#define ISPLIT_WORKER_RETRAIN_NET_H

#include <stdbool.h>

#include "base/error.h"
#include "net/net.h"
#include "net/params.h"
#include "train/retrain_request.h"
#include "train/trainer.h"
#include "worker/session_state.h"

struct retrain_net;

/* With the first numbers, in a file without a name. NULL on error: also where the bottleneck is impossible,
 * or nothing would learn. */
struct retrain_net *retrain_net_make(const struct session *s, const struct retrain_request *request,
                                     struct error *e);
void retrain_net_free(struct retrain_net *n); /* NULL is allowed */
/* The same again, with the first numbers of another seed. */
int retrain_net_begin(struct retrain_net *n, const struct session *s, const struct retrain_request *request,
                      struct error *e);

/* What is trained; borrowed. */
const struct net *retrain_net_of(const struct retrain_net *n);

/* Its numbers as they are by now; NULL on error. */
struct params *retrain_net_params(const struct retrain_net *n, struct error *e);

/* A graph of its first layers, as `part` has them, that only runs forward, by the options of the request;
 * compiled without timing, so that the same request gives the same bytes. NULL on error. */
struct graph *retrain_net_compile(const struct retrain_net *n, const struct net *part,
                                  const struct retrain_request *request, struct error *e);

/* Which layers learn, and which of these normalise by the batch: [layers_n] of that network, borrowed. */
const bool *retrain_net_trains(const struct retrain_net *n);
const bool *retrain_net_by_batch(const struct retrain_net *n);

/* Writes the numbers of one layer, in Darknet's order, over those that it begins with. */
int retrain_net_put(struct retrain_net *n, int layer, const float *numbers, struct error *e);

/* Takes over what was learned. */
int retrain_net_take(struct retrain_net *n, const struct trainer *trainer, struct error *e);

/* The whole network as it is by now, as whole.cfg and whole.weights in a folder, whose last component need
 * not exist: both complete, or none. */
int retrain_net_write(const struct retrain_net *n, const char *folder, struct error *e);

/* Whether they may be written there: 0; -1: a network's own files, or, unless `force`, files that are there.
 */
int retrain_net_check_folder(const struct session *s, const char *folder, bool force, struct error *e);

#endif
