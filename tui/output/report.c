#include "output/report.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "csv/sheet.h"

#define LAYER_COLUMNS                                                                                        \
    "layer,name,type,out_c,out_h,out_w,out_bytes,cut_tensors,cut_bytes,params,macs,head_params,head_macs,"   \
    "head_peak_bytes,tail_params,tail_macs,tail_peak_bytes"
#define CURVE_COLUMNS                                                                                        \
    "images,cui,log10_cui,ci95_low,ci95_high,zero_share,log10_cui_size_corrected,local_max,rank,pick_share," \
    "candidate_share"

const char *report_class_name(const struct dataset *d, int class_index)
{
    int low = 0;
    int high = d->classes_n;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (d->classes[middle].index < class_index)
            low = middle + 1;
        else
            high = middle;
    }
    return low < d->classes_n && d->classes[low].index == class_index ? d->classes[low].name : "";
}

static void layer_cells(struct sheet *s, const struct table_row *row)
{
    sheet_integer(s, row->layer);
    sheet_text(s, row->name);
    sheet_text(s, row->type);
    const int64_t numbers[] = {
        row->out.c,           row->out.h,       row->out.w,     row->out_bytes,       row->cut_tensors,
        row->cut_bytes,       row->params,      row->macs,      row->head_params,     row->head_macs,
        row->head_peak_bytes, row->tail_params, row->tail_macs, row->tail_peak_bytes,
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sheet_integer(s, numbers[i]);
}

void report_layers(FILE *out, const struct report *r)
{
    struct sheet s = {.out = out};
    sheet_names(&s, LAYER_COLUMNS ",cde");
    sheet_end_row(&s);
    for (int i = 0; i < r->listed_n; i++) {
        layer_cells(&s, &r->table->rows[r->listed[i]]);
        sheet_integer(&s, r->cde[i]);
        sheet_end_row(&s);
    }
}

static void point_cells(struct sheet *s, const struct curve_point *p)
{
    sheet_integer(s, p->images);
    sheet_real(s, p->cui);
    sheet_real(s, p->log10_cui);
    sheet_real(s, p->low);
    sheet_real(s, p->high);
    sheet_real(s, p->zero_share);
    sheet_real(s, p->log10_corrected);
    sheet_integer(s, p->local_max);
    if (p->rank)
        sheet_integer(s, p->rank);
    else
        sheet_empty(s);
}

static void one_curve(struct sheet *s, const struct report *r, const char *subset, const bool *chosen)
{
    struct curve_point *points = memory_new((size_t)r->listed_n, sizeof *points);
    curve_compute(r->curve, chosen, r->correction, points);
    struct stability *own = NULL;
    const struct stability *shares = subset ? NULL : r->shares;
    if (!shares)
        shares = own = stability_compute(r->curve, chosen);
    for (int i = 0; i < r->listed_n; i++) {
        if (subset)
            sheet_text(s, subset);
        layer_cells(s, &r->table->rows[r->listed[i]]);
        point_cells(s, &points[i]);
        sheet_real(s, shares->pick_share[i]);
        sheet_real(s, shares->candidate_share[i]);
        sheet_integer(s, r->cde[i]);
        sheet_end_row(s);
    }
    stability_free(own);
    free(points);
}

void report_curve(FILE *out, const struct report *r)
{
    struct sheet s = {.out = out};
    if (r->subsets_n)
        sheet_text(&s, "subset");
    sheet_names(&s, LAYER_COLUMNS "," CURVE_COLUMNS ",cde");
    sheet_end_row(&s);
    for (int i = 0; i < r->subsets_n; i++)
        one_curve(&s, r, r->subsets[i].name, r->subsets[i].chosen);
    if (r->subsets_n == 0)
        one_curve(&s, r, NULL, r->chosen);
}

/* L0, L3, ...: one column for each listed layer. */
static void layer_names(struct sheet *s, const struct report *r)
{
    char name[16];
    for (int i = 0; i < r->listed_n; i++) {
        snprintf(name, sizeof name, "L%d", r->listed[i]);
        sheet_text(s, name);
    }
}

void report_images(FILE *out, const struct report *r)
{
    struct sheet s = {.out = out};
    sheet_names(&s, "image,class_index,class,top_index,score");
    layer_names(&s, r);
    sheet_text(&s, "number");
    sheet_end_row(&s);
    for (long i = 0; i < r->order_n; i++) {
        long found = curve_find(r->curve, r->order[i]);
        if (found < 0)
            continue;
        const struct curve_row *row = &r->curve->rows[found];
        const float *values = r->curve->values + (size_t)found * (size_t)r->listed_n;
        sheet_text(&s, r->dataset->images[row->image].path);
        sheet_integer(&s, row->class_index);
        sheet_text(&s, report_class_name(r->dataset, row->class_index));
        sheet_integer(&s, row->top);
        sheet_real(&s, (double)row->score);
        for (int l = 0; l < r->listed_n; l++)
            sheet_real(&s, (double)values[l]);
        sheet_integer(&s, row->image);
        sheet_end_row(&s);
    }
}

void report_classes(FILE *out, const struct report *r)
{
    struct sheet s = {.out = out};
    sheet_names(&s, "class_index,class,images,accuracy");
    layer_names(&s, r);
    sheet_end_row(&s);
    curve_refresh(r->curve);
    for (int c = 0; c < r->curve->classes; c++) {
        if (!r->chosen[c])
            continue;
        const struct curve_class *k = &r->curve->per_class[c];
        sheet_integer(&s, c);
        sheet_text(&s, report_class_name(r->dataset, c));
        sheet_integer(&s, k->n);
        sheet_real(&s, k->n ? (double)k->correct / (double)k->n : NAN);
        for (int l = 0; l < r->listed_n; l++)
            sheet_real(&s, curve_class_mean(r->curve, c, l));
        sheet_end_row(&s);
    }
}
