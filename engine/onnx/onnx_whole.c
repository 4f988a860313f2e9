/* Operators that read whole maps, or lists of numbers. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "onnx/onnx_fold.h"
#include "onnx/onnx_lower.h"

#define SIDE_MAX 65536

/* ---- Connected layers ------------------------------------------------------------------------------- */

/* A matrix of constants behind a list of numbers; `half` has it and the bias; `rows`: it is [out][in], as
 * Darknet has it. */
static int give_connected(struct onnx_graph *g, const Onnx__NodeProto *node, const struct onnx_op *half,
                          const struct onnx_value *x, bool rows, struct error *e)
{
    const struct onnx_value *w = half->weights, *b = half->bias;
    if (!w || w->op >= 0 || w->rank != 2)
        return onnx_node_refuse(g, node, e, "its second input is no constant matrix");
    int64_t in = rows ? w->dims[1] : w->dims[0], out = rows ? w->dims[0] : w->dims[1];
    if (x->rank != 2 || x->dims[1] != in)
        return onnx_node_refuse(g, node, e, "weights for %lld numbers do not fit what it reads",
                                (long long)in);
    if (out < 1 || out > INT_MAX)
        return onnx_node_refuse(g, node, e, "its weights have a shape that no network has");
    if (b && (b->op >= 0 || (b->n != out && b->n != 1)))
        return onnx_node_refuse(g, node, e, "its bias is no constant of %lld numbers", (long long)out);
    int input = x->op;
    struct onnx_op op = *half;
    op.kind = ONNX_CONNECTED;
    op.inputs = &input;
    op.inputs_n = 1;
    op.across = !rows;
    op.out = (struct net_shape){(int)out, 1, 1};
    const int64_t dims[] = {x->dims[0], out};
    return onnx_node_give_op(g, node, &op, 2, dims, e);
}

int onnx_lower_gemm(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const struct onnx_value *x = onnx_lower_tensor(g, node, 0, e);
    if (!x)
        return -1;
    if (onnx_node_int(node, "transA", 0))
        return onnx_node_refuse(g, node, e, "turns its first input");
    struct onnx_op op = {.weights = onnx_node_input(g, node, 1), .bias = onnx_node_input(g, node, 2)};
    op.weights_times = (float)onnx_node_float(node, "alpha", 1);
    op.bias_times = (float)onnx_node_float(node, "beta", 1);
    return give_connected(g, node, &op, x, onnx_node_int(node, "transB", 0) != 0, e);
}

int onnx_lower_matmul(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const struct onnx_value *x = onnx_lower_tensor(g, node, 0, e);
    struct onnx_op op = {.weights = onnx_node_input(g, node, 1), .weights_times = 1, .bias_times = 1};
    return x ? give_connected(g, node, &op, x, false, e) : -1;
}

/* ---- Means ------------------------------------------------------------------------------------------ */

static int give_global(struct onnx_graph *g, const Onnx__NodeProto *node, const struct onnx_value *x,
                       bool keep, struct error *e)
{
    int input = x->op;
    struct net_shape in = onnx_graph_op(g, input)->out;
    const int64_t dims[] = {x->dims[0], in.c, 1, 1};
    if (in.h == 1 && in.w == 1) {
        struct onnx_value same = *x;
        same.rank = keep ? 4 : 2;
        memcpy(same.dims, dims, sizeof dims);
        return onnx_lower_same(g, node, &same, e);
    }
    struct onnx_op op = {.kind = ONNX_GLOBAL, .inputs = &input, .inputs_n = 1, .out = {in.c, 1, 1}};
    return onnx_node_give_op(g, node, &op, keep ? 4 : 2, dims, e);
}

int onnx_lower_global(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const struct onnx_value *x = onnx_lower_map(g, node, 0, e);
    return x ? give_global(g, node, x, true, e) : -1;
}

