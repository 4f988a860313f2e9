#include "output/report.h"

#include <stdlib.h>

#include "base/memory.h"
#include "csv/sheet.h"

/* The layer's position in the list, or -1. */
static int position_of(const struct report *r, int layer)
{
    for (int i = 0; i < r->listed_n; i++)
        if (r->listed[i] == layer)
            return i;
    return -1;
}

static void point_cells(struct sheet *s, const struct curve_point *p, bool cde)
{
    sheet_real(s, p->cui);
    sheet_real(s, p->log10_cui);
    sheet_real(s, p->low);
    sheet_real(s, p->high);
    if (p->rank)
        sheet_integer(s, p->rank);
    else
        sheet_empty(s);
    sheet_integer(s, p->local_max);
    sheet_integer(s, cde);
}

void report_marks(FILE *out, const struct report *r)
{
    enum { POINT_CELLS = 7 };
    struct sheet s = {.out = out};
    struct curve_point *points = memory_new((size_t)r->listed_n, sizeof *points);
    curve_compute(r->curve, r->chosen, r->correction, points);
    sheet_names(&s,
                "layer,name,note,cut_tensors,cut_bytes,cui,log10_cui,ci95_low,ci95_high,rank,local_max,cde");
    sheet_end_row(&s);
    for (int i = 0; i < r->marks_n; i++) {
        const struct table_row *row = &r->table->rows[r->marks[i].layer];
        int position = position_of(r, row->layer);
        sheet_integer(&s, row->layer);
        sheet_text(&s, row->name);
        sheet_text(&s, r->marks[i].note);
        sheet_integer(&s, row->cut_tensors);
        sheet_integer(&s, row->cut_bytes);
        if (position >= 0)
            point_cells(&s, &points[position], r->cde[position]);
        for (int k = 0; position < 0 && k < POINT_CELLS; k++)
            sheet_empty(&s); /* not listed in this run */
        sheet_end_row(&s);
    }
    free(points);
}
