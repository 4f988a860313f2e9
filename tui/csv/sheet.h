/* Writes one table: as CSV (RFC 4180), as JSON, or for people to read (sheet_grid.h). In CSV a field is
 * quoted, by libcsv, only where it must be; lines end in LF; floats have 9 significant digits; NaN is an
 * empty cell. On a terminal texts are escaped (text_printable). Write errors are kept by the stream. */
#ifndef ISPLIT_CSV_SHEET_H
#define ISPLIT_CSV_SHEET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct sheet;

enum sheet_format { SHEET_TABLE, SHEET_CSV, SHEET_JSON, SHEET_FORMATS };
extern const char *const sheet_format_words[]; /* "table", "csv", "json", NULL */

struct sheet_style {
    enum sheet_format format;
    const char *columns; /* names separated by commas, the only ones that are written; NULL: all */
    int width;           /* of the terminal behind a table; 0: as wide as it gets */
};

struct sheet *sheet_new(FILE *out); /* CSV; the stream is the caller's */
/* The first row is the header, and nothing is written before sheet_free where the style is not CSV. NULL:
 * CSV. `first`: names of the columns that a table begins with, separated by commas, or NULL; borrowed, as the
 * style is. */
struct sheet *sheet_new_styled(FILE *out, const struct sheet_style *style, const char *first);
void sheet_free(struct sheet *s); /* after what is left was written */

void sheet_text(struct sheet *s, const char *text);
void sheet_integer(struct sheet *s, int64_t value);
void sheet_known_integer(struct sheet *s, int64_t value, bool known); /* else an empty cell */
void sheet_real(struct sheet *s, double value);
void sheet_empty(struct sheet *s);
void sheet_end_row(struct sheet *s);

/* Texts separated by commas, as cells: for headers. */
void sheet_names(struct sheet *s, const char *names);

/* What csv_table.h keeps here: which columns of its table are written, in their order. */
void sheet_choose(struct sheet *s, int *columns, int n); /* takes the array */
const int *sheet_chosen(const struct sheet *s, int *n);

#endif
