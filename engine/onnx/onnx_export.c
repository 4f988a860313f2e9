#include "onnx/onnx_export.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "net/blur.h"
#include "onnx/onnx_export_parts.h"

struct exporter {
    const struct net *net;
    struct params *params;
    struct onnx_model *model;
    const char **values; /* [1 + layer] the value with its output; lists[]: it has the two sides 1, numbers */
    bool *lists;
    int layer; /* which is written */
    struct error *e;
};

static const struct net_layer *export_layer(const struct exporter *x)
{
    return &x->net->layers[x->layer];
}

/* Why a layer cannot be written, or NULL. */
static const char *export_lacks(const struct net *net, const struct net_layer *l)
{
    if (l->kind == NET_REORG)
        return "orders numbers as no operator of ONNX does";
    if (l->kind == NET_SOFTMAX && l->tree)
        return "has a tree of classes, for which ONNX has no operator";
    if (l->kind != NET_SHORTCUT)
        return NULL;
    struct net_shape a = l->in, b = l->inputs[1] == NET_INPUT ? net->in : net->layers[l->inputs[1]].out;
    return a.c == b.c && a.h == b.h && a.w == b.w
               ? NULL
               : "adds maps of unlike shapes, for which ONNX has no operator";
}

int onnx_export_possible(const struct net *net, struct error *e)
{
    for (int i = 0; i < net->layers_n; i++) {
        const struct net_layer *l = &net->layers[i];
        const char *lacks = export_lacks(net, l);
        if (lacks)
            return error_at(e, net->path, l->line, "layer %d (%s) cannot be written as ONNX: [%s] %s", i,
                            l->name, net_kind_name(l->kind), lacks);
    }
    return 0;
}

/* NULL, for the caller to return. */
static const char *export_refuse(const struct exporter *x, const char *why)
{
    const struct net_layer *l = export_layer(x);
    error_at(x->e, x->net->path, l->line, "layer %d (%s) cannot be written as ONNX: [%s] %s", x->layer,
             l->name, net_kind_name(l->kind), why);
    return NULL;
}

static struct net_shape export_shape(const struct exporter *x, int layer)
{
    return layer == NET_INPUT ? x->net->in : x->net->layers[layer].out;
}

static const char *export_unary(struct exporter *x, const char *type, const char *of)
{
    return onnx_model_node(x->model, type, 1, &of);
}

static const char *export_binary(struct exporter *x, const char *type, const char *a, const char *b)
{
    return onnx_model_node(x->model, type, 2, (const char *const[]){a, b});
}

static const char *export_scaled(struct exporter *x, const char *of, float factor)
{
    bool same = !(factor < 1.0f) && !(factor > 1.0f);
    return same ? of : export_binary(x, "Mul", of, onnx_model_number(x->model, factor));
}

static const char *export_act(struct exporter *x, const char *of)
{
    return onnx_export_act(x->model, export_layer(x)->act, of);
}

/* ---- What layers read ------------------------------------------------------------------------------- */

static const char *export_reshaped(struct exporter *x, const char *of, int n, const int64_t *sides)
{
    return export_binary(x, "Reshape", of, onnx_model_integers(x->model, n, sides));
}

/* The output of a layer as 1 x channels x rows x columns. */
static const char *export_map(struct exporter *x, int layer)
{
    struct net_shape s = export_shape(x, layer);
    const char *value = x->values[1 + layer];
    return x->lists[1 + layer] ? export_reshaped(x, value, 4, (const int64_t[]){1, s.c, s.h, s.w}) : value;
}

/* As 1 x numbers. */
static const char *export_list(struct exporter *x, int layer)
{
    if (x->lists[1 + layer])
        return x->values[1 + layer];
    const char *list = export_unary(x, "Flatten", x->values[1 + layer]);
    onnx_model_int(x->model, "axis", 1);
    return list;
}

static const char *export_first_map(struct exporter *x)
{
    return export_map(x, export_layer(x)->inputs[0]);
}

