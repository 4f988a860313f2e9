/* A bottleneck: layers that are inserted after a clean cut, so that less is sent. Its encoder belongs to the
 * head, its decoder to the tail; the decoder's output has the shape of the cut tensor and takes its place,
 * after the activation of the cut's layer. The decoder's last layer is linear all the same: the numbers below
 * zero that a ReLU there would never have made are for the training to use or to avoid, and a second ReLU
 * would stop its gradient. The result is an ordinary network (partition/partition.h writes its cfg) whose
 * split point is the encoder's last layer. Only layers that stock Darknet loads are used, so no
 * [deconvolutional].
 *
 * Let the cut tensor be C x H x W. Halving a side rounds up, as a convolution of 3x3 with stride 2 and a
 * padding of one pixel does it: 7 -> 4 -> 2.
 *
 * `ratio`, the idea of I-SPLIT's bottleneck: about a 64th of the numbers is sent.
 *   encoder  two convolutions 3x3, stride 2, batch norm and ReLU: to C/8, then to C/4 channels (1 at least).
 *            A map of one pixel cannot be halved: 1x1 convolutions there. Where the second convolution halves
 *            nothing, the first has C/4 channels too, since C/8 would be the narrower place.
 *   decoder  the same shapes back: a convolution with batch norm and ReLU, then a linear one. Each is
 * [upsample] with stride 2, and 3x3 with a padding of one pixel; or 2x2 without padding where both sides are
 *            odd: 2 -> 4 -> 8 -> 7. Where only one is odd, as in 7x8, [crop] takes the row or column too many
 *            after [upsample], since a convolution of stock Darknet takes as much from either side. 1x1 for
 * one pixel.
 *
 * `floats:N`: N numbers at most are sent, whatever the cut; the best linear code of patches, if trained so.
 *   encoder  one linear convolution k x k, stride k, no padding: r numbers a patch; incomplete edges are
 *            dropped. k = H/4 rounded down (1 where H < 4), and likewise of W. Where they differ, Darknet
 * having one size for both, the k between them with which the number of patches is nearest to that of the two
 * (the smaller of equal ones). r = N / patches, rounded down. decoder  a linear 1x1 convolution to C*k*k
 * channels, which [reorg] reverse=1 stride=k spreads over the patches: a transposed convolution of k x k with
 * stride k. (An [upsample] by k and one convolution would be constant in the inside of each patch.) Where
 * edges were dropped, the convolution is 2x2 with a padding of one pixel, which makes one row and column of
 * patches more, each from the patches around it; [crop] takes the middle H x W of that.
 *
 * `bytes:N`: as floats:N; the code is meant to be sent as int8 (features/encode.h), one byte a number, and
 * its accuracy to be measured so: [net] says `code=int8`.
 *
 * `none`: nothing is inserted. */
#ifndef ISPLIT_PARTITION_BOTTLENECK_H
#define ISPLIT_PARTITION_BOTTLENECK_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "net/net.h"
#include "net/table.h"

enum bottleneck_form { BOTTLENECK_NONE, BOTTLENECK_RATIO, BOTTLENECK_FLOATS, BOTTLENECK_BYTES };

struct bottleneck {
    enum bottleneck_form form;
    long n; /* of floats and bytes: how many numbers at most are sent */
};

/* The words of an option: none, ratio, floats:512, bytes:512. */
int bottleneck_read(const char *word, struct bottleneck *b, struct error *e);
char *bottleneck_word(const struct bottleneck *b); /* new string */

/* 0 where it can be inserted after the layer; else -1 with the reason: no cut can be made there, the scores
 * are there already, it would send as much as the cut does, or more than N. */
int bottleneck_possible(const struct net *net, int layer, const struct bottleneck *b, struct error *e);

/* Of these reasons the last two alone: 0 where less is sent than such a cut tensor, and no more than N. */
int bottleneck_fits(const struct bottleneck *b, struct net_shape cut, struct error *e);

/* What is sent of a cut tensor of that shape. */
struct net_shape bottleneck_code(const struct bottleneck *b, struct net_shape cut);

/* Writes the sections of encoder and decoder; returns how many they are, *encoder of them the encoder's. */
int bottleneck_write_layers(FILE *out, const struct bottleneck *b, struct net_shape cut, int *encoder);

/* What its layers cost: the table of a network that takes the cut tensor and consists of them alone, the
 * encoder's first, `*encoder` of them. Free with table_free; NULL for `none`, and where it is too large for
 * Darknet. */
struct table *bottleneck_table(const struct bottleneck *b, struct net_shape cut, int *encoder);

#endif
