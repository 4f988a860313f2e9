#include "output/report.h"
#include "csv/sheet.h"

static void half_cells(struct sheet *s, int64_t layers, int64_t params, int64_t macs, int64_t peak,
                       const struct message_split *split, enum split_file cfg, enum split_file weights)
{
    sheet_integer(s, layers);
    sheet_integer(s, params);
    sheet_integer(s, macs);
    sheet_integer(s, peak);
    sheet_integer(s, split->files[cfg].bytes);
    sheet_integer(s, split->files[weights].bytes);
    sheet_text(s, split->files[cfg].xxh3);
    sheet_text(s, split->files[weights].xxh3);
}

#define HALF_COLUMNS(half)                                                                                   \
    half "_layers," half "_params," half "_macs," half "_peak_bytes," half "_cfg_bytes," half                \
         "_weights_bytes," half "_cfg_xxh3," half "_weights_xxh3"

void report_split(FILE *out, const struct report *r)
{
    const struct message_split *split = r->split;
    const struct table_row *row = &r->table->rows[split->layer];
    struct sheet s = {.out = out};
    sheet_names(&s, "layer,name,type,out_c,out_h,out_w,cut_bytes," HALF_COLUMNS("head") "," HALF_COLUMNS(
                        "tail") ",check,check_inputs,check_source");
    sheet_end_row(&s);
    sheet_integer(&s, row->layer);
    sheet_text(&s, row->name);
    sheet_text(&s, row->type);
    sheet_integer(&s, row->out.c);
    sheet_integer(&s, row->out.h);
    sheet_integer(&s, row->out.w);
    sheet_integer(&s, row->cut_bytes);
    half_cells(&s, row->layer + 1, row->head_params, row->head_macs, row->head_peak_bytes, split,
               SPLIT_HEAD_CFG, SPLIT_HEAD_WEIGHTS);
    half_cells(&s, r->table->rows_n - row->layer - 1 + split->lead, row->tail_params, row->tail_macs,
               row->tail_peak_bytes, split, SPLIT_TAIL_CFG, SPLIT_TAIL_WEIGHTS);
    sheet_text(&s, "bitwise"); /* nothing else is ever written */
    sheet_integer(&s, split->inputs);
    sheet_text(&s, split->images ? "images" : "synthetic");
    sheet_end_row(&s);
}
