/* All cells of a table, kept until they are written at once: as JSON, or for people. */
#ifndef ISPLIT_CSV_SHEET_GRID_H
#define ISPLIT_CSV_SHEET_GRID_H

#include "csv/sheet.h"

enum grid_kind { GRID_EMPTY, GRID_TEXT, GRID_INTEGER, GRID_REAL };

struct grid_cell {
    enum grid_kind kind;
    char *text;
    int64_t integer;
    double real;
};

struct grid;

struct grid *grid_new(void);
void grid_free(struct grid *g);                       /* NULL is allowed */
void grid_add(struct grid *g, struct grid_cell cell); /* behind the last one of its row; takes the text */
void grid_end_row(struct grid *g);

/* The first row is the header. Rows from 0 are those behind it. */
int grid_rows(const struct grid *g);
int grid_columns(const struct grid *g);
const char *grid_name(const struct grid *g, int column);
const struct grid_cell *grid_at(const struct grid *g, int row,
                                int column); /* an empty cell where there is none */

/* An array of objects, a line each, in the order of the columns: numbers as CSV has them, null for empty
 * cells, and where a number has no end (inf) its text. */
void grid_write_json(FILE *out, const struct grid *g);

/* Columns side by side, numbers to the right: all, where the style names columns; else those in which
 * something is known, those named in `first` (NULL: none) before the others, as many as fit into its width
 * (0: all), and a last line says how many do not. */
void grid_write_table(FILE *out, const struct grid *g, const struct sheet_style *style, const char *first);

#endif
