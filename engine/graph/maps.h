/* The rearrangements of Darknet's layers as maps between two laid-out tensors. Free with maps_free. NULL
 * where there is no memory for one, or where a tensor has more elements than the map's indices can count. */
#ifndef ISPLIT_GRAPH_MAPS_H
#define ISPLIT_GRAPH_MAPS_H

#include "graph/kernels.h"

struct kernels_map *maps_crop(struct tensor in, struct tensor out);                 /* the centre */
struct kernels_map *maps_upsample(struct tensor in, struct tensor out, int stride); /* nearest neighbour */
struct kernels_map *maps_reorg(const struct net_layer *l, struct tensor in, struct tensor out);
/* Channels of `in` to channels first_channel... of `out`. */
struct kernels_map *maps_channels(struct tensor in, struct tensor out, int first_channel);
/* Where the tensor `from` overlaps the output of a shortcut of different sizes. */
struct kernels_map *maps_shortcut(struct tensor from, struct tensor out);

void maps_free(struct kernels_map *map);
size_t maps_bytes(const struct kernels_map *map);

#endif
