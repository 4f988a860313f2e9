#include "data/jpeg.h"

enum { TABLES = 0xc4, START = 0xd8, END = 0xd9, SCAN = 0xda, CODES_MAX = 256 };

/* Markers without length and data. */
static bool stands_alone(unsigned char marker)
{
    return marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd9);
}

static size_t big_16(const unsigned char *p)
{
    return (size_t)p[0] << 8 | p[1];
}

/* The tables of one segment, which begins with its length: class, 16 counts of codes, the codes. Beyond
 * the end of the file stb_image reads zeros. */
static bool segment_fits(const unsigned char *bytes, size_t length, size_t at)
{
    if (length - at < 2)
        return true;
    size_t end = at + big_16(bytes + at);
    for (at += 2; at < end && at < length;) {
        size_t codes = 0;
        for (size_t i = 1; i <= 16 && at + i < length; i++)
            codes += bytes[at + i];
        if (codes > CODES_MAX)
            return false;
        at += 17 + codes;
    }
    return true;
}

bool jpeg_tables_fit(const unsigned char *bytes, size_t length)
{
    if (length < 4 || bytes[0] != 0xff || (bytes[1] != 0xd8 && bytes[1] != 0xff))
        return true;
    /* Up to the first scan the file is a chain of segments. Within and between scans every FF C4 is a
     * table, since coded data follow each FF with 00 or a restart marker. */
    bool scanning = false;
    for (size_t at = 0; at + 1 < length;) {
        unsigned char marker = bytes[at + 1];
        if (bytes[at] != 0xff || marker == 0xff) {
            at++;
            continue;
        }
        at += 2;
        if (marker == TABLES && !segment_fits(bytes, length, at))
            return false;
        scanning = scanning || marker == SCAN;
        if (!scanning && !stands_alone(marker) && length - at >= 2)
            at += big_16(bytes + at);
    }
    return true;
}

bool jpeg_is(const unsigned char *bytes, size_t length)
{
    return length >= 2 && bytes[0] == 0xff && bytes[1] == START;
}

bool jpeg_is_truncated(const unsigned char *bytes, size_t length)
{
    bool ended = false;
    for (size_t at = 0; at + 1 < length; at++)
        if (bytes[at] == 0xff && (bytes[at + 1] == SCAN || bytes[at + 1] == END))
            ended = bytes[at + 1] == END;
    return !ended;
}
