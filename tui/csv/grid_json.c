#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "csv/sheet_grid.h"

enum { GRID_DIGITS = 9 }; /* of a number, as in CSV */

/* Text that is not UTF-8, as a file's name may be, is escaped. */
static json_t *grid_json_string(const char *text)
{
    json_t *value = json_string(text);
    if (value)
        return value;
    char *escaped = text_escape(text);
    value = json_string(escaped);
    free(escaped);
    return value;
}

/* 40 and not 40.0, as CSV has it. */
static json_t *grid_json_real(double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.*g", GRID_DIGITS, value);
    if (!isfinite(value))
        return json_string(text);
    return strpbrk(text, ".e") ? json_real(value) : json_integer(strtoll(text, NULL, 10));
}

static json_t *grid_json_cell(const struct grid *g, int row, int column)
{
    switch (grid_kind(g, row, column)) {
    case GRID_TEXT:
        return grid_json_string(grid_text(g, row, column));
    case GRID_INTEGER:
        return json_integer((json_int_t)grid_integer(g, row, column));
    case GRID_REAL:
        return grid_json_real(grid_real(g, row, column));
    case GRID_EMPTY:
        break;
    }
    return json_null();
}

/* Where it goes to a terminal, whether all characters of it may; else they are escaped as JSON does it. */
static bool grid_json_is_harmless(FILE *out, const json_t *row)
{
    if (isatty(fileno(out)) != 1)
        return true;
    char *text = json_dumps(row, 0), *shown = text_printable(text ? text : "");
    bool harmless = text && strcmp(shown, text) == 0;
    free(shown);
    free(text);
    return harmless;
}

void grid_write_json(FILE *out, const struct grid *g)
{
    fputs("[", out);
    for (int i = 0; i < grid_rows(g); i++) {
        json_t *row = json_object();
        for (int k = 0; k < grid_columns(g); k++)
            json_object_set_new(row, grid_name(g, k), grid_json_cell(g, i, k));
        fputs(i ? ",\n " : "\n ", out);
        json_dumpf(row, out,
                   JSON_REAL_PRECISION(GRID_DIGITS) |
                       (grid_json_is_harmless(out, row) ? 0 : JSON_ENSURE_ASCII));
        json_decref(row);
    }
    fputs(grid_rows(g) ? "\n]\n" : "]\n", out);
}
