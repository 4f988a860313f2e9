/* The model as a list of operations that Darknet's layers are made of, in an order in which each reads only
 * earlier ones; and the named values. What ONNX says in several nodes (a swish, a batch norm, arithmetic on
 * shapes) is one operation, or none. */
#ifndef ISPLIT_ONNX_ONNX_GRAPH_H
#define ISPLIT_ONNX_ONNX_GRAPH_H

#include "base/text_list.h"
#include "net/net.h"
#include "onnx/onnx_value.h"

enum onnx_kind {
    ONNX_INPUT,
    ONNX_CONV,
    ONNX_CONNECTED,
    ONNX_AFFINE, /* of each channel, as batch norm is */
    ONNX_ACT,
    ONNX_ADD,
    ONNX_SCALE,    /* inputs: gate [C], map [C][H][W] */
    ONNX_MULTIPLY, /* of two maps: a part of hard_swish, else without a counterpart */
    ONNX_CONCAT,
    ONNX_PART, /* one of equal parts of the channels */
    ONNX_MAXPOOL,
    ONNX_AVGPOOL, /* of a window */
    ONNX_GLOBAL,  /* of the whole map */
    ONNX_UPSAMPLE,
    ONNX_SOFTMAX,
    ONNX_PAD, /* by zeros: a part of a convolution, else without a counterpart */
    ONNX_KINDS,
};

#define ONNX_SOFTPLUS "softplus" /* an activation as a part of mish, else without a counterpart */

/* The rows of ONNX_AFFINE's numbers, each [channels]:
 * y = (x - mean) / (sqrt(variance) + 1e-6) * scale + shift, Debian's batch norm. */
enum onnx_row { ONNX_SHIFT, ONNX_SCALES, ONNX_MEAN, ONNX_VARIANCE, ONNX_ROWS };

struct onnx_op {
    enum onnx_kind kind;
    const Onnx__NodeProto *node; /* NULL for the input */
    int *inputs;                 /* [inputs_n] operations */
    int inputs_n;
    struct net_shape out;
    int size, stride, dilation, groups;
    int part;        /* ONNX_PART: which of `groups` parts */
    int padding;     /* pixels: convolution: on each side; pools: in all, half of them above and left */
    int pads[4];     /* ONNX_PAD: above, left, below, right */
    const char *act; /* as in a cfg, or ONNX_SOFTPLUS; NULL: linear */
    const struct onnx_value *weights, *bias; /* bias may be NULL */
    bool across;                             /* connected: the weights are [in][out] */
    float weights_times, bias_times;         /* connected: factors */
    double *affine;                          /* [ONNX_ROWS][out.c], owned, or NULL */
    bool given;                              /* affine: it has statistics, of a batch norm */

    /* While it is written. */
    int uses;  /* by operations that lead to the output */
    int into;  /* the operation of which it became a part, or itself */
    int layer; /* in the cfg */
};

struct onnx_graph;

struct onnx_graph *onnx_graph_new(struct onnx_file *f);
void onnx_graph_free(struct onnx_graph *g);

struct onnx_file *onnx_graph_file(const struct onnx_graph *g);

/* The version of the standard operators, and the number of images the model takes at once. */
long onnx_graph_opset(const struct onnx_graph *g);
int64_t onnx_graph_batch(const struct onnx_graph *g);
void onnx_graph_set_opset(struct onnx_graph *g, long opset);
void onnx_graph_set_batch(struct onnx_graph *g, int64_t batch);

/* A copy of `v` under its name; NULL: the name is taken. Values stay where they are. */
struct onnx_value *onnx_graph_add(struct onnx_graph *g, const struct onnx_value *v);
struct onnx_value *onnx_graph_find(const struct onnx_graph *g, const char *name); /* NULL: none */

/* A new operation; `affine` and a copy of `inputs` become the graph's. Its number. */
int onnx_graph_add_op(struct onnx_graph *g, const struct onnx_op *op);
struct onnx_op *onnx_graph_op(const struct onnx_graph *g, int number); /* until the next one is added */
int onnx_graph_ops_n(const struct onnx_graph *g);

/* Numbers that are computed here, zeroed; NULL where a model wants more than a network can need. */
double *onnx_graph_numbers(struct onnx_graph *g, int64_t n);

/* Lines for the user about what was made of the model. */
struct text_list *onnx_graph_notes(struct onnx_graph *g);

#endif
