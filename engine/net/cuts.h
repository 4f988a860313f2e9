/* What crosses each cut of a network, and which activations are alive at each layer. The cut after layer l
 * splits it into the head, layers 0..l, and the tail, the rest; it sends every tensor made in the head (the
 * network's input, layer -1, included) which the tail reads. */
#ifndef ISPLIT_NET_CUTS_H
#define ISPLIT_NET_CUTS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/net.h"

struct cuts {
    int n;          /* layers, and so cuts */
    int *last;      /* [n + 1] last[l + 1]: the last layer that reads the output of l (from -1 on), or -1 */
    int *tensors;   /* [n] how many tensors cross the cut after l */
    int64_t *bytes; /* [n] their bytes as fp32 */
    bool *own;      /* [n] exactly one crosses, and it is l's own output */
    int64_t *live;  /* [n] bytes alive while l is computed: its output and every earlier tensor that l or a
                       later layer reads; nothing is computed in place */
    int first_weighted; /* the first layer with weights; n where there is none */
    int classifier;     /* where the classifier begins: the first connected or avgpool layer or the last layer
                           with weights, whichever comes first; n where there is none of them */
};

struct cuts *cuts_make(const struct net *net);
void cuts_free(struct cuts *cuts);

/* Whether the output of `tensor` (from -1 on) crosses the cut after `layer`. */
static inline bool cuts_crosses(const struct cuts *cuts, int tensor, int layer)
{
    return tensor <= layer && cuts->last[tensor + 1] > layer;
}

#endif
