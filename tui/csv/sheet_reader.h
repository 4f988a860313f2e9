/* CSV files as sheet.h writes them, read row by row in slices. Any RFC 4180 file is accepted, with LF or
 * CRLF; a byte order mark, blank lines and rows of empty cells are skipped. Where the header has no comma but
 * semicolons or tabs, these separate the cells, and numbers may have a decimal comma. */
#ifndef ISPLIT_CSV_SHEET_READER_H
#define ISPLIT_CSV_SHEET_READER_H

#include <stdint.h>

#include "base/error.h"

struct sheet_reader;

/* Called for each row, the header too: cells[n], valid until it returns. -1 with the reason alone in e. */
typedef int sheet_take(void *data, char **cells, int n, struct error *e);

/* NULL on error. */
struct sheet_reader *sheet_reader_open(const char *path, sheet_take *take, void *data, struct error *e);
void sheet_reader_close(struct sheet_reader *r);

/* Reads some 64 KiB. 1: more to read; 0: finished; -1: "FILE:LINE: why". */
int sheet_reader_step(struct sheet_reader *r, struct error *e);

/* The first of a header's n cells with that name, in small letters or capitals; -1: there is none. */
int sheet_reader_column(char **cells, int n, const char *name);

/* "COLUMN is 'CELL' (expected ...)". Always -1. */
int sheet_reader_bad_cell(struct error *e, const char *column, const char *cell, const char *expected);

/* The sum of the hashes (XXH3) of the rows read so far, the header's too: the same in any order, and however
 * cells are separated and lines end. */
uint64_t sheet_reader_xxh3(const struct sheet_reader *r);

/* The line in which the current row begins, and the bytes read so far. */
long sheet_reader_line(const struct sheet_reader *r);
void sheet_reader_progress(const struct sheet_reader *r, long *done, long *of);

#endif
