#include "onnx/onnx_model.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "onnx/onnx.pb-c.h"

enum { MODEL_OPSET = 9, MODEL_IR = 4 };

struct onnx_model {
    Onnx__ModelProto *proto;
    char *layer; /* what is made now belongs to it */
    int made;    /* of the layer, so far: for names */
};

/* A pointer more at the end of a list of the schema's. */
#define MODEL_APPEND(list, n, item)                                                                          \
    ((list) = memory_grow((list), (n) + 1, sizeof *(list)), (list)[(n)++] = (item))

struct onnx_model *onnx_model_new(const char *doc)
{
    struct onnx_model *m = memory_new(1, sizeof *m);
    Onnx__ModelProto *p = m->proto = memory_new(1, sizeof *p);
    Onnx__OperatorSetIdProto *opset = memory_new(1, sizeof *opset);
    onnx__model_proto__init(p);
    onnx__operator_set_id_proto__init(opset);
    opset->has_version = true;
    opset->version = MODEL_OPSET;
    MODEL_APPEND(p->opset_import, p->n_opset_import, opset);
    p->has_ir_version = true;
    p->ir_version = MODEL_IR;
    p->producer_name = memory_copy("isplit");
    p->doc_string = memory_copy(doc);
    p->graph = memory_new(1, sizeof *p->graph);
    onnx__graph_proto__init(p->graph);
    p->graph->name = memory_copy("isplit");
    return m;
}

void onnx_model_free(struct onnx_model *m)
{
    if (!m)
        return;
    onnx__model_proto__free_unpacked(m->proto, NULL);
    free(m->layer);
    free(m);
}

void onnx_model_at(struct onnx_model *m, const char *layer)
{
    free(m->layer);
    m->layer = memory_copy(layer);
    m->made = 0;
}

/* The layer's name; for what else is made of it with a number. */
static char *model_name(struct onnx_model *m)
{
    m->made++;
    return m->made == 1 ? memory_copy(m->layer) : memory_format("%s_%d", m->layer, m->made);
}

const char *onnx_model_node(struct onnx_model *m, const char *type, int n, const char *const *inputs)
{
    Onnx__GraphProto *g = m->proto->graph;
    Onnx__NodeProto *node = memory_new(1, sizeof *node);
    onnx__node_proto__init(node);
    node->name = model_name(m);
    node->op_type = memory_copy(type);
    for (int i = 0; i < n; i++)
        MODEL_APPEND(node->input, node->n_input, memory_copy(inputs[i]));
    MODEL_APPEND(node->output, node->n_output, memory_copy(node->name));
    MODEL_APPEND(g->node, g->n_node, node);
    return node->output[0];
}

/* ---- Attributes ------------------------------------------------------------------------------------- */

static Onnx__AttributeProto *model_attribute(struct onnx_model *m, const char *key,
                                             Onnx__AttributeProto__AttributeType type)
{
    Onnx__GraphProto *g = m->proto->graph;
    Onnx__NodeProto *node = g->node[g->n_node - 1];
    Onnx__AttributeProto *a = memory_new(1, sizeof *a);
    onnx__attribute_proto__init(a);
    a->name = memory_copy(key);
    a->has_type = true;
    a->type = type;
    MODEL_APPEND(node->attribute, node->n_attribute, a);
    return a;
}

void onnx_model_int(struct onnx_model *m, const char *key, int64_t value)
{
    Onnx__AttributeProto *a = model_attribute(m, key, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);
    a->has_i = true;
    a->i = value;
}

void onnx_model_ints(struct onnx_model *m, const char *key, int n, const int64_t *values)
{
    Onnx__AttributeProto *a = model_attribute(m, key, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS);
    for (int i = 0; i < n; i++)
        MODEL_APPEND(a->ints, a->n_ints, values[i]);
}

void onnx_model_float(struct onnx_model *m, const char *key, float value)
{
    Onnx__AttributeProto *a = model_attribute(m, key, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);
    a->has_f = true;
    a->f = value;
}

void onnx_model_text(struct onnx_model *m, const char *key, const char *value)
{
    Onnx__AttributeProto *a = model_attribute(m, key, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING);
    a->has_s = true;
    a->s.len = strlen(value);
    a->s.data = (uint8_t *)memory_copy(value);
}

