#include "report/columns_layer.h"

#define LAYER_CELL(type, name, member)                                                                       \
    void column_##name(struct sheet *s, const void *row)                                                     \
    {                                                                                                        \
        sheet_##type(s, (*(const struct table_row *const *)row)->member);                                    \
    }

LAYER_CELL(integer, layer, layer)
LAYER_CELL(text, name, name)
LAYER_CELL(text, type, type)
LAYER_CELL(integer, out_c, out.c)
LAYER_CELL(integer, out_h, out.h)
LAYER_CELL(integer, out_w, out.w)
LAYER_CELL(integer, out_bytes, out_bytes)
LAYER_CELL(integer, cut_tensors, cut_tensors)
LAYER_CELL(integer, cut_bytes, cut_bytes)
LAYER_CELL(integer, params, params)
LAYER_CELL(integer, macs, macs)
LAYER_CELL(integer, head_params, head_params)
LAYER_CELL(integer, head_macs, head_macs)
LAYER_CELL(integer, head_peak_bytes, head_peak_bytes)
LAYER_CELL(integer, tail_params, tail_params)
LAYER_CELL(integer, tail_macs, tail_macs)
LAYER_CELL(integer, tail_peak_bytes, tail_peak_bytes)
