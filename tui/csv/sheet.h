/* Writes one CSV file (RFC 4180): a field is quoted, by libcsv, only where it must be; lines end in LF;
 * floats have 9 significant digits; NaN is an empty cell. On a terminal texts are escaped (text_printable).
 * Write errors are kept by the stream. */
#ifndef ISPLIT_CSV_SHEET_H
#define ISPLIT_CSV_SHEET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct sheet;

struct sheet *sheet_new(FILE *out); /* the stream is the caller's */
void sheet_free(struct sheet *s);

void sheet_text(struct sheet *s, const char *text);
void sheet_integer(struct sheet *s, int64_t value);
void sheet_known_integer(struct sheet *s, int64_t value, bool known); /* else an empty cell */
void sheet_real(struct sheet *s, double value);
void sheet_empty(struct sheet *s);
void sheet_end_row(struct sheet *s);

/* Texts separated by commas, as cells: for headers. */
void sheet_names(struct sheet *s, const char *names);

#endif
