/* Reads a CSV file by the names of its columns, which may stand in any order and among others. */
#ifndef ISPLIT_CSV_SHEET_ROWS_H
#define ISPLIT_CSV_SHEET_ROWS_H

#include "base/error.h"

/* Called for each row with the cells of the named columns, in the order of the names; "" where the file has
 * no such column. -1 with the reason alone in e. */
typedef int sheet_rows_take(void *data, char **cells, long line, struct error *e);

/* `begin` (or NULL) is called first, with NULL for each column that the file has not. The first `required` of
 * names[] (NULL at the end) must be there (`formerly`: pairs of a former name and the present one, NULL after
 * the last, or NULL): else it "has no column 'x' in its header 'y,z' (expected ...)". 0, or -1 with
 * "FILE:LINE: why". */
int sheet_rows_read(const char *path, const char *const *names, int required, const char *const *formerly,
                    const char *expected, sheet_rows_take *begin, sheet_rows_take *take, void *data,
                    struct error *e);

/* "COLUMN is 'CELL' (expected ...)", of one of the names. Always -1. */
int sheet_rows_bad_cell(struct error *e, const char *const *names, char **cells, int column,
                        const char *expected);

#endif
