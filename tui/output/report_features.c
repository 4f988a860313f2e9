#include "output/report.h"
#include "csv/sheet.h"

static void value_cells(struct sheet *s, struct feature_value v)
{
    sheet_real(s, v.value);
    sheet_real(s, v.low);
    sheet_real(s, v.high);
}

/* Only int8 has them. */
static void affine_cells(struct sheet *s, const struct message_feature *f)
{
    if (f->type == FEATURE_INT8) {
        sheet_real(s, (double)f->scale);
        sheet_integer(s, f->zero);
    } else {
        sheet_empty(s);
        sheet_empty(s);
    }
}

static void write_row(struct sheet *s, const struct table_row *row, const struct message_feature *f,
                      long images)
{
    double numbers = (double)net_shape_size(row->out) * (double)images;
    sheet_integer(s, row->layer);
    sheet_text(s, row->name);
    sheet_text(s, feature_words[f->type]);
    sheet_integer(s, feature_bytes(f->type, row->cut_bytes));
    value_cells(s, feature_mean(f->packed, (double)f->deviation, images));
    affine_cells(s, f);
    sheet_real(s, (double)f->clipped / numbers);
    value_cells(s, feature_share(f->correct, images));
    value_cells(s, feature_share(f->agrees, images));
    sheet_integer(s, images);
    sheet_end_row(s);
}

void report_features(FILE *out, const struct report *r)
{
    const struct message_features *m = r->features;
    struct sheet s = {.out = out};
    sheet_names(&s, "layer,name,type,bytes,zstd_bytes,zstd_low,zstd_high,scale,zero_point,clipped,accuracy,"
                    "accuracy_low,accuracy_high,agreement,agreement_low,agreement_high,images");
    sheet_end_row(&s);
    for (int i = 0; i < m->rows_n; i++)
        write_row(&s, &r->table->rows[m->rows[i].layer], &m->rows[i], m->images);
}
