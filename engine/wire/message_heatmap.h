/* heatmap: one image with its maps. The memory read is new, heatmap_request_free and heatmap_free free it. A
 * request with another fault still yields its image. */
#ifndef ISPLIT_WIRE_MESSAGE_HEATMAP_H
#define ISPLIT_WIRE_MESSAGE_HEATMAP_H

#include <jansson.h>

#include "base/error.h"
#include "curve/heatmap.h"

json_t *message_heatmap_request(const struct heatmap_request *request);
int message_heatmap_request_read(const json_t *message, struct heatmap_request *request, struct error *e);
json_t *message_heatmap(const struct heatmap *heatmap);
int message_heatmap_read(const json_t *message, struct heatmap *heatmap, struct error *e);

#endif
