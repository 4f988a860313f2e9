/* From an encoded image to the network's input: decoded by stb_image (content sniffed, not extension),
 * grey <-> RGB as needed, fitted to the network's size, scaled, normalised. Thread-safe. */
#ifndef ISPLIT_DATA_PIXELS_H
#define ISPLIT_DATA_PIXELS_H

#include <stdbool.h>

#include "base/error.h"
#include "data/content.h"
#include "data/dataset.h"
#include "data/decode_memory.h"
#include "net/net.h"

enum pixels_fit { PIXELS_CROP, PIXELS_STRETCH, PIXELS_LETTERBOX };
extern const char *const pixels_fit_words[]; /* "crop", "stretch", "letterbox", NULL */

struct pixels_options {
    enum pixels_fit fit;
    float scale;           /* 1: values 0..1 (default); 255: 0..255 */
    float mean[3], std[3]; /* of the scaled values, in R,G,B order; (v - mean) / std; default 0 and 1. One
                              channel: the first */
    bool bgr;              /* channels in B,G,R order, after mean and std */
    bool exif;             /* turned as EXIF says (data/exif.h), before it is fitted */
};

/* All of them in one line, for a hash of what depends on them: equal words, equal pixels. New string. */
char *pixels_words(const struct pixels_options *options);

/* What pixels_load returns for an image that EXIF says is to be turned, and that was not, without `exif`. */
#define PIXELS_NOT_TURNED 1

/* Writes out[c][h][w]; 0 or PIXELS_NOT_TURNED. An image that already has the network's size is not resampled
 * at all. What this takes besides comes from `memory` (NULL: without a limit), and is waited for; an image
 * that needs more than that has in all is refused. -1 with the reason where it cannot be decoded (the message
 * is the reason only, without the path). *content (may be NULL) is set either way: of exactly the bytes that
 * were decoded, or failed to decode; it is not known where they were not tried for lack of memory, which says
 * nothing about the image. */
int pixels_load(const struct dataset *d, long image, struct net_shape shape,
                const struct pixels_options *options, struct decode_memory *memory, float *out,
                struct content *content, struct error *e);

/* The size that an image is shown with (`exif`: turned as EXIF says), from its header. -1 with the reason
 * where it cannot be read. */
int pixels_size(const struct dataset *d, long image, bool exif, int *w, int *h, struct error *e);

#endif
