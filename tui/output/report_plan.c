#include <math.h>

#include "output/report.h"
#include "csv/sheet.h"

/* Room for a reason that names many tensors, and for every limit. */
enum { WHY = sizeof(struct error) + 1024 };

/* What is not known, and what no double holds, is an empty cell. */
static void real_cell(struct sheet *s, double value)
{
    sheet_real(s, isfinite(value) ? value : NAN);
}

static void integer_cell(struct sheet *s, int64_t value, bool known)
{
    if (known)
        sheet_integer(s, value);
    else
        sheet_empty(s);
}

static void cost_cells(struct sheet *s, const struct choice_cut *c)
{
    real_cell(s, c->head_ms);
    real_cell(s, c->transfer_ms);
    real_cell(s, c->tail_ms);
    real_cell(s, c->total_ms);
    integer_cell(s, c->bytes, c->bytes >= 0);
    sheet_integer(s, c->memory);
    real_cell(s, c->head_joules);
    real_cell(s, c->link_joules);
    real_cell(s, c->joules);
}

static void worth_cells(struct sheet *s, const struct choice_cut *c)
{
    bool split = c->kind == CHOICE_SPLIT;
    real_cell(s, c->cui);
    real_cell(s, c->log10_cui);
    integer_cell(s, c->rank, c->rank > 0);
    integer_cell(s, c->candidate, split && !isnan(c->cui));
    real_cell(s, c->pick_share);
    real_cell(s, c->accuracy);
}

void report_plan(FILE *out, const struct report *r)
{
    static const char *const kinds[] = {
        [CHOICE_SPLIT] = "split", [CHOICE_ALL_SERVER] = "server", [CHOICE_ALL_DEVICE] = "device"};
    const struct verdict *v = r->verdict;
    struct sheet s = {.out = out};
    sheet_names(&s, "kind,layer,name,head_ms,transfer_ms,tail_ms,total_ms,bytes,memory_bytes,head_joules,"
                    "link_joules,joules,cui,log10_cui,rank,candidate,pick_share,accuracy,front,open,why,"
                    "recommended");
    sheet_end_row(&s);
    for (int i = 0; i < v->n; i++) {
        const struct choice_cut *c = &v->cuts[i];
        char why[WHY];
        choice_why(c, &v->limits, why, sizeof why);
        sheet_text(&s, kinds[c->kind]);
        integer_cell(&s, c->layer, c->kind == CHOICE_SPLIT);
        sheet_text(&s, verdict_name(v, c));
        cost_cells(&s, c);
        worth_cells(&s, c);
        sheet_integer(&s, c->front);
        sheet_integer(&s, c->open);
        sheet_text(&s, why);
        integer_cell(&s, i == v->pick.best ? 1 : 2, i == v->pick.best || i == v->pick.second);
        sheet_end_row(&s);
    }
}
