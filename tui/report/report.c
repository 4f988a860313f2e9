#include "report/report.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "report/columns_csv.h"
#include "report/columns_layer.h"

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

/* ---- Layers and curves ------------------------------------------------------------------------------- */

/* One layer of a curve; of isplit layers the first three members only. */
struct curve_line {
    const struct table_row *layer;
    bool cde;
    enum net_runs runs_in; /* of isplit layers alone */
    const char *subset;    /* NULL: the file has one curve */
    const struct curve_point *point;
    double pick_share, candidate_share;
    const double *trapped; /* NULL: the file has no such column */
};

static void subset_names(struct sheet *s, const void *data)
{
    const struct report *r = data;
    if (r->subsets_n)
        sheet_text(s, "subset");
}

static void subset_cell(struct sheet *s, const void *row)
{
    const struct curve_line *line = row;
    if (line->subset)
        sheet_text(s, line->subset);
}

#define POINT_CELL(type, member)                                                                             \
    static void member##_cell(struct sheet *s, const void *row)                                              \
    {                                                                                                        \
        sheet_##type(s, ((const struct curve_line *)row)->point->member);                                    \
    }
POINT_CELL(integer, images)
POINT_CELL(real, cui)
POINT_CELL(real, log10_cui)
POINT_CELL(real, low)
POINT_CELL(real, high)
POINT_CELL(real, zero_fraction)
POINT_CELL(real, log10_corrected)
POINT_CELL(integer, local_max)

static void rank_cell(struct sheet *s, const void *row)
{
    const int rank = ((const struct curve_line *)row)->point->rank;
    sheet_known_integer(s, rank, rank > 0);
}

static void pick_share_cell(struct sheet *s, const void *row)
{
    sheet_real(s, ((const struct curve_line *)row)->pick_share);
}

static void candidate_share_cell(struct sheet *s, const void *row)
{
    sheet_real(s, ((const struct curve_line *)row)->candidate_share);
}

static void cde_cell(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct curve_line *)row)->cde);
}

static void trapped_names(struct sheet *s, const void *data)
{
    if (((const struct report *)data)->trapped)
        sheet_text(s, "trapped_nats");
}

static void trapped_cell(struct sheet *s, const void *row)
{
    const struct curve_line *line = row;
    if (line->trapped)
        sheet_real(s, *line->trapped);
}

#define CDE_COLUMN                                                                                           \
    {                                                                                                        \
        "cde", "1 where the cut sends fewer bytes than the input and than every earlier listed cut, else 0", \
            cde_cell, NULL                                                                                   \
    }

static const struct csv_column curve_columns[] = {
    {"subset", "name of the subset; only where there are several, or with --subsets", subset_cell,
     subset_names},
    COLUMNS_LAYER,
    {"images", "images that this row stands on", images_cell, NULL},
    {"cui", "importance of the layer (CUI), 0 or more; empty where it has no gradient of its own", cui_cell,
     NULL},
    {"log10_cui", "log10 of cui; empty where cui is 0", log10_cui_cell, NULL},
    {"ci95_low", "lower end of the 95 % interval of cui; empty where a class has fewer than 2 images",
     low_cell, NULL},
    {"ci95_high", "upper end of the 95 % interval of cui", high_cell, NULL},
    {"zero_share", "fraction of the images whose importance is 0 here", zero_fraction_cell, NULL},
    {"log10_cui_size_corrected", "log10 of cui times the size of the output (K*H*W, with --reduce sum H*W)",
     log10_corrected_cell, NULL},
    {"local_max", "1 for a candidate: a local maximum of cui, else 0", local_max_cell, NULL},
    {"rank", "rank by cui among the listed layers, 1 is the highest", rank_cell, NULL},
    {"pick_share", "share of the resamples in which the layer is the best candidate", pick_share_cell, NULL},
    {"candidate_share", "share of the resamples in which the layer is a candidate", candidate_share_cell,
     NULL},
    CDE_COLUMN,
    {"trapped_nats",
     "trapped Fisher energy of the cut, nats, lower is better; only with --trapped; empty where the cut is "
     "not "
     "clean",
     trapped_cell, trapped_names},
};
const struct csv_table csv_table_curve = CSV_TABLE_FIRST(
    "curve", curve_columns,
    "subset,layer,name,cui,ci95_low,ci95_high,log10_cui,local_max,rank,pick_share,cut_bytes,images,type,"
    "out_c,out_h,out_w,params,macs");

