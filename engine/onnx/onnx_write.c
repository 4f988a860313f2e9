#include "onnx/onnx_write.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "onnx/onnx_merge.h"
#include "onnx/onnx_node.h"

struct cfg_writer {
    struct onnx_graph *g;
    FILE *out;
    int layers; /* written */
    int input;  /* the layer that has the network's input, or NET_INPUT */
};

bool onnx_write_has_layer(const struct onnx_graph *g, int number)
{
    const struct onnx_op *op = onnx_graph_op(g, number);
    return op->uses && op->into == number && op->kind != ONNX_INPUT;
}

bool onnx_write_normalises(const struct onnx_op *op)
{
    if (!op->affine || op->kind == ONNX_AFFINE || op->given)
        return op->affine != NULL;
    for (int i = 0; i < op->out.c; i++)
        if (fabs(op->affine[ONNX_SCALES * op->out.c + i] - 1) > 0)
            return true;
    return false;
}

/* ---- Sections --------------------------------------------------------------------------------------- */

static const char *act_of(const struct onnx_op *op)
{
    return op->act ? op->act : "linear";
}

static int layer_of(const struct cfg_writer *w, int number)
{
    int root = onnx_merge_root(w->g, number);
    return onnx_graph_op(w->g, root)->kind == ONNX_INPUT ? w->input : onnx_graph_op(w->g, root)->layer;
}

static void cfg_conv(struct cfg_writer *w, const struct onnx_op *op)
{
    if (onnx_write_normalises(op))
        fprintf(w->out, "batch_normalize=1\n");
    fprintf(w->out, "filters=%d\nsize=%d\nstride=%d\npadding=%d\n", op->out.c, op->size, op->stride,
            op->padding);
    if (op->groups > 1)
        fprintf(w->out, "groups=%d\n", op->groups);
    if (op->dilation > 1)
        fprintf(w->out, "dilation=%d\n", op->dilation);
    fprintf(w->out, "activation=%s\n", act_of(op));
}

static void cfg_connected(struct cfg_writer *w, const struct onnx_op *op)
{
    fprintf(w->out, "%soutput=%d\nactivation=%s\n", onnx_write_normalises(op) ? "batch_normalize=1\n" : "",
            op->out.c, act_of(op));
}

static void cfg_act(struct cfg_writer *w, const struct onnx_op *op)
{
    fprintf(w->out, "activation=%s\n", act_of(op));
}

/* The two inputs, one of which is the layer before. */
static void cfg_add(struct cfg_writer *w, const struct onnx_op *op)
{
    int a = layer_of(w, op->inputs[0]), b = layer_of(w, op->inputs[1]);
    fprintf(w->out, "from=%d\nactivation=%s\n", b == w->layers - 1 ? a : b, act_of(op));
}

static void cfg_scale(struct cfg_writer *w, const struct onnx_op *op)
{
    fprintf(w->out, "from=%d\n", layer_of(w, op->inputs[1]));
}

static void cfg_concat(struct cfg_writer *w, const struct onnx_op *op)
{
    for (int i = 0; i < op->inputs_n; i++)
        fprintf(w->out, "%s%d", i ? "," : "layers=", layer_of(w, op->inputs[i]));
    fputc('\n', w->out);
}

static void cfg_part(struct cfg_writer *w, const struct onnx_op *op)
{
    fprintf(w->out, "layers=%d\ngroups=%d\ngroup_id=%d\n", layer_of(w, op->inputs[0]), op->groups, op->part);
}

static void cfg_pool(struct cfg_writer *w, const struct onnx_op *op)
{
    fprintf(w->out, "size=%d\nstride=%d\npadding=%d\n", op->size, op->stride, op->padding);
}

static void cfg_upsample(struct cfg_writer *w, const struct onnx_op *op)
{
    fprintf(w->out, "stride=%d\n", op->stride);
}

