/* retrain: training with a bottleneck. The arrays and texts read are new. */
#ifndef ISPLIT_WIRE_MESSAGE_RETRAIN_H
#define ISPLIT_WIRE_MESSAGE_RETRAIN_H

#include <jansson.h>

#include "base/error.h"
#include "train/retrain_request.h"

json_t *message_retrain(const struct retrain_request *request);
int message_retrain_read(const json_t *message, struct retrain_request *request, struct error *e);

/* step: how far it is, and the mean loss since the last one (NULL where a number is not finite). */
json_t *message_step(long done, long of, double loss);
int message_step_read(const json_t *message, long *done, long *of, double *loss, struct error *e);

/* check; `right` of what is read is a new string. */
json_t *message_check(const struct retrain_check *check);
int message_check_read(const json_t *message, struct retrain_check *check, struct error *e);

/* retrained, the end: the steps that are done, of how many; the seconds that they took, in earlier runs too;
 * and how many images were trained on. */
json_t *message_retrained(long done, long of, double seconds, long images);
int message_retrained_read(const json_t *message, long *done, long *of, double *seconds, long *images,
                           struct error *e);

#endif
