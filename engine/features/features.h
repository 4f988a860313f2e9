/* What crosses a cut, as it is sent: in which dtype, by which coder, in how many bytes, and how accurate the
 * network is when its tail gets what arrives. Measured by isplit features. */
#ifndef ISPLIT_FEATURES_FEATURES_H
#define ISPLIT_FEATURES_FEATURES_H

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
extern const char *const dtype_words[]; /* "f32", "f16", "int8", ..., "int2", NULL */

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

/* A mean or a fraction with its 95 % interval; NaN: not known. */
struct feature_value {
    double value, low, high;
};

/* One cut in one dtype, by one coder. */
struct feature {
    int layer; /* Darknet's index: the cut after it */
    enum dtype type;
    enum coder coder;
    int64_t bytes;                /* without a coder, the same for every image */
    struct feature_value coded;   /* bytes with the coder, mean over the images */
    struct feature_value correct; /* fraction of images where the network is right with what arrives */
    struct feature_value agrees;  /* fraction where it predicts the same class as with the tensor itself */
};

struct features {
    struct feature *rows; /* [rows_n] */
    int rows_n;
    long images; /* images measured */
};

/* The fraction k of n, with Wilson's score interval (JASA 1927), which stays within 0 and 1. n > 0. */
struct feature_value feature_proportion(long k, long n);

/* The mean `sum` / n of non-negative numbers with that standard deviation, with Student's interval cut off at
 * 0; its ends are NaN where n < 2. n > 0. */
struct feature_value feature_mean(int64_t sum, double deviation, long n);

/* NULL where it was not measured. The second one: by any coder, which tells how accurate it is. */
const struct feature *features_find(const struct features *f, int layer, enum dtype type, enum coder coder);
const struct feature *features_find_dtype(const struct features *f, int layer, enum dtype type);
void features_free(struct features *f);

#endif
