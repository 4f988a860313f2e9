#include "report/report_shards.h"

#include "report/columns_csv.h"

#define SHARE_CELL(type, name, member)                                                                       \
    static void share_##name(struct sheet *s, const void *row)                                               \
    {                                                                                                        \
        sheet_##type(s, ((const struct report_share *)row)->member);                                         \
    }
SHARE_CELL(integer, study, study)
SHARE_CELL(integer, number, share)
SHARE_CELL(integer, shares, shares)
SHARE_CELL(integer, images, images)
SHARE_CELL(integer, measured, measured)
SHARE_CELL(text, again, again)

static const struct csv_column shards_columns[] = {
    {"study", "number of the study in the store", share_study, NULL},
    {"share", "number of the share, from 1", share_number, NULL},
    {"shares", "of how many", share_shares, NULL},
    {"images", "images of the share", share_images, NULL},
    {"measured", "those of them that have a row, or never will", share_measured, NULL},
    {"again", "command that measures what is missing of it; empty where nothing is", share_again, NULL},
};
const struct csv_table csv_table_shards = CSV_TABLE("shards", shards_columns);

struct sheet *report_shards_begin(FILE *out, const struct sheet_style *style)
{
    return csv_table_begin(out, &csv_table_shards, NULL, style);
}

void report_shards_row(struct sheet *s, const struct report_share *share)
{
    csv_table_row(s, &csv_table_shards, share);
}
