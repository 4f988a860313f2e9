#include "data/exif.h"

#include <stdint.h>
#include <string.h>

enum { START = 0xd8, END = 0xd9, SCAN = 0xda, APP1 = 0xe1 };
enum { TAG = 0x0112, TYPE_SHORT = 3, ENTRY = 12, FIRST_DIRECTORY = 8 };

/* The bytes from `at` on that TIFF and PNG count from. */
struct piece {
    const unsigned char *bytes;
    size_t n;
};

/* ---- TIFF: a directory of entries --------------------------------------------------------------- */

static uint32_t tiff_number(const unsigned char *p, int bytes, bool little)
{
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++)
        value = value << 8 | p[little ? bytes - 1 - i : i];
    return value;
}

static int tiff_orientation(struct piece tiff)
{
    if (tiff.n < FIRST_DIRECTORY ||
        (memcmp(tiff.bytes, "II*", 4) != 0 && memcmp(tiff.bytes, "MM\0*", 4) != 0))
        return EXIF_UPRIGHT;
    bool little = tiff.bytes[0] == 'I';
    size_t at = tiff_number(tiff.bytes + 4, 4, little);
    if (at < FIRST_DIRECTORY || at > tiff.n - 2)
        return EXIF_UPRIGHT;
    size_t entries = tiff_number(tiff.bytes + at, 2, little);
    at += 2;
    for (size_t i = 0; i < entries && tiff.n - at >= ENTRY; i++, at += ENTRY) {
        const unsigned char *entry = tiff.bytes + at;
        if (tiff_number(entry, 2, little) != TAG)
            continue;
        uint32_t value = tiff_number(entry + 8, 2, little);
        bool good = tiff_number(entry + 2, 2, little) == TYPE_SHORT &&
                    tiff_number(entry + 4, 4, little) == 1 && value >= EXIF_UPRIGHT &&
                    value <= EXIF_ORIENTATIONS;
        return good ? (int)value : EXIF_UPRIGHT;
    }
    return EXIF_UPRIGHT;
}

/* ---- Where it is in the file ---------------------------------------------------------------------- */

/* The first segment APP1 with EXIF data; those with XMP have the same marker. */
static struct piece find_in_jpeg(const unsigned char *bytes, size_t length)
{
    static const unsigned char begin[] = "Exif\0"; /* with two NULs */
    for (size_t at = 2; at + 4 <= length && bytes[at] == 0xff;) {
        unsigned char marker = bytes[at + 1];
        if (marker == 0xff) { /* padding */
            at++;
            continue;
        }
        size_t size = (size_t)bytes[at + 2] << 8 | bytes[at + 3];
        if (marker == SCAN || marker == END || size < 2 || size > length - at - 2)
            break;
        const unsigned char *data = bytes + at + 4;
        if (marker == APP1 && size - 2 >= sizeof begin && memcmp(data, begin, sizeof begin) == 0)
            return (struct piece){data + sizeof begin, size - 2 - sizeof begin};
        at += 2 + size;
    }
    return (struct piece){0};
}

static struct piece find_in_png(const unsigned char *bytes, size_t length)
{
    enum { SIGNATURE = 8, FRAME = 12 }; /* of a chunk: size, kind, checksum */
    for (size_t at = SIGNATURE; at <= length && length - at >= FRAME;) {
        size_t size = tiff_number(bytes + at, 4, false);
        if (size > length - at - FRAME)
            break;
        if (memcmp(bytes + at + 4, "eXIf", 4) == 0)
            return (struct piece){bytes + at + 8, size};
        at += FRAME + size;
    }
    return (struct piece){0};
}

int exif_orientation(const unsigned char *bytes, size_t length)
{
    static const unsigned char png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    if (length >= 4 && bytes[0] == 0xff && bytes[1] == START)
        return tiff_orientation(find_in_jpeg(bytes, length));
    if (length >= sizeof png && memcmp(bytes, png, sizeof png) == 0)
        return tiff_orientation(find_in_png(bytes, length));
    return EXIF_UPRIGHT;
}

/* ---- What it means ---------------------------------------------------------------------------------- */

bool exif_is_swapped(int orientation)
{
    return orientation >= 5;
}

bool exif_is_from_right(int orientation)
{
    return orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
}

bool exif_is_from_bottom(int orientation)
{
    return orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
}
