#include "onnx/onnx_fold.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Arithmetic is for sizes and scales; a network's weights do not come here. */
#define FOLD_MAX ((int64_t)1 << 20)
#define INT64 ONNX__TENSOR_PROTO__DATA_TYPE__INT64

/* A constant of that shape whose numbers are to be filled in; its product is checked. NULL: error. */
static double *fold_begin(struct onnx_graph *g, const Onnx__NodeProto *node, struct onnx_value *v,
                          struct error *e)
{
    v->op = -1;
    v->raw = NULL;
    v->packed = NULL;
    v->one = NULL;
    v->transposed = false;
    v->folded = onnx_value_count(v) == 0 && v->n <= FOLD_MAX ? onnx_graph_numbers(g, v->n) : NULL;
    if (!v->folded)
        onnx_node_refuse(g, node, e, "arithmetic on more constants than a network needs");
    return v->folded;
}

static int fold_end(struct onnx_graph *g, const Onnx__NodeProto *node, struct onnx_value *v, struct error *e)
{
    if (onnx_node_give(g, node, v, e) == 0)
        return 1;
    free(v->folded);
    return -1;
}

int onnx_fold_alias(struct onnx_graph *g, const Onnx__NodeProto *node, struct onnx_value v, struct error *e)
{
    if (v.folded) {
        const double *old = v.folded;
        bool transposed = v.transposed;
        if (!fold_begin(g, node, &v, e))
            return -1;
        memcpy(v.folded, old, (size_t)v.n * sizeof *v.folded);
        v.transposed = transposed;
    }
    return fold_end(g, node, &v, e);
}

/* ---- Operators -------------------------------------------------------------------------------------- */

static int fold_constant(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const Onnx__AttributeProto *a = node->n_attribute == 1 ? node->attribute[0] : NULL;
    struct onnx_value v = {.type = INT64, .rank = 0};
    if (a && a->t)
        return onnx_value_set(&v, onnx_graph_file(g), a->t, e) < 0 ? -1 : fold_end(g, node, &v, e);
    bool floats = a && (a->n_floats || a->has_f), many = a && (a->n_floats || a->n_ints);
    if (!a || !(floats || a->n_ints || a->has_i))
        return onnx_node_refuse(g, node, e,
                                "holds no numbers (expected value, value_float(s) or value_int(s))");
    v.type = floats ? ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT : INT64;
    v.rank = many ? 1 : 0;
    v.dims[0] = (int64_t)(a->n_floats ? a->n_floats : a->n_ints);
    if (!fold_begin(g, node, &v, e))
        return -1;
    for (int64_t i = 0; i < v.n; i++)
        v.folded[i] = !many ? (floats ? (double)a->f : (double)a->i)
                            : (floats ? (double)a->floats[i] : (double)a->ints[i]);
    return fold_end(g, node, &v, e);
}

static int fold_shape(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const struct onnx_value *x = onnx_node_input(g, node, 0);
    int64_t start = onnx_node_int(node, "start", 0), end = onnx_node_int(node, "end", x->rank);
    start = start < 0 ? start + x->rank : start;
    end = end < 0 ? end + x->rank : end;
    start = start < 0 ? 0 : start;
    end = end > x->rank ? x->rank : end;
    struct onnx_value v = {.type = INT64, .rank = 1, .dims = {end > start ? end - start : 0}};
    if (!fold_begin(g, node, &v, e))
        return -1;
    for (int64_t i = 0; i < v.n; i++)
        v.folded[i] = (double)x->dims[start + i];
    return fold_end(g, node, &v, e);
}

static int fold_gather(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const struct onnx_value *x = onnx_node_input(g, node, 0), *at = onnx_node_input(g, node, 1);
    if (x->rank != 1 || at->rank > 1 || onnx_node_int(node, "axis", 0) > 0)
        return onnx_node_refuse(g, node, e, "takes parts of a constant that is no list");
    struct onnx_value v = *at;
    v.type = x->type;
    if (!fold_begin(g, node, &v, e))
        return -1;
    for (int64_t i = 0; i < v.n; i++) {
        double k = onnx_value_number(at, i);
        k = k < 0 ? k + (double)x->n : k;
        if (!(k >= 0 && k < (double)x->n)) {
            free(v.folded);
            return onnx_node_refuse(g, node, e, "takes what is outside of a constant list");
        }
        v.folded[i] = onnx_value_number(x, (int64_t)k);
    }
    return fold_end(g, node, &v, e);
}