/* ---- Learned numbers -------------------------------------------------------------------------------- */

/* Weights, of these sides, and biases as constants. -1: refused. */
static int export_weights(struct exporter *x, int rank, const int64_t *sides, const char *constants[2])
{
    const struct net_layer *l = export_layer(x);
    struct net_params p;
    if (params_read(x->params, x->layer, &p, x->e) < 0)
        return -1;
    float *weights = memory_try(onnx_export_weights_n(l), sizeof *weights);
    float *biases = memory_new((size_t)l->out.c, sizeof *biases);
    if (!weights)
        export_refuse(x, "has more numbers than there is memory for");
    else if (!onnx_export_fold(l, &p, weights, biases))
        export_refuse(x, "has a batch norm that makes its weights too large");
    else {
        constants[0] = onnx_model_floats(x->model, weights, rank, sides);
        constants[1] = onnx_model_floats(x->model, biases, 1, (const int64_t[]){l->out.c});
        return 0;
    }
    free(weights);
    free(biases);
    return -1;
}

/* ---- Windows ---------------------------------------------------------------------------------------- */

static void export_window(struct exporter *x, int size, int rows, int columns, const int64_t pads[4])
{
    onnx_model_ints(x->model, "kernel_shape", 2, (const int64_t[]){size, size});
    onnx_model_ints(x->model, "strides", 2, (const int64_t[]){rows, columns});
    onnx_model_ints(x->model, "pads", 4, pads);
}

/* The blur of a fork: each channel alone. */
static const char *export_blur(struct exporter *x, const char *of)
{
    const struct net_layer *l = export_layer(x);
    int side = l->blur;
    size_t window = (size_t)side * (size_t)side;
    size_t n = memory_product((size_t)l->out.c, window);
    float *weights = memory_new(n, sizeof *weights);
    for (size_t i = 0; i < n; i++)
        weights[i] =
            blur_weight(side, (int)(i % window) / side) * blur_weight(side, (int)(i % window) % side);
    const char *inputs[] = {
        of, onnx_model_floats(x->model, weights, 4, (const int64_t[]){l->out.c, 1, side, side})};
    const char *y = onnx_model_node(x->model, "Conv", 2, inputs);
    int64_t pad = blur_pad(side);
    export_window(x, side, l->stride, l->stride_x, (const int64_t[]){pad, pad, pad, pad});
    onnx_model_int(x->model, "group", l->out.c);
    return y;
}

static const char *export_convolution(struct exporter *x)
{
    const struct net_layer *l = export_layer(x);
    const char *inputs[3] = {export_first_map(x)};
    const int64_t sides[] = {l->out.c, l->in.c / l->groups, l->size, l->size};
    if (export_weights(x, 4, sides, inputs + 1) < 0)
        return NULL;
    const char *y = onnx_model_node(x->model, "Conv", 3, inputs);
    int64_t pad = (int64_t)l->pad * l->dilation;
    export_window(x, l->size, l->blur ? 1 : l->stride, l->blur ? 1 : l->stride_x,
                  (const int64_t[]){pad, pad, pad, pad});
    onnx_model_ints(x->model, "dilations", 2, (const int64_t[]){l->dilation, l->dilation});
    onnx_model_int(x->model, "group", l->groups);
    y = export_act(x, y);
    return y && l->blur ? export_blur(x, y) : y;
}

static const char *export_deconvolution(struct exporter *x)
{
    const struct net_layer *l = export_layer(x);
    const char *inputs[3] = {export_first_map(x)};
    if (export_weights(x, 4, (const int64_t[]){l->in.c, l->out.c, l->size, l->size}, inputs + 1) < 0)
        return NULL;
    const char *y = onnx_model_node(x->model, "ConvTranspose", 3, inputs);
    export_window(x, l->size, l->stride, l->stride, (const int64_t[]){l->pad, l->pad, l->pad, l->pad});
    return export_act(x, y);
}

