/* Sums over the images of one cut in one dtype, in the order of the images. */
#ifndef ISPLIT_FEATURES_TALLY_H
#define ISPLIT_FEATURES_TALLY_H

#include "features/measured_features.h"

struct tally {
    struct tally_coded {
        struct { /* an image's bytes, by Welford's method (Technometrics 1962) */
            long n;
            double mean, squares; /* of the differences from it */
        } image;
        int64_t bytes;
        long drawn_images;
        int64_t drawn[FEATURES_DRAWS]; /* bytes of the first images with the range of each draw */
    } coded[CODERS];
    struct tally_both {
        long n;
        double lzma, zstd, lzma_2, zstd_2, product; /* sums of bytes, their squares and their products */
    } both;                                         /* of the images that both code */
    int64_t clipped;
    long images, correct, agrees, gained, lost; /* as in measured_feature */
};

/* The next image's bytes by one coder, and, for the first images, with the range of each draw: drawn[draws].
 */
void tally_bytes(struct tally_coded *t, uint32_t bytes, const uint32_t *drawn, int draws);

/* The standard deviation of an image's bytes: n - 1; 0 for fewer than 2 images. */
double tally_deviation(const struct tally_coded *t);

/* The next image's bytes by both. */
void tally_both(struct tally *t, uint32_t lzma, uint32_t zstd);

/* The next image's answer: whether it is right, whether the whole network is, and whether they are the same.
 */
void tally_answer(struct tally *t, bool right, bool whole_right, bool agrees);

/* Fills in what the sums give; `draws` of which bytes were counted. LZMA, which is too slow for that, has
 * zstd's spread, and what zstd tells of more images, in proportion to the bytes of those that both code.
 * Times are left out. */
void tally_feature(const struct tally *t, int draws, struct measured_feature *out);

#endif
