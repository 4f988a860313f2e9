/* The yardstick of every cut: what the pictures themselves take, as they are stored and as JPEG, and how
 * accurate the whole network is then. Measured by isplit features. */
#ifndef ISPLIT_FEATURES_MEASURED_PICTURES_H
#define ISPLIT_FEATURES_MEASURED_PICTURES_H

#include <stdint.h>

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

#endif
