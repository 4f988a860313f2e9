#include "data/stb.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "data/jpeg.h"

/* No image below DECODE_PIXELS_MAX needs more in one piece; without the limit a PNG of a few pixels
 * could still unpack to gigabytes. */
#define ALLOCATION_MAX ((size_t)1 << 30)

/* Zeroed, because stb_image before 2.28 reads Huffman tables that a damaged JPEG never gave: then the same
 * bytes always give the same pixels. */
static void *limited_malloc(size_t size)
{
    return size <= ALLOCATION_MAX ? calloc(1, size ? size : 1) : NULL;
}

static void *limited_realloc(void *old, size_t size)
{
    return size <= ALLOCATION_MAX ? realloc(old, size) : NULL;
}

#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
/* TGA has no magic number, so that any file could be one; truncated GIF and PNM files are taken for
 * whole ones, and 16-bit PNM has its bytes swapped. */
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_FAILURE_USERMSG
#define STBI_MAX_DIMENSIONS (1 << 24)
#define STBI_MALLOC(size) limited_malloc(size)
#define STBI_REALLOC(old, size) limited_realloc(old, size)
#define STBI_FREE(p) free(p)
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>

#ifndef STBI_THREAD_LOCAL
// cppcheck-suppress preprocessorErrorDirective
#error "stb_image without thread-local state cannot be used by several decoding threads"
#endif

static uint32_t little_32(const unsigned char *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* stb_image reads a BMP that ends too soon as if zeros followed. Only uncompressed ones are decoded, so
 * their size is known: rows are padded to 4 bytes. */
static bool bmp_is_truncated(const unsigned char *bytes, size_t length)
{
    if (length < 2 || bytes[0] != 'B' || bytes[1] != 'M')
        return false;
    if (length < 26)
        return true;
    uint32_t offset = little_32(bytes + 10), header = little_32(bytes + 14);
    int64_t w, h, bits;
    if (header == 12) {
        w = bytes[18] | bytes[19] << 8;
        h = bytes[20] | bytes[21] << 8;
        bits = bytes[24] | bytes[25] << 8;
    } else {
        if (length < 30)
            return true;
        w = (int32_t)little_32(bytes + 18);
        h = llabs((int32_t)little_32(bytes + 22));
        bits = bytes[28] | bytes[29] << 8;
    }
    int64_t row = (w * bits + 31) / 32 * 4;
    /* The very last bytes of padding are left out by some writers. */
    return w > 0 && (int64_t)length < offset + row * (h - 1) + (w * bits + 7) / 8;
}

int stb_decode(const unsigned char *bytes, size_t length, struct decode_picture *picture, struct error *e)
{
    int w, h, c;
    if (length > INT_MAX)
        return error_set(e, "has %zu bytes (expected at most %d)", length, INT_MAX);
    if (!jpeg_tables_fit(bytes, length))
        return error_set(e, "a Huffman table has more than 256 codes");
    /* Where even this fails, decoding fails too and gives a better reason. The height is negative in a BMP
     * whose rows run downwards. */
    if (stbi_info_from_memory(bytes, (int)length, &w, &h, &c) && decode_check_size(w, llabs(h), e) < 0)
        return -1;
    if (bmp_is_truncated(bytes, length))
        return error_set(e, "the BMP is truncated");
    unsigned char *pixels = stbi_load_from_memory(bytes, (int)length, &w, &h, &c, 0);
    if (!pixels)
        return error_set(e, "%s", stbi_failure_reason());
    *picture = (struct decode_picture){pixels, w, h, c};
    return 0;
}

const char *stb_version(void)
{
    /* The header has its version in a comment only: the Makefile reads it from there. */
#ifdef STB_IMAGE_VERSION
    return STB_IMAGE_VERSION;
#else
    return "2";
#endif
}
