#include "features/features.h"
#include "partition/bottleneck.h"
#include "race/paired.h"
#include "report/columns_csv.h"
#include "report/columns_layer.h"
#include "report/report.h"

#include <stdlib.h>

struct retrain_line {
    const struct table_row *layer;
    const struct report *report;
    double change, low, high; /* of the accuracy, paired */
    long gained, lost;
};

static const struct retrain_request *retrain_asked(const void *row)
{
    return ((const struct retrain_line *)row)->report->retrain.asked;
}

static const struct retrain_check *retrain_check_of(const void *row, enum retrain_when when)
{
    return &((const struct retrain_line *)row)->report->retrain.checks[when];
}

static void retrain_bottleneck(struct sheet *s, const void *row)
{
    char *word = bottleneck_word(&retrain_asked(row)->bottleneck);
    sheet_text(s, word);
    free(word);
}

static int64_t retrain_floats_of(const void *row)
{
    return net_shape_size(((const struct retrain_line *)row)->report->retrain.code);
}

static void retrain_code_c(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct retrain_line *)row)->report->retrain.code.c);
}

static void retrain_code_h(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct retrain_line *)row)->report->retrain.code.h);
}

static void retrain_code_w(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct retrain_line *)row)->report->retrain.code.w);
}

static void retrain_floats(struct sheet *s, const void *row)
{
    sheet_integer(s, retrain_floats_of(row));
}

static void retrain_bytes(struct sheet *s, const void *row)
{
    bool int8 = retrain_asked(row)->bottleneck.form == BOTTLENECK_BYTES;
    sheet_integer(s, dtype_bytes(int8 ? DTYPE_INT8 : DTYPE_F32, 4 * retrain_floats_of(row)));
}

static void retrain_which(struct sheet *s, const void *row)
{
    sheet_text(s, retrain_trains_words[retrain_asked(row)->trains]);
}

static void retrain_bn(struct sheet *s, const void *row)
{
    sheet_text(s, retrain_norm_words[retrain_asked(row)->norm]);
}

static void retrain_loss(struct sheet *s, const void *row)
{
    sheet_text(s, retrain_loss_words[retrain_asked(row)->loss]);
}

static void retrain_training_images(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct retrain_line *)row)->report->retrain.images);
}

static void retrain_validation_images(struct sheet *s, const void *row)
{
    sheet_integer(s, retrain_check_of(row, RETRAIN_BEST)->images);
}

/* The accuracy at one moment, with the ends of its interval. */
#define RETRAIN_ACCURACY_CELLS(name, when)                                                                   \
    static void retrain_##name(struct sheet *s, const void *row)                                             \
    {                                                                                                        \
        const struct retrain_check *c = retrain_check_of(row, when);                                         \
        sheet_real(s, feature_proportion(c->correct, c->images).value);                                      \
    }                                                                                                        \
    static void retrain_##name##_low(struct sheet *s, const void *row)                                       \
    {                                                                                                        \
        const struct retrain_check *c = retrain_check_of(row, when);                                         \
        sheet_real(s, feature_proportion(c->correct, c->images).low);                                        \
    }                                                                                                        \
    static void retrain_##name##_high(struct sheet *s, const void *row)                                      \
    {                                                                                                        \
        const struct retrain_check *c = retrain_check_of(row, when);                                         \
        sheet_real(s, feature_proportion(c->correct, c->images).high);                                       \
    }
RETRAIN_ACCURACY_CELLS(before, RETRAIN_BEFORE)
RETRAIN_ACCURACY_CELLS(untrained, RETRAIN_UNTRAINED)
RETRAIN_ACCURACY_CELLS(after, RETRAIN_BEST)

static void retrain_change(struct sheet *s, const void *row)
{
    sheet_real(s, ((const struct retrain_line *)row)->change);
}

static void retrain_change_low(struct sheet *s, const void *row)
{
    sheet_real(s, ((const struct retrain_line *)row)->low);
}

static void retrain_change_high(struct sheet *s, const void *row)
{
    sheet_real(s, ((const struct retrain_line *)row)->high);
}

static void retrain_gained(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct retrain_line *)row)->gained);
}

static void retrain_lost(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct retrain_line *)row)->lost);
}

static void retrain_best_step(struct sheet *s, const void *row)
{
    sheet_integer(s, retrain_check_of(row, RETRAIN_BEST)->step);
}

