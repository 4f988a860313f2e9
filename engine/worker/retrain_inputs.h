/* The images of a training as the network that is trained takes them in: as pixels, or as the tensor at the
 * cut, which the whole network computes once and which is kept where there is memory for it. */
#ifndef ISPLIT_WORKER_RETRAIN_INPUTS_H
#define ISPLIT_WORKER_RETRAIN_INPUTS_H

#include <stdbool.h>

#include "base/error.h"
#include "train/retrain_request.h"
#include "worker/session_state.h"

struct retrain_inputs;

enum retrain_side { RETRAIN_TRAINING, RETRAIN_VALIDATION, RETRAIN_SIDES };

/* Reads every image of both sides once: those that cannot be decoded, or make numbers that are not finite,
 * are reported and left out. `held`: bytes that the trainer holds. *before is how right the whole network is
 * without a bottleneck; its `right` is a new string. NULL on error, also where a side has no image left, and
 * for a stop. Session and request must stay as they are until retrain_inputs_free. `from` (or NULL): what an
 * earlier cut, after `layer`, takes in of the same images, of which all is kept; what it has left out is left
 * out without a word. */
struct retrain_inputs *retrain_inputs_read(struct session *s, const struct retrain_request *request,
                                           size_t held, const struct retrain_inputs *from, int layer,
                                           struct retrain_check *before, struct error *e);
void retrain_inputs_free(struct retrain_inputs *in); /* NULL is allowed */

/* For another request of the same images, layer and options (worker/retrain_shelf.h): whether nothing has to
 * be computed again, the bytes that they hold, and taking them over; *before as above. */
bool retrain_inputs_is_whole(const struct retrain_inputs *in);
size_t retrain_inputs_bytes(const struct retrain_inputs *in);
void retrain_inputs_take_over(struct retrain_inputs *in, const struct retrain_request *request,
                              struct retrain_check *before);

/* Images of a side that are left. */
long retrain_inputs_n(const struct retrain_inputs *in, enum retrain_side side);

/* Which of the request's images of that side an item is. */
long retrain_inputs_place(const struct retrain_inputs *in, enum retrain_side side, long item);

/* Gives items[n] (n at most a batch) of a side to `put`, one slot after the other, varied as step `step`
 * wants it (below 0: as they are), and makes their labels, [n], and the whole network's scores for them,
 * [n][outputs] (NULL where the loss does not need them): borrowed until the next call. */
typedef void retrain_inputs_put(void *to, int slot, const float *numbers);
int retrain_inputs_fill(struct retrain_inputs *in, enum retrain_side side, const long *items, int n,
                        long step, retrain_inputs_put *put, void *to, struct error *e);
const int *retrain_inputs_labels(const struct retrain_inputs *in);
const float *retrain_inputs_teacher(const struct retrain_inputs *in);

#endif