#define WINDOW_CELL(member)                                                                                  \
    static void member##_cell(struct sheet *s, const void *row)                                              \
    {                                                                                                        \
        const int value = ((const struct curve_line *)row)->layer->member;                                   \
        sheet_known_integer(s, value, value > 0);                                                            \
    }
WINDOW_CELL(kernel)
WINDOW_CELL(stride)
WINDOW_CELL(filters)

static void head_memory_cell(struct sheet *s, const void *row)
{
    const struct table_row *layer = ((const struct curve_line *)row)->layer;
    sheet_integer(s, 4 * layer->head_params + layer->head_peak_bytes);
}

static void network_runs_in_cell(struct sheet *s, const void *row)
{
    sheet_text(s, net_runs_words[((const struct curve_line *)row)->runs_in]);
}

static const struct csv_column layers_columns[] = {
    COLUMNS_LAYER,
    CDE_COLUMN,
    {"kernel", "side of the layer's window, pixels; empty where it has none", kernel_cell, NULL},
    {"stride", "step of the window from row to row, pixels; empty where it has none", stride_cell, NULL},
    {"filters", "filters of a convolution, or outputs of a connected layer; empty elsewhere", filters_cell,
     NULL},
    {"head_memory", "bytes that the head needs: its weights and head_peak_bytes, as f32", head_memory_cell,
     NULL},
    {"network_runs_in",
     "which Darknet runs the whole network: stock; fork, with its layers; isplit: no Darknet, but isplit's "
     "own graph",
     network_runs_in_cell, NULL},
};
const struct csv_table csv_table_layers = CSV_TABLE_FIRST(
    "layers", layers_columns,
    "layer,name,kernel,stride,filters,params,macs,head_memory,out_c,out_h,out_w,cut_bytes,type,cut_tensors,"
    "head_params,head_macs,tail_params,tail_macs");

void report_layers(FILE *out, const struct report *r)
{
    struct sheet *s = csv_table_begin(out, &csv_table_layers, r, r->style);
    for (int i = 0; i < r->listed_n; i++) {
        const struct curve_line line = {
            .layer = &r->table->rows[r->listed[i]], .cde = r->cde[i], .runs_in = r->table->runs_in};
        csv_table_row(s, &csv_table_layers, &line);
    }
    sheet_free(s);
}

static void report_one_curve(struct sheet *s, const struct report *r, const char *subset, const bool *chosen)
{
    struct curve_point *points = memory_new((size_t)r->listed_n, sizeof *points);
    curve_compute(r->curve, chosen, r->correction, points);
    struct stability *own = NULL;
    const struct stability *shares = subset ? NULL : r->shares;
    if (!shares)
        shares = own = stability_compute(r->curve, chosen);
    for (int i = 0; i < r->listed_n; i++) {
        const struct curve_line line = {
            .layer = &r->table->rows[r->listed[i]],
            .cde = r->cde[i],
            .subset = subset,
            .point = &points[i],
            .pick_share = stability_picks(shares)[i],
            .candidate_share = stability_candidates(shares)[i],
            .trapped = r->trapped ? &r->trapped[i] : NULL,
        };
        csv_table_row(s, &csv_table_curve, &line);
    }
    stability_free(own);
    free(points);
}

void report_curve(FILE *out, const struct report *r)
{
    struct sheet *s = csv_table_begin(out, &csv_table_curve, r, r->style);
    for (int i = 0; i < r->subsets_n; i++)
        report_one_curve(s, r, r->subsets[i].name, r->subsets[i].chosen);
    if (r->subsets_n == 0)
        report_one_curve(s, r, NULL, r->chosen);
    sheet_free(s);
}