int onnx_lower_reduce_mean(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const struct onnx_value *x = onnx_lower_map(g, node, 0, e);
    int64_t axes[ONNX_RANK_MAX];
    bool over[4] = {false};
    if (!x)
        return -1;
    int n = onnx_node_ints(g, node, "axes", 1, axes, ONNX_RANK_MAX);
    for (int i = 0; i < n; i++)
        if (onnx_node_axis(axes[i], 4) >= 0)
            over[onnx_node_axis(axes[i], 4)] = true;
    if (over[0] || over[1] || !over[2] || !over[3])
        return onnx_node_refuse(g, node, e, "takes the mean over something else than height and width");
    return give_global(g, node, x, onnx_node_int(node, "keepdims", 1) != 0, e);
}

/* ---- Concatenation ---------------------------------------------------------------------------------- */

/* Adds an input to the operation; `dims` become those of the result. */
static int add_part(struct onnx_graph *g, const Onnx__NodeProto *node, struct onnx_op *op,
                    const struct onnx_value *x, int64_t dims[4], struct error *e)
{
    struct net_shape in = onnx_graph_op(g, x->op)->out;
    if (op->inputs_n == 0) {
        memcpy(dims, x->dims, sizeof *dims * (size_t)x->rank);
        op->out = in;
    } else if (in.h != op->out.h || in.w != op->out.w) {
        return onnx_node_refuse(g, node, e, "joins maps of %dx%d and %dx%d", op->out.h, op->out.w, in.h,
                                in.w);
    } else if (in.c > INT_MAX - op->out.c) {
        return onnx_node_refuse(g, node, e, "makes a tensor that is larger than any network's");
    } else {
        dims[1] += x->dims[1];
        op->out.c += in.c;
    }
    op->inputs[op->inputs_n++] = x->op;
    return 0;
}

/* Numbers of one list and then of another lie as the channels of their maps do. */
int onnx_lower_concat(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    int *inputs = memory_new(node->n_input + 1, sizeof *inputs), status = 0, rank = 0;
    struct onnx_op op = {.kind = ONNX_CONCAT, .inputs = inputs};
    int64_t dims[4];
    const struct onnx_value *x = NULL;
    for (size_t i = 0; i < node->n_input && status == 0; i++) {
        x = onnx_lower_tensor(g, node, i, e);
        if (!x)
            status = -1;
        else if (onnx_node_axis(onnx_node_int(node, "axis", 1), x->rank) != 1 || (rank && x->rank != rank))
            status = onnx_node_refuse(g, node, e, "joins something else than channels");
        else
            status = add_part(g, node, &op, x, dims, e);
        rank = x ? x->rank : 0;
    }
    if (status == 0 && !x)
        status = onnx_node_refuse(g, node, e, "has no inputs");
    else if (status == 0)
        status = node->n_input == 1 ? onnx_lower_same(g, node, x, e)
                                    : onnx_node_give_op(g, node, &op, rank, dims, e);
    free(inputs);
    return status;
}

/* ---- Parts ------------------------------------------------------------------------------------------ */

/* Whether the sizes, an attribute or (from opset 13 on) an input, are all alike; without any they are. */
static int check_sizes(const struct onnx_graph *g, const Onnx__NodeProto *node, int channels, struct error *e)
{
    int parts = (int)node->n_output, n = parts;
    if (parts < 1 || parts > channels)
        return onnx_node_refuse(g, node, e, "makes %d parts of %d channels", parts, channels);
    int64_t *sizes = memory_new((size_t)parts, sizeof *sizes);
    bool given = onnx_node_attribute(node, "split") || onnx_node_input(g, node, 1),
         equal = channels % parts == 0;
    if (given)
        n = onnx_node_ints(g, node, "split", 1, sizes, parts);
    for (int i = 0; i < parts && given && n == parts; i++)
        equal = equal && sizes[i] == channels / parts;
    free(sizes);
    if (n != parts)
        return onnx_node_refuse(g, node, e,
                                "its sizes are not %d numbers that are known before the network runs", parts);
    return equal ? 0
                 : onnx_node_refuse(
                       g, node, e,
                       "makes %d parts of %d channels that are not of one size (Darknet has equal ones)",
                       parts, channels);
}

