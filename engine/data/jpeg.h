/* Checks of JPEG files: before stb_image sees them, and where it has no good reason for refusing them. */
#ifndef ISPLIT_DATA_JPEG_H
#define ISPLIT_DATA_JPEG_H

#include <stdbool.h>
#include <stddef.h>

/* False for a JPEG with a Huffman table of more than 256 codes, for which stb_image before 2.28 writes
 * beyond its arrays. True for anything else, JPEG or not. */
bool jpeg_tables_fit(const unsigned char *bytes, size_t length);

bool jpeg_is(const unsigned char *bytes, size_t length);

/* Whether the end of a JPEG is missing: no end marker after the last scan (a thumbnail has its own of both).
 */
bool jpeg_is_truncated(const unsigned char *bytes, size_t length);

#endif