/* Of a list: from, to, by a step of 1. */
static int fold_slice(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const struct onnx_value *x = onnx_node_input(g, node, 0);
    int64_t from, to, step = 1;
    if (x->rank != 1 || onnx_node_ints(g, node, "starts", 1, &from, 1) != 1 ||
        onnx_node_ints(g, node, "ends", 2, &to, 1) != 1 ||
        (onnx_node_input(g, node, 4) && onnx_node_ints(g, node, "steps", 4, &step, 1) != 1) || step != 1)
        return onnx_node_refuse(g, node, e,
                                "takes parts of a constant that is no list, or not one after the other");
    from = from < 0 ? from + x->n : from;
    to = to < 0 ? to + x->n : to;
    from = from < 0 ? 0 : from;
    to = to > x->n ? x->n : to;
    struct onnx_value v = {.type = x->type, .rank = 1, .dims = {to > from ? to - from : 0}};
    if (!fold_begin(g, node, &v, e))
        return -1;
    for (int64_t i = 0; i < v.n; i++)
        v.folded[i] = onnx_value_number(x, from + i);
    return fold_end(g, node, &v, e);
}

static int fold_concat(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    struct onnx_value v = {.type = INT64, .rank = 1};
    int64_t at = 0;
    for (size_t i = 0; i < node->n_input; i++) {
        const struct onnx_value *x = onnx_node_input(g, node, i);
        if (!x || x->rank != 1)
            return onnx_node_refuse(g, node, e, "joins constants that are no lists");
        v.type = x->type;
        v.dims[0] += x->n;
    }
    if (!fold_begin(g, node, &v, e))
        return -1;
    for (size_t i = 0; i < node->n_input; i++) {
        const struct onnx_value *x = onnx_node_input(g, node, i);
        for (int64_t k = 0; k < x->n; k++)
            v.folded[at++] = onnx_value_number(x, k);
    }
    return fold_end(g, node, &v, e);
}

static double combine(char which, double a, double b)
{
    return which == 'A' ? a + b : which == 'S' ? a - b : which == 'M' ? a * b : a / b;
}

/* Add, Sub, Mul, Div of two of one shape, or of one and a single number. */
static int fold_arithmetic(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const struct onnx_value *a = onnx_node_input(g, node, 0), *b = onnx_node_input(g, node, 1);
    const struct onnx_value *large = b->n > a->n || (b->n == a->n && b->rank > a->rank) ? b : a;
    struct onnx_value v = *large;
    bool alike = a->n == b->n &&
                 (a->rank != b->rank || memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims) == 0);
    bool single = (a->n == 1 && b->n > 0) || (b->n == 1 && a->n > 0);
    if (!alike && !single)
        return onnx_node_refuse(g, node, e, "combines constants of unlike shapes");
    if (!fold_begin(g, node, &v, e))
        return -1;
    for (int64_t i = 0; i < v.n; i++) {
        double x = onnx_value_number(a, a->n == 1 ? 0 : i), y = onnx_value_number(b, b->n == 1 ? 0 : i);
        v.folded[i] = combine(onnx_node_operator(node)[0], x, y);
        if (onnx_value_is_integer(&v))
            v.folded[i] = trunc(v.folded[i]);
    }
    return fold_end(g, node, &v, e);
}

/* Floor, Ceil, Cast. */
static int fold_each(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const struct onnx_value *x = onnx_node_input(g, node, 0);
    struct onnx_value v = *x;
    char which = onnx_node_operator(node)[1]; /* fLoor, cEil, cAst */
    if (which == 'a') {
        v.type = (int)onnx_node_int(node, "to", 0);
        if (!onnx_value_is_integer(&v) &&
            !onnx_value_is_integer(x)) { /* weights: the numbers stay as they are */
            v.type = x->type;
            return onnx_fold_alias(g, node, v, e);
        }
    }
    if (!fold_begin(g, node, &v, e))
        return -1;
    for (int64_t i = 0; i < v.n; i++) {
        double number = onnx_value_number(x, i);
        v.folded[i] = which == 'l'                ? floor(number)
                      : which == 'e'              ? ceil(number)
                      : onnx_value_is_integer(&v) ? trunc(number)
                                                  : number;
    }
    return fold_end(g, node, &v, e);
}

