/* The types of a tensor's numbers that are read here (TensorProto.DataType of onnx.proto), and in which field
 * of a TensorProto they stand where they are no raw bytes. */
#ifndef ISPLIT_ONNX_ONNX_TYPE_H
#define ISPLIT_ONNX_ONNX_TYPE_H

#include <stdbool.h>
#include <stddef.h>

/* Fields of TensorProto, by their numbers in the file. */
enum onnx_field {
    ONNX_FLOATS = 4,
    ONNX_INT32S = 5, /* halves too, by their bits */
    ONNX_INT64S = 7,
    ONNX_RAW = 9,
    ONNX_DOUBLES = 10,
    ONNX_UINT64S = 11,
};

/* Bytes of a number among raw ones; 0: numbers of this type are not read. */
size_t onnx_type_size(int type);

/* Of a type that is read. */
enum onnx_field onnx_type_field(int type);
bool onnx_type_is_integer(int type); /* false for any other */

#endif
