#include "screen/cells.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/memory.h"

int cells_width(const char *text)
{
    size_t n = strlen(text);
    wchar_t *wide = memory_new(n + 1, sizeof *wide);
    size_t got = mbstowcs(wide, text, n + 1);
    int width = got == (size_t)-1 ? -1 : wcswidth(wide, got);
    free(wide);
    return width >= 0 ? width : (int)n;
}

void cells_cut(char *text, int width)
{
    size_t n = strlen(text);
    while (n > 0 && cells_width(text) > width) {
        do
            n--;
        while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80); /* inside a character of UTF-8 */
        text[n] = '\0';
    }
}

void cells_print(FILE *out, const char *text, int width)
{
    int used = cells_width(text);
    fprintf(out, "%s%*s", text, width > used ? width - used : 0, "");
}
