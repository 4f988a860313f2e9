#include "screen/canvas.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/memory.h"
#include "base/text.h"

static const struct canvas_cell blank = {" ", 1, ROLE_TEXT, false, CANVAS_NO_COLOUR, CANVAS_NO_COLOUR};

struct canvas *canvas_new(int rows, int columns, enum glyphs_set glyphs)
{
    struct canvas *c = memory_new(1, sizeof *c);
    c->glyphs = glyphs;
    canvas_resize(c, rows, columns);
    return c;
}

void canvas_free(struct canvas *c)
{
    if (!c)
        return;
    free(c->cells);
    free(c);
}

void canvas_resize(struct canvas *c, int rows, int columns)
{
    c->rows = rows > 0 ? rows : 0;
    c->columns = columns > 0 ? columns : 0;
    c->cells = memory_grow(c->cells, memory_product((size_t)c->rows, (size_t)c->columns), sizeof *c->cells);
    canvas_clear(c);
}

void canvas_clear(struct canvas *c)
{
    for (int i = 0; i < c->rows * c->columns; i++)
        c->cells[i] = blank;
    c->cursor_row = c->cursor_column = 0;
}

struct area canvas_area(const struct canvas *c)
{
    return (struct area){0, 0, c->rows, c->columns};
}

struct area area_below(struct area area, int rows)
{
    rows = rows > area.rows ? area.rows : rows;
    return (struct area){area.row + rows, area.column, area.rows - rows, area.columns};
}

struct area area_above(struct area area, int rows)
{
    rows = rows < 0 ? 0 : rows;
    return (struct area){area.row, area.column, rows > area.rows ? area.rows : rows, area.columns};
}

bool area_holds(struct area area, int row, int column)
{
    return row >= area.row && row < area.row + area.rows && column >= area.column &&
           column < area.column + area.columns;
}

/* The cell, or NULL outside the area or the canvas. */
static struct canvas_cell *cell_at(const struct canvas *c, struct area area, int row, int column)
{
    row += area.row;
    column += area.column;
    if (!area_holds(area, row, column) || !area_holds(canvas_area(c), row, column))
        return NULL;
    return &c->cells[(size_t)row * (size_t)c->columns + (size_t)column];
}

/* One half of a wide character becomes a blank when the other half is overwritten. */
static void split_wide(const struct canvas *c, struct canvas_cell *cell)
{
    struct canvas_cell *end = c->cells + (size_t)c->rows * (size_t)c->columns;
    if (cell->width == 2 && cell + 1 < end)
        cell[1] = blank;
    else if (cell->width == 0 && cell > c->cells)
        cell[-1] = blank;
}

static void set_cell(const struct canvas *c, struct canvas_cell *cell, enum role role, const char *text,
                     int width)
{
    split_wide(c, cell);
    *cell = blank;
    cell->role = (uint8_t)role;
    cell->width = (uint8_t)width;
    snprintf(cell->text, sizeof cell->text, "%s", text);
}

/* Columns of a character; 0 for combining ones. Characters that the locale cannot print count as one. */
static int canvas_width_of(int code)
{
    int width = wcwidth((wchar_t)code);
    return width < 0 ? 1 : width;
}

/* Puts one character at a column. Returns its width. */
static int put_character(struct canvas *c, struct area area, int row, int column, enum role role,
                         const char *s, int length)
{
    int ignored;
    int code = text_decode(s, &ignored);
    int width = canvas_width_of(code);
    char text[CANVAS_TEXT];
    snprintf(text, sizeof text, "%.*s", length, s);
    if (length > 1 && c->glyphs == GLYPHS_ASCII)
        snprintf(text, sizeof text, "?");
    if (width == 0) {
        struct canvas_cell *before = cell_at(c, area, row, column - 1);
        if (before && before->width == 0)
            before--;
        if (before && c->glyphs != GLYPHS_ASCII && strlen(before->text) + strlen(text) < sizeof before->text)
            strcat(before->text, text);
        return 0;
    }
    struct canvas_cell *cell = cell_at(c, area, row, column);
    struct canvas_cell *other = width == 2 ? cell_at(c, area, row, column + 1) : NULL;
    bool plain = width == 2 && (c->glyphs == GLYPHS_ASCII || !cell || !other);
    if (cell)
        set_cell(c, cell, role, plain ? "?" : text, plain ? 1 : width);
    if (other)
        set_cell(c, other, role, plain ? "?" : "", plain ? 1 : 0);
    return width;
}

