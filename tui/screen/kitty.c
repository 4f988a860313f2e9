#include "screen/kitty.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/base64.h"
#include "base/memory.h"

enum { PORTION = 4096 }; /* characters of a sequence at most */

/* q=2: neither success nor failure is answered. */
static void write_portions(FILE *out, unsigned number, const char *text, int w, int h)
{
    size_t n = strlen(text);
    for (size_t at = 0; at == 0 || at < n; at += PORTION) {
        int more = n - at > PORTION;
        if (at == 0)
            fprintf(out, "\033_Ga=T,f=24,o=z,t=d,s=%d,v=%d,i=%u,C=1,q=2,m=%d;", w, h, number, more);
        else
            fprintf(out, "\033_Gq=2,m=%d;", more);
        fprintf(out, "%.*s\033\\", PORTION, text + at);
    }
}

void kitty_write(FILE *out, unsigned number, const unsigned char *rgb, int w, int h)
{
    uLong n = (uLong)memory_product(memory_product((size_t)w, (size_t)h), 3);
    uLongf packed_n = compressBound(n);
    unsigned char *packed = memory_new(packed_n, 1);
    if (compress2(packed, &packed_n, rgb, n, Z_BEST_SPEED) == Z_OK) {
        char *text = base64_encode(packed, packed_n);
        write_portions(out, number, text, w, h);
        free(text);
    }
    free(packed);
}

void kitty_delete(FILE *out, unsigned number)
{
    fprintf(out, "\033_Ga=d,d=I,i=%u,q=2\033\\", number);
}
