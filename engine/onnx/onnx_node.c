#include "onnx/onnx_node.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

const char *onnx_node_operator(const Onnx__NodeProto *node)
{
    return node->op_type ? node->op_type : "";
}

const char *onnx_node_output(const Onnx__NodeProto *node)
{
    return node->n_output ? node->output[0] : "";
}

int onnx_node_refuse(const struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e,
                     const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *why = memory_format_list(format, args);
    va_end(args);
    const char *own = node->name && *node->name ? node->name : onnx_node_output(node);
    char *name = text_escape(own), *type = text_escape(onnx_node_operator(node));
    error_at(e, onnx_file_path(onnx_graph_file(g)), 0, "node '%.200s' (%.80s): %s", name, type, why);
    free(name);
    free(type);
    free(why);
    return -1;
}

const struct onnx_value *onnx_node_input(const struct onnx_graph *g, const Onnx__NodeProto *node, size_t i)
{
    if (i >= node->n_input || !node->input[i][0])
        return NULL;
    return onnx_graph_find(g, node->input[i]);
}

int onnx_node_check(const struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    for (size_t i = 0; i < node->n_input; i++) {
        if (!node->input[i][0] || onnx_graph_find(g, node->input[i]))
            continue;
        char *name = text_escape(node->input[i]);
        onnx_node_refuse(g, node, e,
                         "reads '%.200s', which is no input of the graph, no tensor of it and no output of "
                         "an earlier node that has a counterpart",
                         name);
        free(name);
        return -1;
    }
    return 0;
}

const Onnx__AttributeProto *onnx_node_attribute(const Onnx__NodeProto *node, const char *name)
{
    for (size_t i = 0; i < node->n_attribute; i++)
        if (node->attribute[i]->name && strcmp(node->attribute[i]->name, name) == 0)
            return node->attribute[i];
    return NULL;
}

int64_t onnx_node_int(const Onnx__NodeProto *node, const char *name, int64_t otherwise)
{
    const Onnx__AttributeProto *a = onnx_node_attribute(node, name);
    return a ? a->i : otherwise;
}

double onnx_node_float(const Onnx__NodeProto *node, const char *name, double otherwise)
{
    const Onnx__AttributeProto *a = onnx_node_attribute(node, name);
    return a ? (double)a->f : otherwise;
}

bool onnx_node_is(const Onnx__NodeProto *node, const char *name, const char *text, const char *otherwise)
{
    const Onnx__AttributeProto *a = onnx_node_attribute(node, name);
    if (!a)
        return strcmp(otherwise, text) == 0;
    return a->s.len == strlen(text) && memcmp(a->s.data, text, a->s.len) == 0;
}

int onnx_node_ints(const struct onnx_graph *g, const Onnx__NodeProto *node, const char *name, size_t i,
                   int64_t *out, int max)
{
    const Onnx__AttributeProto *a = onnx_node_attribute(node, name);
    if (a) {
        if (a->n_ints > (size_t)max)
            return -1;
        for (size_t k = 0; k < a->n_ints; k++)
            out[k] = a->ints[k];
        return (int)a->n_ints;
    }
    const struct onnx_value *v = onnx_node_input(g, node, i);
    if (!v || v->op >= 0 || v->rank > 1 || v->n > max || !onnx_value_is_integer(v))
        return -1;
    for (int64_t k = 0; k < v->n; k++) {
        double number = onnx_value_number(v, k);
        out[k] = number > -9e15 && number < 9e15 ? (int64_t)number : INT64_MAX;
    }
    return (int)v->n;
}

int onnx_node_axis(int64_t axis, int rank)
{
    if (axis < -rank || axis >= rank)
        return -1;
    return (int)(axis < 0 ? axis + rank : axis);
}

static int node_give_as(struct onnx_graph *g, const Onnx__NodeProto *node, const char *name,
                        const struct onnx_value *like, struct error *e)
{
    struct onnx_value v = *like;
    v.name = name;
    if (!*v.name)
        return onnx_node_refuse(g, node, e, "has no output");
    if (onnx_value_count(&v) < 0)
        return onnx_node_refuse(g, node, e, "makes a tensor that is larger than any network's");
    if (!onnx_graph_add(g, &v))
        return onnx_node_refuse(g, node, e, "makes a tensor whose name is taken");
    return 0;
}

int onnx_node_give(struct onnx_graph *g, const Onnx__NodeProto *node, const struct onnx_value *like,
                   struct error *e)
{
    return node_give_as(g, node, onnx_node_output(node), like, e);
}

static int node_give_op_as(struct onnx_graph *g, const Onnx__NodeProto *node, const char *name,
                           struct onnx_op *op, int rank, const int64_t *dims, struct error *e)
{
    struct onnx_value v = {.rank = rank, .type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT};
    memcpy(v.dims, dims, (size_t)rank * sizeof *dims);
    op->node = node;
    v.op = onnx_graph_add_op(g, op);
    return node_give_as(g, node, name, &v, e);
}

int onnx_node_give_op(struct onnx_graph *g, const Onnx__NodeProto *node, struct onnx_op *op, int rank,
                      const int64_t *dims, struct error *e)
{
    return node_give_op_as(g, node, onnx_node_output(node), op, rank, dims, e);
}

int onnx_node_give_part(struct onnx_graph *g, const Onnx__NodeProto *node, size_t i, struct onnx_op *op,
                        int rank, const int64_t *dims, struct error *e)
{
    return node_give_op_as(g, node, node->output[i], op, rank, dims, e);
}
