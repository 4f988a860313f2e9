/* profile: how long each layer of the network that is open takes. The arrays read are new,
 * profile_free frees them. */
#ifndef ISPLIT_WIRE_MESSAGE_PROFILE_H
#define ISPLIT_WIRE_MESSAGE_PROFILE_H

#include <jansson.h>

#include "base/error.h"
#include "deploy/profile.h"

json_t *message_profile_request(const struct profile_request *request);
int message_profile_request_read(const json_t *message, struct profile_request *request, struct error *e);

json_t *message_profile(const struct profile *profile);
int message_profile_read(const json_t *message, struct profile *profile, struct error *e);

#endif
