/* Operators that move a window over a map. */
#include <float.h>
#include <limits.h>
#include <string.h>

#include "onnx/onnx_lower.h"

#define SIDE_MAX 65536

/* Numbers of an attribute that are two alike, at least `min`. -1: refused. */
static int read_pair(const struct onnx_graph *g, const Onnx__NodeProto *node, const char *name, int otherwise,
                     int min, int *value, struct error *e)
{
    int64_t both[2] = {otherwise, otherwise};
    *value = min;
    if (onnx_node_attribute(node, name) && onnx_node_ints(g, node, name, SIZE_MAX, both, 2) != 2)
        return onnx_node_refuse(g, node, e, "%s has no two numbers (expected a map of two dimensions)", name);
    if (both[0] != both[1])
        return onnx_node_refuse(g, node, e, "%s is %lldx%lld (Darknet has square ones only)", name,
                                (long long)both[0], (long long)both[1]);
    if (both[0] < min || both[0] > SIDE_MAX)
        return onnx_node_refuse(g, node, e, "%s is %lld", name, (long long)both[0]);
    *value = (int)both[0];
    return 0;
}

/* TensorFlow's rule: as many places as strides, the odd pixel below and right, or above and left. */
static void pad_same(const struct onnx_op *op, struct net_shape in, bool lower, int64_t pads[4])
{
    int64_t window = (int64_t)op->dilation * (op->size - 1) + 1;
    const int sides[2] = {in.h, in.w};
    for (int i = 0; i < 2; i++) {
        int64_t places = (sides[i] + op->stride - 1) / op->stride,
                all = (places - 1) * op->stride + window - sides[i];
        all = all < 0 ? 0 : all;
        pads[i] = lower ? all - all / 2 : all / 2;
        pads[i + 2] = all - pads[i];
    }
}

/* Strides, dilation and pads (above, left, below, right); op->size is known. */
static int read_window(const struct onnx_graph *g, const Onnx__NodeProto *node, struct onnx_op *op,
                       struct net_shape in, int64_t pads[4], struct error *e)
{
    memset(pads, 0, 4 * sizeof *pads);
    if (read_pair(g, node, "strides", 1, 1, &op->stride, e) < 0 ||
        read_pair(g, node, "dilations", 1, 1, &op->dilation, e) < 0)
        return -1;
    bool upper = onnx_node_is(node, "auto_pad", "SAME_UPPER", ""),
         lower = onnx_node_is(node, "auto_pad", "SAME_LOWER", "");
    if (upper || lower) {
        pad_same(op, in, lower, pads);
        return 0;
    }
    if (!onnx_node_attribute(node, "pads") || onnx_node_is(node, "auto_pad", "VALID", ""))
        return 0;
    if (onnx_node_ints(g, node, "pads", SIZE_MAX, pads, 4) != 4)
        return onnx_node_refuse(g, node, e, "pads has no four numbers");
    for (int i = 0; i < 4; i++)
        if (pads[i] < 0 || pads[i] > SIDE_MAX)
            return onnx_node_refuse(g, node, e, "pads has %lld", (long long)pads[i]);
    return 0;
}

/* ---- Convolution ------------------------------------------------------------------------------------ */

static int conv_weights(const struct onnx_graph *g, const Onnx__NodeProto *node, struct onnx_op *op,
                        struct net_shape in, struct error *e)
{
    const struct onnx_value *w = onnx_node_input(g, node, 1), *b = onnx_node_input(g, node, 2);
    int64_t groups = onnx_node_int(node, "group", 1);
    if (!w || w->op >= 0 || w->rank != 4 || w->transposed)
        return onnx_node_refuse(g, node, e, "its weights are no constant of four dimensions");
    if (b && (b->op >= 0 || b->n != w->dims[0]))
        return onnx_node_refuse(g, node, e, "its bias is no constant of %lld numbers", (long long)w->dims[0]);
    if (w->dims[2] != w->dims[3])
        return onnx_node_refuse(g, node, e, "its kernel is %lldx%lld (Darknet has square ones only)",
                                (long long)w->dims[2], (long long)w->dims[3]);
    if (groups < 1 || groups > in.c || in.c % groups || w->dims[1] != in.c / groups || w->dims[0] % groups)
        return onnx_node_refuse(g, node, e,
                                "weights for %lld channels in %lld groups do not fit its input of %d",
                                (long long)w->dims[1], (long long)groups, in.c);
    if (w->dims[0] < 1 || w->dims[0] > INT_MAX || w->dims[2] < 1 || w->dims[2] > SIDE_MAX)
        return onnx_node_refuse(g, node, e, "its weights have a shape that no network has");
    op->weights = w;
    op->bias = b;
    op->groups = (int)groups;
    op->size = (int)w->dims[2];
    op->out.c = (int)w->dims[0];
    return 0;
}

