/* Operators of single numbers or channels: batch norm, arithmetic, activations. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "onnx/onnx_lower.h"

/* Of Debian's batch norm, 1 / (sqrt(variance) + 1e-6). */
#define DARKNET_EPSILON 1e-6

/* ---- Affine ----------------------------------------------------------------------------------------- */

/* A batch norm that only scales and shifts: its divisor is 1. NULL: refused. */
static double *affine_new(struct onnx_graph *g, const Onnx__NodeProto *node, int channels, struct error *e)
{
    double *a = onnx_graph_numbers(g, (int64_t)ONNX_ROWS * channels);
    if (!a)
        onnx_node_refuse(g, node, e, "has more channels than a network needs");
    for (int i = 0; a && i < channels; i++) {
        a[(size_t)ONNX_SCALES * (size_t)channels + (size_t)i] = 1;
        a[(size_t)ONNX_VARIANCE * (size_t)channels + (size_t)i] =
            (1 - DARKNET_EPSILON) * (1 - DARKNET_EPSILON);
    }
    return a;
}

/* Whether it multiplies every number by a and adds b. */
static bool is_affine(const struct onnx_op *op, double a, double b)
{
    if (op->kind != ONNX_AFFINE || op->given)
        return false;
    for (int i = 0; i < op->out.c; i++)
        if (fabs(op->affine[ONNX_SCALES * op->out.c + i] - a) > 1e-6 || fabs(op->affine[i] - b) > 1e-6)
            return false;
    return true;
}

static bool is_act(const struct onnx_op *op, const char *act)
{
    return op->kind == ONNX_ACT && strcmp(op->act, act) == 0;
}

/* An activation of what `input` makes. */
static int give_act(struct onnx_graph *g, const Onnx__NodeProto *node, const char *act, int input,
                    const struct onnx_value *like, struct error *e)
{
    struct onnx_op op = {
        .kind = ONNX_ACT, .inputs = &input, .inputs_n = 1, .act = act, .out = onnx_graph_op(g, input)->out};
    return onnx_node_give_op(g, node, &op, like->rank, like->dims, e);
}

/* relu6(x + 3) / 6 in several nodes: the operation that makes x, or -1. */
static int inside_hard_sigmoid(const struct onnx_graph *g, int number)
{
    const struct onnx_op *op = onnx_graph_op(g, number);
    if (!is_act(op, "relu6") || !is_affine(onnx_graph_op(g, op->inputs[0]), 1, 3))
        return -1;
    return onnx_graph_op(g, op->inputs[0])->inputs[0];
}

int onnx_lower_affine(struct onnx_graph *g, const Onnx__NodeProto *node, const struct onnx_value *x,
                      const double *scale, const double *shift, int n, struct error *e)
{
    int input = x->op;
    struct onnx_op op = {
        .kind = ONNX_AFFINE, .inputs = &input, .inputs_n = 1, .out = onnx_graph_op(g, input)->out};
    if (n == 1 && fabs(scale[0] * 6 - 1) < 1e-6 && fabs(shift[0]) < 1e-6) {
        int inside = inside_hard_sigmoid(g, input);
        const struct onnx_op *product = onnx_graph_op(g, input);
        if (inside >= 0)
            return give_act(g, node, "hard_sigmoid", inside, x, e);
        if (product->kind == ONNX_MULTIPLY)
            return give_act(g, node, "hard_swish", product->inputs[0], x, e);
    }
    op.affine = affine_new(g, node, op.out.c, e);
    if (!op.affine)
        return -1;
    for (int i = 0; i < op.out.c; i++) {
        op.affine[(size_t)ONNX_SCALES * (size_t)op.out.c + (size_t)i] = scale[n == 1 ? 0 : i];
        op.affine[i] = shift[n == 1 ? 0 : i];
    }
    return onnx_node_give_op(g, node, &op, x->rank, x->dims, e);
}

