#include "onnx/onnx_value.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

#define TYPE(name) ONNX__TENSOR_PROTO__DATA_TYPE__##name
#define COUNT_MAX ((int64_t)1 << 40)

/* The typed field in which the numbers of a type stand where they are no raw bytes. */
enum field { FIELD_FLOAT, FIELD_INT32, FIELD_INT64, FIELD_DOUBLE, FIELD_UINT64 };

static const struct value_type {
    int type; /* 0: not supported */
    unsigned size;
    enum field field;
    bool integer;
} value_types[] = {
    [TYPE(FLOAT)] = {TYPE(FLOAT), 4, FIELD_FLOAT, false},
    [TYPE(UINT8)] = {TYPE(UINT8), 1, FIELD_INT32, true},
    [TYPE(INT8)] = {TYPE(INT8), 1, FIELD_INT32, true},
    [TYPE(UINT16)] = {TYPE(UINT16), 2, FIELD_INT32, true},
    [TYPE(INT16)] = {TYPE(INT16), 2, FIELD_INT32, true},
    [TYPE(INT32)] = {TYPE(INT32), 4, FIELD_INT32, true},
    [TYPE(INT64)] = {TYPE(INT64), 8, FIELD_INT64, true},
    [TYPE(BOOL)] = {TYPE(BOOL), 1, FIELD_INT32, true},
    [TYPE(FLOAT16)] = {TYPE(FLOAT16), 2, FIELD_INT32, false},
    [TYPE(DOUBLE)] = {TYPE(DOUBLE), 8, FIELD_DOUBLE, false},
    [TYPE(UINT32)] = {TYPE(UINT32), 4, FIELD_UINT64, true},
    [TYPE(UINT64)] = {TYPE(UINT64), 8, FIELD_UINT64, true},
    [TYPE(BFLOAT16)] = {TYPE(BFLOAT16), 2, FIELD_INT32, false},
};

enum { VALUE_TYPES = sizeof value_types / sizeof *value_types };

static const struct value_type *find_type(int type)
{
    return type > 0 && type < VALUE_TYPES && value_types[type].type ? &value_types[type] : NULL;
}

int onnx_value_count(struct onnx_value *v)
{
    v->n = 1;
    for (int i = 0; i < v->rank; i++) {
        if (v->dims[i] < 0 || v->dims[i] > COUNT_MAX)
            return -1;
        v->n *= v->dims[i];
        if (v->n > COUNT_MAX)
            return -1;
    }
    return 0;
}

bool onnx_value_is_integer(const struct onnx_value *v)
{
    const struct value_type *type = find_type(v->type);
    return type && type->integer;
}

/* ---- From a tensor ---------------------------------------------------------------------------------- */

static size_t typed_count(const Onnx__TensorProto *t, enum field field)
{
    switch (field) {
    case FIELD_FLOAT:
        return t->n_float_data;
    case FIELD_INT32:
        return t->n_int32_data;
    case FIELD_INT64:
        return t->n_int64_data;
    case FIELD_DOUBLE:
        return t->n_double_data;
    case FIELD_UINT64:
        return t->n_uint64_data;
    }
    return 0;
}

static int value_fail(const struct onnx_file *f, const Onnx__TensorProto *t, struct error *e,
                      const char *what)
{
    char *name = text_escape(t->name ? t->name : "");
    int status = error_at(e, onnx_file_path(f), 0, "tensor '%.200s' %s", name, what);
    free(name);
    return status;
}

static int set_dims(struct onnx_value *v, const Onnx__TensorProto *t)
{
    if (t->n_dims > ONNX_RANK_MAX)
        return -1;
    v->rank = (int)t->n_dims;
    for (int i = 0; i < v->rank; i++)
        v->dims[i] = t->dims[i];
    return onnx_value_count(v);
}

