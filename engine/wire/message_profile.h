/* profile: how long each layer of the network that is open takes. The arrays read are new,
 * profile_free frees them. */
#ifndef ISPLIT_WIRE_MESSAGE_PROFILE_H
#define ISPLIT_WIRE_MESSAGE_PROFILE_H

#include <jansson.h>

#include "base/error.h"
#include "deploy/profile.h"

/* The runtime whose forward pass is timed; threads 0: the worker's choice; at least so many runs. */
json_t *message_profile_request(enum profile_runtime runtime, int threads, int runs);
int message_profile_request_read(const json_t *message, enum profile_runtime *runtime, int *threads,
                                 int *runs, struct error *e);

json_t *message_profile(const struct profile *profile);
int message_profile_read(const json_t *message, struct profile *profile, struct error *e);

#endif
