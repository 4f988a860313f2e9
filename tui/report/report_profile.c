#include "report/columns_csv.h"
#include "report/columns_layer.h"
#include "report/report.h"

struct profile_line {
    const struct table_row *layer;
    const struct profile *profile;
    int number; /* of the layer */
};

static void profile_median(struct sheet *s, const void *row)
{
    const struct profile_line *line = row;
    sheet_real(s, (double)line->profile->median_ms[line->number]);
}

static void profile_p95(struct sheet *s, const void *row)
{
    const struct profile_line *line = row;
    sheet_real(s, (double)line->profile->p95_ms[line->number]);
}

static void profile_runs(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct profile_line *)row)->profile->runs);
}

/* device_file.c reads them. */
static const struct csv_column profile_columns[] = {
    COLUMN_LAYER,
    COLUMN_NAME,
    COLUMN_TYPE,
    {"median_ms", "forward time of one image, ms: median of the undisturbed passes", profile_median, NULL},
    {"p95_ms", "forward time of one image, ms: 95th percentile of all passes", profile_p95, NULL},
    {"runs", "passes layer by layer, and as many of the whole network", profile_runs, NULL},
};
const struct csv_table csv_table_profile =
    CSV_TABLE_FIRST("profile", profile_columns, "layer,name,median_ms,p95_ms,type");

/* One row for every layer. */
void report_profile(FILE *out, const struct report *r)
{
    const struct profile *p = r->profile;
    struct sheet *s = csv_table_begin(out, &csv_table_profile, r, r->style);
    for (int l = 0; l < p->layers_n; l++) {
        const struct profile_line line = {.layer = &r->table->rows[l], .profile = p, .number = l};
        csv_table_row(s, &csv_table_profile, &line);
    }
    sheet_free(s);
}