static int fold_fill(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    const Onnx__AttributeProto *a = onnx_node_attribute(node, "value");
    struct onnx_value v = {.type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT}, one;
    double number = 0;
    if (a && a->t) {
        if (onnx_value_set(&one, onnx_graph_file(g), a->t, e) < 0)
            return -1;
        v.type = one.type;
        number = one.n > 0 ? onnx_value_number(&one, 0) : 0;
    }
    v.rank = onnx_node_ints(g, node, "", 0, v.dims, ONNX_RANK_MAX);
    if (v.rank < 0)
        return onnx_node_refuse(g, node, e, "its shape is no list of sizes");
    if (!fold_begin(g, node, &v, e))
        return -1;
    for (int64_t i = 0; i < v.n; i++)
        v.folded[i] = number;
    return fold_end(g, node, &v, e);
}

static int fold_transpose(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    struct onnx_value v = *onnx_node_input(g, node, 0);
    int64_t order[2] = {1, 0}, side = v.dims[0];
    int n = onnx_node_ints(g, node, "perm", 1, order, 2);
    if (v.rank != 2 || (n >= 0 && n != 2))
        return onnx_node_refuse(g, node, e, "turns a constant that is no matrix");
    if (n < 0 || (order[0] == 1 && order[1] == 0)) {
        v.dims[0] = v.dims[1];
        v.dims[1] = side;
        v.transposed = !v.transposed;
    }
    return onnx_fold_alias(g, node, v, e);
}

static int fold_same(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    return onnx_fold_alias(g, node, *onnx_node_input(g, node, 0), e);
}

static int fold_reshape(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    struct onnx_value v = *onnx_node_input(g, node, 0);
    if (v.transposed)
        return onnx_node_refuse(g, node, e, "gives a turned constant another shape");
    return onnx_fold_reshape(g, node, &v, e) < 0 ? -1 : onnx_fold_alias(g, node, v, e);
}

static const struct fold_row {
    const char *type;
    int (*fold)(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e);
    size_t inputs; /* that must be there */
} fold_rows[] = {
    {"Constant", fold_constant, 0},    {"Shape", fold_shape, 1},         {"Gather", fold_gather, 2},
    {"Slice", fold_slice, 1},          {"Concat", fold_concat, 1},       {"Add", fold_arithmetic, 2},
    {"Sub", fold_arithmetic, 2},       {"Mul", fold_arithmetic, 2},      {"Div", fold_arithmetic, 2},
    {"Floor", fold_each, 1},           {"Ceil", fold_each, 1},           {"Cast", fold_each, 1},
    {"ConstantOfShape", fold_fill, 1}, {"Transpose", fold_transpose, 1}, {"Identity", fold_same, 1},
    {"Reshape", fold_reshape, 1},      {"Flatten", fold_reshape, 1},     {"Squeeze", fold_reshape, 1},
    {"Unsqueeze", fold_reshape, 1},
};

/* The shape of any tensor is known. */
static bool inputs_known(const struct onnx_graph *g, const Onnx__NodeProto *node)
{
    if (strcmp(onnx_node_operator(node), "Shape") == 0)
        return true;
    for (size_t i = 0; i < node->n_input; i++) {
        const struct onnx_value *v = onnx_node_input(g, node, i);
        if (v && v->op >= 0)
            return false;
    }
    return true;
}

int onnx_fold(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    if (!inputs_known(g, node))
        return 0;
    for (size_t i = 0; i < sizeof fold_rows / sizeof *fold_rows; i++) {
        if (strcmp(onnx_node_operator(node), fold_rows[i].type) != 0)
            continue;
        for (size_t k = 0; k < fold_rows[i].inputs; k++)
            if (!onnx_node_input(g, node, k))
                return onnx_node_refuse(g, node, e, "its input %zu is missing", k + 1);
        return fold_rows[i].fold(g, node, e);
    }
    return 0;
}