/* As torch.split exports; a part that nobody reads has no layer. */
int onnx_lower_split(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const struct onnx_value *x = onnx_lower_map(g, node, 0, e);
    if (!x)
        return -1;
    int input = x->op, parts = (int)node->n_output;
    struct net_shape out = onnx_graph_op(g, input)->out;
    if (onnx_node_axis(onnx_node_int(node, "axis", 0), x->rank) != 1)
        return onnx_node_refuse(g, node, e, "cuts something else than channels");
    if (check_sizes(g, node, out.c, e) < 0)
        return -1;
    if (parts == 1)
        return onnx_lower_same(g, node, x, e);
    out.c /= parts;
    const int64_t dims[] = {x->dims[0], out.c, out.h, out.w};
    for (int i = 0; i < parts; i++) {
        struct onnx_op op = {
            .kind = ONNX_PART, .inputs = &input, .inputs_n = 1, .groups = parts, .part = i, .out = out};
        if (node->output[i][0] && onnx_node_give_part(g, node, (size_t)i, &op, 4, dims, e) < 0)
            return -1;
    }
    return 0;
}

/* From one channel to another, as torch.chunk and x[:, from:to] export; where it is one of equal parts. */
int onnx_lower_slice(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const struct onnx_value *x = onnx_lower_map(g, node, 0, e);
    if (!x)
        return -1;
    int64_t from, to, axis = 0, step = 1;
    if (onnx_node_ints(g, node, "starts", 1, &from, 1) != 1 ||
        onnx_node_ints(g, node, "ends", 2, &to, 1) != 1 ||
        onnx_node_ints(g, node, "axes", 3, &axis, 1) != 1 || onnx_node_axis(axis, x->rank) != 1 ||
        (onnx_node_input(g, node, 4) && onnx_node_ints(g, node, "steps", 4, &step, 1) != 1) || step != 1)
        return onnx_node_refuse(g, node, e,
                                "takes something else than channels one after the other, or ones that are "
                                "not known before the network runs");
    int input = x->op;
    struct net_shape out = onnx_graph_op(g, input)->out;
    from = from < 0 ? from + out.c : from;
    to = to < 0 ? to + out.c : to > out.c ? out.c : to;
    int64_t n = to - from;
    if (from < 0 || n < 1 || out.c % n || from % n)
        return onnx_node_refuse(g, node, e,
                                "takes channels %lld to %lld of %d (Darknet has equal parts only)",
                                (long long)from, (long long)to - 1, out.c);
    if (n == out.c)
        return onnx_lower_same(g, node, x, e);
    struct onnx_op op = {.kind = ONNX_PART,
                         .inputs = &input,
                         .inputs_n = 1,
                         .groups = (int)(out.c / n),
                         .part = (int)(from / n)};
    op.out = (struct net_shape){(int)n, out.h, out.w};
    const int64_t dims[] = {x->dims[0], n, out.h, out.w};
    return onnx_node_give_op(g, node, &op, 4, dims, e);
}

/* ---- The rest --------------------------------------------------------------------------------------- */

/* Before opset 13 all from `axis` on (default 1) count as one list. */
int onnx_lower_softmax(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const struct onnx_value *x = onnx_lower_tensor(g, node, 0, e);
    if (!x)
        return -1;
    int input = x->op,
        axis = onnx_node_axis(onnx_node_int(node, "axis", onnx_graph_opset(g) < 13 ? 1 : -1), x->rank);
    struct onnx_op op = {
        .kind = ONNX_SOFTMAX, .inputs = &input, .inputs_n = 1, .out = onnx_graph_op(g, input)->out};
    if (axis != 1 || (x->rank == 4 && x->dims[2] * x->dims[3] != 1))
        return onnx_node_refuse(g, node, e, "is not over the classes alone");
    if (onnx_node_operator(node)[0] == 'L')
        text_list_add(onnx_graph_notes(g),
                      memory_copy("LogSoftmax became [softmax]: the scores before it are the "
                                  "same, the outputs are probabilities"));
    return onnx_node_give_op(g, node, &op, x->rank, x->dims, e);
}

