#include "cli/markdown_parts.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/memory.h"
#include "base/text.h"

enum { COLUMN_MIN = 8 };

char *markdown_plain(const char *marked)
{
    char *all = memory_copy("");
    char *text, *url;
    enum markdown_style style;
    while ((text = markdown_next(&marked, &style, &url))) {
        bool elsewhere = url && strncmp(url, "http", 4) == 0 && strcmp(url, text) != 0;
        char *longer =
            elsewhere ? memory_format("%s%s (%s)", all, text, url) : memory_format("%s%s", all, text);
        free(all);
        all = longer;
        free(text);
        free(url);
    }
    char *shown = text_escape(all);
    free(all);
    return shown;
}

int markdown_columns(const char *text, size_t bytes)
{
    int columns = 0, length;
    for (const char *p = text; p < text + bytes && *p; p += length) {
        int wide = wcwidth((wchar_t)text_decode(p, &length));
        columns += wide >= 0 ? wide : 1;
    }
    return columns;
}

static int markdown_parts_widest(const struct markdown_block *t, char **texts, int column)
{
    int most = 1;
    for (int r = 0; r < t->rows; r++) {
        const char *text = texts[r * t->columns + column];
        int columns = markdown_columns(text, strlen(text));
        most = columns > most ? columns : most;
    }
    return most;
}

/* The longest word of a column. */
static int longest(const struct markdown_block *t, char **texts, int column)
{
    int most = 1;
    for (int r = 0; r < t->rows; r++)
        for (const char *p = texts[r * t->columns + column]; *p; p += strspn(p, " ")) {
            size_t n = strcspn(p, " ");
            int columns = markdown_columns(p, n);
            most = columns > most ? columns : most;
            p += n;
        }
    return most;
}

/* The widest column that can be narrowed; -1: none. */
static int to_narrow(int n, const int *widths, const int *least)
{
    int found = -1;
    for (int c = 0; c < n; c++)
        if (widths[c] > least[c] && (found < 0 || widths[c] >= widths[found]))
            found = c;
    return found;
}

void markdown_share(const struct markdown_block *t, char **texts, int width, int *widths)
{
    int words[MARKDOWN_COLUMNS], least[MARKDOWN_COLUMNS];
    int sum = MARKDOWN_GAP * (t->columns - 1);
    for (int c = 0; c < t->columns; c++) {
        sum += widths[c] = markdown_parts_widest(t, texts, c);
        words[c] = longest(t, texts, c);
        least[c] = widths[c] < COLUMN_MIN ? widths[c] : COLUMN_MIN;
    }
    while (sum > width) {
        int c = to_narrow(t->columns, widths, words);
        if (c < 0)
            c = to_narrow(t->columns, widths, least);
        if (c < 0)
            break;
        widths[c]--;
        sum--;
    }
}
