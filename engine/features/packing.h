/* How the codes of a tensor (features/encode.h) lie in the bytes that are sent. Only those of fewer than 8
 * bits have a choice: the others are as they are, one behind the other. */
#ifndef ISPLIT_FEATURES_PACKING_H
#define ISPLIT_FEATURES_PACKING_H

#include <stddef.h>

#include "features/dtype.h"

/* BITS: code i of b bits takes the bits i*b to i*b + b - 1 of the bytes, counted from the lowest bit of the
 * first byte; the bits after the last code are 0. BYTES: one byte a code. PLANES: the lowest bits of all
 * codes, eight a byte, the first in the lowest; from the next byte on the second lowest bits, and so on; the
 * bits after each plane's last are 0. */
enum packing { PACKING_BITS, PACKING_BYTES, PACKING_PLANES };

/* The one that a coder gets of a dtype; tui/manual/features.md has the measurements behind it. */
enum packing packing_of(enum dtype type, enum coder coder);

/* Bytes of n codes; of none more than one a code and dtype_bits. */
size_t packing_bytes(enum packing packing, enum dtype type, size_t n);

/* Lays out codes[n] in packing_bytes of them. */
void packing_put(enum packing packing, enum dtype type, const unsigned char *codes, size_t n,
                 unsigned char *bytes);

/* Takes codes[n] from packing_bytes that may be hostile. -1: a code is too large, or a bit behind the last
 * one is not 0. */
int packing_get(enum packing packing, enum dtype type, const unsigned char *bytes, size_t n,
                unsigned char *codes);

#endif
