/* The accuracy of a network whose bottleneck is meant to be sent as int8: with what arrives. */
#ifndef ISPLIT_WORKER_RETRAIN_INT8_H
#define ISPLIT_WORKER_RETRAIN_INT8_H

#include "base/error.h"
#include "train/retrain_request.h"
#include "worker/retrain_inputs.h"
#include "worker/retrain_net.h"

/* Fills in loss, correct and right of a check, which has all else: what the encoder makes of the validation
 * images goes to the decoder as the numbers that its bytes stand for (features/encode.h). Their range is that
 * of the training images, or of the first 1024 of them. */
int retrain_int8_look(const struct retrain_request *request, const struct retrain_net *net,
                      struct retrain_inputs *inputs, struct retrain_check *check, struct error *e);

#endif
