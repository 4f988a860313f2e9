#include "csv/sheet.h"

#include <csv.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"

struct sheet {
    FILE *out;
    bool inside; /* a row has begun */
};

struct sheet *sheet_new(FILE *out)
{
    struct sheet *s = memory_new(1, sizeof *s);
    s->out = out;
    return s;
}

void sheet_free(struct sheet *s)
{
    free(s);
}

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

static void write_cell(struct sheet *s, const char *text)
{
    if (needs_quotes(text))
        csv_fwrite(s->out, text, strlen(text));
    else
        fputs(text, s->out);
}

/* A file or a pipe gets the exact bytes. */
void sheet_text(struct sheet *s, const char *text)
{
    char *shown = text_printable(text);
    bool harmless = strcmp(shown, text) == 0;
    separate(s);
    write_cell(s, harmless || isatty(fileno(s->out)) != 1 ? text : shown);
    free(shown);
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
