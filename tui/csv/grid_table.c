#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "csv/sheet_grid.h"
#include "screen/cells.h"

enum { GRID_GAP = 2, GRID_GROUPED = 10000, GRID_NUMBER = 40 };

/* A column as it is printed. */
struct grid_column {
    int at; /* of the grid */
    int width;
    bool number; /* all that is known is numbers */
};

/* 1234567 as 1,234,567: from five digits on. */
static void grid_group(char out[GRID_NUMBER], int64_t value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, value);
    int n = (int)strlen(digits), k = 0;
    bool grouped = value >= GRID_GROUPED || value <= -GRID_GROUPED;
    for (int i = 0; i < n; i++) {
        if (grouped && i > (value < 0) && (n - i) % 3 == 0)
            out[k++] = ',';
        out[k++] = digits[i];
    }
    out[k] = '\0';
}

/* New string: for a terminal. */
static char *grid_shown(const struct grid *g, int row, int column)
{
    char number[GRID_NUMBER] = "";
    enum grid_kind kind = grid_kind(g, row, column);
    if (kind == GRID_TEXT)
        return text_printable(grid_text(g, row, column));
    if (kind == GRID_INTEGER)
        grid_group(number, grid_integer(g, row, column));
    else if (kind == GRID_REAL)
        snprintf(number, sizeof number, "%.4g", grid_real(g, row, column));
    return memory_copy(number);
}

/* ---- The header: names that are wider than what stands below are broken at their underscores ----------- */

/* How much of a name goes into its next line of at most `width` cells, an underscore at its end where it goes
 * on. */
static int grid_line_length(const char *name, int width)
{
    int length = (int)strlen(name), best = 0;
    if (length <= width)
        return length;
    for (int i = 0; i < length; i++)
        if (name[i] == '_' && (i < width || best == 0))
            best = i + 1;
    return best ? best : length;
}

static int grid_longest_word(const char *name)
{
    int longest = 0;
    for (int n; *name; name += n) {
        n = grid_line_length(name, 1);
        longest = n > longest ? n : longest;
    }
    return longest;
}

static int grid_lines(const char *name, int width)
{
    int lines = 0;
    for (; *name; name += grid_line_length(name, width))
        lines++;
    return lines;
}

/* A text in its column. */
static void grid_print_cell(FILE *out, const struct grid_column *c, const char *text, int width)
{
    int room = c->width - width;
    fprintf(out, "%*s%s%*s", c->number ? room : 0, "", text, c->number ? 0 : room, "");
}

/* Line `line` of `lines`, counted so that all names end in the last one. */
static void grid_print_name(FILE *out, const char *name, const struct grid_column *c, int line, int lines)
{
    int skipped = lines - grid_lines(name, c->width);
    for (int i = skipped; i < line; i++)
        name += grid_line_length(name, c->width);
    char *part = memory_format("%.*s", line < skipped ? 0 : grid_line_length(name, c->width), name);
    grid_print_cell(out, c, part, (int)strlen(part));
    free(part);
}

/* Prints a line that was written into memory, without blanks at its end. */
static void grid_print_line(FILE *out, FILE *line, char *const *text)
{
    fclose(line);
    size_t length = strlen(*text);
    while (length > 0 && (*text)[length - 1] == ' ')
        length--;
    fprintf(out, "%.*s\n", (int)length, *text);
    free(*text);
}

/* ---- Columns ------------------------------------------------------------------------------------------- */

static struct grid_column grid_measure(const struct grid *g, int at)
{
    struct grid_column c = {.at = at, .width = grid_longest_word(grid_name(g, at)), .number = true};
    for (int i = 0; i < grid_rows(g); i++) {
        char *text = grid_shown(g, i, at);
        int width = cells_width(text);
        c.width = width > c.width ? width : c.width;
        c.number = c.number && grid_kind(g, i, at) != GRID_TEXT;
        free(text);
    }
    return c;
}

