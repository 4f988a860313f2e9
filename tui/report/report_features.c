#include "features/features.h"
#include "features/frame.h"
#include "race/paired.h"
#include "report/columns_csv.h"
#include "report/columns_layer.h"
#include "report/report.h"
#include "report/report_pictures.h"

struct feature_line {
    const struct table_row *layer;
    const struct measured_feature *feature;
    enum coder coder;
    struct estimate coded, correct, agrees, change;
};

static void dtype(struct sheet *s, const void *row)
{
    sheet_text(s, dtype_words[((const struct feature_line *)row)->feature->type]);
}

static void feature_coder(struct sheet *s, const void *row)
{
    sheet_text(s, coder_words[((const struct feature_line *)row)->coder]);
}

static void feature_plain_bytes(struct sheet *s, const void *row)
{
    const struct feature_line *line = row;
    sheet_integer(s, FRAME_EXTRA + dtype_bytes(line->feature->type, line->layer->cut_bytes));
}

#define FEATURE_VALUE(member, part)                                                                          \
    static void feature_##member##_##part(struct sheet *s, const void *row)                                  \
    {                                                                                                        \
        sheet_real(s, ((const struct feature_line *)row)->member.part);                                      \
    }
FEATURE_VALUE(coded, value)
FEATURE_VALUE(coded, low)
FEATURE_VALUE(coded, high)
FEATURE_VALUE(correct, value)
FEATURE_VALUE(correct, low)
FEATURE_VALUE(correct, high)
FEATURE_VALUE(agrees, value)
FEATURE_VALUE(agrees, low)
FEATURE_VALUE(agrees, high)
FEATURE_VALUE(change, value)
FEATURE_VALUE(change, low)
FEATURE_VALUE(change, high)

/* For integers only. */
static void feature_scale(struct sheet *s, const void *row)
{
    const struct measured_feature *f = ((const struct feature_line *)row)->feature;
    if (dtype_is_affine(f->type))
        sheet_real(s, (double)f->scale);
    else
        sheet_empty(s);
}

static void feature_zero(struct sheet *s, const void *row)
{
    const struct measured_feature *f = ((const struct feature_line *)row)->feature;
    sheet_known_integer(s, f->zero, dtype_is_affine(f->type));
}

static void feature_clipped(struct sheet *s, const void *row)
{
    const struct feature_line *line = row;
    double numbers = (double)net_shape_size(line->layer->out) * (double)line->feature->images;
    sheet_real(s, (double)line->feature->clipped / numbers);
}

#define FEATURE_COUNT(name, member)                                                                          \
    static void feature_##name(struct sheet *s, const void *row)                                             \
    {                                                                                                        \
        const struct feature_line *line = row;                                                               \
        sheet_integer(s, line->feature->member);                                                             \
    }
FEATURE_COUNT(gained, gained)
FEATURE_COUNT(lost, lost)
FEATURE_COUNT(images, images)
FEATURE_COUNT(coded_images, coded[line->coder].images)

#define FEATURE_TIME(name)                                                                                   \
    static void feature_##name(struct sheet *s, const void *row)                                             \
    {                                                                                                        \
        const struct feature_line *line = row;                                                               \
        sheet_real(s, (double)line->feature->coded[line->coder].name);                                       \
    }
FEATURE_TIME(encode_ms)
FEATURE_TIME(decode_ms)

static void feature_mcnemar(struct sheet *s, const void *row)
{
    const struct measured_feature *f = ((const struct feature_line *)row)->feature;
    sheet_real(s, paired_mcnemar(f->gained, f->lost));
}

/* features_file.c reads them. */
static const struct csv_column features_columns[] = {
    COLUMN_LAYER,
    COLUMN_NAME,
    {"dtype", "number type that is sent: f32, f16, or int8 to int2; of the picture uint8", dtype, NULL},
    {"coder",
     "what compresses its bytes: none, zstd or lzma; of the picture stored (its file) or jpeg95 to jpeg20",
     feature_coder, NULL},
    {"bytes", "bytes of a whole frame without a coder, the tensor's bits packed", feature_plain_bytes, NULL},
    {"coded_bytes",
     "bytes of a whole frame with the coder: mean over coded_images, LZMA's fewer in proportion to zstd",
     feature_coded_value, NULL},
    {"coded_low",
     "lower end of the 95 % interval of coded_bytes: images and, for integers, the draw of those that "
     "calibrate",
     feature_coded_low, NULL},
    {"coded_high", "upper end of the 95 % interval of coded_bytes", feature_coded_high, NULL},
    {"scale", "scale of the integers; else empty", feature_scale, NULL},
    {"zero_point", "zero point of the integers; else empty", feature_zero, NULL},
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
    {"gained", "images where the labelled class wins with what arrives, but not in the whole network",
     feature_gained, NULL},
    {"lost", "images where it wins in the whole network, but not with what arrives", feature_lost, NULL},
    {"change", "accuracy less that of the whole network on the same images", feature_change_value, NULL},
    {"change_low", "lower end of the 95 % interval of change (Tango's score interval)", feature_change_low,
     NULL},
    {"change_high", "upper end of the 95 % interval of change", feature_change_high, NULL},
    {"mcnemar_p", "McNemar's exact test of no change, two-sided", feature_mcnemar, NULL},
    {"images", "images that accuracy, agreement and change stand on: for f16 those of --sample only",
     feature_images, NULL},
    {"coded_images", "images that coded_bytes stands on: fewer where a cut sends much or the coder is slow",
     feature_coded_images, NULL},
    {"encode_ms",
     "processor time of one thread to make the payload of a tensor, ms: median over a few images",
     feature_encode_ms, NULL},
    {"decode_ms", "the same from the payload to the tensor", feature_decode_ms, NULL},
};
const struct csv_table csv_table_features =
    CSV_TABLE_FIRST("features", features_columns,
                    "layer,name,dtype,coder,bytes,coded_bytes,accuracy,"
                    "change,change_low,change_high,agreement,images");

static struct estimate coded_change(const struct measured_feature *f)
{
    struct estimate v;
    v.value = paired_change(f->gained, f->lost, f->images, 0.95, &v.low, &v.high);
    return v;
}

void report_features(FILE *out, const struct report *r)
{
    const struct measured_features *m = r->features;
    struct sheet *s = csv_table_begin(out, &csv_table_features, r, r->style);
    for (int i = 0; i < m->rows_n * CODERS; i++) {
        const struct measured_feature *f = &m->rows[i / CODERS];
        enum coder coder = (enum coder)(i % CODERS);
        if (!m->coders[coder])
            continue;
        const struct feature_line line = {
            .layer = &r->table->rows[f->layer],
            .feature = f,
            .coder = coder,
            .change = coded_change(f),
            .coded = measured_features_coded(m, f, coder),
            .correct = feature_proportion(f->correct, f->images),
            .agrees = feature_proportion(f->agrees, f->images),
        };
        csv_table_row(s, &csv_table_features, &line);
    }
    for (int i = 0; r->pictures && i < r->pictures->rows_n; i++)
        report_picture(s, r->pictures, &r->pictures->rows[i], r->table);
    sheet_free(s);
}
