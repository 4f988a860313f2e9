#include "onnx/onnx_lower.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "onnx/onnx_fold.h"

#define SIDE_MAX 65536
#define OPSET_MIN 7
/* The newest in which every operator below means what it says here. */
#define OPSET_MAX 22

/* clang-format off */
static const struct lower_row {
    const char *type;
    onnx_lower_node *lower;
} lower_rows[] = {
    {"Conv", onnx_lower_conv},
    {"BatchNormalization", onnx_lower_batchnorm},
    {"Gemm", onnx_lower_gemm}, {"MatMul", onnx_lower_matmul},
    {"Add", onnx_lower_add}, {"Sub", onnx_lower_add}, {"Div", onnx_lower_add}, {"Mul", onnx_lower_mul},
    {"Concat", onnx_lower_concat}, {"Split", onnx_lower_split}, {"Slice", onnx_lower_slice},
    {"MaxPool", onnx_lower_maxpool}, {"AveragePool", onnx_lower_avgpool}, {"Pad", onnx_lower_pad},
    {"GlobalAveragePool", onnx_lower_global}, {"ReduceMean", onnx_lower_reduce_mean},
    {"GlobalMaxPool", onnx_lower_global_max},
    {"Resize", onnx_lower_resize}, {"Upsample", onnx_lower_resize},
    {"Softmax", onnx_lower_softmax}, {"LogSoftmax", onnx_lower_softmax},
    {"Flatten", onnx_lower_reshape}, {"Reshape", onnx_lower_reshape}, {"Squeeze", onnx_lower_reshape},
    {"Unsqueeze", onnx_lower_reshape}, {"Transpose", onnx_lower_transpose},
    {"Identity", onnx_lower_identity}, {"Dropout", onnx_lower_identity}, {"Cast", onnx_lower_cast},
    {"Relu", onnx_lower_act}, {"LeakyRelu", onnx_lower_act}, {"Sigmoid", onnx_lower_act}, {"Tanh", onnx_lower_act},
    {"Elu", onnx_lower_act}, {"Celu", onnx_lower_act}, {"Selu", onnx_lower_act}, {"HardSigmoid", onnx_lower_act},
    {"HardSwish", onnx_lower_act}, {"Mish", onnx_lower_act}, {"Softplus", onnx_lower_act}, {"Clip", onnx_lower_clip},
};
/* clang-format on */

/* ---- What operators read ---------------------------------------------------------------------------- */

const struct onnx_value *onnx_lower_tensor(const struct onnx_graph *g, const Onnx__NodeProto *node, size_t i,
                                           struct error *e)
{
    const struct onnx_value *v = onnx_node_input(g, node, i);
    if (!v || v->op < 0) {
        onnx_node_refuse(g, node, e,
                         v ? "reads a constant where a tensor of the network is expected"
                           : "its input %zu is missing",
                         i + 1);
        return NULL;
    }
    const struct net_shape s = onnx_graph_op(g, v->op)->out;
    bool map = v->rank == 4 && v->dims[1] == s.c && v->dims[2] == s.h && v->dims[3] == s.w;
    bool list = v->rank == 2 && v->dims[1] == net_shape_size(s);
    if ((map || list) && v->dims[0] == onnx_graph_batch(g))
        return v;
    onnx_node_refuse(
        g, node, e,
        "reads a tensor whose numbers were put in another shape than images of channels, height and width, "
        "or a list");
    return NULL;
}

const struct onnx_value *onnx_lower_map(const struct onnx_graph *g, const Onnx__NodeProto *node, size_t i,
                                        struct error *e)
{
    const struct onnx_value *v = onnx_lower_tensor(g, node, i, e);
    if (v && v->rank != 4) {
        onnx_node_refuse(g, node, e, "reads a list of numbers where maps are expected");
        return NULL;
    }
    return v;
}

/* ---- The model -------------------------------------------------------------------------------------- */

static int lower_fail(const struct onnx_graph *g, struct error *e, const char *what)
{
    return error_at(e, onnx_file_path(onnx_graph_file(g)), 0, "%s", what);
}

static int lower_opset(struct onnx_graph *g, struct error *e)
{
    const Onnx__ModelProto *m = onnx_file_model(onnx_graph_file(g));
    int64_t opset = -1;
    for (size_t i = 0; i < m->n_opset_import; i++) {
        const char *domain = m->opset_import[i]->domain;
        if (!domain || !*domain || strcmp(domain, "ai.onnx") == 0)
            opset = m->opset_import[i]->version;
    }
    if (opset < OPSET_MIN || opset > OPSET_MAX)
        return error_at(e, onnx_file_path(onnx_graph_file(g)), 0, "has opset %lld (expected %d to %d)",
                        (long long)opset, OPSET_MIN, OPSET_MAX);
    onnx_graph_set_opset(g, (long)opset);
    return 0;
}

