#include "onnx/onnx_type.h"

#include "onnx/onnx.pb-c.h"

#define TYPE(name) ONNX__TENSOR_PROTO__DATA_TYPE__##name

static const struct type_row {
    unsigned size; /* 0: not read */
    enum onnx_field field;
    bool integer;
} type_rows[] = {
    [TYPE(FLOAT)] = {4, ONNX_FLOATS, false},    [TYPE(UINT8)] = {1, ONNX_INT32S, true},
    [TYPE(INT8)] = {1, ONNX_INT32S, true},      [TYPE(UINT16)] = {2, ONNX_INT32S, true},
    [TYPE(INT16)] = {2, ONNX_INT32S, true},     [TYPE(INT32)] = {4, ONNX_INT32S, true},
    [TYPE(INT64)] = {8, ONNX_INT64S, true},     [TYPE(BOOL)] = {1, ONNX_INT32S, true},
    [TYPE(FLOAT16)] = {2, ONNX_INT32S, false},  [TYPE(DOUBLE)] = {8, ONNX_DOUBLES, false},
    [TYPE(UINT32)] = {4, ONNX_UINT64S, true},   [TYPE(UINT64)] = {8, ONNX_UINT64S, true},
    [TYPE(BFLOAT16)] = {2, ONNX_INT32S, false},
};

enum { TYPE_ROWS = sizeof type_rows / sizeof *type_rows };

size_t onnx_type_size(int type)
{
    return type >= 0 && type < TYPE_ROWS ? type_rows[type].size : 0;
}

enum onnx_field onnx_type_field(int type)
{
    return type_rows[type].field;
}

bool onnx_type_is_integer(int type)
{
    return onnx_type_size(type) && type_rows[type].integer;
}
