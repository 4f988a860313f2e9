/* features: what the clean cuts of the network that is open send. The arrays read are new,
 * features_request_free and measured_features_free free them. */
#ifndef ISPLIT_WIRE_MESSAGE_FEATURES_H
#define ISPLIT_WIRE_MESSAGE_FEATURES_H

#include <jansson.h>

#include "base/error.h"
#include "features/measured_features.h"

json_t *message_features_request(const struct features_request *request);
int message_features_request_read(const json_t *message, struct features_request *request, struct error *e);
json_t *message_features(const struct measured_features *features);
int message_features_read(const json_t *message, struct measured_features *features, struct error *e);

#endif
