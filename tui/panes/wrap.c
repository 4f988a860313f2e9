#include "panes/wrap.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "screen/canvas.h"

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
static void wrap_paragraph(struct text_list *w, const char *text, int columns)
{
    const char *line = text, *end = text;
    do {
        size_t blanks = strspn(end, " ");
        size_t word = strcspn(end + blanks, " ");
        const char *next = end + blanks + word;
        if (columns_of(line, (size_t)(next - line)) <= columns) {
            end = next;
        } else if (end > line) {
            text_list_add(w, memory_copy_n(line, (size_t)(end - line)));
            line = end += strspn(end, " ");
        } else {
            size_t part = cut_word(line, (size_t)(next - line), columns);
            text_list_add(w, memory_copy_n(line, part));
            line = end = line + part;
        }
    } while (*end);
    if (end > line || line == text)
        text_list_add(w, memory_copy_n(line, (size_t)(end - line)));
}

struct text_list wrap_text(const char *text, int columns)
{
    struct text_list w = {0};
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
