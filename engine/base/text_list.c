#include "base/text_list.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/memory.h"

void text_list_add(struct text_list *l, char *text)
{
    l->texts = memory_grow(l->texts, (size_t)l->n + 1, sizeof *l->texts);
    l->texts[l->n++] = text;
}

void text_list_free(struct text_list *l)
{
    for (int i = 0; i < l->n; i++)
        free(l->texts[i]);
    free(l->texts);
    *l = (struct text_list){0};
}

void text_list_append(char **joined, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *next = memory_format_list(format, args);
    va_end(args);
    if (*joined && **joined) {
        char *longer = memory_format("%s, %s", *joined, next);
        free(next);
        next = longer;
    }
    free(*joined);
    *joined = next;
}
