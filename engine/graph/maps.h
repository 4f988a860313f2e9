/* Fixed rearrangements: pairs of places in memory, per image, from an input into an output. Crop, upsample,
 * reorg, a route of unaligned channels and the overlap of an uneven shortcut are all this. Results do not
 * depend on the number of threads. */
#ifndef ISPLIT_GRAPH_MAPS_H
#define ISPLIT_GRAPH_MAPS_H

#include "graph/tensor.h"
#include "net/net.h"

struct map;

/* The rearrangements of Darknet's layers, between two laid-out tensors. Free with maps_free. NULL where there
 * is no memory for one, or where a tensor has more elements than the map's indices can count. */
struct map *maps_crop(struct tensor in, struct tensor out);                 /* the centre */
struct map *maps_upsample(struct tensor in, struct tensor out, int stride); /* nearest neighbour */
struct map *maps_reorg(const struct net_layer *l, struct tensor in, struct tensor out);
/* `n` channels of `in`, from `begin` on, to channels first_channel... of `out`. */
struct map *maps_channels(struct tensor in, int begin, int n, struct tensor out, int first_channel);
/* Where the tensor `from` overlaps the output of a shortcut of different sizes. */
struct map *maps_shortcut(struct tensor from, struct tensor out);

void maps_free(struct map *map);
size_t maps_bytes(const struct map *map);

/* out[to] = factor * in[from] + offset */
void maps_gather(const struct map *m, int batch, float factor, float offset, const void *in, void *out);
/* out[to] = a * out[to] + b * in[from] */
void maps_gather_blend(const struct map *m, int batch, float a, float b, const void *in, void *out);
/* The transposed map: din[from] += factor * dout[to]; din is zeroed first unless `add`. */
void maps_scatter(const struct map *m, int batch, float factor, const void *dout, void *din, bool add);
/* out[to] *= factor */
void maps_scale(const struct map *m, int batch, float factor, void *out);

#endif