static void retrain_steps(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct retrain_line *)row)->report->retrain.done);
}

static void retrain_steps_of(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct retrain_line *)row)->report->retrain.of);
}

static void retrain_seconds(struct sheet *s, const void *row)
{
    sheet_real(s, ((const struct retrain_line *)row)->report->retrain.seconds);
}

static void retrain_seed(struct sheet *s, const void *row)
{
    sheet_integer(s, retrain_asked(row)->seed);
}

#define RETRAIN_ACCURACY_COLUMNS(name, what)                                                                 \
    {"accuracy_" #name, "share of the validation images that " what " is right on", retrain_##name, NULL},   \
        {"accuracy_" #name "_low", "lower end of its 95 % interval (Wilson)", retrain_##name##_low, NULL},   \
    {                                                                                                        \
        "accuracy_" #name "_high", "upper end of that interval", retrain_##name##_high, NULL                 \
    }

static const struct csv_column retrain_columns[] = {
    COLUMN_LAYER,
    COLUMN_NAME,
    COLUMN_TYPE,
    COLUMNS_OUT,
    COLUMN_CUT_BYTES,
    {"bottleneck", "its form, as --bottleneck has it", retrain_bottleneck, NULL},
    {"code_c", "channels of what is sent", retrain_code_c, NULL},
    {"code_h", "height of what is sent", retrain_code_h, NULL},
    {"code_w", "width of what is sent", retrain_code_w, NULL},
    {"floats_sent", "numbers that are sent for an image", retrain_floats, NULL},
    {"bytes_sent", "bytes that these are: as int8 with the bottleneck bytes, else as f32", retrain_bytes,
     NULL},
    {"train", "which layers learned: bottleneck, tail (and the bottleneck), all", retrain_which, NULL},
    {"bn", "their batch norms' statistics: frozen, retake, train", retrain_bn, NULL},
    {"loss", "labels, distill, both", retrain_loss, NULL},
    {"training_images", "images trained on", retrain_training_images, NULL},
    {"validation_images", "others, on which the accuracy was measured", retrain_validation_images, NULL},
    RETRAIN_ACCURACY_COLUMNS(before, "the whole network without a bottleneck"),
    RETRAIN_ACCURACY_COLUMNS(untrained, "the network with the bottleneck as it began"),
    RETRAIN_ACCURACY_COLUMNS(after, "the network that was written"),
    {"change", "accuracy_after - accuracy_before", retrain_change, NULL},
    {"change_low", "lower end of its 95 % interval, from the images on which the two differ (Tango)",
     retrain_change_low, NULL},
    {"change_high", "upper end of that interval", retrain_change_high, NULL},
    {"gained", "images that were wrong before and are right after", retrain_gained, NULL},
    {"lost", "images that were right before and are wrong after", retrain_lost, NULL},
    {"best_step", "the step after which it was best: that network is written", retrain_best_step, NULL},
    {"steps", "steps that were done", retrain_steps, NULL},
    {"steps_asked", "steps that were asked for", retrain_steps_of, NULL},
    {"seconds", "that they took, with the looks at the validation images", retrain_seconds, NULL},
    {"seed", "of the first weights, the division of the images and their order", retrain_seed, NULL},
};
const struct csv_table csv_table_retrain = CSV_TABLE("retrain", retrain_columns);

/* Both were looked at on the same images, but for those that could not be decoded. */
static void retrain_compare(struct retrain_line *line)
{
    const char *before = retrain_check_of(line, RETRAIN_BEFORE)->right;
    const struct retrain_check *after = retrain_check_of(line, RETRAIN_BEST);
    for (long i = 0; before[i] && after->right[i]; i++) {
        line->gained += before[i] == '0' && after->right[i] == '1';
        line->lost += before[i] == '1' && after->right[i] == '0';
    }
    line->change = paired_change(line->gained, line->lost, after->images, 0.95, &line->low, &line->high);
}

void report_retrain(FILE *out, const struct report *r)
{
    struct retrain_line line = {.layer = &r->table->rows[r->retrain.asked->layer], .report = r};
    retrain_compare(&line);
    struct sheet *s = csv_table_begin(out, &csv_table_retrain, r, r->style);
    csv_table_row(s, &csv_table_retrain, &line);
    sheet_free(s);
}
