#include "report/columns_csv.h"
#include "report/columns_layer.h"
#include "report/report.h"

struct split_line {
    const struct table_row *layer;
    const struct partition_answer *split;
    const struct frame_format *sent;
    const struct pixels_options *pixels;
    int64_t head_layers, tail_layers;
};

static void split_head_layers(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct split_line *)row)->head_layers);
}

static void split_tail_layers(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct split_line *)row)->tail_layers);
}

#define SPLIT_FILE_CELLS(name, file)                                                                         \
    static void split_##name##_bytes(struct sheet *s, const void *row)                                       \
    {                                                                                                        \
        int64_t bytes = ((const struct split_line *)row)->split->files[file].bytes;                          \
        sheet_known_integer(s, bytes, bytes > 0);                                                            \
    }                                                                                                        \
    static void split_##name##_xxh3(struct sheet *s, const void *row)                                        \
    {                                                                                                        \
        sheet_text(s, ((const struct split_line *)row)->split->files[file].xxh3);                            \
    }
SPLIT_FILE_CELLS(head_cfg, PARTITION_HEAD_CFG)
SPLIT_FILE_CELLS(head_weights, PARTITION_HEAD_WEIGHTS)
SPLIT_FILE_CELLS(tail_cfg, PARTITION_TAIL_CFG)
SPLIT_FILE_CELLS(tail_weights, PARTITION_TAIL_WEIGHTS)
SPLIT_FILE_CELLS(head_onnx, PARTITION_HEAD_ONNX)
SPLIT_FILE_CELLS(tail_onnx, PARTITION_TAIL_ONNX)

static void split_check(struct sheet *s, const void *row)
{
    (void)row;
    sheet_text(s, "bitwise"); /* no other name is ever written */
}

static void split_by(struct sheet *s, const void *row)
{
    const struct partition_answer *split = ((const struct split_line *)row)->split;
    sheet_text(s, split->lacking[0][0] || split->lacking[1][0] ? "isplit" : "libdarknet");
}

static void split_processor(struct sheet *s, const void *row)
{
    sheet_text(s, ((const struct split_line *)row)->split->processor);
}

static void split_folded(struct sheet *s, const void *row)
{
    const struct partition_answer *split = ((const struct split_line *)row)->split;
    if (split->folded < 0)
        sheet_text(s, "");
    else
        sheet_real(s, split->folded);
}

static void split_head_runs_in(struct sheet *s, const void *row)
{
    sheet_text(s, net_runs_words[((const struct split_line *)row)->split->runs_in[0]]);
}

static void split_tail_runs_in(struct sheet *s, const void *row)
{
    sheet_text(s, net_runs_words[((const struct split_line *)row)->split->runs_in[1]]);
}

static void split_inputs(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct split_line *)row)->split->inputs);
}

static void split_source(struct sheet *s, const void *row)
{
    sheet_text(s, ((const struct split_line *)row)->split->images ? "images" : "synthetic");
}

static void split_fit(struct sheet *s, const void *row)
{
    sheet_text(s, pixels_fit_words[((const struct split_line *)row)->pixels->fit]);
}

static void split_pixel_scale(struct sheet *s, const void *row)
{
    sheet_real(s, (double)((const struct split_line *)row)->pixels->scale);
}

static void split_three(struct sheet *s, const float three[3])
{
    char text[64];
    snprintf(text, sizeof text, "%.9g,%.9g,%.9g", (double)three[0], (double)three[1], (double)three[2]);
    sheet_text(s, text);
}

static void split_mean(struct sheet *s, const void *row)
{
    split_three(s, ((const struct split_line *)row)->pixels->mean);
}

static void split_std(struct sheet *s, const void *row)
{
    split_three(s, ((const struct split_line *)row)->pixels->std);
}

static void split_bgr(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct split_line *)row)->pixels->bgr);
}

static void split_exif(struct sheet *s, const void *row)
{
    sheet_integer(s, ((const struct split_line *)row)->pixels->exif);
}

static void split_dtype(struct sheet *s, const void *row)
{
    sheet_text(s, dtype_words[((const struct split_line *)row)->sent->type]);
}

static void split_coder(struct sheet *s, const void *row)
{
    sheet_text(s, coder_words[((const struct split_line *)row)->sent->coder]);
}

static void split_level(struct sheet *s, const void *row)
{
    const struct frame_format *sent = ((const struct split_line *)row)->sent;
    sheet_known_integer(s, sent->level, sent->coder == CODER_ZSTD);
}

static void split_scale(struct sheet *s, const void *row)
{
    const struct frame_format *sent = ((const struct split_line *)row)->sent;
    if (dtype_is_affine(sent->type))
        sheet_real(s, (double)sent->affine.scale);
    else
        sheet_empty(s);
}