/* A padding before a convolution is its own. */
static void take_pad(const struct onnx_graph *g, int *input, struct net_shape *in, int64_t pads[4])
{
    const struct onnx_op *pad = onnx_graph_op(g, *input);
    if (pad->kind != ONNX_PAD)
        return;
    for (int i = 0; i < 4; i++)
        pads[i] += pad->pads[i];
    *input = pad->inputs[0];
    *in = onnx_graph_op(g, *input)->out;
}

/* The forks pad by `padding` times `dilation`, and know the size of the result only where that keeps the
 * map's. */
static int undilate(const struct onnx_graph *g, const Onnx__NodeProto *node, struct onnx_op *op,
                    struct error *e)
{
    if (op->size > 1 && (op->size % 2 == 0 || op->padding != op->dilation * (op->size / 2)))
        return onnx_node_refuse(g, node, e,
                                "dilations of %d with a kernel of %d and pads of %d (expected pads of %d)",
                                op->dilation, op->size, op->padding, op->dilation * (op->size / 2));
    if (op->size == 1)
        op->dilation = 1;
    else
        op->padding = op->size / 2;
    return 0;
}

int onnx_lower_conv(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const struct onnx_value *x = onnx_lower_map(g, node, 0, e);
    if (!x)
        return -1;
    int input = x->op;
    struct onnx_op op = {
        .kind = ONNX_CONV, .inputs = &input, .inputs_n = 1, .weights_times = 1, .bias_times = 1};
    struct net_shape in = onnx_graph_op(g, input)->out;
    int64_t pads[4];
    if (conv_weights(g, node, &op, in, e) < 0 || read_window(g, node, &op, in, pads, e) < 0)
        return -1;
    take_pad(g, &input, &in, pads);
    if (pads[0] != pads[1] || pads[0] != pads[2] || pads[0] != pads[3])
        return onnx_node_refuse(
            g, node, e,
            "pads above, left, below and right: %lld, %lld, %lld, %lld (Darknet pads all sides "
            "alike)",
            (long long)pads[0], (long long)pads[1], (long long)pads[2], (long long)pads[3]);
    int64_t window = (int64_t)op.dilation * (op.size - 1) + 1, h = in.h + 2 * pads[0] - window,
            w = in.w + 2 * pads[0] - window;
    if (h < 0 || w < 0 || pads[0] > SIDE_MAX)
        return onnx_node_refuse(g, node, e, "its window is larger than its padded input");
    op.padding = (int)pads[0];
    if (op.dilation > 1 && undilate(g, node, &op, e) < 0)
        return -1;
    op.out.h = (int)(h / op.stride + 1);
    op.out.w = (int)(w / op.stride + 1);
    const int64_t dims[] = {x->dims[0], op.out.c, op.out.h, op.out.w};
    return onnx_node_give_op(g, node, &op, 4, dims, e);
}

/* ---- Pools ------------------------------------------------------------------------------------------ */

/* How many windows there are on a side. With ceil_mode the last may begin inside the input or its first
 * padding only; exporters declare one more there. */
static int64_t pool_places(const struct onnx_op *op, int64_t side, int64_t before, int64_t after, bool ceil)
{
    int64_t room = side + before + after - op->size;
    if (room < 0)
        return 0;
    int64_t places = (room + (ceil ? op->stride - 1 : 0)) / op->stride + 1;
    return ceil && (places - 1) * op->stride >= side + before ? places - 1 : places;
}

/* Darknet's padding: p in all, p/2 of it above and left; the one that makes as many windows at the same
 * places. */
