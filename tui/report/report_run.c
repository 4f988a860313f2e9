#include "report/columns_csv.h"
#include "report/report.h"
#include "report/run_summary.h"

/* ---- Measures --------------------------------------------------------------------------------------- */

struct run_line {
    const struct run_row *row;
    const char *cut;
};

#define RUN_CELL(type, member)                                                                               \
    static void run_##member##_cell(struct sheet *s, const void *row)                                        \
    {                                                                                                        \
        sheet_##type(s, ((const struct run_line *)row)->row->member);                                        \
    }
RUN_CELL(text, name)
RUN_CELL(text, unit)
RUN_CELL(integer, n)
RUN_CELL(real, value)
RUN_CELL(real, p95)
RUN_CELL(real, low)
RUN_CELL(real, high)
RUN_CELL(real, plan)

static void run_difference_cell(struct sheet *s, const void *row)
{
    const struct run_row *r = ((const struct run_line *)row)->row;
    sheet_real(s, r->value - r->plan);
}

static void run_cut_cell(struct sheet *s, const void *row)
{
    sheet_text(s, ((const struct run_line *)row)->cut);
}

static const struct csv_column run_columns[] = {
    {"measure", "stages of an image in their order, then total, throughput, bytes, accuracy, agreement",
     run_name_cell, NULL},
    {"unit", "ms, images/s, bytes, or share", run_unit_cell, NULL},
    {"images", "images behind it", run_n_cell, NULL},
    {"value", "of times and bytes the median over the images; else the number itself", run_value_cell, NULL},
    {"p95", "of times and bytes the 95th percentile", run_p95_cell, NULL},
    {"low", "of a share the lower end of its 95 % interval (Wilson)", run_low_cell, NULL},
    {"high", "of a share the upper end of it", run_high_cell, NULL},
    {"plan", "what the plan predicts; empty where nothing is", run_plan_cell, NULL},
    {"difference", "value less plan", run_difference_cell, NULL},
    {"cut", "folder of the halves; of several first all, without a plan, then each", run_cut_cell, NULL},
};
const struct csv_table csv_table_run = CSV_TABLE("run", run_columns);

static void report_run_summary(struct sheet *s, const struct run_summary *summary)
{
    for (int m = 0; m < RUN_MEASURES; m++) {
        const struct run_line line = {&summary->rows[m], summary->cut_name};
        csv_table_row(s, &csv_table_run, &line);
    }
}

void report_run(FILE *out, const struct report *r)
{
    struct sheet *s = csv_table_begin(out, &csv_table_run, NULL, r->style);
    report_run_summary(s, r->run);
    for (int c = 0; c < r->run->cuts_n; c++)
        report_run_summary(s, &r->run->cuts[c]);
    sheet_free(s);
}

/* ---- Images ----------------------------------------------------------------------------------------- */

struct run_image_line {
    const struct exchange_image *image;
    int label;
    const char *cut;
};

static void run_image_path(struct sheet *s, const void *row)
{
    sheet_text(s, ((const struct run_image_line *)row)->image->path);
}

static void run_image_label(struct sheet *s, const void *row)
{
    int label = ((const struct run_image_line *)row)->label;
    sheet_known_integer(s, label, label != DATASET_NO_CLASS);
}

static void run_image_top(struct sheet *s, const void *row)
{
    const struct exchange_image *image = ((const struct run_image_line *)row)->image;
    sheet_known_integer(s, image->top, image->answered && image->top >= 0);
}

static void run_image_whole(struct sheet *s, const void *row)
{
    const struct exchange_image *image = ((const struct run_image_line *)row)->image;
    sheet_known_integer(s, image->whole, image->whole >= 0);
}

static void run_image_bytes(struct sheet *s, const void *row)
{
    const struct exchange_image *image = ((const struct run_image_line *)row)->image;
    sheet_known_integer(s, image->bytes, image->bytes > 0);
}

static void run_image_sent(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct run_image_line *)row)->image->sent);
}

static void run_image_stage_names(struct sheet *s, const void *data)
{
    (void)data;
    for (int stage = 0; stage < EXCHANGE_STAGES; stage++) {
        char name[32];
        snprintf(name, sizeof name, "%s_ms", exchange_stage_words[stage]);
        sheet_text(s, name);
    }
}

static void run_image_stages(struct sheet *s, const void *row)
{
    const struct exchange_image *image = ((const struct run_image_line *)row)->image;
    for (int stage = 0; stage < EXCHANGE_STAGES; stage++)
        if (image->answered)
            sheet_real(s, image->ms[stage]);
        else
            sheet_empty(s);
}

static void run_image_cut(struct sheet *s, const void *row)
{
    sheet_text(s, ((const struct run_image_line *)row)->cut);
}

static void run_image_reason(struct sheet *s, const void *row)
{
    const char *reason = ((const struct run_image_line *)row)->image->reason;
    sheet_text(s, reason ? reason : "");
}

static const struct csv_column run_image_columns[] = {
    {"path", "path of the image", run_image_path, NULL},
    {"label", "its class; empty where it is not known", run_image_label, NULL},
    {"predicted", "the class that the halves predict; empty where there is none", run_image_top, NULL},
    {"whole", "the class that the whole network predicts", run_image_whole, NULL},
    {"bytes", "bytes of its frame", run_image_bytes, NULL},
    {"sent", "how often it was sent: more than once where the connection was lost", run_image_sent, NULL},
    {"<stage>_ms", "time of each stage, ms", run_image_stages, run_image_stage_names},
    {"reason", "why there is no answer", run_image_reason, NULL},
    {"cut", "folder of the halves that it went through", run_image_cut, NULL},
};
const struct csv_table csv_table_run_images = CSV_TABLE("run-images", run_image_columns);

void report_run_images(FILE *out, const struct report *r)
{
    const struct run_summary *run = r->run;
    struct sheet *s = csv_table_begin(out, &csv_table_run_images, NULL, r->style);
    for (long i = 0; i < run->images_n; i++) {
        int cut = run->images[i].cut;
        const struct run_image_line line = {&run->images[i], run->labels[i],
                                            run->cuts_n ? run->cuts[cut].cut_name : run->cut_name};
        csv_table_row(s, &csv_table_run_images, &line);
    }
    sheet_free(s);
}
