#include "onnx/onnx_value.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

#define TYPE(name) ONNX__TENSOR_PROTO__DATA_TYPE__##name
#define COUNT_MAX ((int64_t)1 << 40)

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
    return onnx_type_is_integer(v->type);
}

/* ---- From a tensor ---------------------------------------------------------------------------------- */

/* One by one, or in several pieces. */
static size_t typed_count(const Onnx__TensorProto *t, enum onnx_field field)
{
    switch (field) {
    case ONNX_FLOATS:
        return t->n_float_data;
    case ONNX_INT32S:
        return t->n_int32_data;
    case ONNX_INT64S:
        return t->n_int64_data;
    case ONNX_DOUBLES:
        return t->n_double_data;
    case ONNX_UINT64S:
        return t->n_uint64_data;
    case ONNX_RAW:
        break;
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

/* Where they are in the file; *n: how many there. */
static int set_place(struct onnx_value *v, struct onnx_file *f, const Onnx__TensorProto *t, size_t *n,
                     struct error *e)
{
    size_t bytes, each = onnx_type_size(v->type);
    enum onnx_field field;
    const unsigned char *at = onnx_file_raw(f, t, &bytes, &field, e);
    *n = SIZE_MAX;
    if (!at)
        return -1;
    if (field == ONNX_RAW || field == ONNX_FLOATS || field == ONNX_DOUBLES) {
        v->raw = at;
        *n = bytes % each == 0 ? bytes / each : SIZE_MAX;
        return 0;
    }
    v->packed = onnx_file_packed(f, at, bytes);
    if (!v->packed)
        return value_fail(f, t, e, "has a number without an end");
    *n = onnx_packed_count(v->packed);
    return 0;
}

static int set_numbers(struct onnx_value *v, struct onnx_file *f, const Onnx__TensorProto *t, struct error *e)
{
    size_t there = typed_count(t, onnx_type_field(v->type));
    if (t->has_data_location && t->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL) {
        v->raw = onnx_file_external(f, t, (size_t)v->n * onnx_type_size(v->type), e);
        return v->raw ? 0 : -1;
    }
    if (!t->has_raw_data)
        v->one = t;
    else if (set_place(v, f, t, &there, e) < 0)
        return -1;
    return there == (size_t)v->n ? 0 : value_fail(f, t, e, "does not have as many numbers as its shape says");
}

int onnx_value_set(struct onnx_value *v, struct onnx_file *f, const Onnx__TensorProto *t, struct error *e)
{
    *v = (struct onnx_value){.name = t->name ? t->name : "", .op = -1, .type = t->data_type};
    if (!onnx_type_size(v->type))
        return value_fail(f, t, e, "holds no real numbers (expected float, float16, double or integers)");
    if (t->segment)
        return value_fail(f, t, e, "is in segments, which are not supported");
    if (set_dims(v, t) < 0)
        return value_fail(f, t, e, "has a shape that no network has");
    return set_numbers(v, f, t, e);
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

/* Of the bits in an integer's field, whose upper half is only there for 64 bits. */
static double read_bits(int type, uint64_t bits)
{
    if (type == TYPE(FLOAT16))
        return widen_half((uint16_t)bits);
    if (type == TYPE(BFLOAT16))
        return (double)number_widen((uint16_t)bits);
    return onnx_type_field(type) == ONNX_UINT64S  ? (double)bits
           : onnx_type_field(type) == ONNX_INT64S ? (double)(int64_t)bits
                                                  : (double)(int32_t)(uint32_t)bits;
}

static double read_typed(int type, const Onnx__TensorProto *t, size_t i)
{
    switch (onnx_type_field(type)) {
    case ONNX_FLOATS:
        return (double)t->float_data[i];
    case ONNX_DOUBLES:
        return t->double_data[i];
    case ONNX_INT64S:
        return read_bits(type, (uint64_t)t->int64_data[i]);
    case ONNX_UINT64S:
        return read_bits(type, t->uint64_data[i]);
    default:
        return read_bits(type, (uint64_t)t->int32_data[i]);
    }
}

double onnx_value_number(const struct onnx_value *v, int64_t i)
{
    if (v->transposed)
        i = i % v->dims[1] * v->dims[0] + i / v->dims[1];
    if (v->folded)
        return v->folded[i];
    if (v->packed)
        return read_bits(v->type, onnx_packed_number(v->packed, (size_t)i));
    return v->raw ? read_raw(v->type, v->raw + (size_t)i * onnx_type_size(v->type))
                  : read_typed(v->type, v->one, (size_t)i);
}

/* A column of what is stored is a row here: all rows that are asked for at once, number by number as stored.
 */
static void turned_floats(const struct onnx_value *v, int64_t first, int64_t n, float *out)
{
    const int64_t wide = v->dims[1], from = first / wide, to = (first + n - 1) / wide;
    for (int64_t column = 0; column < wide; column++)
        for (int64_t row = from; row <= to; row++) {
            int64_t i = row * wide + column;
            if (i >= first && i < first + n)
                out[i - first] = (float)onnx_value_number(v, i);
        }
}

void onnx_value_floats(const struct onnx_value *v, int64_t first, size_t n, float *out)
{
    if (v->raw && v->type == TYPE(FLOAT) && !v->transposed) {
        memcpy(out, v->raw + 4 * first, 4 * n);
        return;
    }
    if (v->transposed && n) {
        turned_floats(v, first, (int64_t)n, out);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        double number = onnx_value_number(v, first + (int64_t)i);
        out[i] = (float)number;
    }
}