static int pool_padding(struct onnx_op *op, struct net_shape in, int64_t before)
{
    for (int64_t p = 2 * before; p <= 2 * before + 1; p++) {
        int64_t h = in.h + p - op->size, w = in.w + p - op->size;
        if (h >= 0 && w >= 0 && h / op->stride + 1 == op->out.h && w / op->stride + 1 == op->out.w) {
            op->padding = (int)p;
            return 0;
        }
    }
    return -1;
}

/* Nothing below zero leaves these. */
static bool is_positive(const struct onnx_graph *g, int number)
{
    static const char *const positive[] = {"relu", "relu6", "logistic", "hard_sigmoid"};
    const struct onnx_op *op = onnx_graph_op(g, number);
    while (op->kind == ONNX_MAXPOOL || op->kind == ONNX_AVGPOOL)
        op = onnx_graph_op(g, op->inputs[0]);
    for (size_t i = 0; i < sizeof positive / sizeof *positive; i++)
        if (op->kind == ONNX_ACT && strcmp(op->act, positive[i]) == 0)
            return true;
    return false;
}

static int give_pool(struct onnx_graph *g, const Onnx__NodeProto *node, struct onnx_op *op,
                     struct net_shape in, const int64_t pads[4], int64_t batch, struct error *e)
{
    bool ceil = onnx_node_int(node, "ceil_mode", 0) != 0;
    int64_t h = pool_places(op, in.h, pads[0], pads[2], ceil),
            w = pool_places(op, in.w, pads[1], pads[3], ceil);
    op->out = (struct net_shape){in.c, (int)h, (int)w};
    if (h < 1 || w < 1)
        return onnx_node_refuse(g, node, e, "its window is larger than its padded input");
    if (op->dilation != 1)
        return onnx_node_refuse(g, node, e, "dilations of %d (Darknet's pools have none)", op->dilation);
    if (pads[0] != pads[1] || pool_padding(op, in, pads[0]) < 0)
        return onnx_node_refuse(
            g, node, e,
            "pads above, left, below and right: %lld, %lld, %lld, %lld%s (Darknet has no such "
            "windows)",
            (long long)pads[0], (long long)pads[1], (long long)pads[2], (long long)pads[3],
            ceil ? " and ceil_mode" : "");
    const int64_t dims[] = {batch, op->out.c, op->out.h, op->out.w};
    return onnx_node_give_op(g, node, op, 4, dims, e);
}

int onnx_lower_maxpool(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const struct onnx_value *x = onnx_lower_map(g, node, 0, e);
    if (!x)
        return -1;
    int input = x->op;
    struct onnx_op op = {.kind = ONNX_MAXPOOL, .inputs = &input, .inputs_n = 1};
    struct net_shape in = onnx_graph_op(g, input)->out;
    int64_t pads[4];
    if (node->n_output > 1 && node->output[1][0])
        return onnx_node_refuse(g, node, e, "its indices are used");
    if (read_pair(g, node, "kernel_shape", 0, 1, &op.size, e) < 0 ||
        read_window(g, node, &op, in, pads, e) < 0)
        return -1;
    if (onnx_graph_op(g, input)->kind == ONNX_PAD && !is_positive(g, onnx_graph_op(g, input)->inputs[0]))
        return onnx_node_refuse(g, node, e, "zeros are padded before it, which its maximum may take");
    take_pad(g, &input, &in, pads);
    return give_pool(g, node, &op, in, pads, x->dims[0], e);
}

