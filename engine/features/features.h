/* What crosses a cut, as it is sent: in which dtype, in how many bytes, and how accurate the network is when
 * its tail gets what arrives. Measured by isplit features. */
#ifndef ISPLIT_FEATURES_FEATURES_H
#define ISPLIT_FEATURES_FEATURES_H

#include <stdint.h>

/* F16: IEEE 754 binary16. INT8: one scale and one zero point for the whole tensor. */
enum dtype { DTYPE_F32, DTYPE_F16, DTYPE_INT8, DTYPES };
extern const char *const dtype_words[]; /* "f32", "f16", "int8", NULL */

/* Bytes in a dtype of a tensor with that many bytes as f32. */
int64_t dtype_bytes(enum dtype type, int64_t bytes_f32);

/* An upper bound of zstd's output for that many bytes: incompressible data is stored, with a header and some
 * bytes a block (ZSTD_COMPRESSBOUND is below this). */
int64_t dtype_compressed_max(int64_t bytes);

/* A mean or a fraction with its 95 % interval; NaN: not known. */
struct feature_value {
    double value, low, high;
};

/* One cut in one dtype. */
struct feature {
    int layer; /* Darknet's index: the cut after it */
    enum dtype type;
    int64_t bytes;                   /* without compression, the same for every image */
    struct feature_value compressed; /* bytes with zstd, mean over the images */
    struct feature_value correct;    /* fraction of images where the network is right with what arrives */
    struct feature_value agrees;     /* fraction where it predicts the same class as with the tensor itself */
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

/* NULL where it was not measured. */
const struct feature *features_find(const struct features *f, int layer, enum dtype type);
void features_free(struct features *f);

#endif
