#include "commands/docs_fill.h"
#include "report/columns_csv.h"

bool docs_columns(FILE *out, const char *name)
{
    const struct csv_table *t = csv_table_find(name);
    if (!t)
        return false;
    fputs("| column | meaning |\n|---|---|\n", out);
    for (int i = 0; i < t->n; i++) {
        fprintf(out, "| `%s` | ", t->columns[i].name);
        docs_fill_text(out, t->columns[i].meaning);
        fputs(" |\n", out);
    }
    return true;
}
