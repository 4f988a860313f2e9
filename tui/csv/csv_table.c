#include "csv/csv_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

static int csv_table_find_column(const struct csv_table *t, const char *name)
{
    for (int i = 0; i < t->n; i++)
        if (strcmp(t->columns[i].name, name) == 0)
            return i;
    return -1;
}

/* ---- Which columns ------------------------------------------------------------------------------------- */

/* "has no column 'x' (nearest: y)" */
static int csv_table_unknown(const struct csv_table *const *tables, const char *name, struct error *e)
{
    const char **names = memory_new(1, sizeof *names);
    size_t n = 0;
    for (; *tables; tables++)
        for (int i = 0; i < (*tables)->n; i++) {
            names = memory_grow(names, n + 2, sizeof *names);
            names[n++] = (*tables)->columns[i].name;
            names[n] = NULL;
        }
    const char *nearest = text_nearest(name, names);
    char *shown = text_escape(name);
    if (nearest)
        error_set(e, "--columns '%.100s': there is no such column (nearest: %s)", shown, nearest);
    else
        error_set(e, "--columns '%.100s': there is no such column (the manual's page lists them)", shown);
    free(shown);
    free(names);
    return -1;
}

int csv_table_check(const struct csv_table *const *tables, const char *columns, struct error *e)
{
    char *list = memory_copy(columns ? columns : ""), *rest = columns ? list : NULL;
    int status = 0;
    for (char *name; status == 0 && (name = strsep(&rest, ","));) {
        bool known = false;
        for (int i = 0; tables[i] && !known; i++)
            known = csv_table_find_column(tables[i], name) >= 0;
        if (!known)
            status = csv_table_unknown(tables, name, e);
    }
    free(list);
    return status;
}

/* All, or those that are listed. */
static void csv_table_choose(struct sheet *s, const struct csv_table *t, const char *columns)
{
    int n = 0, *chosen = NULL;
    char *list = memory_copy(columns ? columns : ""), *rest = columns ? list : NULL;
    for (char *name; (name = strsep(&rest, ","));) {
        int at = csv_table_find_column(t, name);
        if (at < 0)
            continue;
        chosen = memory_grow(chosen, (size_t)n + 1, sizeof *chosen);
        chosen[n++] = at;
    }
    free(list);
    for (int i = 0; i < t->n && !columns; i++) {
        chosen = memory_grow(chosen, (size_t)n + 1, sizeof *chosen);
        chosen[n++] = i;
    }
    sheet_choose(s, chosen, n);
}

/* ---- Writing ------------------------------------------------------------------------------------------- */

struct sheet *csv_table_begin(FILE *out, const struct csv_table *t, const void *data,
                              const struct sheet_style *style)
{
    struct sheet *s = sheet_new_styled(out, style, t->first);
    csv_table_choose(s, t, style ? style->columns : NULL);
    int n;
    const int *chosen = sheet_chosen(s, &n);
    for (int i = 0; i < n; i++) {
        const struct csv_column *column = &t->columns[chosen[i]];
        if (column->names)
            column->names(s, data);
        else
            sheet_text(s, column->name);
    }
    sheet_end_row(s);
    return s;
}

void csv_table_row(struct sheet *s, const struct csv_table *t, const void *row)
{
    int n;
    const int *chosen = sheet_chosen(s, &n);
    for (int i = 0; i < n; i++)
        t->columns[chosen[i]].cell(s, row);
    sheet_end_row(s);
}
