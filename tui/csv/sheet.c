#include "csv/sheet.h"

#include <csv.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "csv/sheet_grid.h"

const char *const sheet_format_words[] = {
    [SHEET_TABLE] = "table", [SHEET_CSV] = "csv", [SHEET_JSON] = "json", [SHEET_FORMATS] = NULL};

struct sheet {
    FILE *out;
    bool inside;       /* a row has begun */
    struct grid *grid; /* NULL: as CSV, at once */
    struct sheet_style style;
    const char *first;
    int *chosen, chosen_n;
};

struct sheet *sheet_new_styled(FILE *out, const struct sheet_style *style, const char *first)
{
    struct sheet *s = memory_new(1, sizeof *s);
    s->out = out;
    s->style = style ? *style : (struct sheet_style){.format = SHEET_CSV};
    s->first = first;
    if (s->style.format != SHEET_CSV)
        s->grid = grid_new();
    return s;
}

struct sheet *sheet_new(FILE *out)
{
    return sheet_new_styled(out, NULL, NULL);
}

void sheet_free(struct sheet *s)
{
    if (s && s->grid && s->style.format == SHEET_JSON)
        grid_write_json(s->out, s->grid);
    else if (s && s->grid)
        grid_write_table(s->out, s->grid, &s->style, s->first);
    if (s) {
        grid_free(s->grid);
        free(s->chosen);
    }
    free(s);
}

void sheet_choose(struct sheet *s, int *columns, int n)
{
    s->chosen = columns;
    s->chosen_n = n;
}

const int *sheet_chosen(const struct sheet *s, int *n)
{
    *n = s->chosen_n;
    return s->chosen;
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
    if (s->grid) {
        grid_add_text(s->grid, text);
        return;
    }
    char *shown = text_printable(text);
    bool harmless = strcmp(shown, text) == 0;
    separate(s);
    write_cell(s, harmless || isatty(fileno(s->out)) != 1 ? text : shown);
    free(shown);
}

void sheet_integer(struct sheet *s, int64_t value)
{
    if (s->grid) {
        grid_add_integer(s->grid, value);
        return;
    }
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
    if (s->grid) {
        grid_add_real(s->grid, value);
        return;
    }
    separate(s);
    if (!isnan(value))
        fprintf(s->out, "%.9g", value);
}

void sheet_empty(struct sheet *s)
{
    sheet_real(s, NAN);
}

void sheet_end_row(struct sheet *s)
{
    if (s->grid)
        grid_end_row(s->grid);
    else
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
