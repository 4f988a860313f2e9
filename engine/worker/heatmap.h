/* One image as the network sees it, with the importance map of every layer (M_ij in engine/README.md,
 * "Definitions"). */
#ifndef ISPLIT_WORKER_HEATMAP_H
#define ISPLIT_WORKER_HEATMAP_H

#include "base/error.h"
#include "curve/heatmap.h"
#include "data/dataset.h"
#include "graph/graph.h"
#include "net/net.h"

/* Runs the image, decoded within `memory`, through slot 0 of the graph, which must list the requested layers;
 * the slot's content is lost. Fills `heatmap`, all but its image and error, for heatmap_free. -1 where the
 * image cannot be decoded, a number is not finite, or memory is short; nothing is left to free then. */
int heatmap_make(struct graph *graph, const struct net *net, const struct dataset *data,
                 struct decode_memory *memory, const struct heatmap_request *request, struct heatmap *heatmap,
                 struct error *e);

#endif
