/* Encoded images of any known format, recognised by their first bytes: PNG, JPEG (baseline and progressive;
 * grey, colour, CMYK and YCCK with Adobe's marker) and BMP by stb_image, PGM and PPM by our own reader.
 * 16-bit images keep their upper 8 bits, EXIF orientation is ignored. */
#ifndef ISPLIT_DATA_DECODE_H
#define ISPLIT_DATA_DECODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define DECODE_PIXELS_MAX ((int64_t)100000000) /* larger ones are refused: decompression bombs */

struct decode_picture {
    unsigned char *bytes; // [h][w][c]
    int w, h;
    int c; /* 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha */
};

/* free(picture->bytes). -1 with the reason alone in e. */
int decode_bytes(const unsigned char *bytes, size_t length, struct decode_picture *picture, struct error *e);

/* The bytes of an image file, for decode_bytes; free() them. Never NULL for a file that is empty. NULL with
 * the reason alone in e. */
unsigned char *decode_read(const char *path, size_t *length, struct error *e);

/* Whether w x h is acceptable. */
int decode_check_size(int64_t w, int64_t h, struct error *e);

#endif