/* Debian's formula with the same result: sqrt(v') + 1e-6 = sqrt(v + epsilon). */
static int fill_batchnorm(const struct onnx_graph *g, const Onnx__NodeProto *node, struct onnx_op *op,
                          struct error *e)
{
    static const enum onnx_row rows[] = {ONNX_SCALES, ONNX_SHIFT, ONNX_MEAN, ONNX_VARIANCE};
    double epsilon = onnx_node_float(node, "epsilon", 1e-5);
    size_t c = (size_t)op->out.c;
    for (size_t r = 0; r < 4; r++) {
        const struct onnx_value *v = onnx_node_input(g, node, r + 1);
        if (!v || v->op >= 0 || v->n != op->out.c)
            return onnx_node_refuse(g, node, e, "its input %zu is no constant of %d numbers", r + 2,
                                    op->out.c);
        for (size_t i = 0; i < c; i++)
            op->affine[rows[r] * c + i] = onnx_value_number(v, (int64_t)i);
    }
    for (size_t i = 0; i < c; i++) {
        double *scale = &op->affine[ONNX_SCALES * c + i], *variance = &op->affine[ONNX_VARIANCE * c + i];
        double deviation = sqrt(*variance + epsilon), least = fmax(deviation, DARKNET_EPSILON);
        if (!(deviation > 0))
            return onnx_node_refuse(g, node, e,
                                    "variance %g of channel %zu and epsilon %g have no square root",
                                    *variance, i, epsilon);
        *scale *= least / deviation;
        *variance = (least - DARKNET_EPSILON) * (least - DARKNET_EPSILON);
    }
    return 0;
}

int onnx_lower_batchnorm(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const struct onnx_value *x = onnx_lower_tensor(g, node, 0, e);
    if (!x)
        return -1;
    if (onnx_node_int(node, "training_mode", 0))
        return onnx_node_refuse(g, node, e, "is in training mode (export the network in evaluation mode)");
    int input = x->op;
    struct onnx_op op = {.kind = ONNX_AFFINE,
                         .inputs = &input,
                         .inputs_n = 1,
                         .out = onnx_graph_op(g, input)->out,
                         .given = true};
    if (x->dims[1] != op.out.c)
        return onnx_node_refuse(g, node, e, "normalises the numbers of a flattened map one by one");
    op.affine = affine_new(g, node, op.out.c, e);
    if (!op.affine)
        return -1;
    if (fill_batchnorm(g, node, &op, e) == 0)
        return onnx_node_give_op(g, node, &op, x->rank, x->dims, e);
    free(op.affine);
    return -1;
}

/* ---- Arithmetic ------------------------------------------------------------------------------------- */

/* A constant as numbers of each channel, a new array [*n], n being 1 or the channels; NULL: it is none. */
static double *channel_numbers(const struct onnx_graph *g, const struct onnx_value *x,
                               const struct onnx_value *constant, int *n)
{
    int channels = onnx_graph_op(g, x->op)->out.c, shift = x->rank - constant->rank;
    bool fits = shift >= 0 && x->rank >= 2 && x->dims[1] == channels;
    for (int i = 0; i < constant->rank && fits; i++)
        fits = constant->dims[i] == 1 || (i + shift == 1 && constant->dims[i] == channels);
    if (constant->n == 1 ? shift < 0 : !fits || constant->n != channels)
        return NULL;
    *n = (int)constant->n;
    double *numbers = memory_new((size_t)*n, sizeof *numbers);
    for (int i = 0; i < *n; i++)
        numbers[i] = onnx_value_number(constant, i);
    return numbers;
}

/* x and a constant; `behind`: x is the second of the two. */
static int with_constant(struct onnx_graph *g, const Onnx__NodeProto *node, const struct onnx_value *x,
                         const struct onnx_value *constant, bool behind, struct error *e)
{
    char which = onnx_node_operator(node)[0]; /* Add, Sub, Mul, Div */
    int n;
    double *b = channel_numbers(g, x, constant, &n), *a;
    if (!b)
        return onnx_node_refuse(g, node, e,
                                "combines a tensor with a constant that is not one number a channel");
    a = memory_new((size_t)n, sizeof *a);
    bool possible = which != 'D' || !behind;
    for (int i = 0; i < n; i++) {
        a[i] = which == 'M' ? b[i] : which == 'D' ? 1 / b[i] : which == 'S' && behind ? -1 : 1;
        b[i] = which == 'M' || which == 'D' ? 0 : which == 'S' && !behind ? -b[i] : b[i];
        possible = possible && isfinite(a[i]) && isfinite(b[i]);
    }
    int status = possible ? onnx_lower_affine(g, node, x, a, b, n, e)
                          : onnx_node_refuse(g, node, e, "divides by what the network computes, or by zero");
    free(a);
    free(b);
    return status;
}

