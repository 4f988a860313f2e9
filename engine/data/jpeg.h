/* A check of JPEG files before stb_image sees them. */
#ifndef ISPLIT_DATA_JPEG_H
#define ISPLIT_DATA_JPEG_H

#include <stdbool.h>
#include <stddef.h>

/* False for a JPEG with a Huffman table of more than 256 codes, for which stb_image before 2.28 writes
 * beyond its arrays. True for anything else, JPEG or not. */
bool jpeg_tables_fit(const unsigned char *bytes, size_t length);

#endif
