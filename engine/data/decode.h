/* Encoded images of any known format, recognised by their first bytes: PNG, JPEG (baseline and progressive;
 * grey, colour, CMYK and YCCK with Adobe's marker) and BMP by stb_image, PGM and PPM by our own reader.
 * 16-bit images keep their upper 8 bits. The picture is as it is stored, however EXIF says it is to be
 * turned. */
#ifndef ISPLIT_DATA_DECODE_H
#define ISPLIT_DATA_DECODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define DECODE_PIXELS_MAX ((int64_t)100000000) /* larger ones are refused: decompression bombs */

#define DECODE_SIDE_MAX (1 << 24)

struct decode_picture {
    unsigned char *bytes; // [h][w][c]
    int w, h;
    int c;           /* 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha */
    int orientation; /* how it is turned when it is fitted (data/exif.h); EXIF_UPRIGHT as decoded: it is not
                      */
    int64_t takes;   /* bytes that decoding takes at the most, its pixels included and the encoded image not:
                        where it was measured only */
};

/* The size that an encoded image's header says, and what decoding takes; no pixels. All 0 where the header
 * is no good: then decoding takes next to nothing, and says why. */
struct decode_picture decode_measure(const unsigned char *bytes, size_t length);

/* The result where the reason is not the image, but that there is no memory now. */
#define DECODE_NO_MEMORY (-2)

/* free(picture->bytes). Takes no more memory than was measured. -1 or DECODE_NO_MEMORY with the reason alone
 * in e. */
int decode_bytes(const unsigned char *bytes, size_t length, struct decode_picture *picture, struct error *e);

/* The bytes of an image file, for decode_bytes; free() them. Never NULL for a file that is empty. NULL with
 * the reason alone in e. */
unsigned char *decode_read(const char *path, size_t *length, struct error *e);

/* Whether w x h is acceptable. */
int decode_check_size(int64_t w, int64_t h, struct error *e);

#endif
