#include <stdlib.h>

#include "base/memory.h"
#include "report/columns_csv.h"
#include "report/columns_layer.h"
#include "report/report.h"

struct mark_line {
    const struct table_row *layer;
    const char *note;
    const struct curve_point *point; /* NULL: the layer is not listed in this run */
    bool cde;
};

/* The layer's position in the list, or -1. */
static int mark_position_of(const struct report *r, int layer)
{
    for (int i = 0; i < r->listed_n; i++)
        if (r->listed[i] == layer)
            return i;
    return -1;
}

static void mark_note(struct sheet *s, const void *row)
{
    sheet_text(s, ((const struct mark_line *)row)->note);
}

#define MARK_REAL(member)                                                                                    \
    static void mark_##member(struct sheet *s, const void *row)                                              \
    {                                                                                                        \
        const struct curve_point *p = ((const struct mark_line *)row)->point;                                \
        if (p)                                                                                               \
            sheet_real(s, p->member);                                                                        \
        else                                                                                                 \
            sheet_empty(s);                                                                                  \
    }
MARK_REAL(cui)
MARK_REAL(log10_cui)
MARK_REAL(low)
MARK_REAL(high)

static void mark_rank(struct sheet *s, const void *row)
{
    const struct curve_point *p = ((const struct mark_line *)row)->point;
    sheet_known_integer(s, p ? p->rank : 0, p && p->rank > 0);
}

static void mark_local_max(struct sheet *s, const void *row)
{
    const struct curve_point *p = ((const struct mark_line *)row)->point;
    sheet_known_integer(s, p && p->local_max, p != NULL);
}

static void mark_cde(struct sheet *s, const void *row)
{
    const struct mark_line *line = row;
    sheet_known_integer(s, line->cde, line->point != NULL);
}

static const struct csv_column marks_columns[] = {
    COLUMN_LAYER,
    COLUMN_NAME,
    {"note", "what the user wrote beside the mark", mark_note, NULL},
    COLUMN_CUT_TENSORS,
    COLUMN_CUT_BYTES,
    {"cui", "importance of the layer (CUI); this and what follows is empty where the layer is not listed",
     mark_cui, NULL},
    {"log10_cui", "log10 of cui; empty where cui is 0", mark_log10_cui, NULL},
    {"ci95_low", "lower end of the 95 % interval of cui", mark_low, NULL},
    {"ci95_high", "upper end of the 95 % interval of cui", mark_high, NULL},
    {"rank", "rank by cui among the listed layers, 1 is the highest", mark_rank, NULL},
    {"local_max", "1 for a candidate: a local maximum of cui, else 0", mark_local_max, NULL},
    {"cde", "1 where the cut sends fewer bytes than the input and than every earlier listed cut, else 0",
     mark_cde, NULL},
};
const struct csv_table csv_table_marks = CSV_TABLE("marks", marks_columns);

void report_marks(FILE *out, const struct report *r)
{
    struct sheet *s = csv_table_begin(out, &csv_table_marks, r, r->style);
    struct curve_point *points = memory_new((size_t)r->listed_n, sizeof *points);
    curve_compute(r->curve, r->chosen, r->correction, points);
    for (int i = 0; i < r->marks_n; i++) {
        const struct mark *mark = &r->marks[i];
        int position = mark_position_of(r, mark->layer);
        const struct mark_line line = {
            .layer = &r->table->rows[mark->layer],
            .note = mark->note,
            .point = position >= 0 ? &points[position] : NULL,
            .cde = position >= 0 && r->cde[position],
        };
        csv_table_row(s, &csv_table_marks, &line);
    }
    free(points);
    sheet_free(s);
}
