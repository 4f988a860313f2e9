/* Names for layers, as in the figures of the I-SPLIT paper where the topology allows.
 *
 * Everywhere: the kind's short name and a running number over the network: conv1, deconv1, pool1, fc1,
 * batchnorm1, shortcut1, route1, upsample1, reorg1, activation1, dropout1. The number is left out for
 * avgpool, softmax, cost and crop where there is one only.
 *
 * A plain chain (every layer reads the one before it; up to the classifier only conv, maxpool, crop, dropout,
 * activation, batchnorm, and at least two maxpools), such as VGG: up to the classifier convs are
 * block1_conv1, block1_conv2, ... and a block ends with its pool, block1_pool.
 *
 * A residual network (with a shortcut after which a clean cut is possible, that is, a block's output):
 * - layerS_blockB: the block's output, its shortcut layer. The block begins after the last clean cut
 *   before it. A new S begins where the shape of the block outputs changes.
 * - inside it layerS_blockB_conv1, ... in order; convs on the shorter of the two branches are the
 *   projection, layerS_blockB_downsample (downsample1, ... where there are several); other kinds by
 *   their short name and a number in the block.
 * - between blocks (the strided convs of darknet53): layerS_conv1, ..., S being that of the block before
 *   where the shape is still that block's, else of the block after.
 * - before the first block and after the last one as everywhere, except that a pool is called maxpool,
 *   with a number only where the stem has several.
 *
 * A network with a bottleneck (net->inserted): encoder1, ... and decoder1, ...; the other layers have the
 * names that they have without it. So they have without its identities (net_layer_is_identity), whose own
 * names, identity1, ..., stand in messages only. */
#ifndef ISPLIT_NET_NAMES_H
#define ISPLIT_NET_NAMES_H

#include "net/net.h"

/* Sets net->layers[].name; no two are equal. */
void names_assign(struct net *net);

#endif
