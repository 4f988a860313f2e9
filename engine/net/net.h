/* A network as its cfg file describes it: layers, shapes and connections, without weights and without any
 * library. Made by our own strict reader, so that every error in the file is reported with its line before
 * any other code sees the file. All shapes are channels x height x width, sizes are floats unless a name says
 * bytes. Free with net_free. */
#ifndef ISPLIT_NET_NET_H
#define ISPLIT_NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum net_kind {
    NET_CONVOLUTIONAL,
    NET_DECONVOLUTIONAL,
    NET_DEPTHWISE,
    NET_MAXPOOL,
    NET_LOCAL_AVGPOOL,
    NET_AVGPOOL,
    NET_CONNECTED,
    NET_BATCHNORM,
    NET_SHORTCUT,
    NET_ROUTE,
    NET_SCALE_CHANNELS,
    NET_SAM,
    NET_UPSAMPLE,
    NET_REORG,
    NET_CROP,
    NET_ACTIVATION,
    NET_DROPOUT,
    NET_SOFTMAX,
    NET_COST,
    NET_KINDS,
};

/* The rows of net/activations.h. */
enum net_act {
    NET_LOGISTIC,
    NET_RELU,
    NET_RELIE,
    NET_LINEAR,
    NET_RAMP,
    NET_TANH,
    NET_PLSE,
    NET_LEAKY,
    NET_ELU,
    NET_LOGGY,
    NET_STAIR,
    NET_HARDTAN,
    NET_LHTAN,
    NET_SELU,
    NET_RELU6,
    NET_SWISH,
    NET_MISH,
    NET_HARD_MISH,
    NET_HARD_SWISH,
    NET_HARD_SIGMOID,
    NET_ACTS,
};

struct net_shape {
    int c, h, w;
};

/* The tensor that enters the network counts as the output of layer -1. */
#define NET_INPUT (-1)

struct net_layer {
    enum net_kind kind;
    enum net_act act; /* NET_LINEAR for kinds without one */
    int line;         /* of the [section] in the cfg */
    char name[40];    /* as in the paper's figures where the topology allows (net/names.h) */

    struct net_shape in, out; /* `in` is the shape of inputs[0] (route: of its concatenation) */
    int inputs_n;
    int *inputs; /* tensors read, as layer numbers or NET_INPUT; shortcut: {previous, from};
                    scale_channels, sam: {previous: the gate, from: the map};
                    route: in order of concatenation; all others: {previous} */

    int filters, size, stride, pad, groups; /* pad in pixels: conv, deconv: on each side; pools: Darknet's
                                               total `padding`, pad/2 of it left and above; groups of a
                                               route: of each tensor it reads only part `group_id` */
    int stride_x;                           /* along a row; `stride` is from row to row */
    int dilation;                           /* conv: pixels between the taps of the window */
    int blur; /* conv, maxpool: 0, or 3 or 2: the layer's own step is 1, and its output, after the activation,
                 is blurred by a window of that side whose steps are the strides (net/blur.h) */
    int group_id;
    bool by_pixel; /* scale_channels: the gate has one number a pixel, not one a channel */
    bool batch_normalize;
    float alpha, beta;     /* shortcut: alpha * previous + beta * from where they overlap, else previous;
                              then the activation */
    float scale;           /* upsample */
    bool reverse, flatten; /* reorg */
    int extra;             /* reorg */
    bool noadjust;         /* crop: keep the values, else they become 2x - 1 */
    float temperature;     /* softmax */
    char *tree;            /* softmax: path of the tree file, or NULL */

    int64_t params; /* learned numbers plus batch norm's running statistics; also the floats this layer
                       has in a weights file */
    int64_t macs;   /* multiply-adds of convolutional, deconvolutional and connected layers for one image */
};

struct net {
    char *path;
    struct net_shape in;
    int layers_n;
    struct net_layer *layers;
    int score;   /* the layer that holds the class scores: the input of the final softmax, where the
                    scores are its output; else the last layer that is no dropout or cost, where
                    they are its output before the activation */
    int classes; /* how many scores: the product of that layer's out shape; 2 where that is 1 (net_is_single)
                  */
    struct {
        int n, first, sent,
            last;  /* how many; the first, the last of the encoder, whose output is sent, and the
                      last of the decoder. n is 0 where there is none, and so are the others */
        bool int8; /* what is sent is meant to be sent as int8 */
    } inserted; /* the layers of a bottleneck (partition/bottleneck.h), as `inserted` in [net] tells them */
    char **warnings; /* one line each, with file and line: duplicate keys, 1x1 with stride, ... */
    int warnings_n;
};

/* Reads and checks a cfg file. NULL on error. */
struct net *net_read(const char *path, struct error *e);

/* The same for text in memory; `path` is the name used in messages and for relative files. */
struct net *net_parse(const char *text, size_t length, const char *path, struct error *e);

void net_free(struct net *net);

/* A normalised copy of the cfg that libdarknet can read: one key once, LF, batch=1, subdivisions=1,
 * no training-only key, deconvolutional included. New string. */
char *net_normalised(const struct net *net);

/* Where a softmax follows, the scores are that layer's output; without one, its output before the activation
 * (engine/README.md, "Definitions"). */
bool net_score_is_before_activation(const struct net *net);

/* XXH3-64 of that copy. */
uint64_t net_hash(const struct net *net);

const char *net_kind_name(enum net_kind kind); /* as in a cfg: "convolutional" */
const char *net_act_name(enum net_act act);    /* as in a cfg: "leaky" */

static inline int64_t net_shape_size(struct net_shape s)
{
    return (int64_t)s.c * s.h * s.w;
}

/* Whether one output y tells two classes apart, as after training with a sigmoid: the score of class 1 is y,
 * that of class 0 is -y. */
static inline bool net_is_single(const struct net *net)
{
    return net->classes == 2 && net_shape_size(net->layers[net->score].out) == 1;
}

/* A pool of windows of one pixel: it passes its input on to the bit, in isplit as in Darknet and OpenCV, but
 * for what is no number (Darknet's maximum begins at -FLT_MAX). Tails begin with it where others read their
 * input by a layer's number. It is no layer to a reader: it has no part in the names of others, and no list
 * has it. */
static inline bool net_layer_is_identity(const struct net_layer *l)
{
    return l->kind == NET_MAXPOOL && l->size == 1 && l->stride == 1 && l->stride_x == 1 && l->pad == 0 &&
           !l->blur;
}
#define NET_IDENTITY "identity" /* its kind in tables, and its name where a message must have one */

#endif
