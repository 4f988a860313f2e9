/* The integers of a packed field, read where they are in the file. Each has one to ten bytes (protobuf's
 * varints), so that a mark for every 64th says where it begins: 4 bytes of memory for at least 64. */
#ifndef ISPLIT_ONNX_ONNX_PACKED_H
#define ISPLIT_ONNX_ONNX_PACKED_H

#include <stddef.h>
#include <stdint.h>

struct onnx_packed;

/* Of `size` bytes, fewer than 4 GiB, which must outlive it. NULL: they are no such numbers. */
struct onnx_packed *onnx_packed_new(const unsigned char *bytes, size_t size);
void onnx_packed_free(struct onnx_packed *p);

size_t onnx_packed_count(const struct onnx_packed *p);

/* The i-th, of its 64 bits; a negative one has all upper bits set. Quick where the one before was read last.
 */
uint64_t onnx_packed_number(struct onnx_packed *p, size_t i);

#endif
