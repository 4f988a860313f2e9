#include "data/stb.h"

#include <limits.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/exif.h"
#include "data/jpeg.h"

/* No image below DECODE_PIXELS_MAX needs more in one piece. */
#define ALLOCATION_MAX ((size_t)1 << 30)
/* What decoding takes beside what depends on the number of pixels: tables, and sizes rounded up. */
#define FIXED_BYTES ((int64_t)1 << 16)

/* What stb_image may still allocate for the image that this thread decodes: a PNG of a few pixels could
 * unpack to gigabytes. Its hooks have no argument that could carry this. */
static _Thread_local struct {
    int64_t left;
    bool exceeded; /* it asked for more than that */
    bool failed;   /* there was no memory */
} heap;

static void *heap_count(void *p, int64_t before)
{
    heap.failed = heap.failed || !p;
    heap.left -= p ? (int64_t)malloc_usable_size(p) - before : 0;
    return p;
}

static bool heap_allows(size_t size, int64_t before)
{
    bool allows = size <= ALLOCATION_MAX && (int64_t)size - before <= heap.left;
    heap.exceeded = heap.exceeded || !allows;
    return allows;
}

/* Zeroed, because stb_image before 2.28 reads Huffman tables that a damaged JPEG never gave: then the same
 * bytes always give the same pixels. */
static void *limited_malloc(size_t size)
{
    return heap_allows(size, 0) ? heap_count(calloc(1, size ? size : 1), 0) : NULL;
}

static void *limited_realloc(void *old, size_t size)
{
    int64_t before = (int64_t)malloc_usable_size(old);
    return heap_allows(size, before) ? heap_count(realloc(old, size ? size : 1), before) : NULL;
}

