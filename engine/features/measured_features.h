/* What the clean cuts of a network send on real images, and what becomes of its answers: as it is asked for,
 * and as it was measured, in sums. */
#ifndef ISPLIT_FEATURES_MEASURED_FEATURES_H
#define ISPLIT_FEATURES_MEASURED_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

#include "data/pixels.h"
#include "features/features.h"

#define FEATURES_LEVEL_LIMIT 19 /* zstd's last three take hundreds of megabytes a thread */
struct features_request {
    int *layers; /* [layers_n] ascending: the cuts after them */
    int layers_n;
    long *images; /* [images_n] measured, in this order */
    long images_n;
    long *calibration; /* [calibration_n] give the range of int8; none of them is measured */
    long calibration_n;
    int level; /* of zstd */
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
    int64_t clipped; /* numbers that are beyond the type's range, of all images */
    long correct;    /* images whose labelled class wins with what arrives */
    long agrees;     /* images where the same class wins as with the tensor itself */
    float scale;     /* of int8; else 1 and 0 */
    int zero;
};
struct measured_features {
    long images;                   /* measured: 0 where it was stopped before */
    long calibrated;               /* gave the range */
    long correct;                  /* of the images, by the network as it is */
    char zstd[32];                 /* its version */
    struct measured_feature *rows; /* [rows_n] by layer as asked, then by type */
    int rows_n;
};
void measured_features_free(struct measured_features *features); /* also of a zeroed one */

#endif
