/* A look at the validation images: how right the network in training is, with numbers as it computes them. */
#ifndef ISPLIT_WORKER_RETRAIN_LOOK_H
#define ISPLIT_WORKER_RETRAIN_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "train/retrain_request.h"
#include "train/trainer.h"
#include "worker/retrain_inputs.h"
#include "worker/session_state.h"

/* No sooner than this after the last word the front end is told how far a training, or a look, is. */
enum { RETRAIN_TELL_MS = 400 };

/* All validation images through the trainer: fills in loss, correct and right of a check, which has all else.
 * items[batch] is scratch; *told: when the front end was told something last, on the monotonic clock. */
int retrain_look(struct session *s, const struct retrain_request *r, struct retrain_inputs *inputs,
                 struct trainer *trainer, long *items, int64_t *told, struct retrain_check *check,
                 struct error *e);

/* As retrain_inputs_put has it: into a struct trainer. */
void retrain_look_put(void *trainer, int slot, const float *numbers);

/* Whether the code is judged as it arrives as int8. A race does so at every look, since it is the ends of
 * stages that decide it; a training by epochs, which looks often, for the best network alone. */
bool retrain_sends_int8(const struct retrain_request *r, enum retrain_when when);

#endif
