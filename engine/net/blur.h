/* The blur behind a layer with `antialiasing` (Zhang 2019, "Making convolutional networks shift-invariant
 * again"), as AlexeyAB's fork has it: a window of 3x3 with a padding of one pixel, or of 2x2 without; fixed
 * weights, each channel alone. */
#ifndef ISPLIT_NET_BLUR_H
#define ISPLIT_NET_BLUR_H

#include "net/net.h"

/* What a layer makes before its blur, with steps of one pixel; without a blur that is its output. */
static inline struct net_shape blur_source(const struct net_layer *l)
{
    struct net_shape made = l->out;
    int pads = l->kind == NET_MAXPOOL ? l->pad : 2 * l->pad; /* a dilated window keeps the size */
    if (l->blur) {
        made.h = l->in.h + pads - l->size + 1;
        made.w = l->in.w + pads - l->size + 1;
    }
    return made;
}

/* What a pixel of the window counts: the product of its row's and its column's weight. */
static inline float blur_weight(int side, int at)
{
    return side == 2 ? 0.5f : at == 1 ? 0.5f : 0.25f;
}

static inline int blur_pad(int side)
{
    return side == 3;
}

#endif
