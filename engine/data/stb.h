/* The one place where stb_image is compiled: static, because libdarknet exports an older copy of the same
 * functions, which would silently replace them. */
#ifndef ISPLIT_DATA_STB_H
#define ISPLIT_DATA_STB_H

#include <stddef.h>

#include "data/decode.h"

/* PNG, JPEG, BMP. As decode_measure and decode_bytes. */
struct decode_picture stb_measure(const unsigned char *bytes, size_t length);
int stb_decode(const unsigned char *bytes, size_t length, struct decode_picture *picture, struct error *e);

/* "2.27", of the header at compile time (-DSTB_IMAGE_VERSION='"2.27"'), else "2". */
const char *stb_version(void);

#endif