/* Whether each place of the result takes the place of the input that it lies in. */
static bool is_nearest(const struct onnx_graph *g, const Onnx__NodeProto *node)
{
    bool resize = onnx_node_operator(node)[0] == 'R' && onnx_graph_opset(g) >= 11;
    if (!onnx_node_is(node, "mode", "nearest", "nearest") || onnx_node_int(node, "antialias", 0))
        return false;
    if (!resize)
        return true;
    if (onnx_node_is(node, "coordinate_transformation_mode", "asymmetric", "half_pixel"))
        return onnx_node_is(node, "nearest_mode", "floor", "round_prefer_floor");
    return (onnx_node_is(node, "coordinate_transformation_mode", "half_pixel", "half_pixel") ||
            onnx_node_is(node, "coordinate_transformation_mode", "pytorch_half_pixel", "half_pixel")) &&
           (onnx_node_is(node, "nearest_mode", "round_prefer_floor", "round_prefer_floor") ||
            onnx_node_is(node, "nearest_mode", "round_prefer_ceil", "round_prefer_floor"));
}

/* How many times larger each dimension becomes, from scales or sizes; -1: not known. */
static int read_scales(const struct onnx_graph *g, const Onnx__NodeProto *node, const struct onnx_value *x,
                       double times[4])
{
    const Onnx__AttributeProto *a = onnx_node_attribute(node, "scales");
    const struct onnx_value *scales = onnx_node_input(g, node, node->n_input > 2 ? 2 : 1);
    const struct onnx_value *sizes = onnx_node_input(g, node, 3);
    for (size_t i = 0; i < 4; i++) {
        if (a && a->n_floats == 4)
            times[i] = (double)a->floats[i];
        else if (sizes && sizes->op < 0 && sizes->n == 4)
            times[i] = onnx_value_number(sizes, (int64_t)i) / (double)x->dims[i];
        else if (scales && scales->op < 0 && scales->n == 4)
            times[i] = onnx_value_number(scales, (int64_t)i);
        else
            return -1;
    }
    return 0;
}

int onnx_lower_resize(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const struct onnx_value *x = onnx_lower_map(g, node, 0, e);
    double times[4];
    if (!x)
        return -1;
    if (read_scales(g, node, x, times) < 0)
        return onnx_node_refuse(g, node, e, "its scales are not known before the network runs");
    double s = times[2];
    if (!is_nearest(g, node) || fabs(times[0] - 1) > 0 || fabs(times[1] - 1) > 0 || fabs(times[3] - s) > 0 ||
        !(s >= 1) || s > 256 || fabs(s - floor(s)) > 0)
        return onnx_node_refuse(
            g, node, e,
            "makes maps %g by %g times as large, or not by repeating (Darknet repeats, whole times)",
            times[2], times[3]);
    int input = x->op, by = (int)s;
    struct net_shape in = onnx_graph_op(g, input)->out;
    struct onnx_op op = {.kind = ONNX_UPSAMPLE, .inputs = &input, .inputs_n = 1, .stride = by};
    if (by == 1)
        return onnx_lower_same(g, node, x, e);
    if (in.h > SIDE_MAX / by || in.w > SIDE_MAX / by)
        return onnx_node_refuse(g, node, e, "makes a tensor that is larger than any network's");
    op.out = (struct net_shape){in.c, in.h * by, in.w * by};
    const int64_t dims[] = {x->dims[0], op.out.c, op.out.h, op.out.w};
    return onnx_node_give_op(g, node, &op, 4, dims, e);
}

/* ---- The same numbers ------------------------------------------------------------------------------- */

int onnx_lower_same(struct onnx_graph *g, const Onnx__NodeProto *node, const struct onnx_value *v,
                    struct error *e)
{
    if (v->folded)
        return onnx_fold_alias(g, node, *v, e) < 0 ? -1 : 0;
    return onnx_node_give(g, node, v, e);
}

