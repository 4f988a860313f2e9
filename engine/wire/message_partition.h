/* split: makes the head and the tail of the network that is open. What is read is new, partition_request_free
 * frees it. */
#ifndef ISPLIT_WIRE_MESSAGE_PARTITION_H
#define ISPLIT_WIRE_MESSAGE_PARTITION_H

#include <jansson.h>

#include "base/error.h"
#include "partition/partition_request.h"

json_t *message_partition_request(const struct partition_request *request);
int message_partition_request_read(const json_t *message, struct partition_request *request, struct error *e);
json_t *message_partition(const struct partition_answer *split);
int message_partition_read(const json_t *message, struct partition_answer *split, struct error *e);

#endif
