/* A copy of a model's bytes without its numbers. protobuf-c copies whatever it unpacks, and a model is little
 * but numbers: those of a tensor's raw data, and those in one piece of the field that its type has for them,
 * stay where they are. In the copy the tensor has raw data that say where. */
#ifndef ISPLIT_ONNX_ONNX_THIN_H
#define ISPLIT_ONNX_ONNX_THIN_H

#include <stddef.h>

#include "onnx/onnx.pb-c.h"

/* Of a ModelProto that onnx_scan has passed: a new array of *thin_n bytes, which the caller frees. NULL:
 * there is no memory for it. */
unsigned char *onnx_thin(const unsigned char *bytes, size_t n, size_t *thin_n);

/* What the raw data of a tensor in the copy say: where its numbers begin in the model of `n` bytes, and their
 * bytes; and the field that they are in (onnx_type.h). 0: it is no such place. */
unsigned onnx_thin_place(const Onnx__TensorProto *t, size_t n, size_t *at, size_t *size);

#endif
