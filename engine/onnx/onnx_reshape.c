/* Nodes that give the same numbers in the same order another shape. */
#include <string.h>

#include "onnx/onnx_fold.h"

static int64_t product(const int64_t *dims, int n)
{
    int64_t p = 1;
    for (int i = 0; i < n; i++)
        p *= dims[i];
    return p;
}

/* 0 takes the old side (unless allowzero), -1 what is left. */
static int shape_given(const struct onnx_graph *g, const Onnx__NodeProto *node, struct onnx_value *v,
                       struct error *e)
{
    int64_t dims[ONNX_RANK_MAX], known = 1;
    int n = onnx_node_ints(g, node, "shape", 1, dims, ONNX_RANK_MAX), open = -1;
    bool zero = onnx_node_int(node, "allowzero", 0) != 0;
    if (n < 0)
        return onnx_node_refuse(g, node, e, "its shape is not known before the network runs");
    for (int i = 0; i < n; i++) {
        if (dims[i] == 0 && !zero && i < v->rank)
            dims[i] = v->dims[i];
        if (dims[i] == -1 && open < 0)
            open = i;
        else if (dims[i] < 0 || dims[i] > v->n / (known ? known : 1))
            return onnx_node_refuse(g, node, e, "its shape is not that of %lld numbers", (long long)v->n);
        else
            known *= dims[i];
    }
    if (open >= 0)
        dims[open] = known ? v->n / known : 0;
    if (open >= 0 ? known * dims[open] != v->n : known != v->n)
        return onnx_node_refuse(g, node, e, "its shape is not that of %lld numbers", (long long)v->n);
    v->rank = n;
    memcpy(v->dims, dims, (size_t)n * sizeof *dims);
    return 1;
}

static int shape_flat(const struct onnx_graph *g, const Onnx__NodeProto *node, struct onnx_value *v,
                      struct error *e)
{
    int64_t axis = onnx_node_int(node, "axis", 1);
    if (axis < 0)
        axis += v->rank;
    if (axis < 0 || axis > v->rank)
        return onnx_node_refuse(g, node, e, "its axis is outside of the tensor's %d", v->rank);
    int64_t rows = product(v->dims, (int)axis);
    v->dims[1] = product(v->dims + axis, v->rank - (int)axis);
    v->dims[0] = rows;
    v->rank = 2;
    return 1;
}

/* Without axes: every side of 1. */
static int shape_squeezed(const struct onnx_graph *g, const Onnx__NodeProto *node, struct onnx_value *v,
                          struct error *e)
{
    int64_t axes[ONNX_RANK_MAX];
    bool gone[ONNX_RANK_MAX] = {false};
    int n = onnx_node_ints(g, node, "axes", 1, axes, ONNX_RANK_MAX), rank = 0;
    bool all = n < 0 && !onnx_node_input(g, node, 1);
    if (n < 0 && !all)
        return onnx_node_refuse(g, node, e, "its axes are not known before the network runs");
    for (int i = 0; i < n; i++) {
        int axis = onnx_node_axis(axes[i], v->rank);
        if (axis < 0 || v->dims[axis] != 1)
            return onnx_node_refuse(g, node, e, "an axis is not there, or not of size 1");
        gone[axis] = true;
    }
    for (int i = 0; i < v->rank; i++)
        if (!(all ? v->dims[i] == 1 : gone[i]))
            v->dims[rank++] = v->dims[i];
    v->rank = rank;
    return 1;
}

static int shape_unsqueezed(const struct onnx_graph *g, const Onnx__NodeProto *node, struct onnx_value *v,
                            struct error *e)
{
    int64_t axes[ONNX_RANK_MAX], old[ONNX_RANK_MAX];
    bool new[ONNX_RANK_MAX] = {false};
    int n = onnx_node_ints(g, node, "axes", 1, axes, ONNX_RANK_MAX), rank = v->rank + n, from = 0;
    if (n < 0 || rank > ONNX_RANK_MAX)
        return onnx_node_refuse(g, node, e,
                                "its axes are not known before the network runs, or are too many");
    for (int i = 0; i < n; i++) {
        int axis = onnx_node_axis(axes[i], rank);
        if (axis < 0 || new[axis])
            return onnx_node_refuse(g, node, e, "an axis is outside of its result, or there twice");
        new[axis] = true;
    }
    memcpy(old, v->dims, sizeof old);
    for (int i = 0; i < rank; i++)
        v->dims[i] = new[i] ? 1 : old[from++];
    v->rank = rank;
    return 1;
}

int onnx_fold_reshape(const struct onnx_graph *g, const Onnx__NodeProto *node, struct onnx_value *v,
                      struct error *e)
{
    static const struct {
        const char *type;
        int (*shape)(const struct onnx_graph *, const Onnx__NodeProto *, struct onnx_value *, struct error *);
    } rows[] = {{"Reshape", shape_given},
                {"Flatten", shape_flat},
                {"Squeeze", shape_squeezed},
                {"Unsqueeze", shape_unsqueezed}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(onnx_node_operator(node), rows[i].type) == 0)
            return rows[i].shape(g, node, v, e);
    return 0;
}
