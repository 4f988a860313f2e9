/* The number types in which a tensor is sent, and the coders of its bytes. */
#ifndef ISPLIT_FEATURES_DTYPE_H
#define ISPLIT_FEATURES_DTYPE_H

#include <stdbool.h>
#include <stdint.h>

/* F16: IEEE 754 binary16. INT8 to INT2: that many bits a number, with one scale and one zero point for the
 * whole tensor. */
enum dtype {
    DTYPE_F32,
    DTYPE_F16,
    DTYPE_INT8,
    DTYPE_INT6,
    DTYPE_INT5,
    DTYPE_INT4,
    DTYPE_INT3,
    DTYPE_INT2,
    DTYPES
};
extern const char *const dtype_words[];   /* "f32", "f16", "int8", ..., "int2", NULL */
extern const char *const dtype_choices[]; /* the same, and DTYPES as "auto" */

int dtype_bits(enum dtype type);

/* Whether it has a scale and a zero point, and so needs a range. */
bool dtype_is_affine(enum dtype type);

/* Bytes in a dtype of a tensor with that many bytes as f32; a part of a byte counts as one. */
int64_t dtype_bytes(enum dtype type, int64_t bytes_f32);

/* How these bytes are compressed, without loss (features/coder.h). */
enum coder { CODER_NONE, CODER_ZSTD, CODER_LZMA, CODERS };
extern const char *const coder_words[]; /* "none", "zstd", "lzma", NULL */

/* An upper bound of what a coder makes of a tensor with that many bytes as f32, however its bits are laid
 * out: at most one byte a number, incompressible data a little larger. */
int64_t coder_most(enum dtype type, int64_t bytes_f32);

#endif
