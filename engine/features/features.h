/* What crosses a cut, as it is sent: in which dtype, by which coder, in how many bytes, and how accurate the
 * network is when its tail gets what arrives. Measured by isplit features. */
#ifndef ISPLIT_FEATURES_FEATURES_H
#define ISPLIT_FEATURES_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

#include "curve/estimate.h"
#include "features/dtype.h"

/* One cut in one dtype, by one coder. */
struct feature {
    int layer; /* Darknet's index: the cut after it */
    enum dtype type;
    enum coder coder;
    float scale; /* of the integers; NaN: not known */
    int zero;
    int64_t bytes;           /* without a coder, the same for every image */
    struct estimate coded;   /* bytes with the coder, mean over the images */
    struct estimate correct; /* fraction of images where the network is right with what arrives */
    long images;             /* that accuracy stands on */
    long gained, lost; /* of them right with what arrives but not in the whole network, and the other way; -1:
                          not known */
    struct estimate agrees;      /* fraction where it predicts the same class as with the tensor itself */
    double encode_ms, decode_ms; /* on the machine where it was measured; 0: not known */
};

struct features {
    struct feature *rows; /* [rows_n] */
    int rows_n;
    long images; /* images measured */
    struct picture_rate {
        int quality; /* of JPEG; PICTURES_STORED: the images' own files */
        struct estimate bytes, correct, agrees;
    } * pictures; /* [pictures_n] what the pictures themselves take (features/measured_pictures.h) */
    int pictures_n;
};

/* The fraction k of n, with Wilson's score interval (JASA 1927), which stays within 0 and 1. n > 0. */
struct estimate feature_proportion(long k, long n);

/* A mean of non-negative numbers with an interval cut off at 0. Its variance is the sum of parts[n], each
 * found with so many degrees of freedom; the interval is Student's with those of Satterthwaite (Biometrics
 * Bulletin 1946). Its ends are NaN where a part has none. */
struct feature_part {
    double variance, freedom;
};
struct estimate feature_mean_of(double mean, const struct feature_part *parts, int n);

/* The mean `sum` / n of numbers, n > 0, of which `deviation` is the standard deviation. They depend on a
 * range, which comes of other images: `spread` is the standard deviation of such means with the ranges of
 * `draws` other sets of images; draws 0: they depend on none. */
struct estimate feature_mean(int64_t sum, double deviation, long n, double spread, int draws);

/* NULL where it was not measured. The second one: by any coder, which tells how accurate it is. */
const struct feature *features_find(const struct features *f, int layer, enum dtype type, enum coder coder);
const struct feature *features_find_dtype(const struct features *f, int layer, enum dtype type);

/* Whether a cut was measured. */
bool features_find_layer(const struct features *f, int layer);

/* The accuracy of the whole network: f32 loses nothing, wherever the cut is. NaN where it was not measured,
 * or there are no features. */
double features_whole(const struct features *f);

/* The accuracy with what arrives, comparable with all others: of a row on fewer images than were measured
 * (f16) that of the whole network and what changed on these, for how hard its own images are is no matter of
 * the dtype. NaN: not known. */
double features_right(const struct features *f, const struct feature *row);
void features_free(struct features *f);

#endif