static int set_numbers(struct onnx_value *v, struct onnx_file *f, const Onnx__TensorProto *t,
                       const struct value_type *type, struct error *e)
{
    size_t size = (size_t)v->n * type->size;
    if (t->has_data_location && t->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL) {
        v->raw = onnx_file_external(f, t, size, e);
        return v->raw ? 0 : -1;
    }
    if (t->has_raw_data) {
        size_t there;
        v->raw = onnx_file_raw(f, t, &there, e);
        if (!v->raw)
            return -1;
        return there == size ? 0 : value_fail(f, t, e, "does not have as many numbers as its shape says");
    }
    v->one = t;
    return typed_count(t, type->field) == (size_t)v->n
               ? 0
               : value_fail(f, t, e, "does not have as many numbers as its shape says");
}

int onnx_value_set(struct onnx_value *v, struct onnx_file *f, const Onnx__TensorProto *t, struct error *e)
{
    const struct value_type *type = find_type(t->data_type);
    *v = (struct onnx_value){.name = t->name ? t->name : "", .op = -1, .type = t->data_type};
    if (!type)
        return value_fail(f, t, e, "holds no real numbers (expected float, float16, double or integers)");
    if (t->segment)
        return value_fail(f, t, e, "is in segments, which are not supported");
    if (set_dims(v, t) < 0)
        return value_fail(f, t, e, "has a shape that no network has");
    return set_numbers(v, f, t, type, e);
}

/* ---- Numbers ---------------------------------------------------------------------------------------- */

/* IEEE 754's binary16. */
static double widen_half(uint16_t bits)
{
    int exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
    double value = exponent == 0    ? ldexp(fraction, -24)
                   : exponent == 31 ? (fraction ? (double)NAN : (double)INFINITY)
                                    : ldexp(fraction + 1024, exponent - 25);
    return bits & 0x8000 ? -value : value;
}

#define READ(c_type)                                                                                         \
    {                                                                                                        \
        c_type number;                                                                                       \
        memcpy(&number, bytes, sizeof number);                                                               \
        return (double)number;                                                                               \
    }

static double read_raw(int type, const unsigned char *bytes)
{
    uint16_t half;
    switch (type) {
    case TYPE(FLOAT):
        READ(float)
    case TYPE(DOUBLE):
        READ(double)
    case TYPE(UINT8):
    case TYPE(BOOL):
        READ(uint8_t)
    case TYPE(INT8):
        READ(int8_t)
    case TYPE(UINT16):
        READ(uint16_t)
    case TYPE(INT16):
        READ(int16_t)
    case TYPE(INT32):
        READ(int32_t)
    case TYPE(INT64):
        READ(int64_t)
    case TYPE(UINT32):
        READ(uint32_t)
    case TYPE(UINT64):
        READ(uint64_t)
    default:
        break;
    }
    memcpy(&half, bytes, sizeof half);
    return type == TYPE(FLOAT16) ? widen_half(half) : (double)number_widen(half);
}

static double read_typed(int type, const Onnx__TensorProto *t, size_t i)
{
    switch (find_type(type)->field) {
    case FIELD_FLOAT:
        return (double)t->float_data[i];
    case FIELD_DOUBLE:
        return t->double_data[i];
    case FIELD_INT64:
        return (double)t->int64_data[i];
    case FIELD_UINT64:
        return (double)t->uint64_data[i];
    case FIELD_INT32:
        break;
    }
    if (type == TYPE(FLOAT16))
        return widen_half((uint16_t)t->int32_data[i]);
    if (type == TYPE(BFLOAT16))
        return (double)number_widen((uint16_t)t->int32_data[i]);
    return (double)t->int32_data[i];
}

double onnx_value_number(const struct onnx_value *v, int64_t i)
{
    if (v->transposed)
        i = i % v->dims[1] * v->dims[0] + i / v->dims[1];
    if (v->folded)
        return v->folded[i];
    return v->raw ? read_raw(v->type, v->raw + (size_t)i * find_type(v->type)->size)
                  : read_typed(v->type, v->one, (size_t)i);
}

void onnx_value_floats(const struct onnx_value *v, int64_t first, size_t n, float *out)
{
    if (v->raw && v->type == TYPE(FLOAT) && !v->transposed) {
        memcpy(out, v->raw + 4 * first, 4 * n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        double number = onnx_value_number(v, first + (int64_t)i);
        out[i] = (float)number;
    }
}