int onnx_lower_avgpool(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const struct onnx_value *x = onnx_lower_map(g, node, 0, e);
    if (!x)
        return -1;
    int input = x->op;
    struct onnx_op op = {.kind = ONNX_AVGPOOL, .inputs = &input, .inputs_n = 1};
    struct net_shape in = onnx_graph_op(g, input)->out;
    int64_t pads[4], kernel[2];
    if (onnx_node_ints(g, node, "kernel_shape", SIZE_MAX, kernel, 2) == 2 && kernel[0] == in.h &&
        kernel[1] == in.w && read_window(g, node, &op, in, pads, NULL) == 0 &&
        !(pads[0] | pads[1] | pads[2] | pads[3]))
        return onnx_lower_global(g, node, e);
    if (read_pair(g, node, "kernel_shape", 0, 1, &op.size, e) < 0 ||
        read_window(g, node, &op, in, pads, e) < 0)
        return -1;
    bool padded = (pads[0] | pads[1] | pads[2] | pads[3]) != 0;
    if (padded && onnx_node_int(node, "count_include_pad", 0))
        return onnx_node_refuse(g, node, e, "its means count the padding (Darknet's do not)");
    if (onnx_graph_op(g, input)->kind == ONNX_PAD)
        return onnx_node_refuse(g, node, e,
                                "zeros are padded before it, which its means count (Darknet's do not)");
    if (op.size == 1 && op.stride == 1 && !padded)
        return onnx_lower_same(g, node, x, e);
    return give_pool(g, node, &op, in, pads, x->dims[0], e);
}

int onnx_lower_global_max(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const struct onnx_value *x = onnx_lower_map(g, node, 0, e);
    const int64_t pads[4] = {0};
    if (!x)
        return -1;
    int input = x->op;
    struct net_shape in = onnx_graph_op(g, input)->out;
    struct onnx_op op = {
        .kind = ONNX_MAXPOOL, .inputs = &input, .inputs_n = 1, .size = in.h, .stride = in.h, .dilation = 1};
    if (in.h != in.w)
        return onnx_node_refuse(g, node, e, "its map is %dx%d (Darknet has square windows only)", in.h, in.w);
    return give_pool(g, node, &op, in, pads, x->dims[0], e);
}

/* ---- Pad -------------------------------------------------------------------------------------------- */

/* Before opset 11 the numbers are attributes. */
static int read_pads(const struct onnx_graph *g, const Onnx__NodeProto *node, int rank,
                     int64_t pads[2 * ONNX_RANK_MAX], struct error *e)
{
    if (onnx_node_input(g, node, 3))
        return onnx_node_refuse(g, node, e, "axes are not supported");
    if (onnx_node_ints(g, node, "pads", 1, pads, 2 * ONNX_RANK_MAX) != 2 * rank)
        return onnx_node_refuse(
            g, node, e, "its pads are not %d numbers that are known before the network runs", 2 * rank);
    for (int i = 0; i < 2 * rank; i++)
        if (pads[i] < 0 || pads[i] > SIDE_MAX)
            return onnx_node_refuse(g, node, e, "pads has %lld", (long long)pads[i]);
    return 0;
}

int onnx_lower_pad(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const struct onnx_value *x = onnx_lower_tensor(g, node, 0, e), *with = onnx_node_input(g, node, 2);
    int64_t pads[2 * ONNX_RANK_MAX] = {0}, sum = 0;
    if (!x || read_pads(g, node, x->rank, pads, e) < 0)
        return -1;
    for (int i = 0; i < 2 * x->rank; i++)
        sum += pads[i];
    if (sum == 0)
        return onnx_lower_same(g, node, x, e);
    double value = with && with->op < 0 && with->n == 1 ? onnx_value_number(with, 0)
                   : with                               ? 1
                                                        : onnx_node_float(node, "value", 0);
    if (!onnx_node_is(node, "mode", "constant", "constant") || value > 0 || value < 0)
        return onnx_node_refuse(g, node, e, "pads with something else than zeros");
    if (x->rank != 4 || pads[0] || pads[1] || pads[4] || pads[5])
        return onnx_node_refuse(g, node, e, "pads something else than the sides of a map");
    int input = x->op;
    struct net_shape in = onnx_graph_op(g, input)->out;
    struct onnx_op op = {.kind = ONNX_PAD, .inputs = &input, .inputs_n = 1};
    op.out = (struct net_shape){in.c, in.h + (int)(pads[2] + pads[6]), in.w + (int)(pads[3] + pads[7])};
    const int places[4] = {2, 3, 6, 7};
    for (int i = 0; i < 4; i++)
        op.pads[i] = (int)pads[places[i]];
    const int64_t dims[] = {x->dims[0], op.out.c, op.out.h, op.out.w};
    return onnx_node_give_op(g, node, &op, 4, dims, e);
}
