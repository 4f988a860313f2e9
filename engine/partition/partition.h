/* Partition of a network into the head, layers 0..l, and the tail, the rest, as two networks, each a cfg and
 * a weights file; stock Darknet loads them, if it can run the whole. Here: the texts of the two cfgs, and of
 * those with a bottleneck. Which
 * cuts can be made is in net/possible.h, the weights are in partition/partition_weights.h, the folder they go
 * to in partition/partition_folder.h. */
#ifndef ISPLIT_PARTITION_PARTITION_H
#define ISPLIT_PARTITION_PARTITION_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "net/cfg.h"
#include "net/net.h"
#include "partition/bottleneck.h"

/* The files of a partition, in the order in which they are renamed. */
enum partition_file {
    PARTITION_HEAD_CFG,
    PARTITION_HEAD_WEIGHTS,
    PARTITION_TAIL_CFG,
    PARTITION_TAIL_WEIGHTS,
    PARTITION_HEAD_ONNX, /* from here on only where it is asked for */
    PARTITION_TAIL_ONNX,
    PARTITION_FILES
};
enum { PARTITION_DARKNET_FILES = PARTITION_HEAD_ONNX };         /* those that are always written */
extern const char *const partition_file_names[PARTITION_FILES]; /* "head.cfg", ... */
#define PARTITION_CSV "split.csv" /* renamed last: where it exists, the others are complete */
#define RETRAIN_CSV "retrain.csv" /* beside it, of a network that was retrained */

static inline int partition_files(bool onnx)
{
    return onnx ? PARTITION_FILES : PARTITION_DARKNET_FILES;
}

/* What the folder of a retrained network holds beside these: the whole, with its bottleneck. */
#define PARTITION_WHOLE_CFG "whole.cfg"
#define PARTITION_WHOLE_WEIGHTS "whole.weights"

/* Whether the tail begins with an extra layer that passes its input on (net_layer_is_identity; OpenCV refuses
 * [activation] activation=linear, with which tails once began): Darknet's [dropout] reuses the output of the
 * layer before it, so it cannot be the first; a [shortcut] or [route] can name only layers, not the input;
 * and after a cut at the scores no layer is left to compute them. */
bool partition_needs_lead(const struct net *net, int layer);

/* Writes the cfg of head or tail. `cfg` is the text that `net` was read from, so that every key stays as it
 * was, also those that only training needs, except:
 * - batch and subdivisions are 1, as running one image needs; the originals are kept in a comment;
 * - the tail's [net] has the size of the cut tensor, and none of the keys by which images are varied in
 *   training;
 * - references to layers by number are adjusted; relative ones stay;
 * - a tree of classes is named by its whole path.
 * The cut must be possible. -1 where a path cannot be written in a cfg; write errors are kept by the
 * stream. */
int partition_write_head(FILE *out, const struct cfg *cfg, const struct net *net, int layer, struct error *e);
int partition_write_tail(FILE *out, const struct cfg *cfg, const struct net *net, int layer, struct error *e);

/* The cfg of the *whole* network with a bottleneck after the layer, and of its *rest*: what comes after the
 * layer, which is what is trained where the head stays as it is. As above, except:
 * - the whole's [net] keeps its size and its keys of training;
 * - what referred to the layer refers to the decoder's last;
 * - [net] tells where the bottleneck is (net->inserted).
 * The original's layers up to the cut have the same numbers in the whole; the others are as many from the end
 * as before, in the whole as in the rest. With `none` the whole is the network again, and the rest its tail.
 * The bottleneck must be possible. */
int partition_write_whole(FILE *out, const struct cfg *cfg, const struct net *net, int layer,
                          const struct bottleneck *b, struct error *e);
int partition_write_rest(FILE *out, const struct cfg *cfg, const struct net *net, int layer,
                         const struct bottleneck *b, struct error *e);

#endif