static bool same_dims(const struct onnx_value *a, const struct onnx_value *b)
{
    return a->rank == b->rank && memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims) == 0;
}

static int give_two(struct onnx_graph *g, const Onnx__NodeProto *node, enum onnx_kind kind,
                    const struct onnx_value *a, const struct onnx_value *b, const struct onnx_value *like,
                    struct error *e)
{
    int inputs[] = {a->op, b->op};
    struct onnx_op op = {
        .kind = kind, .inputs = inputs, .inputs_n = 2, .out = onnx_graph_op(g, like->op)->out};
    return onnx_node_give_op(g, node, &op, like->rank, like->dims, e);
}

/* The two inputs; the constant one, if any, into *constant, and the other into *x. -1: refused. */
static int read_two(const struct onnx_graph *g, const Onnx__NodeProto *node, const struct onnx_value *both[2],
                    struct error *e)
{
    for (size_t i = 0; i < 2; i++) {
        both[i] = onnx_node_input(g, node, i);
        if (both[i] && both[i]->op >= 0)
            both[i] = onnx_lower_tensor(g, node, i, e);
        else if (!both[i])
            onnx_node_refuse(g, node, e, "has no two inputs");
        if (!both[i])
            return -1;
    }
    return 0;
}

/* Add, and Sub and Div of a constant. */
int onnx_lower_add(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const struct onnx_value *both[2];
    if (read_two(g, node, both, e) < 0)
        return -1;
    if (both[0]->op < 0 || both[1]->op < 0)
        return with_constant(g, node, both[both[0]->op < 0], both[both[0]->op >= 0], both[0]->op < 0, e);
    if (onnx_node_operator(node)[0] != 'A')
        return onnx_node_refuse(g, node, e, "has no counterpart for two tensors");
    if (!same_dims(both[0], both[1]))
        return onnx_node_refuse(g, node, e, "adds tensors of unlike shapes");
    return give_two(g, node, ONNX_ADD, both[0], both[1], both[0], e);
}

/* x times a function of x: the activation that this is, or NULL. */
static const char *product_act(const struct onnx_graph *g, int x, int function)
{
    const struct onnx_op *f = onnx_graph_op(g, function);
    if (f->kind != ONNX_ACT)
        return NULL;
    const struct onnx_op *before = onnx_graph_op(g, f->inputs[0]);
    if (is_act(f, "tanh") && is_act(before, ONNX_SOFTPLUS) && before->inputs[0] == x)
        return "mish";
    if (f->inputs[0] != x)
        return NULL;
    return is_act(f, "logistic") ? "swish" : is_act(f, "hard_sigmoid") ? "hard_swish" : NULL;
}

static bool is_gate(const struct onnx_value *v)
{
    return v->rank == 4 && v->dims[2] == 1 && v->dims[3] == 1;
}

int onnx_lower_mul(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const struct onnx_value *both[2];
    if (read_two(g, node, both, e) < 0)
        return -1;
    if (both[0]->op < 0 || both[1]->op < 0)
        return with_constant(g, node, both[both[0]->op < 0], both[both[0]->op >= 0], false, e);
    for (int i = 0; i < 2; i++) {
        const struct onnx_value *x = both[i], *f = both[!i];
        const char *act = same_dims(x, f) ? product_act(g, x->op, f->op) : NULL;
        if (act)
            return give_act(g, node, act, x->op, x, e);
        if (same_dims(x, f) && inside_hard_sigmoid(g, f->op) == x->op)
            return give_two(g, node, ONNX_MULTIPLY, x, f, x, e);
    }
    /* The gate is the one that is small, or else an activation. */
    for (int i = 0; i < 2; i++) {
        const struct onnx_value *gate = both[!i], *map = both[i];
        if (is_gate(gate) && map->rank == 4 && map->dims[1] == gate->dims[1] &&
            (!is_gate(map) || onnx_graph_op(g, gate->op)->kind == ONNX_ACT || i == 1))
            return give_two(g, node, ONNX_SCALE, gate, map, map, e);
    }
    return onnx_node_refuse(g, node, e,
                            "multiplies two tensors, none of which is a gate of one number a channel");
}