static int need_input(const struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    return onnx_node_input(g, node, 0) ? 0 : onnx_node_refuse(g, node, e, "has no input");
}

int onnx_lower_identity(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    if (need_input(g, node, e) < 0)
        return -1;
    if (onnx_node_input(g, node, 2) && onnx_graph_opset(g) >= 12) { /* Dropout's training_mode */
        const struct onnx_value *training = onnx_node_input(g, node, 2);
        if (training->op >= 0 || training->n != 1 || onnx_value_number(training, 0) > 0)
            return onnx_node_refuse(g, node, e,
                                    "is in training mode (export the network in evaluation mode)");
    }
    return onnx_lower_same(g, node, onnx_node_input(g, node, 0), e);
}

int onnx_lower_reshape(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    if (need_input(g, node, e) < 0)
        return -1;
    struct onnx_value v = *onnx_node_input(g, node, 0);
    return onnx_fold_reshape(g, node, &v, e) < 0 ? -1 : onnx_lower_same(g, node, &v, e);
}

int onnx_lower_cast(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    struct onnx_value to = {.type = (int)onnx_node_int(node, "to", 0)};
    if (need_input(g, node, e) < 0)
        return -1;
    if (onnx_value_is_integer(&to))
        return onnx_node_refuse(g, node, e, "makes integers of what the network computes");
    return onnx_lower_same(g, node, onnx_node_input(g, node, 0), e);
}

/* From height x width x channels: a network that TensorFlow has saved begins so. */
static bool turn_input(struct onnx_graph *g, const struct onnx_value *x, const int64_t *order)
{
    static const int64_t channels_first[] = {0, 3, 1, 2};
    struct onnx_op *op = onnx_graph_op(g, x->op);
    if (op->kind != ONNX_INPUT || x->rank != 4 || memcmp(order, channels_first, sizeof channels_first) != 0)
        return false;
    op->out = (struct net_shape){(int)x->dims[3], (int)x->dims[1], (int)x->dims[2]};
    return true;
}

/* Whether the sides that are larger than 1 keep their order: then the numbers do. */
static bool keeps_order(const struct onnx_value *x, const int64_t *order)
{
    int64_t last = -1;
    for (int i = 0; i < x->rank; i++) {
        if (x->dims[order[i]] == 1)
            continue;
        if (order[i] < last)
            return false;
        last = order[i];
    }
    return true;
}

/* [batch][groups][channels of a group][H][W] with the groups and their channels exchanged. */
static bool is_shuffle(const struct onnx_value *x, const int64_t *order)
{
    static const int64_t exchanged[] = {0, 2, 1, 3, 4};
    return x->rank == 5 && memcmp(order, exchanged, sizeof exchanged) == 0;
}

int onnx_lower_transpose(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    int64_t order[ONNX_RANK_MAX];
    bool seen[ONNX_RANK_MAX] = {false};
    if (need_input(g, node, e) < 0)
        return -1;
    const struct onnx_value *x = onnx_node_input(g, node, 0);
    int n = onnx_node_ints(g, node, "perm", SIZE_MAX, order, ONNX_RANK_MAX);
    for (int i = 0; i < x->rank && n < 0; i++)
        order[i] = x->rank - 1 - i;
    if (n >= 0 && n != x->rank)
        return onnx_node_refuse(g, node, e, "its perm does not fit");
    for (int i = 0; i < x->rank; i++) {
        if (order[i] < 0 || order[i] >= x->rank || seen[order[i]])
            return onnx_node_refuse(g, node, e, "its perm does not fit");
        seen[order[i]] = true;
    }
    if (!keeps_order(x, order) && !turn_input(g, x, order))
        return onnx_node_refuse(g, node, e, "%s, which no Darknet layer does",
                                is_shuffle(x, order) ? "shuffles the channels"
                                                     : "changes the order of the numbers");
    struct onnx_value v = *x;
    for (int i = 0; i < x->rank; i++)
        v.dims[i] = x->dims[order[i]];
    return onnx_lower_same(g, node, &v, e);
}
