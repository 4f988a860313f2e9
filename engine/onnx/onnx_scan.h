/* Looks over the bytes of an ONNX model before protobuf-c unpacks them: it recurses as deep as a file says,
 * merges what is there twice, and spends up to 100 bytes for one that is read. */
#ifndef ISPLIT_ONNX_ONNX_SCAN_H
#define ISPLIT_ONNX_ONNX_SCAN_H

#include <stddef.h>

#include "base/error.h"

/* 0: the bytes are a ModelProto of bounded depth and number of parts; -1: the error says where not. `path` is
 * for messages only. */
int onnx_scan(const char *path, const unsigned char *bytes, size_t n, struct error *e);

#endif
