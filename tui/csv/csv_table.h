/* The columns of a CSV file, one row each: name, meaning and cell writer. Header, rows and the manual are
 * made from the same table. */
#ifndef ISPLIT_CSV_CSV_TABLE_H
#define ISPLIT_CSV_CSV_TABLE_H

#include "base/error.h"
#include "csv/sheet.h"

struct csv_column {
    const char *name;    /* in the header; with <> for a variable part: "L<layer>" */
    const char *meaning; /* one line, with the unit */
    void (*cell)(struct sheet *s, const void *row); /* NULL in a table that documents keys (.meta.csv) */
    /* For a column that occurs several times or optionally: writes its names into the header, from the rows'
     * data. Its cell function writes as many cells. NULL: just the name. */
    void (*names)(struct sheet *s, const void *data);
};

struct csv_table {
    const char *name; /* "curve" */
    const struct csv_column *columns;
    int n;
    const char *first; /* names of the columns that people want to see first, "a,b"; NULL: as they stand */
};

#define CSV_TABLE_FIRST(title, column_array, names_first)                                                    \
    {                                                                                                        \
        .name = (title), .columns = (column_array),                                                          \
        .n = (int)(sizeof(column_array) / sizeof(column_array)[0]), .first = (names_first)                   \
    }
#define CSV_TABLE(title, column_array)                                                                       \
    {                                                                                                        \
        .name = (title), .columns = (column_array),                                                          \
        .n = (int)(sizeof(column_array) / sizeof(column_array)[0])                                           \
    }

/* 0 where each of the names that `columns` lists is a column of one of the tables, NULL after the last; else
 * -1 with the error. NULL: nothing is listed. */
int csv_table_check(const struct csv_table *const *tables, const char *columns, struct error *e);

/* A new sheet with the header, for csv_table_row and sheet_free. `data` goes to csv_column.names; NULL where
 * no column of the table has one. `style` (NULL: CSV with all columns) says which of them are written, and
 * how; names that the table has not are passed over. */
struct sheet *csv_table_begin(FILE *out, const struct csv_table *t, const void *data,
                              const struct sheet_style *style);
void csv_table_row(struct sheet *s, const struct csv_table *t, const void *row);

#endif
