/* What the clean cuts of a network send on real images, and how accurate its predictions are then: the
 * request, and the measured sums. */
#ifndef ISPLIT_FEATURES_MEASURED_FEATURES_H
#define ISPLIT_FEATURES_MEASURED_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

#include "data/pixels.h"
#include "features/features.h"

#define FEATURES_LEVEL 11    /* of zstd, where none is given: tui/manual/features.md says why */
enum { FEATURES_DRAWS = 8 }; /* calibration images are divided into so many parts, where there are as many */
#define FEATURES_LEVEL_LIMIT 19 /* zstd's last three levels take hundreds of MB a thread */

struct sent_ranges;
struct features_request {
    int *layers; /* [layers_n] ascending: the cuts after them */
    int layers_n;
    long *images; /* [images_n] measured, in this order */
    long images_n;
    uint32_t *needs; /* [images_n] what of each (features/sent_row.h); 0: nothing, it was measured before, and
                        counts only where the sample ends; NULL: all of all */
    char tuning[17]; /* nothing is measured by another one; "": by any */
    struct sent_ranges *ranges; /* found before: then none are looked for; or NULL */
    long *calibration;          /* [calibration_n] set the ranges; none of them is measured */
    long calibration_n;
    bool dtypes[DTYPES],
        coders[CODERS]; /* which are measured: each dtype by each coder; at least one of both */
    int level;          /* level of zstd */
    long sample;        /* f16's answers, and bytes, are those of this many images at most */
    struct pixels_options pixels;
    int batch, threads; /* 0: the worker's choice */
    bool exact;
    int64_t memory; /* as in run_options */
};
void features_request_free(struct features_request *request);

/* How many are measured of them. */
int features_count(const bool *wanted, int n);

struct measured_feature {
    int layer;
    enum dtype type;
    /* Bytes by one coder, over the first images: not all, where a cut sends much or the coder is slow. */
    struct coded_size {
        long images;     /* 0: it was not asked for */
        int64_t bytes;   /* of all these images together */
        float deviation; /* of one image's: the standard deviation, n - 1; 0 for fewer than 2 images */
        float spread;    /* of their mean with the ranges of other calibration images: the standard deviation
                            over `draws` of them; 0 where no range plays a part */
        /* LZMA codes fewer images than zstd, and its mean is what it makes of zstd's: so that both stand on
         * the same images (ratio estimator in double sampling; Cochran, Sampling Techniques, 1977, 12.9). */
        struct {
            long images;     /* that zstd codes; 0 where nothing is borrowed, */
            double level;    /* how many times their mean is that of the fewer images, by zstd, */
            float deviation; /* and theirs, in proportion; LZMA's is then of what this does not explain */
        } borrowed;
        float encode_ms, decode_ms; /* medians over a few of them (features/coding_times.h) */
    } coded[CODERS];
    long images;     /* whose answers these are */
    int64_t clipped; /* numbers beyond the type's range, over these images */
    long correct;    /* predicted correctly with what arrives */
    long agrees;     /* predicted as with the tensor itself */
    long gained;     /* correct, where the whole network is not; */
    long lost;       /* and the other way */
    float scale;     /* of an affine dtype; else 1 and 0 */
    int zero;
};
struct measured_features {
    long images;     /* images measured; 0 where it was stopped before that */
    long calibrated; /* images that set the ranges */
    int draws;       /* into so many parts they are divided, each with ranges of its own; 1: not divided */
    long correct;    /* images predicted correctly by the uncut network */
    bool coders[CODERS];           /* which were measured */
    char versions[CODERS][32];     /* of the coders' libraries; "" for none */
    struct measured_feature *rows; /* [rows_n] by layer in the order of the request, then by dtype */
    int rows_n;
};
/* Bytes of a whole frame of a row by a coder that was measured: the mean over its images, with its interval.
 */
struct estimate measured_features_coded(const struct measured_features *m, const struct measured_feature *row,
                                        enum coder coder);

void measured_features_free(struct measured_features *features); /* also for a zeroed one */

#endif
