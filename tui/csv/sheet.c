#include "csv/sheet.h"

#include <csv.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static void separate(struct sheet *s)
{
    if (s->inside)
        fputc(',', s->out);
    s->inside = true;
}

/* Characters quoted by RFC 4180, and blanks at the ends, which many readers would trim. */
static bool needs_quotes(const char *text)
{
    size_t n = strlen(text);
    return n && (strpbrk(text, ",\"\r\n") || strchr(" \t", text[0]) || strchr(" \t", text[n - 1]));
}

void sheet_text(struct sheet *s, const char *text)
{
    separate(s);
    if (needs_quotes(text))
        csv_fwrite(s->out, text, strlen(text));
    else
        fputs(text, s->out);
}

void sheet_integer(struct sheet *s, int64_t value)
{
    separate(s);
    fprintf(s->out, "%" PRId64, value);
}

void sheet_known_integer(struct sheet *s, int64_t value, bool known)
{
    if (known)
        sheet_integer(s, value);
    else
        sheet_empty(s);
}

void sheet_real(struct sheet *s, double value)
{
    separate(s);
    if (!isnan(value))
        fprintf(s->out, "%.9g", value);
}

void sheet_empty(struct sheet *s)
{
    separate(s);
}

void sheet_end_row(struct sheet *s)
{
    fputc('\n', s->out);
    s->inside = false;
}

void sheet_names(struct sheet *s, const char *names)
{
    char *copy = memory_copy(names);
    char *rest = copy;
    for (char *name; (name = strsep(&rest, ","));)
        sheet_text(s, name);
    free(copy);
}