int canvas_text(struct canvas *c, struct area area, int row, int column, enum role role, const char *text)
{
    char *shown = text_escape(text);
    int used = 0;
    int length;
    for (const char *s = shown; *s; s += length) {
        text_decode(s, &length);
        used += put_character(c, area, row, column + used, role, s, length);
    }
    free(shown);
    return used;
}

int canvas_printf(struct canvas *c, struct area area, int row, int column, enum role role, const char *format,
                  ...)
{
    va_list args;
    va_start(args, format);
    char *text = memory_format_list(format, args);
    va_end(args);
    int used = canvas_text(c, area, row, column, role, text);
    free(text);
    return used;
}

int canvas_width(const char *text)
{
    char *shown = text_escape(text);
    int used = 0;
    int length;
    for (const char *s = shown; *s; s += length)
        used += canvas_width_of(text_decode(s, &length));
    free(shown);
    return used;
}

void canvas_field(struct canvas *c, struct area area, int row, int column, int width, enum role role,
                  const char *text)
{
    int capacity = width < 0 ? -width : width;
    int used = canvas_width(text);
    struct area field = {area.row + row, area.column + column, 1, capacity};
    /* Never outside its area. */
    if (row < 0 || row >= area.rows || column < 0 || column >= area.columns || capacity == 0)
        return;
    if (column + capacity > area.columns)
        field.columns = area.columns - column;
    canvas_fill(c, field, role);
    canvas_text(c, field, 0, width < 0 && used < capacity ? capacity - used : 0, role, text);
    if (used > capacity)
        canvas_glyph(c, area, row, column + capacity - 1, role, GLYPH_ELLIPSIS);
}

int canvas_glyph(struct canvas *c, struct area area, int row, int column, enum role role, enum glyph glyph)
{
    canvas_put(c, area, row, column, role, glyphs_text(c->glyphs, glyph));
    return 1;
}

void canvas_put(struct canvas *c, struct area area, int row, int column, enum role role,
                const char *character)
{
    struct canvas_cell *cell = cell_at(c, area, row, column);
    if (cell)
        set_cell(c, cell, role, character, 1);
}

void canvas_colour(struct canvas *c, struct area area, int row, int column, int32_t fg, int32_t bg)
{
    struct canvas_cell *cell = cell_at(c, area, row, column);
    if (!cell)
        return;
    cell->fg = fg;
    cell->bg = bg;
}

void canvas_mark_picture(struct canvas *c, struct area area)
{
    for (int row = 0; row < area.rows; row++)
        for (int column = 0; column < area.columns; column++) {
            struct canvas_cell *cell = cell_at(c, area, row, column);
            if (cell)
                cell->of_picture = true;
        }
}

void canvas_fill(struct canvas *c, struct area area, enum role role)
{
    for (int row = 0; row < area.rows; row++)
        for (int column = 0; column < area.columns; column++)
            canvas_put(c, area, row, column, role, " ");
}

void canvas_shade(struct canvas *c, struct area area, enum role role)
{
    for (int row = 0; row < area.rows; row++)
        for (int column = 0; column < area.columns; column++) {
            struct canvas_cell *cell = cell_at(c, area, row, column);
            if (cell)
                cell->role = (uint8_t)role;
        }
}

void canvas_rule(struct canvas *c, struct area area, int row, enum role role, const char *title)
{
    for (int column = 0; column < area.columns; column++)
        canvas_glyph(c, area, row, column, ROLE_DIM, GLYPH_HORIZONTAL);
    int capacity = area.columns - 3, width = canvas_width(title);
    if (!*title || capacity <= 0)
        return;
    canvas_text(c, area, row, 1, role, " ");
    canvas_field(c, area, row, 2, width < capacity ? width : capacity, role, title);
    canvas_text(c, area, row, 2 + (width < capacity ? width : capacity), role, " ");
}

void canvas_cursor(struct canvas *c, struct area area, int row, int column)
{
    if (cell_at(c, area, row, column)) {
        c->cursor_row = area.row + row;
        c->cursor_column = area.column + column;
    }
}

void canvas_print(const struct canvas *c, FILE *out)
{
    for (int row = 0; row < c->rows; row++) {
        const struct canvas_cell *line = c->cells + (size_t)row * (size_t)c->columns;
        int used = c->columns;
        while (used > 0 && strcmp(line[used - 1].text, " ") == 0)
            used--;
        for (int column = 0; column < used; column++)
            fputs(line[column].text, out);
        fputc('\n', out);
    }
}
