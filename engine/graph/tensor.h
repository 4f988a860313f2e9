/* The memory layout of a tensor: N images of C x H x W numbers in blocks of `block` channels,
 * [N][ceil(C/block)][H][W][block]. With block 1 that is plain NCHW; with 8 or 16 it is oneDNN's nChw8c /
 * nChw16c, whose channels past C are always zero; with C it is NHWC. */
#ifndef ISPLIT_GRAPH_TENSOR_H
#define ISPLIT_GRAPH_TENSOR_H

#include <stddef.h>

#include "base/number.h"
#include "net/net.h"

struct tensor {
    int c, h, w;
    int block;
    enum number type;
};

/* Blocked where that pays: enough channels to fill a block, and more than one pixel. */
static inline struct tensor tensor_of(struct net_shape s, int vector_block)
{
    bool blocked = s.c >= vector_block && (int64_t)s.h * s.w > 1;
    return (struct tensor){.c = s.c, .h = s.h, .w = s.w, .block = blocked ? vector_block : 1};
}

/* The same in bfloat16, channels last, as the matrix units want it. */
static inline struct tensor tensor_of_halves(struct net_shape s)
{
    bool mapped = (int64_t)s.h * s.w > 1;
    return (struct tensor){.c = s.c, .h = s.h, .w = s.w, .block = mapped ? s.c : 1, .type = NUMBER_BF16};
}

static inline int tensor_blocks(struct tensor t)
{
    return (t.c + t.block - 1) / t.block;
}

static inline size_t tensor_pixels(struct tensor t)
{
    return (size_t)t.h * (size_t)t.w;
}

/* Channels, padding of the last block included. */
static inline size_t tensor_channels(struct tensor t)
{
    return (size_t)tensor_blocks(t) * (size_t)t.block;
}

/* Numbers of one image, padding channels included. */
static inline size_t tensor_numbers(struct tensor t)
{
    return tensor_channels(t) * tensor_pixels(t);
}

/* Offset of one element inside its image. */
static inline size_t tensor_at(struct tensor t, int c, int y, int x)
{
    size_t pixel = (size_t)y * (size_t)t.w + (size_t)x;
    size_t block = (size_t)t.block;
    return ((size_t)c / block * tensor_pixels(t) + pixel) * block + (size_t)c % block;
}

/* Offset of the i-th element in C,H,W order. */
static inline size_t tensor_at_index(struct tensor t, size_t i)
{
    size_t pixels = tensor_pixels(t);
    size_t c = i / pixels, pixel = i % pixels, block = (size_t)t.block;
    return (c / block * pixels + pixel) * block + c % block;
}

static inline bool tensor_same(struct tensor a, struct tensor b)
{
    return a.c == b.c && a.h == b.h && a.w == b.w && a.block == b.block && a.type == b.type;
}

#endif
