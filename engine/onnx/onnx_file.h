/* An ONNX model on disk: mapped, looked over, unpacked by protobuf-c, and the files beside it that hold its
 * large tensors. Numbers stay in the mapped files (onnx/onnx_thin.h); those that are written one by one are
 * what protobuf-c makes of them. */
#ifndef ISPLIT_ONNX_ONNX_FILE_H
#define ISPLIT_ONNX_ONNX_FILE_H

#include <stddef.h>

#include "base/error.h"
#include "onnx/onnx.pb-c.h"
#include "onnx/onnx_packed.h"
#include "onnx/onnx_type.h"

struct onnx_file;

/* NULL on error. The path must outlive it. */
struct onnx_file *onnx_file_open(const char *path, struct error *e);
void onnx_file_close(struct onnx_file *f);

const char *onnx_file_path(const struct onnx_file *f);
const Onnx__ModelProto *onnx_file_model(const struct onnx_file *f);

/* Where a tensor has raw data: its numbers' bytes in the file, *size of them, and the field that they are in;
 * they live as long as `f`. NULL: error. */
const unsigned char *onnx_file_raw(const struct onnx_file *f, const Onnx__TensorProto *t, size_t *size,
                                   enum onnx_field *field, struct error *e);

/* Integers of a packed field in those bytes; they live as long as `f`. NULL: they are damaged. */
struct onnx_packed *onnx_file_packed(struct onnx_file *f, const unsigned char *bytes, size_t size);

/* The bytes of a tensor that lies in another file, of which there must be `size`; they live as long as `f`.
 * Only files below the model's own folder are opened. NULL on error. */
const unsigned char *onnx_file_external(struct onnx_file *f, const Onnx__TensorProto *t, size_t size,
                                        struct error *e);

#endif