/* Pixels of padding below or on the right, that the last window reaches. */
static int64_t export_pad_behind(int in, int out, int step, int size, int before)
{
    int64_t behind = (int64_t)(out - 1) * step + size - in - before;
    return behind > 0 ? behind : 0;
}

/* The padding does not count in a mean, as AveragePool has it by default. */
static const char *export_pool(struct exporter *x)
{
    const struct net_layer *l = export_layer(x);
    struct net_shape made = blur_source(l);
    int before = l->pad / 2, rows = l->blur ? 1 : l->stride, columns = l->blur ? 1 : l->stride_x;
    if (net_layer_is_identity(l))
        return export_first_map(x);
    const char *y = export_unary(x, l->kind == NET_MAXPOOL ? "MaxPool" : "AveragePool", export_first_map(x));
    export_window(x, l->size, rows, columns,
                  (const int64_t[]){before, before, export_pad_behind(l->in.h, made.h, rows, l->size, before),
                                    export_pad_behind(l->in.w, made.w, columns, l->size, before)});
    return l->blur ? export_blur(x, y) : y;
}

/* ---- The other kinds -------------------------------------------------------------------------------- */

static const char *export_average(struct exporter *x)
{
    return export_unary(x, "GlobalAveragePool", export_first_map(x));
}

static const char *export_connected(struct exporter *x)
{
    const struct net_layer *l = export_layer(x);
    const char *inputs[3] = {export_list(x, l->inputs[0])};
    if (export_weights(x, 2, (const int64_t[]){l->out.c, net_shape_size(l->in)}, inputs + 1) < 0)
        return NULL;
    const char *y = onnx_model_node(x->model, "Gemm", 3, inputs);
    onnx_model_int(x->model, "transB", 1);
    return export_act(x, y);
}

/* Factor and term are in scale and bias: the mean is 0, the variance 1. */
static const char *export_batchnorm(struct exporter *x)
{
    const struct net_layer *l = export_layer(x);
    struct net_params p;
    const char *inputs[5] = {export_first_map(x)};
    if (params_read(x->params, x->layer, &p, x->e) < 0)
        return NULL;
    for (int row = 0; row < 4; row++) { /* scale, bias, mean, variance */
        float *numbers = memory_new((size_t)l->out.c, sizeof *numbers);
        for (int c = 0; c < l->out.c; c++) {
            double factor, term;
            onnx_export_normal(&p, c, &factor, &term);
            numbers[c] = (float)(row == 0 ? factor : row == 1 ? term : row == 2 ? 0 : 1);
        }
        inputs[1 + row] = onnx_model_floats(x->model, numbers, 1, (const int64_t[]){l->out.c});
    }
    const char *y = onnx_model_node(x->model, "BatchNormalization", 5, inputs);
    onnx_model_float(x->model, "epsilon", 0);
    return y;
}

static const char *export_shortcut(struct exporter *x)
{
    const struct net_layer *l = export_layer(x);
    bool list = x->lists[1 + l->inputs[0]] && x->lists[1 + l->inputs[1]];
    const char *(*read)(struct exporter *, int) = list ? export_list : export_map;
    const char *first = export_scaled(x, read(x, l->inputs[0]), l->alpha);
    const char *second = export_scaled(x, read(x, l->inputs[1]), l->beta);
    return export_act(x, export_binary(x, "Add", first, second));
}

/* A part of the channels, or of the rows and columns. */
static const char *export_slice(struct exporter *x, const char *of, int axis, int from, int n)
{
    const char *y = export_unary(x, "Slice", of);
    onnx_model_ints(x->model, "axes", 1, (const int64_t[]){axis});
    onnx_model_ints(x->model, "starts", 1, (const int64_t[]){from});
    onnx_model_ints(x->model, "ends", 1, (const int64_t[]){(int64_t)from + n});
    return y;
}

