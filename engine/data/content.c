#include "data/content.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { HALF_DIGITS = 16 };

static struct content known(XXH128_hash_t hash)
{
    return (struct content){.high = hash.high64, .low = hash.low64, .known = true};
}

struct content content_of(const void *bytes, size_t length)
{
    return known(XXH3_128bits(bytes, length));
}

struct content content_of_pixels(const unsigned char *pixels, int w, int h)
{
    uint64_t geometry = (uint64_t)h << 32 | (uint64_t)w;
    return known(XXH3_128bits_withSeed(pixels, (size_t)w * (size_t)h, geometry));
}

bool content_is_same(const struct content *a, const struct content *b)
{
    return a->high == b->high && a->low == b->low;
}

void content_to_text(const struct content *content, char text[CONTENT_TEXT_SIZE])
{
    text[0] = '\0';
    if (content->known)
        snprintf(text, CONTENT_TEXT_SIZE, "%016" PRIx64 "%016" PRIx64, content->high, content->low);
}

int content_from_text(const char *text, struct content *content)
{
    *content = (struct content){0};
    size_t n = strlen(text);
    if (n != CONTENT_TEXT_SIZE - 1 || strspn(text, "0123456789abcdef") != n)
        return -1;
    char high[HALF_DIGITS + 1] = "";
    memcpy(high, text, HALF_DIGITS);
    content->high = strtoull(high, NULL, 16);
    content->low = strtoull(text + HALF_DIGITS, NULL, 16);
    content->known = true;
    return 0;
}
