/* All cells of a table, kept until they are written at once: as JSON, or for people. */
#ifndef ISPLIT_CSV_SHEET_GRID_H
#define ISPLIT_CSV_SHEET_GRID_H

#include "csv/sheet.h"

enum grid_kind { GRID_EMPTY, GRID_TEXT, GRID_INTEGER, GRID_REAL };

struct grid;

struct grid *grid_new(void);
void grid_free(struct grid *g); /* NULL is allowed */

/* A cell behind the last one of its row: empty where the text is "", or the number NaN. */
void grid_add_text(struct grid *g, const char *text);
void grid_add_integer(struct grid *g, int64_t value);
void grid_add_real(struct grid *g, double value);
void grid_end_row(struct grid *g);

/* The first row is the header. Rows from 0 are those behind it. */
int grid_rows(const struct grid *g);
int grid_columns(const struct grid *g);
const char *grid_name(const struct grid *g, int column);

/* What a cell holds, EMPTY where there is none; and that, of a cell of its kind. */
enum grid_kind grid_kind(const struct grid *g, int row, int column);
const char *grid_text(const struct grid *g, int row, int column);
int64_t grid_integer(const struct grid *g, int row, int column);
double grid_real(const struct grid *g, int row, int column);

/* An array of objects, a line each, in the order of the columns: numbers as CSV has them, null for empty
 * cells, and where a number has no end (inf) its text. */
void grid_write_json(FILE *out, const struct grid *g);

/* Columns side by side, numbers to the right: all, where the style names columns; else those in which
 * something is known, those named in `first` (NULL: none) before the others, as many as fit into its width
 * (0: all), and a last line says how many do not. */
void grid_write_table(FILE *out, const struct grid *g, const struct sheet_style *style, const char *first);

#endif
