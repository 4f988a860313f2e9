/* Weights files of networks with a bottleneck: its first numbers, and what training made of them. */
#ifndef ISPLIT_PARTITION_BOTTLENECK_WEIGHTS_H
#define ISPLIT_PARTITION_BOTTLENECK_WEIGHTS_H

#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "net/net.h"
#include "net/params.h"
#include "net/weights.h"

/* In all of these `original` are the numbers of `net`, and `info` is what weights_check found in its file,
 * with the formula of batch norm that the network is computed with. The header written is 0.1.0, or, for a
 * fork's batch norm, the file's own if it means that, else 0.2.5; connected weights are [out][in]. -1 where a
 * file cannot be read; write errors are kept by the stream. */
void bottleneck_write_header(FILE *out, const struct weights_info *info);

/* The weights of `made`, which is the whole or the rest that partition_write_whole or partition_write_rest
 * made of `net` after the layer `cut`: of the original's layers its numbers; of the bottleneck's normal
 * numbers drawn by the seed, alike for the whole and the rest: of variance 2/n before a ReLU (He et al.
 * 2015), 1/n before none, n the numbers that enter one sum; biases and means 0, scales and variances 1. */
int bottleneck_write_weights(FILE *out, const struct net *made, const struct net *net, int cut,
                             struct params *original, const struct weights_info *info, uint64_t seed,
                             struct error *e);

/* The weights of `whole`: the original's up to the cut, and those of `rest`, which were trained, behind it.
 */
int bottleneck_join_weights(FILE *out, const struct net *whole, const struct net *rest, int cut,
                            struct params *original, struct params *trained, const struct weights_info *info,
                            struct error *e);

/* Gives the layers of `made` that come after its bottleneck the names that they have in `net`: a rest alone
 * does not show them. */
void bottleneck_take_names(struct net *made, const struct net *net, int cut);

#endif
