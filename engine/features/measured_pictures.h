/* The yardstick of every cut: what the pictures themselves take, as they are stored and as JPEG, and how
 * accurate the whole network is then. Measured by isplit features. */
#ifndef ISPLIT_FEATURES_MEASURED_PICTURES_H
#define ISPLIT_FEATURES_MEASURED_PICTURES_H

#include <stdint.h>

#include "data/content.h"

/* Of JPEG, 1 to 100, as libjpeg counts them. */
enum { PICTURES_STORED = 0, PICTURES_QUALITIES = 9, PICTURES_ROWS = 1 + PICTURES_QUALITIES };
extern const int pictures_qualities[PICTURES_QUALITIES]; /* descending */

/* Plain numbers, so that it can be copied. */
struct measured_pictures {
    long images;  /* images measured; 0 where it was stopped before that */
    long correct; /* images predicted correctly as they are stored */
    struct measured_picture {
        int quality;     /* or STORED: the images' own files */
        int64_t bytes;   /* of all images together */
        float deviation; /* of one image's bytes: the standard deviation, n - 1; 0 for fewer than 2 images */
        long correct;    /* images predicted correctly */
        long agrees;     /* images predicted as from their own files */
    } rows[PICTURES_ROWS]; /* [rows_n] STORED, where every image has a file of its own; each quality */
    int rows_n;
};

/* One image of them: the unit that is measured, kept and summed up. */
struct picture_row {
    long image;
    struct content content;
    int own;         /* the class predicted from its file; -1: it cannot be used */
    uint32_t stored; /* bytes of that file; 0: it has none of its own */
    struct picture_sent {
        uint32_t bytes;
        int32_t predicted;
    } sent[PICTURES_QUALITIES];
};

/* Sums up rows[n] of images that can be used, in this order, whose classes are labels[n]. */
void pictures_sum(const struct picture_row *const *rows, const int *labels, long n,
                  struct measured_pictures *out);

#endif