static void split_zero(struct sheet *s, const void *row)
{
    const struct frame_format *sent = ((const struct split_line *)row)->sent;
    sheet_known_integer(s, sent->affine.zero, dtype_is_affine(sent->type));
}

/* head and tail have the same columns. */
#define SPLIT_HALF_COLUMNS(half)                                                                             \
    {#half "_layers", "layers of " #half ".cfg", split_##half##_layers, NULL},                               \
        {#half "_params", "learned numbers of the " #half, column_##half##_params, NULL},                    \
        {#half "_macs", "multiply-adds of the " #half " for one image", column_##half##_macs, NULL},         \
        {#half "_peak_bytes",                                                                                \
         "bytes of the most activations that are alive at once in the " #half ", as f32",                    \
         column_##half##_peak_bytes, NULL},                                                                  \
        {#half "_cfg_bytes", "size of " #half ".cfg in bytes", split_##half##_cfg_bytes, NULL},              \
        {#half "_weights_bytes", "size of " #half ".weights in bytes", split_##half##_weights_bytes, NULL},  \
        {#half "_cfg_xxh3", "XXH3 of " #half ".cfg, 16 hexadecimal digits", split_##half##_cfg_xxh3, NULL},  \
    {                                                                                                        \
#half "_weights_xxh3", "XXH3 of " #half ".weights", split_##half##_weights_xxh3, NULL                \
    }

static const struct csv_column split_columns[] = {
    COLUMN_LAYER,
    COLUMN_NAME,
    COLUMN_TYPE,
    COLUMNS_OUT,
    COLUMN_CUT_BYTES,
    SPLIT_HALF_COLUMNS(head),
    SPLIT_HALF_COLUMNS(tail),
    {"check", "how head then tail were compared with the whole network: bitwise", split_check, NULL},
    {"check_by", "what ran them for that: libdarknet, or isplit where stock Darknet cannot", split_by, NULL},
    {"check_inputs", "inputs that they were compared on", split_inputs, NULL},
    {"check_source", "what these were: images of DATA, or synthetic numbers from 0 to 1", split_source, NULL},
    {"check_on", "the processor that compared them, its architecture first: others have other bits",
     split_processor, NULL},
    {"head_runs_in",
     "which Darknet runs the head as it was measured: stock; fork, with its layers or batch norm; isplit: "
     "none",
     split_head_runs_in, NULL},
    {"tail_runs_in", "the same of the tail", split_tail_runs_in, NULL},
    {"folded",
     "by how much of the largest score folding a fork's variances changes the scores; empty: none was folded",
     split_folded, NULL},
    {"fit", "how images are brought to the head's size (--fit)", split_fit, NULL},
    {"pixel_scale", "largest value of a pixel: 1, or 255", split_pixel_scale, NULL},
    {"mean", "taken from each channel, red, green, blue", split_mean, NULL},
    {"std", "that each channel is divided by", split_std, NULL},
    {"bgr", "1 where channels are in the order blue, green, red", split_bgr, NULL},
    {"exif", "1 where images are turned as their EXIF orientation says", split_exif, NULL},
    {"dtype", "number type in which the tensor is sent", split_dtype, NULL},
    {"coder", "what compresses its bytes: none, zstd or lzma", split_coder, NULL},
    {"level", "level of zstd; else empty", split_level, NULL},
    {"scale", "scale of an integer dtype; else empty", split_scale, NULL},
    {"zero", "its zero point", split_zero, NULL},
    {"head_onnx_bytes", "size of head.onnx in bytes; empty: not asked for", split_head_onnx_bytes, NULL},
    {"head_onnx_xxh3", "XXH3 of head.onnx", split_head_onnx_xxh3, NULL},
    {"tail_onnx_bytes", "size of tail.onnx in bytes", split_tail_onnx_bytes, NULL},
    {"tail_onnx_xxh3", "XXH3 of tail.onnx", split_tail_onnx_xxh3, NULL},
};
const struct csv_table csv_table_split = CSV_TABLE("split", split_columns);

void report_partition(FILE *out, const struct report *r)
{
    const struct partition_answer *split = r->split;
    const struct table_row *row = &r->table->rows[split->layer];
    const struct split_line line = {
        .layer = row,
        .split = split,
        .sent = r->sent,
        .pixels = r->pixels,
        .head_layers = row->layer + 1,
        .tail_layers = r->table->rows_n - row->layer - 1 + split->lead,
    };
    struct sheet *s = csv_table_begin(out, &csv_table_split, r, r->style);
    csv_table_row(s, &csv_table_split, &line);
    sheet_free(s);
}
