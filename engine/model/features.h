/* What crosses a cut, as it is sent: in which number type, in how many bytes, and how well the network does
 * when its tail is given what arrives. Measured by isplit features. */
#ifndef ISPLIT_MODEL_FEATURES_H
#define ISPLIT_MODEL_FEATURES_H

#include <stdint.h>

/* F16: IEEE 754 binary16. INT8: one scale and one zero point for the whole tensor. */
enum feature_type { FEATURE_F32, FEATURE_F16, FEATURE_INT8, FEATURE_TYPES };
extern const char *const feature_words[]; /* "f32", "f16", "int8", NULL */

/* Of so many bytes as f32. */
int64_t feature_bytes(enum feature_type type, int64_t bytes_f32);

/* A mean or a share with its 95 % interval; NaN: not known. */
struct feature_value {
    double value, low, high;
};

/* One cut in one type. */
struct feature {
    int layer; /* Darknet's index: the cut after it */
    enum feature_type type;
    int64_t bytes;                /* without compression, for every image the same */
    struct feature_value packed;  /* bytes with zstd, mean over the images */
    struct feature_value correct; /* share of images where the network is right with what arrives */
    struct feature_value agrees;  /* share where it answers as with the tensor itself */
};

struct features {
    struct feature *rows; /* [rows_n] */
    int rows_n;
    long images; /* that they stand for */
};

/* NULL where it was not measured. */
const struct feature *features_find(const struct features *f, int layer, enum feature_type type);
void features_free(struct features *f);

#endif