static int lower_tensors(struct onnx_graph *g, struct error *e)
{
    const Onnx__GraphProto *p = onnx_file_model(onnx_graph_file(g))->graph;
    struct onnx_value v;
    if (p->n_sparse_initializer)
        return lower_fail(g, e, "has sparse tensors, which are not supported");
    for (size_t i = 0; i < p->n_initializer; i++) {
        if (onnx_value_set(&v, onnx_graph_file(g), p->initializer[i], e) < 0)
            return -1;
        if (!onnx_graph_add(g, &v))
            return lower_fail(g, e, "has two tensors of one name");
    }
    return 0;
}

/* The sizes of the input; a batch that is not said is one image. */
static int lower_sizes(struct onnx_graph *g, const Onnx__ValueInfoProto *input, struct onnx_value *v,
                       struct error *e)
{
    const Onnx__TypeProto *type = input->type;
    const Onnx__TensorShapeProto *shape =
        type && type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE ? type->tensor_type->shape : NULL;
    if (!shape || (shape->n_dim != 4 && shape->n_dim != 2))
        return lower_fail(g, e, "its input is not an image (expected batch x channels x height x width)");
    v->rank = (int)shape->n_dim;
    for (int i = 0; i < v->rank; i++) {
        const Onnx__TensorShapeProto__Dimension *d = shape->dim[i];
        bool known =
            d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE && d->dim_value > 0;
        v->dims[i] = known ? d->dim_value : i == 0 ? 1 : 0;
        if (v->dims[i] < 1)
            return lower_fail(g, e,
                              "its input has no fixed size (expected numbers for channels, height and width; "
                              "export it without dynamic axes but the batch)");
        if (v->dims[i] > SIDE_MAX)
            return lower_fail(g, e, "its input is larger than any network's");
    }
    onnx_graph_set_batch(g, v->dims[0]);
    return 0;
}

/* Before version 4 of the format all tensors are inputs too. */
static int lower_input(struct onnx_graph *g, struct error *e)
{
    const Onnx__GraphProto *p = onnx_file_model(onnx_graph_file(g))->graph;
    const Onnx__ValueInfoProto *input = NULL;
    for (size_t i = 0; i < p->n_input; i++) {
        if (p->input[i]->name && onnx_graph_find(g, p->input[i]->name))
            continue;
        if (input)
            return lower_fail(g, e, "has several inputs (expected one image)");
        input = p->input[i];
    }
    if (!input || !input->name || !*input->name)
        return lower_fail(g, e, "has no input (expected one image)");
    struct onnx_value v = {.name = input->name, .type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT};
    if (lower_sizes(g, input, &v, e) < 0)
        return -1;
    struct onnx_op op = {.kind = ONNX_INPUT, .out = {(int)v.dims[1], 1, 1}};
    if (v.rank == 4)
        op.out = (struct net_shape){(int)v.dims[1], (int)v.dims[2], (int)v.dims[3]};
    v.op = onnx_graph_add_op(g, &op);
    return onnx_value_count(&v) == 0 && onnx_graph_add(g, &v) ? 0 : lower_fail(g, e, "its input is damaged");
}

static bool is_standard(const Onnx__NodeProto *node)
{
    return !node->domain || !*node->domain || strcmp(node->domain, "ai.onnx") == 0;
}

static int lower_node(struct onnx_graph *g, const Onnx__NodeProto *node, struct error *e)
{
    if (!is_standard(node))
        return onnx_node_refuse(g, node, e, "is of the domain '%.100s' (expected an operator of ONNX itself)",
                                node->domain);
    if (onnx_node_check(g, node, e) < 0)
        return -1;
    int folded = onnx_fold(g, node, e);
    if (folded != 0)
        return folded < 0 ? -1 : 0;
    for (size_t i = 0; i < sizeof lower_rows / sizeof *lower_rows; i++)
        if (strcmp(onnx_node_operator(node), lower_rows[i].type) == 0)
            return lower_rows[i].lower(g, node, e);
    return onnx_node_refuse(g, node, e, "has no counterpart in Darknet");
}

static int lower_output(const struct onnx_graph *g, int *output, struct error *e)
{
    const Onnx__GraphProto *p = onnx_file_model(onnx_graph_file(g))->graph;
    if (p->n_output != 1)
        return lower_fail(g, e,
                          p->n_output ? "has several outputs (expected one, the scores of the classes)"
                                      : "has no output (expected the scores of the classes)");
    const struct onnx_value *v = p->output[0]->name ? onnx_graph_find(g, p->output[0]->name) : NULL;
    if (!v || v->op < 0)
        return lower_fail(g, e, "its output is made by no node");
    *output = v->op;
    return onnx_graph_op(g, v->op)->kind == ONNX_INPUT ? lower_fail(g, e, "its output is its input") : 0;
}

int onnx_lower(struct onnx_graph *g, int *output, struct error *e)
{
    const Onnx__GraphProto *p = onnx_file_model(onnx_graph_file(g))->graph;
    if (lower_opset(g, e) < 0 || lower_tensors(g, e) < 0 || lower_input(g, e) < 0)
        return -1;
    for (size_t i = 0; i < p->n_node; i++)
        if (lower_node(g, p->node[i], e) < 0)
            return -1;
    return lower_output(g, output, e);
}