static int grid_find(const struct grid *g, const char *name, size_t length)
{
    for (int i = 0; i < grid_columns(g); i++)
        if (strlen(grid_name(g, i)) == length && memcmp(grid_name(g, i), name, length) == 0)
            return i;
    return -1;
}

static bool grid_is_empty(const struct grid *g, int at)
{
    for (int i = 0; i < grid_rows(g); i++)
        if (grid_kind(g, i, at) != GRID_EMPTY)
            return false;
    return grid_rows(g) > 0;
}

/* Those of `first`, then the others, *n of them; where `all` is false without those in which nothing is
 * known. */
static int *grid_order(const struct grid *g, const char *first, bool all, int *n)
{
    int columns = grid_columns(g), *order = memory_new((size_t)columns, sizeof *order);
    bool *taken = memory_new((size_t)columns, sizeof *taken);
    for (int i = 0; i < columns; i++)
        taken[i] = !all && grid_is_empty(g, i);
    *n = 0;
    for (const char *p = first ? first : ""; *p; p += p[strcspn(p, ",")] ? strcspn(p, ",") + 1 : strlen(p)) {
        int at = grid_find(g, p, strcspn(p, ","));
        if (at >= 0 && !taken[at])
            order[(*n)++] = at;
        if (at >= 0)
            taken[at] = true;
    }
    for (int i = 0; i < columns; i++)
        if (!taken[i])
            order[(*n)++] = i;
    free(taken);
    return order;
}

/* ---- Printing ------------------------------------------------------------------------------------------ */

static void grid_print_header(FILE *out, const struct grid *g, const struct grid_column *columns, int n)
{
    int lines = 1;
    for (int k = 0; k < n; k++) {
        int own = grid_lines(grid_name(g, columns[k].at), columns[k].width);
        lines = own > lines ? own : lines;
    }
    for (int line = 0; line < lines; line++) {
        char *text;
        size_t length;
        FILE *printed = memory_stream(&text, &length);
        for (int k = 0; k < n; k++) {
            fprintf(printed, "%*s", k ? GRID_GAP : 0, "");
            grid_print_name(printed, grid_name(g, columns[k].at), &columns[k], line, lines);
        }
        grid_print_line(out, printed, &text);
    }
}

static void grid_print_row(FILE *out, const struct grid *g, const struct grid_column *columns, int n, int row)
{
    char *line;
    size_t length;
    FILE *printed = memory_stream(&line, &length);
    for (int k = 0; k < n; k++) {
        char *text = grid_shown(g, row, columns[k].at);
        fprintf(printed, "%*s", k ? GRID_GAP : 0, "");
        grid_print_cell(printed, &columns[k], text, cells_width(text));
        free(text);
    }
    grid_print_line(out, printed, &line);
}

/* At least one. */
static int grid_fit(const struct grid_column *columns, int n, int width)
{
    int used = 0, fit = 0;
    while (fit < n && (width == 0 || fit == 0 || used + GRID_GAP + columns[fit].width <= width)) {
        used += (fit ? GRID_GAP : 0) + columns[fit].width;
        fit++;
    }
    return fit;
}

void grid_write_table(FILE *out, const struct grid *g, const struct sheet_style *style, const char *first)
{
    bool asked = style->columns != NULL;
    int n, *order = grid_order(g, asked ? NULL : first, asked, &n);
    struct grid_column *columns = memory_new((size_t)n, sizeof *columns);
    for (int k = 0; k < n; k++)
        columns[k] = grid_measure(g, order[k]);
    int fit = grid_fit(columns, n, asked ? 0 : style->width);
    grid_print_header(out, g, columns, fit);
    for (int i = 0; i < grid_rows(g); i++)
        grid_print_row(out, g, columns, fit, i);
    if (fit < n)
        fprintf(out, "and %d column%s more (--columns, --format csv)\n", n - fit, n - fit == 1 ? "" : "s");
    free(columns);
    free(order);
}
