/* What crosses each cut of a network, and which activations are alive at each layer. The cut after layer l
 * splits it into the head, layers 0..l, and the tail, the rest; it sends every tensor made in the head (the
 * network's input, layer -1, included) which the tail reads. */
#ifndef ISPLIT_NET_CUTS_H
#define ISPLIT_NET_CUTS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/net.h"

struct cuts;

struct cuts *cuts_make(const struct net *net);
void cuts_free(struct cuts *cuts);

/* Whether the output of `tensor` (from -1 on) crosses the cut after `layer`; how many do, their bytes as
 * fp32, and whether it is exactly one, the layer's own output. */
bool cuts_crosses(const struct cuts *cuts, int tensor, int layer);
int cuts_tensors(const struct cuts *cuts, int layer);
int64_t cuts_bytes(const struct cuts *cuts, int layer);
bool cuts_is_own(const struct cuts *cuts, int layer);

/* Bytes alive while the layer is computed: its output and every earlier tensor that it or a later layer
 * reads; nothing is computed in place. */
int64_t cuts_live(const struct cuts *cuts, int layer);

/* The first layer with weights; and where the classifier begins: the first connected or avgpool layer or the
 * last layer with weights, whichever comes first. The number of layers where there is none. */
int cuts_first_weighted(const struct cuts *cuts);
int cuts_classifier(const struct cuts *cuts);

#endif
