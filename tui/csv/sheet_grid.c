#include "csv/sheet_grid.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

struct grid_cell {
    enum grid_kind kind;
    char *text;
    int64_t integer;
    double real;
};

struct grid {
    struct grid_cell *cells;
    int n, columns, rows; /* columns: of the header; rows: that are complete, with the header */
    int *starts;          /* [rows + 1] first cell of each row */
};

struct grid *grid_new(void)
{
    struct grid *g = memory_new(1, sizeof *g);
    g->starts = memory_new(1, sizeof *g->starts);
    return g;
}

void grid_free(struct grid *g)
{
    for (int i = 0; g && i < g->n; i++)
        free(g->cells[i].text);
    if (g) {
        free(g->cells);
        free(g->starts);
    }
    free(g);
}

static void grid_add(struct grid *g, struct grid_cell cell)
{
    g->cells = memory_grow(g->cells, (size_t)g->n + 1, sizeof *g->cells);
    g->cells[g->n++] = cell;
}

void grid_add_text(struct grid *g, const char *text)
{
    grid_add(g, (struct grid_cell){.kind = *text ? GRID_TEXT : GRID_EMPTY, .text = memory_copy(text)});
}

void grid_add_integer(struct grid *g, int64_t value)
{
    grid_add(g, (struct grid_cell){.kind = GRID_INTEGER, .integer = value});
}

void grid_add_real(struct grid *g, double value)
{
    grid_add(g, (struct grid_cell){.kind = isnan(value) ? GRID_EMPTY : GRID_REAL, .real = value});
}

void grid_end_row(struct grid *g)
{
    if (g->rows++ == 0)
        g->columns = g->n;
    g->starts = memory_grow(g->starts, (size_t)g->rows + 1, sizeof *g->starts);
    g->starts[g->rows] = g->n;
}

int grid_rows(const struct grid *g)
{
    return g->rows > 0 ? g->rows - 1 : 0;
}

int grid_columns(const struct grid *g)
{
    return g->columns;
}

const char *grid_name(const struct grid *g, int column)
{
    const char *name = g->cells[column].text;
    return name ? name : "";
}

static const struct grid_cell *grid_at(const struct grid *g, int row, int column)
{
    static const struct grid_cell empty;
    int at = g->starts[row + 1] + column;
    return at < g->starts[row + 2] ? &g->cells[at] : &empty;
}

enum grid_kind grid_kind(const struct grid *g, int row, int column)
{
    return grid_at(g, row, column)->kind;
}

const char *grid_text(const struct grid *g, int row, int column)
{
    return grid_at(g, row, column)->text;
}

int64_t grid_integer(const struct grid *g, int row, int column)
{
    return grid_at(g, row, column)->integer;
}

double grid_real(const struct grid *g, int row, int column)
{
    return grid_at(g, row, column)->real;
}