static const char *export_route(struct exporter *x)
{
    const struct net_layer *l = export_layer(x);
    const char **parts = memory_new((size_t)l->inputs_n, sizeof *parts);
    for (int i = 0; i < l->inputs_n; i++) {
        int part = export_shape(x, l->inputs[i]).c / l->groups;
        parts[i] = export_map(x, l->inputs[i]);
        if (l->groups > 1)
            parts[i] = export_slice(x, parts[i], 1, l->group_id * part, part);
    }
    const char *y = parts[0];
    if (l->inputs_n > 1) {
        y = onnx_model_node(x->model, "Concat", l->inputs_n, parts);
        onnx_model_int(x->model, "axis", 1);
    }
    free(parts);
    return y;
}

/* The map, and its gate: of each channel, each pixel, or each number. */
static const char *export_gate(struct exporter *x)
{
    const struct net_layer *l = export_layer(x);
    const char *map = export_map(x, l->inputs[1]), *gate = export_map(x, l->inputs[0]);
    return export_act(x, export_binary(x, "Mul", map, gate));
}

static const char *export_upsample(struct exporter *x)
{
    const struct net_layer *l = export_layer(x);
    float *scales = memory_new(4, sizeof *scales);
    for (int i = 0; i < 4; i++)
        scales[i] = i < 2 ? 1.0f : (float)l->stride;
    const char *map = export_first_map(x),
               *sides = onnx_model_floats(x->model, scales, 1, (const int64_t[]){4});
    const char *y = export_binary(x, "Upsample", map, sides);
    onnx_model_text(x->model, "mode", "nearest");
    return export_scaled(x, y, l->scale);
}

/* The middle; from 0..1 to -1..1, unless noadjust is set. */
static const char *export_crop(struct exporter *x)
{
    const struct net_layer *l = export_layer(x);
    const char *y = export_slice(x, export_first_map(x), 2, (l->in.h - l->out.h) / 2, l->out.h);
    y = export_slice(x, y, 3, (l->in.w - l->out.w) / 2, l->out.w);
    if (l->noadjust)
        return y;
    return export_binary(x, "Add", export_scaled(x, y, 2), onnx_model_number(x->model, -1));
}

static const char *export_activation(struct exporter *x)
{
    return export_act(x, x->values[1 + export_layer(x)->inputs[0]]);
}

static const char *export_same(struct exporter *x)
{
    return x->values[1 + export_layer(x)->inputs[0]];
}

/* Of a list; groups are rows. */
static const char *export_softmax(struct exporter *x)
{
    const struct net_layer *l = export_layer(x);
    const char *y = export_scaled(x, export_list(x, l->inputs[0]), 1 / l->temperature);
    int64_t n = net_shape_size(l->in);
    if (l->groups > 1)
        y = export_reshaped(x, y, 2, (const int64_t[]){l->groups, n / l->groups});
    y = export_unary(x, "Softmax", y);
    onnx_model_int(x->model, "axis", 1);
    return l->groups > 1 ? export_reshaped(x, y, 2, (const int64_t[]){1, n}) : y;
}

/* `list`: how the output lies; ALIKE: as the input. */
enum export_form { EXPORT_FORM_MAP, EXPORT_FORM_LIST, EXPORT_FORM_ALIKE };