/* ---- Activations ------------------------------------------------------------------------------------ */

/* As a cfg calls it; `attributes`: what must have these values, NULL: nothing. */
static const struct act_row {
    const char *type, *act;
    struct {
        const char *name;
        double value, otherwise;
    } attributes[2];
} act_rows[] = {
    {"Relu", "relu", {{0}}},
    {"Sigmoid", "logistic", {{0}}},
    {"Tanh", "tanh", {{0}}},
    {"Softplus", ONNX_SOFTPLUS, {{0}}},
    {"HardSwish", "hard_swish", {{0}}},
    {"Mish", "mish", {{0}}},
    {"LeakyRelu", "leaky", {{"alpha", 0.1, 0.01}}},
    {"LeakyRelu", "relie", {{"alpha", 0.01, 0.01}}},
    {"Elu", "elu", {{"alpha", 1, 1}}},
    {"Celu", "elu", {{"alpha", 1, 1}}},
    {"Selu", "selu", {{"alpha", 1.6732632, 1.6732632}, {"gamma", 1.0507010, 1.0507010}}},
    {"HardSigmoid", "hard_sigmoid", {{"alpha", 1 / 6.0, 0.2}, {"beta", 0.5, 0.5}}},
};

static bool act_fits(const struct act_row *row, const Onnx__NodeProto *node)
{
    if (strcmp(row->type, onnx_node_operator(node)) != 0)
        return false;
    for (int i = 0; i < 2 && row->attributes[i].name; i++)
        if (fabs(onnx_node_float(node, row->attributes[i].name, row->attributes[i].otherwise) -
                 row->attributes[i].value) > 1e-4 * row->attributes[i].value)
            return false;
    return true;
}

int onnx_lower_act(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const struct onnx_value *x = onnx_lower_tensor(g, node, 0, e);
    if (!x)
        return -1;
    for (size_t i = 0; i < sizeof act_rows / sizeof *act_rows; i++)
        if (act_fits(&act_rows[i], node))
            return give_act(g, node, act_rows[i].act, x->op, x, e);
    return onnx_node_refuse(g, node, e, "its parameters (%.80s %g) are those of no Darknet activation",
                            node->n_attribute && node->attribute[0]->name ? node->attribute[0]->name
                                                                          : "default",
                            node->n_attribute ? (double)node->attribute[0]->f : 0);
}

/* A limit: before opset 11 an attribute, then an input that a Constant makes. NaN: not known. */
static double clip_limit(const struct onnx_graph *g, const Onnx__NodeProto *node, const char *name, size_t i,
                         double otherwise)
{
    const struct onnx_value *v = onnx_node_input(g, node, i);
    if (!v)
        return onnx_node_float(node, name, otherwise);
    return v->op < 0 && v->n == 1 ? onnx_value_number(v, 0) : (double)NAN;
}

int onnx_lower_clip(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const struct onnx_value *x = onnx_lower_tensor(g, node, 0, e);
    if (!x)
        return -1;
    static const struct {
        double min, max;
        const char *act;
    } rows[] = {{0, 6, "relu6"}, {0, (double)FLT_MAX, "relu"}, {-1, 1, "hardtan"}};
    double min = clip_limit(g, node, "min", 1, -(double)FLT_MAX),
           max = clip_limit(g, node, "max", 2, (double)FLT_MAX);
    double top = fmin(max, (double)FLT_MAX);
    if (min <= -(double)FLT_MAX && max >= (double)FLT_MAX)
        return onnx_lower_same(g, node, x, e);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (fabs(min - rows[i].min) <= 0 && fabs(top - rows[i].max) <= 0 && max >= rows[i].max)
            return give_act(g, node, rows[i].act, x->op, x, e);
    return onnx_node_refuse(g, node, e, "from %g to %g (Darknet has 0 to 6, 0 and up, and -1 to 1)", min,
                            max);
}
