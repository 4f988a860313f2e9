/* What the clean cuts of a network send on real images, and how accurate its predictions are then: the
 * request, and the measured sums. */
#ifndef ISPLIT_FEATURES_MEASURED_FEATURES_H
#define ISPLIT_FEATURES_MEASURED_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

#include "data/pixels.h"
#include "features/features.h"

#define FEATURES_LEVEL_LIMIT 19 /* zstd's last three levels take hundreds of MB a thread */
struct features_request {
    int *layers; /* [layers_n] ascending: the cuts after them */
    int layers_n;
    long *images; /* [images_n] measured, in this order */
    long images_n;
    long *calibration; /* [calibration_n] set the range of int8; none of them is measured */
    long calibration_n;
    int level; /* level of zstd */
    struct pixels_options pixels;
    int batch, threads; /* 0: the worker's choice */
    bool exact;
    int64_t memory; /* as in run_options */
};
void features_request_free(struct features_request *request);

struct measured_feature {
    int layer;
    enum dtype type;
    int64_t compressed; /* bytes with zstd, of all images together */
    float
        deviation; /* of one image's: the standard deviation, n - 1; 0 where there are fewer than 2 images */
    int64_t clipped; /* numbers beyond the type's range, over all images */
    long correct;    /* images predicted correctly with what arrives */
    long agrees;     /* images predicted as with the tensor itself */
    float scale;     /* of int8; else 1 and 0 */
    int zero;
};
struct measured_features {
    long images;                   /* images measured; 0 where it was stopped before that */
    long calibrated;               /* images that set the range */
    long correct;                  /* images predicted correctly by the uncut network */
    char zstd[32];                 /* zstd's version */
    struct measured_feature *rows; /* [rows_n] by layer in the order of the request, then by dtype */
    int rows_n;
};
void measured_features_free(struct measured_features *features); /* also for a zeroed one */

#endif