static const struct export_kind {
    const char *(*write)(struct exporter *x);
    enum export_form form;
} export_kinds[] = {
    [NET_CONVOLUTIONAL] = {export_convolution, EXPORT_FORM_MAP},
    [NET_DECONVOLUTIONAL] = {export_deconvolution, EXPORT_FORM_MAP},
    [NET_DEPTHWISE] = {export_convolution, EXPORT_FORM_MAP},
    [NET_MAXPOOL] = {export_pool, EXPORT_FORM_MAP},
    [NET_LOCAL_AVGPOOL] = {export_pool, EXPORT_FORM_MAP},
    [NET_AVGPOOL] = {export_average, EXPORT_FORM_MAP},
    [NET_CONNECTED] = {export_connected, EXPORT_FORM_LIST},
    [NET_BATCHNORM] = {export_batchnorm, EXPORT_FORM_MAP},
    [NET_SHORTCUT] = {export_shortcut, EXPORT_FORM_ALIKE},
    [NET_ROUTE] = {export_route, EXPORT_FORM_MAP},
    [NET_SCALE_CHANNELS] = {export_gate, EXPORT_FORM_MAP},
    [NET_SAM] = {export_gate, EXPORT_FORM_MAP},
    [NET_UPSAMPLE] = {export_upsample, EXPORT_FORM_MAP},
    [NET_REORG] = {NULL, EXPORT_FORM_MAP}, /* refused */
    [NET_CROP] = {export_crop, EXPORT_FORM_MAP},
    [NET_ACTIVATION] = {export_activation, EXPORT_FORM_ALIKE},
    [NET_DROPOUT] = {export_same, EXPORT_FORM_ALIKE},
    [NET_SOFTMAX] = {export_softmax, EXPORT_FORM_LIST},
    [NET_COST] = {export_same, EXPORT_FORM_ALIKE},
};
static_assert(sizeof export_kinds / sizeof *export_kinds == NET_KINDS, "one row a layer kind");

/* ---- The model -------------------------------------------------------------------------------------- */

static bool export_is_list(const struct exporter *x)
{
    const struct net_layer *l = export_layer(x);
    enum export_form form = export_kinds[l->kind].form;
    bool alike = form == EXPORT_FORM_ALIKE;
    for (int i = 0; i < l->inputs_n; i++)
        alike = alike && x->lists[1 + l->inputs[i]];
    return form == EXPORT_FORM_LIST || alike;
}

static int export_layers(struct exporter *x)
{
    for (x->layer = 0; x->layer < x->net->layers_n; x->layer++) {
        const struct net_layer *l = export_layer(x);
        onnx_model_at(x->model, l->name);
        const char *y = export_kinds[l->kind].write(x);
        params_release(x->params);
        if (!y)
            return -1;
        x->lists[1 + x->layer] = export_is_list(x);
        x->values[1 + x->layer] = y;
    }
    return 0;
}

/* The output has a name of its own, also where no layer makes anything. */
static int export_model(struct exporter *x, enum onnx_output output, FILE *out)
{
    int last = x->net->layers_n - 1;
    struct net_shape in = x->net->in, s = x->net->layers[last].out;
    bool map = output == ONNX_OUTPUT_MAP;
    onnx_model_at(x->model, "output");
    const char *y = map ? export_map(x, last) : export_list(x, last);
    if (strcmp(y, ONNX_MODEL_INPUT) == 0)
        y = export_unary(x, "Identity", y);
    const int64_t sides[] = {1, map ? s.c : net_shape_size(s), s.h, s.w};
    return onnx_model_write(x->model, (const int64_t[]){1, in.c, in.h, in.w}, y, map ? 4 : 2, sides, out,
                            x->e);
}

int onnx_export(const struct net *net, const char *weights, const struct weights_info *info,
                enum onnx_output output, const char *doc, FILE *out, struct error *e)
{
    size_t n = (size_t)net->layers_n + 1;
    struct exporter x = {.net = net, .e = e};
    if (onnx_export_possible(net, e) < 0)
        return -1;
    x.params = params_open(weights, net, info, e);
    if (!x.params)
        return -1;
    x.model = onnx_model_new(doc);
    x.values = memory_new(n, sizeof *x.values);
    x.lists = memory_new(n, sizeof *x.lists);
    x.values[0] = ONNX_MODEL_INPUT;
    int status = export_layers(&x) < 0 || export_model(&x, output, out) < 0 ? -1 : 0;
    free(x.values);
    free(x.lists);
    onnx_model_free(x.model);
    params_close(x.params);
    return status;
}