/* Without a name: there is no such layer. */
static const struct section {
    const char *name;
    void (*keys)(struct cfg_writer *w, const struct onnx_op *op);
} sections[ONNX_KINDS] = {
    [ONNX_CONV] = {"convolutional", cfg_conv}, [ONNX_CONNECTED] = {"connected", cfg_connected},
    [ONNX_AFFINE] = {"batchnorm", NULL},       [ONNX_ACT] = {"activation", cfg_act},
    [ONNX_ADD] = {"shortcut", cfg_add},        [ONNX_SCALE] = {"scale_channels", cfg_scale},
    [ONNX_CONCAT] = {"route", cfg_concat},     [ONNX_PART] = {"route", cfg_part},
    [ONNX_MAXPOOL] = {"maxpool", cfg_pool},    [ONNX_AVGPOOL] = {"local_avgpool", cfg_pool},
    [ONNX_GLOBAL] = {"avgpool", NULL},         [ONNX_UPSAMPLE] = {"upsample", cfg_upsample},
    [ONNX_SOFTMAX] = {"softmax", NULL},
};

/* ---- The cfg ---------------------------------------------------------------------------------------- */

/* The layer that the operation reads as the one before it; a route names all. */
static int previous_of(const struct cfg_writer *w, const struct onnx_op *op)
{
    if (op->kind == ONNX_CONCAT || op->kind == ONNX_PART)
        return w->layers - 1;
    if (op->kind == ONNX_ADD && layer_of(w, op->inputs[1]) == w->layers - 1)
        return w->layers - 1;
    return layer_of(w, op->inputs[0]);
}

static void comment_name(FILE *out, const Onnx__NodeProto *node)
{
    char *name = text_escape(node->name && *node->name ? node->name : onnx_node_output(node));
    fprintf(out, "\n# %.200s\n", name);
    free(name);
}

static int cfg_layer(struct cfg_writer *w, int number, struct error *e)
{
    struct onnx_op *op = onnx_graph_op(w->g, number);
    const struct section *section = &sections[op->kind];
    if (op->kind == ONNX_PAD)
        return onnx_node_refuse(w->g, op->node, e, "pads what is neither a convolution's nor a pool's input");
    if (!section->name || (op->kind == ONNX_ACT && strcmp(op->act, ONNX_SOFTPLUS) == 0))
        return onnx_node_refuse(w->g, op->node, e, "has no counterpart in Darknet");
    comment_name(w->out, op->node);
    int previous = previous_of(w, op);
    if (previous != w->layers - 1) {
        fprintf(w->out, "[route]\nlayers=%d\n\n", previous);
        w->layers++;
    }
    fprintf(w->out, "[%s]\n", section->name);
    if (section->keys)
        section->keys(w, op);
    op->layer = w->layers++;
    return 0;
}

/* Layers can refer to layers only: an input that is read twice, or later, or by its number, needs one. */
static bool input_needs_layer(const struct onnx_graph *g, int output)
{
    int uses = 0;
    for (int i = 1; i <= output; i++) {
        const struct onnx_op *op = onnx_graph_op(g, i);
        for (int k = 0; onnx_write_has_layer(g, i) && k < op->inputs_n; k++)
            uses += onnx_merge_root(g, op->inputs[k]) == 0 ? 1 + (op->kind == ONNX_PART) : 0;
    }
    return uses > 1;
}

int onnx_write_cfg(struct onnx_graph *g, int output, FILE *out, struct error *e)
{
    struct cfg_writer w = {.g = g, .out = out, .input = NET_INPUT};
    struct net_shape in = onnx_graph_op(g, 0)->out;
    char *path = text_escape(onnx_file_path(onnx_graph_file(g)));
    fprintf(out, "# %s, by isplit import\n[net]\nwidth=%d\nheight=%d\nchannels=%d\n", path, in.w, in.h, in.c);
    free(path);
    if (input_needs_layer(g, output)) {
        fprintf(out,
                "\n# the input, as a layer\n[maxpool]\nsize=1\nstride=1\n"); /* which OpenCV reads, too */
        w.input = w.layers++;
    }
    for (int i = 1; i <= output; i++)
        if (onnx_write_has_layer(g, i) && cfg_layer(&w, i, e) < 0)
            return -1;
    return 0;
}
