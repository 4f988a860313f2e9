/* features: what the clean cuts of the network that is open send: the request, the ranges that the
 * calibration images give, a row for each image, and the end. What is read is new: features_request_free,
 * sent_ranges_free, sent_row_free and sent_times_free free it. `cuts` is how many were asked for. */
#ifndef ISPLIT_WIRE_MESSAGE_FEATURES_H
#define ISPLIT_WIRE_MESSAGE_FEATURES_H

#include <jansson.h>

#include "base/error.h"
#include "features/features_sum.h"
#include "features/measured_features.h"
#include "features/sent_row.h"

json_t *message_features_request(const struct features_request *request);
int message_features_request_read(const json_t *message, struct features_request *request, struct error *e);

json_t *message_ranges(const struct sent_ranges *ranges, int cuts);
int message_ranges_read(const json_t *message, int cuts, struct sent_ranges *ranges, struct error *e);

json_t *message_sent(const struct sent_row *row, int cuts);
int message_sent_read(const json_t *message, int cuts, struct sent_row *row, struct error *e);

/* How long coding took, in the first batch. */
json_t *message_times(const struct sent_times *times, int cuts);
int message_times_read(const json_t *message, int cuts, struct sent_times *times, struct error *e);

/* The end: how many rows there were. */
json_t *message_features(long images);
int message_features_read(const json_t *message, long *images, struct error *e);

#endif
