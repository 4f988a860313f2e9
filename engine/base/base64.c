#include "base/base64.h"

#include <stdint.h>
#include <string.h>

#include "base/memory.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const unsigned char *bytes, size_t n)
{
    size_t groups = n / 3 + (n % 3 != 0);
    char *text = memory_new(groups + 1, 4);
    for (size_t g = 0; g < groups; g++) {
        const unsigned char *from = bytes + 3 * g;
        size_t left = n - 3 * g;
        uint32_t bits = (uint32_t)from[0] << 16;
        bits |= left > 1 ? (uint32_t)from[1] << 8 : 0;
        bits |= left > 2 ? (uint32_t)from[2] : 0;
        for (size_t i = 0; i < 4; i++)
            text[4 * g + i] = i <= left ? alphabet[bits >> (18 - 6 * i) & 63] : '=';
    }
    return text;
}

/* The value of each character; 64: not in the alphabet. */
static void invert(unsigned char values[256])
{
    memset(values, 64, 256);
    for (unsigned char v = 0; v < 64; v++)
        values[(unsigned char)alphabet[v]] = v;
}

int base64_decode(const char *text, unsigned char *bytes, size_t n)
{
    unsigned char values[256];
    size_t groups = n / 3 + (n % 3 != 0);
    if (strlen(text) != 4 * groups)
        return -1;
    invert(values);
    for (size_t g = 0; g < groups; g++) {
        size_t left = n - 3 * g < 3 ? n - 3 * g : 3;
        uint32_t bits = 0;
        for (size_t i = 0; i < 4; i++) {
            unsigned char c = (unsigned char)text[4 * g + i];
            if (i <= left ? values[c] == 64 : c != '=')
                return -1;
            bits = bits << 6 | (i <= left ? values[c] : 0);
        }
        if (bits & (UINT32_C(0xffffff) >> 8 * left))
            return -1;
        for (size_t i = 0; i < left; i++)
            bytes[3 * g + i] = (unsigned char)(bits >> (16 - 8 * i));
    }
    return 0;
}
