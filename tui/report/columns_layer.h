/* The columns that say which layer a row is about, for tables whose rows are
 * structs that begin with a pointer to the layer (const struct table_row *). */
#ifndef ISPLIT_REPORT_COLUMNS_LAYER_H
#define ISPLIT_REPORT_COLUMNS_LAYER_H

#include "csv/csv_table.h"
#include "net/table.h"

/* Cells of such a row. */
void column_layer(struct sheet *s, const void *row);
void column_name(struct sheet *s, const void *row);
void column_type(struct sheet *s, const void *row);
void column_out_c(struct sheet *s, const void *row);
void column_out_h(struct sheet *s, const void *row);
void column_out_w(struct sheet *s, const void *row);
void column_out_bytes(struct sheet *s, const void *row);
void column_cut_tensors(struct sheet *s, const void *row);
void column_cut_bytes(struct sheet *s, const void *row);
void column_params(struct sheet *s, const void *row);
void column_macs(struct sheet *s, const void *row);
void column_head_params(struct sheet *s, const void *row);
void column_head_macs(struct sheet *s, const void *row);
void column_head_peak_bytes(struct sheet *s, const void *row);
void column_tail_params(struct sheet *s, const void *row);
void column_tail_macs(struct sheet *s, const void *row);
void column_tail_peak_bytes(struct sheet *s, const void *row);

#define COLUMN_LAYER                                                                                         \
    {                                                                                                        \
        "layer", "Darknet's index of the layer", column_layer, NULL                                          \
    }
#define COLUMN_NAME                                                                                          \
    {                                                                                                        \
        "name", "name of the layer, as in the paper's figures where the topology allows", column_name, NULL  \
    }
#define COLUMN_TYPE                                                                                          \
    {                                                                                                        \
        "type", "kind of layer", column_type, NULL                                                           \
    }
#define COLUMNS_OUT                                                                                          \
    {"out_c", "channels of the layer's output", column_out_c, NULL},                                         \
        {"out_h", "height of the layer's output", column_out_h, NULL},                                       \
    {                                                                                                        \
        "out_w", "width of the layer's output", column_out_w, NULL                                           \
    }
#define COLUMN_CUT_TENSORS                                                                                   \
    {                                                                                                        \
        "cut_tensors", "tensors that a cut after this layer sends", column_cut_tensors, NULL                 \
    }
#define COLUMN_CUT_BYTES                                                                                     \
    {                                                                                                        \
        "cut_bytes", "bytes that a cut after this layer sends, as f32", column_cut_bytes, NULL               \
    }

/* Columns of isplit layers, and of isplit curve too. */
#define COLUMNS_LAYER                                                                                        \
    COLUMN_LAYER, COLUMN_NAME, COLUMN_TYPE, COLUMNS_OUT,                                                     \
        {"out_bytes", "bytes of the layer's output, as f32", column_out_bytes, NULL}, COLUMN_CUT_TENSORS,    \
        COLUMN_CUT_BYTES,                                                                                    \
        {"params", "learned numbers of the layer, with batch norm's running statistics", column_params,      \
         NULL},                                                                                              \
        {"macs", "multiply-adds of the layer for one image", column_macs, NULL},                             \
        {"head_params", "learned numbers of the head, layers 0..layer", column_head_params, NULL},           \
        {"head_macs", "multiply-adds of the head for one image", column_head_macs, NULL},                    \
        {"head_peak_bytes", "bytes of the most activations that are alive at once in the head, as f32",      \
         column_head_peak_bytes, NULL},                                                                      \
        {"tail_params", "learned numbers of the tail, the layers behind", column_tail_params, NULL},         \
        {"tail_macs", "multiply-adds of the tail for one image", column_tail_macs, NULL},                    \
    {                                                                                                        \
        "tail_peak_bytes", "bytes of the most activations that are alive at once in the tail, as f32",       \
            column_tail_peak_bytes, NULL                                                                     \
    }

#endif
