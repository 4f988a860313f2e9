#include "app/journal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void journal_add(struct journal *j, enum journal_level level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = memory_format_list(format, args);
    va_end(args);
    if (j->n == JOURNAL_LINES) {
        free(j->lines[0].text);
        memmove(j->lines, j->lines + 1, (size_t)--j->n * sizeof *j->lines);
    }
    j->lines = memory_grow(j->lines, (size_t)j->n + 1, sizeof *j->lines);
    j->lines[j->n++] = (struct journal_line){level, time(NULL), text};
    j->news++;
}

void journal_pass(struct journal *j, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    free(j->passing);
    j->passing = memory_format_list(format, args);
    va_end(args);
}

void journal_seen(struct journal *j)
{
    free(j->passing);
    j->passing = NULL;
    j->news = 0;
}

void journal_free(struct journal *j)
{
    free(j->passing);
    for (int i = 0; i < j->n; i++)
        free(j->lines[i].text);
    free(j->lines);
    *j = (struct journal){0};
}
