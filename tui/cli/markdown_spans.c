/* Within a line of Markdown: pieces in one style. */
#include "cli/markdown.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* A piece in one style; the strings are new. */
struct markdown_span {
    enum markdown_style style;
    char *text, *url; /* url NULL: it is no link */
};

/* The text up to `end` without backslashes before marks, and without marks inside ("**`x`**"). */
static char *markdown_spans_plain(const char *text, const char *end)
{
    char *out = memory_new((size_t)(end - text) + 1, 1);
    size_t n = 0;
    for (const char *p = text; p < end; p++) {
        if (*p == '\\' && p + 1 < end && ispunct((unsigned char)p[1]))
            out[n++] = *++p;
        else if (*p != '`' && *p != '*')
            out[n++] = *p;
    }
    return out;
}

/* The closing mark for the one at text[0]; NULL if there is none. */
static const char *closing_of(const char *text, const char *mark)
{
    size_t length = strlen(mark);
    if (strncmp(text, mark, length) != 0 || text[length] == ' ' || !text[length])
        return NULL;
    for (const char *p = text + length + 1; *p; p++) {
        if (p[-1] == '\\' && *mark != '`')
            continue;
        if (strncmp(p, mark, length) == 0 && p[-1] != ' ' && (length == 2 || *mark != '*' || p[1] != '*'))
            return p;
    }
    return NULL;
}

static bool take_marked(const char **text, struct markdown_span *span)
{
    static const struct {
        const char *mark;
        enum markdown_style style;
    } marks[] = {{"`", MARKDOWN_TYPED}, {"**", MARKDOWN_BOLD}, {"*", MARKDOWN_EMPHASIS}};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        const char *from = *text + strlen(marks[i].mark);
        const char *end = closing_of(*text, marks[i].mark);
        if (!end)
            continue;
        span->style = marks[i].style;
        span->text = span->style == MARKDOWN_TYPED ? memory_copy_n(from, (size_t)(end - from))
                                                   : markdown_spans_plain(from, end);
        *text = end + strlen(marks[i].mark);
        return true;
    }
    return false;
}

/* [text](URL), ![text](URL) and <URL>. */
static bool take_link(const char **text, struct markdown_span *span)
{
    const char *p = *text;
    if (*p == '<') {
        const char *end = strchr(p, '>');
        if (strncmp(p, "<http", 5) != 0 || !end)
            return false;
        span->url = memory_copy_n(p + 1, (size_t)(end - p - 1));
        span->text = memory_copy(span->url);
        span->style = MARKDOWN_LINK;
        *text = end + 1;
        return true;
    }
    p += *p == '!';
    const char *middle = *p == '[' ? strchr(p, ']') : NULL;
    const char *end = middle && middle[1] == '(' ? strchr(middle, ')') : NULL;
    if (!end)
        return false;
    span->style = MARKDOWN_LINK;
    span->text = markdown_spans_plain(p + 1, middle);
    span->url = memory_copy_n(middle + 2, (size_t)(end - middle - 2));
    *text = end + 1;
    return true;
}

static bool begins_mark(const char *p)
{
    struct markdown_span probe = {0};
    const char *text = p;
    bool begins = strchr("`*[!<", *p) && (take_marked(&text, &probe) || take_link(&text, &probe));
    free(probe.text);
    free(probe.url);
    return begins;
}

/* As it is, up to the next mark. */
static char *take_plain(const char **text)
{
    char *out = memory_new(strlen(*text) + 1, 1);
    size_t n = 0;
    const char *p = *text;
    for (; *p && (p == *text || !begins_mark(p)); p++) {
        if (*p == '\\' && ispunct((unsigned char)p[1]))
            p++;
        out[n++] = *p;
    }
    *text = p;
    return out;
}

char *markdown_next(const char **text, enum markdown_style *style, char **url)
{
    struct markdown_span span = {0};
    if (**text && !(strchr("`*[!<", **text) && (take_marked(text, &span) || take_link(text, &span))))
        span.text = take_plain(text);
    *style = span.style;
    *url = span.url;
    return span.text;
}