static void limited_free(void *p)
{
    heap.left += (int64_t)malloc_usable_size(p);
    free(p);
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
#define STBI_MAX_DIMENSIONS DECODE_SIDE_MAX
#define STBI_MALLOC(size) limited_malloc(size)
#define STBI_REALLOC(old, size) limited_realloc(old, size)
#define STBI_FREE(p) limited_free(p)
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>

#ifndef STBI_THREAD_LOCAL
#error "stb_image without thread-local state cannot be used by several decoding threads"
#endif

static uint32_t little_32(const unsigned char *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* stb_image reads a BMP that ends too soon as if zeros followed, and takes the absolute value of its height
 * before it looks at it. Only uncompressed ones are decoded, so their size is known: rows are padded to 4
 * bytes. */
static int stb_check_bmp(const unsigned char *bytes, size_t length, struct error *e)
{
    if (length < 2 || bytes[0] != 'B' || bytes[1] != 'M')
        return 0;
    if (length < 26)
        return error_set(e, "the BMP is truncated");
    uint32_t offset = little_32(bytes + 10), header = little_32(bytes + 14);
    int64_t w, h, bits;
    if (header == 12) {
        w = bytes[18] | bytes[19] << 8;
        h = bytes[20] | bytes[21] << 8;
        bits = bytes[24] | bytes[25] << 8;
    } else {
        if (length < 30)
            return error_set(e, "the BMP is truncated");
        w = (int32_t)little_32(bytes + 18);
        h = llabs((int32_t)little_32(bytes + 22)); /* negative where the rows run downwards */
        bits = bytes[28] | bytes[29] << 8;
    }
    if (decode_check_size(w, h, e) < 0)
        return -1;
    int64_t row = (w * bits + 31) / 32 * 4;
    /* The very last bytes of padding are left out by some writers. */
    bool whole = (int64_t)length >= offset + row * (h - 1) + (w * bits + 7) / 8;
    return whole ? 0 : error_set(e, "the BMP is truncated");
}

/* ---- What decoding takes, as stb_image 2.27 does it ----------------------------------------------- */

static int64_t stb_larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The parts of the file, joined, in a buffer that is doubled; the rows unpacked, likewise doubled where more
 * follows than there should be, as it does in every interlaced file; the pixels; for interlaced files those
 * of one pass too; for palettes the colours. */
static int64_t stb_png_bytes(const unsigned char *bytes, size_t length, struct decode_picture *need)
{
    bool plain = length >= 33 && memcmp(bytes + 12, "IHDR", 4) == 0; /* else Apple's own kind */
    int depth = plain ? bytes[24] : 16, kind = plain ? bytes[25] : 6;
    bool palette = kind == 3, interlaced = !plain || bytes[28];
    int channels = palette ? 1 : (kind & 2 ? 3 : 1) + (kind & 4 ? 1 : 0);
    const unsigned char *data = memmem(bytes, length, "IDAT", 4);
    if (!palette && !(kind & 4) && data && memmem(bytes, (size_t)(data - bytes), "tRNS", 4))
        need->c++; /* one colour is transparent: alpha is added */
    int64_t pixels = (int64_t)need->w * need->h, rows = ((int64_t)need->w * depth + 7) / 8 * channels + 1;
    int64_t unpacked = 2 * rows * need->h, out = pixels * (palette ? 1 : need->c) * (depth == 16 ? 2 : 1);
    int64_t made = out + (interlaced ? out / 2 : 0) + (palette ? pixels * need->c : 0);
    return unpacked + stb_larger(2 * (int64_t)length + 4096, made);
}

/* Every component in whole blocks, with its coefficients where the file is progressive; lines; the pixels. */
static int64_t stb_jpeg_bytes(const unsigned char *bytes, size_t length, const struct decode_picture *need)
{
    stbi__context s;
    stbi__start_mem(&s, bytes, (int)length);
    stbi__jpeg *j = memory_new(1, sizeof *j);
    j->s = &s;
    int64_t across = 1, down = 1, sum = (int64_t)need->w * need->h * need->c;
    int n = stbi__decode_jpeg_header(j, STBI__SCAN_header) ? s.img_n : 0;
    for (int i = 0; i < n; i++) {
        across = stb_larger(across, j->img_comp[i].h);
        down = stb_larger(down, j->img_comp[i].v);
    }
    int64_t wide = (need->w + 8 * across - 1) / (8 * across), high = (need->h + 8 * down - 1) / (8 * down);
    for (int i = 0; i < n; i++)
        sum += wide * j->img_comp[i].h * 8 * high * j->img_comp[i].v * 8 * (j->progressive ? 3 : 1) + need->w;
    free(j);
    return sum;
}

static void heap_begin(int64_t bytes)
{
    heap.left = bytes;
    heap.exceeded = heap.failed = false;
}

static int stb_no_memory(struct error *e)
{
    error_set(e, "no memory to decode it");
    return DECODE_NO_MEMORY;
}

/* What must be known before stb_image may see the file, and what its header says: need->w is 0 where
 * stb_image cannot read it; decoding fails too then, and gives a better reason. */
static int stb_check(const unsigned char *bytes, size_t length, struct decode_picture *need, struct error *e)
{
    *need = (struct decode_picture){0};
    if (length > INT_MAX)
        return error_set(e, "has %zu bytes (expected at most %d)", length, INT_MAX);
    if (!jpeg_tables_fit(bytes, length))
        return error_set(e, "a Huffman table has more than 256 codes");
    if (stb_check_bmp(bytes, length, e) < 0)
        return -1;
    heap_begin(FIXED_BYTES);
    if (!stbi_info_from_memory(bytes, (int)length, &need->w, &need->h, &need->c)) {
        need->w = 0;
        return heap.failed ? stb_no_memory(e) : 0;
    }
    need->h = abs(need->h); /* negative in a BMP whose rows run downwards */
    if (decode_check_size(need->w, need->h, e) < 0)
        return -1;
    need->takes = FIXED_BYTES + (bytes[0] == 0x89   ? stb_png_bytes(bytes, length, need)
                                 : bytes[0] == 0xff ? stb_jpeg_bytes(bytes, length, need)
                                                    : (int64_t)need->w * need->h * need->c);
    return 0;
}

struct decode_picture stb_measure(const unsigned char *bytes, size_t length)
{
    struct decode_picture need;
    return stb_check(bytes, length, &need, NULL) == 0 && need.w > 0 ? need : (struct decode_picture){0};
}

/* Every PNG ends in a chunk IEND. */
static bool png_is_truncated(const unsigned char *bytes, size_t length)
{
    return !memmem(bytes, length, "IEND", 4);
}

/* Why stbi_load gave nothing. Its reason may be that of a format it tried before: "Not a PNG" for a JPEG. */
static void stb_refuse(const unsigned char *bytes, size_t length, struct error *e)
{
    static const unsigned char png[] = {0x89, 'P', 'N', 'G'};
    const char *reason = stbi_failure_reason();
    bool other = !reason || strstr(reason, "PNG") || strstr(reason, "BMP"); /* where the file is a JPEG */
    if (reason && strstr(reason, "too large"))
        error_set(e, "%s", reason);
    else if (jpeg_is(bytes, length) && jpeg_is_truncated(bytes, length))
        error_set(e, "the JPEG is truncated");
    else if (jpeg_is(bytes, length))
        error_set(e, "the JPEG is damaged%s%s", other ? "" : ": ", other ? "" : reason);
    else if (length >= sizeof png && memcmp(bytes, png, sizeof png) == 0 && png_is_truncated(bytes, length))
        error_set(e, "the PNG is truncated");
    else
        error_set(e, "%s", reason ? reason : "cannot be decoded");
}

int stb_decode(const unsigned char *bytes, size_t length, struct decode_picture *picture, struct error *e)
{
    struct decode_picture need;
    int w, h, c;
    int status = stb_check(bytes, length, &need, e);
    if (status < 0)
        return status;
    heap_begin(need.w > 0 ? need.takes : FIXED_BYTES);
    unsigned char *pixels = stbi_load_from_memory(bytes, (int)length, &w, &h, &c, 0);
    if (pixels) {
        *picture =
            (struct decode_picture){.bytes = pixels, .w = w, .h = h, .c = c, .orientation = EXIF_UPRIGHT};
        return 0;
    }
    if (heap.failed)
        return stb_no_memory(e);
    if (heap.exceeded)
        return error_set(e, "unpacks to more than the size in its header");
    stb_refuse(bytes, length, e);
    return -1;
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
