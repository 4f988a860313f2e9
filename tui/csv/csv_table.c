#include "csv/csv_table.h"

struct sheet *csv_table_begin(FILE *out, const struct csv_table *t, const void *data)
{
    struct sheet *s = sheet_new(out);
    for (int i = 0; i < t->n; i++) {
        if (t->columns[i].names)
            t->columns[i].names(s, data);
        else
            sheet_text(s, t->columns[i].name);
    }
    sheet_end_row(s);
    return s;
}

void csv_table_row(struct sheet *s, const struct csv_table *t, const void *row)
{
    for (int i = 0; i < t->n; i++)
        t->columns[i].cell(s, row);
    sheet_end_row(s);
}
