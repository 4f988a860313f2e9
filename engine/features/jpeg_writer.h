/* A picture as a JPEG file, by libjpeg-turbo: baseline, JFIF; in colour with chroma halved both ways (4:2:0),
 * as cameras write it; Huffman tables fitted to the picture, since the usual ones cost small pictures more
 * than they hold. Its integer DCT gives the same bytes on every machine. */
#ifndef ISPLIT_FEATURES_JPEG_WRITER_H
#define ISPLIT_FEATURES_JPEG_WRITER_H

#include <stddef.h>

#include "base/error.h"

/* pixels[h][w][c] with c 1 (grey) or 3 (RGB), quality 1 to 100. A new array of *length bytes, to be freed;
 * NULL with the reason in e. Thread-safe. */
unsigned char *jpeg_writer_run(const unsigned char *pixels, int w, int h, int c, int quality, size_t *length,
                               struct error *e);

/* The version of the library that does it, as "2.1.2". */
const char *jpeg_writer_version(void);

#endif
