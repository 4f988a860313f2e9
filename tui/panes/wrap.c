#include "panes/wrap.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "screen/canvas.h"

static void wrap_add_line(struct wrapped *w, const char *from, size_t length)
{
    w->lines = memory_grow(w->lines, (size_t)w->n + 1, sizeof *w->lines);
    w->lines[w->n++] = memory_copy_n(from, length);
}

static int columns_of(const char *from, size_t length)
{
    char *text = memory_copy_n(from, length);
    int columns = canvas_width(text);
    free(text);
    return columns;
}

/* The bytes of a word that fit, one character at least. */
static size_t cut_word(const char *word, size_t length, int columns)
{
    size_t used = 0;
    while (used < length) {
        int bytes;
        text_decode(word + used, &bytes);
        if (used > 0 && columns_of(word, used + (size_t)bytes) > columns)
            break;
        used += (size_t)bytes;
    }
    return used;
}

/* One paragraph, without control characters. */
static void wrap_paragraph(struct wrapped *w, const char *text, int columns)
{
    const char *line = text, *end = text;
    do {
        size_t blanks = strspn(end, " ");
        size_t word = strcspn(end + blanks, " ");
        const char *next = end + blanks + word;
        if (columns_of(line, (size_t)(next - line)) <= columns) {
            end = next;
        } else if (end > line) {
            wrap_add_line(w, line, (size_t)(end - line));
            line = end += strspn(end, " ");
        } else {
            size_t part = cut_word(line, (size_t)(next - line), columns);
            wrap_add_line(w, line, part);
            line = end = line + part;
        }
    } while (*end);
    if (end > line || line == text)
        wrap_add_line(w, line, (size_t)(end - line));
}

struct wrapped wrap_text(const char *text, int columns)
{
    struct wrapped w = {0};
    for (const char *s = text; *s;) {
        size_t length = strcspn(s, "\n");
        char *raw = memory_copy_n(s, length);
        char *paragraph = text_escape(raw);
        wrap_paragraph(&w, paragraph, columns > 0 ? columns : 1);
        free(paragraph);
        free(raw);
        s += length + (s[length] == '\n');
    }
    return w;
}

void wrap_free(struct wrapped *w)
{
    for (int i = 0; i < w->n; i++)
        free(w->lines[i]);
    free(w->lines);
    *w = (struct wrapped){0};
}
