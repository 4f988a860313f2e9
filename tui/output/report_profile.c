#include "output/report.h"
#include "csv/sheet.h"

/* One row for every layer; device_file.c reads it. */
void report_profile(FILE *out, const struct report *r)
{
    const struct message_profile *p = r->profile;
    struct sheet s = {.out = out};
    sheet_names(&s, "layer,name,type,median_ms,p95_ms,runs");
    sheet_end_row(&s);
    for (int l = 0; l < p->layers_n; l++) {
        sheet_integer(&s, r->table->rows[l].layer);
        sheet_text(&s, r->table->rows[l].name);
        sheet_text(&s, r->table->rows[l].type);
        sheet_real(&s, (double)p->median_ms[l]);
        sheet_real(&s, (double)p->p95_ms[l]);
        sheet_integer(&s, p->runs);
        sheet_end_row(&s);
    }
}
