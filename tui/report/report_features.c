#include "features/features.h"
#include "report/columns_csv.h"
#include "report/columns_layer.h"
#include "report/report.h"

struct feature_line {
    const struct table_row *layer;
    const struct measured_feature *feature;
    long images;
    struct feature_value compressed, correct, agrees;
};

static void dtype(struct sheet *s, const void *row)
{
    sheet_text(s, dtype_words[((const struct feature_line *)row)->feature->type]);
}

static void feature_plain_bytes(struct sheet *s, const void *row)
{
    const struct feature_line *line = row;
    sheet_integer(s, dtype_bytes(line->feature->type, line->layer->cut_bytes));
}

#define FEATURE_VALUE(member, part)                                                                          \
    static void feature_##member##_##part(struct sheet *s, const void *row)                                  \
    {                                                                                                        \
        sheet_real(s, ((const struct feature_line *)row)->member.part);                                      \
    }
FEATURE_VALUE(compressed, value)
FEATURE_VALUE(compressed, low)
FEATURE_VALUE(compressed, high)
FEATURE_VALUE(correct, value)
FEATURE_VALUE(correct, low)
FEATURE_VALUE(correct, high)
FEATURE_VALUE(agrees, value)
FEATURE_VALUE(agrees, low)
FEATURE_VALUE(agrees, high)

/* For int8 only. */
static void feature_scale(struct sheet *s, const void *row)
{
    const struct measured_feature *f = ((const struct feature_line *)row)->feature;
    if (f->type == DTYPE_INT8)
        sheet_real(s, (double)f->scale);
    else
        sheet_empty(s);
}

static void feature_zero(struct sheet *s, const void *row)
{
    const struct measured_feature *f = ((const struct feature_line *)row)->feature;
    sheet_known_integer(s, f->zero, f->type == DTYPE_INT8);
}

static void feature_clipped(struct sheet *s, const void *row)
{
    const struct feature_line *line = row;
    double numbers = (double)net_shape_size(line->layer->out) * (double)line->images;
    sheet_real(s, (double)line->feature->clipped / numbers);
}

static void feature_images(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct feature_line *)row)->images);
}

/* features_file.c reads them. */
static const struct csv_column features_columns[] = {
    COLUMN_LAYER,
    COLUMN_NAME,
    {"type", "number type that is sent: f32, f16 or int8; three rows for each cut", dtype, NULL},
    {"bytes", "bytes of the tensor, uncompressed", feature_plain_bytes, NULL},
    {"zstd_bytes", "bytes compressed with zstd: mean over the images", feature_compressed_value, NULL},
    {"zstd_low", "lower end of the 95 % interval of zstd_bytes (Student t)", feature_compressed_low, NULL},
    {"zstd_high", "upper end of the 95 % interval of zstd_bytes", feature_compressed_high, NULL},
    {"scale", "scale of int8; else empty", feature_scale, NULL},
    {"zero_point", "zero point of int8; else empty", feature_zero, NULL},
    {"clipped", "fraction of the numbers that are beyond the type's range", feature_clipped, NULL},
    {"accuracy", "fraction of the images where the labelled class wins with what arrives",
     feature_correct_value, NULL},
    {"accuracy_low", "lower end of the 95 % interval of accuracy (Wilson's score interval)",
     feature_correct_low, NULL},
    {"accuracy_high", "upper end of the 95 % interval of accuracy", feature_correct_high, NULL},
    {"agreement", "fraction of the images where the same class wins as without a cut", feature_agrees_value,
     NULL},
    {"agreement_low", "lower end of the 95 % interval of agreement (Wilson's score interval)",
     feature_agrees_low, NULL},
    {"agreement_high", "upper end of the 95 % interval of agreement", feature_agrees_high, NULL},
    {"images", "images that this row stands on", feature_images, NULL},
};
const struct csv_table csv_table_features = CSV_TABLE("features", features_columns);

void report_features(FILE *out, const struct report *r)
{
    const struct measured_features *m = r->features;
    struct sheet *s = csv_table_begin(out, &csv_table_features, r);
    for (int i = 0; i < m->rows_n; i++) {
        const struct measured_feature *f = &m->rows[i];
        const struct feature_line line = {
            .layer = &r->table->rows[f->layer],
            .feature = f,
            .images = m->images,
            .compressed = feature_mean(f->compressed, (double)f->deviation, m->images),
            .correct = feature_proportion(f->correct, m->images),
            .agrees = feature_proportion(f->agrees, m->images),
        };
        csv_table_row(s, &csv_table_features, &line);
    }
    sheet_free(s);
}
