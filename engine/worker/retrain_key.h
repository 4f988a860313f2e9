/* What decides what a training computes: a checkpoint of another key is of another training. */
#ifndef ISPLIT_WORKER_RETRAIN_KEY_H
#define ISPLIT_WORKER_RETRAIN_KEY_H

#include "data/content.h"
#include "train/retrain_request.h"
#include "worker/session_state.h"

struct content retrain_key(const struct session *s, const struct retrain_request *r);

#endif