/* ---- Constants -------------------------------------------------------------------------------------- */

/* Numbers of `bytes` each; `numbers` becomes the model's. */
static const char *model_constant(struct onnx_model *m, Onnx__TensorProto__DataType type, size_t bytes,
                                  void *numbers, int rank, const int64_t *sides)
{
    Onnx__GraphProto *g = m->proto->graph;
    Onnx__TensorProto *t = memory_new(1, sizeof *t);
    onnx__tensor_proto__init(t);
    t->name = memory_format("%s_c%zu", m->layer, g->n_initializer);
    t->has_data_type = true;
    t->data_type = (int32_t)type;
    for (int i = 0; i < rank; i++) {
        MODEL_APPEND(t->dims, t->n_dims, sides[i]);
        bytes = memory_product(bytes, (size_t)sides[i]);
    }
    t->has_raw_data = true; /* of machines whose least byte comes first, as weights files are */
    t->raw_data.data = numbers;
    t->raw_data.len = bytes;
    MODEL_APPEND(g->initializer, g->n_initializer, t);
    return t->name;
}

const char *onnx_model_floats(struct onnx_model *m, float *numbers, int rank, const int64_t *sides)
{
    return model_constant(m, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, sizeof *numbers, numbers, rank, sides);
}

const char *onnx_model_number(struct onnx_model *m, float number)
{
    float *numbers = memory_new(1, sizeof *numbers);
    numbers[0] = number;
    return onnx_model_floats(m, numbers, 1, (const int64_t[]){1});
}

const char *onnx_model_integers(struct onnx_model *m, int n, const int64_t *numbers)
{
    int64_t *copy = memory_new((size_t)n, sizeof *copy);
    memcpy(copy, numbers, (size_t)n * sizeof *copy);
    return model_constant(m, ONNX__TENSOR_PROTO__DATA_TYPE__INT64, sizeof *copy, copy, 1,
                          (const int64_t[]){n});
}

/* ---- The file --------------------------------------------------------------------------------------- */

static Onnx__TensorShapeProto__Dimension *model_side(int64_t side)
{
    Onnx__TensorShapeProto__Dimension *d = memory_new(1, sizeof *d);
    onnx__tensor_shape_proto__dimension__init(d);
    d->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
    d->dim_value = side;
    return d;
}

static Onnx__ValueInfoProto *model_value(const char *name, int rank, const int64_t *sides)
{
    Onnx__ValueInfoProto *v = memory_new(1, sizeof *v);
    onnx__value_info_proto__init(v);
    v->name = memory_copy(name);
    Onnx__TypeProto *type = v->type = memory_new(1, sizeof *type);
    onnx__type_proto__init(type);
    type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    Onnx__TypeProto__Tensor *t = type->tensor_type = memory_new(1, sizeof *t);
    onnx__type_proto__tensor__init(t);
    t->has_elem_type = true;
    t->elem_type = (int32_t)ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    t->shape = memory_new(1, sizeof *t->shape);
    onnx__tensor_shape_proto__init(t->shape);
    for (int i = 0; i < rank; i++)
        MODEL_APPEND(t->shape->dim, t->shape->n_dim, model_side(sides[i]));
    return v;
}

struct model_stream {
    ProtobufCBuffer base;
    FILE *out;
};

static void model_append(ProtobufCBuffer *buffer, size_t n, const uint8_t *bytes)
{
    fwrite(bytes, 1, n, ((struct model_stream *)buffer)->out);
}

int onnx_model_write(struct onnx_model *m, const int64_t *input, const char *output, int rank,
                     const int64_t *sides, FILE *out, struct error *e)
{
    Onnx__GraphProto *g = m->proto->graph;
    struct model_stream stream = {.base.append = model_append, .out = out};
    MODEL_APPEND(g->input, g->n_input, model_value(ONNX_MODEL_INPUT, ONNX_MODEL_RANK, input));
    MODEL_APPEND(g->output, g->n_output, model_value(output, rank, sides));
    size_t bytes = onnx__model_proto__get_packed_size(m->proto);
    if (bytes > INT32_MAX)
        return error_set(e, "an ONNX model of %zu bytes (expected less than 2 GiB, the format's limit)",
                         bytes);
    onnx__model_proto__pack_to_buffer(m->proto, &stream.base);
    return 0;
}
