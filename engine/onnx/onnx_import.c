#include "onnx/onnx_import.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "net/net.h"
#include "onnx/onnx_lower.h"
#include "onnx/onnx_merge.h"
#include "onnx/onnx_write.h"

/* ---- What is said ----------------------------------------------------------------------------------- */

static void say_network(struct text_list *notes, const struct net *net)
{
    int64_t params = 0, macs = 0;
    for (int i = 0; i < net->layers_n; i++) {
        params += net->layers[i].params;
        macs += net->layers[i].macs;
    }
    text_list_add(notes,
                  memory_format("%d layers, %" PRId64 " params, %" PRId64
                                " multiply-adds, input %dx%dx%d, %d scores",
                                net->layers_n, params, macs, net->in.c, net->in.h, net->in.w, net->classes));
}

/* y = (x - mean) / std from the input's affine rows; one number where all channels have the same. */
static void write_option(FILE *out, const char *name, const double *numbers, int n)
{
    bool alike = true;
    for (int i = 1; i < n; i++)
        alike = alike && fabs(numbers[i] - numbers[0]) <= 0;
    fprintf(out, " --%s ", name);
    for (int i = 0; i < (alike ? 1 : n); i++)
        fprintf(out, "%s%.6g", i ? "," : "", numbers[i]);
}

/* Pixels from 0 to 255 have deviations of tens, those from 0 to 1 of tenths. */
static void say_normalisation(struct text_list *notes, const struct onnx_op *input)
{
    double mean[3] = {0}, std[3] = {0}, largest = 0;
    char *text;
    size_t length;
    int c = input->out.c;
    if (!input->affine) {
        text_list_add(
            notes,
            memory_copy("the model does not normalise its input: give --mean and --std of its training"));
        return;
    }
    for (int i = 0; i < c; i++) {
        double deviation = sqrt(input->affine[ONNX_VARIANCE * c + i]) + 1e-6;
        double a = input->affine[ONNX_SCALES * c + i] / deviation;
        double b = input->affine[ONNX_SHIFT * c + i] - input->affine[ONNX_MEAN * c + i] * a;
        mean[i] = fabs(b) > 0 ? -b / a : 0;
        std[i] = 1 / a;
        largest = fmax(largest, std[i]);
    }
    FILE *out = memory_stream(&text, &length);
    fprintf(out, "the model normalises its input itself, which is no layer: measure with");
    if (largest > 2)
        fprintf(out, " --scale 255");
    write_option(out, "mean", mean, c);
    write_option(out, "std", std, c);
    fclose(out);
    text_list_add(notes, text);
}

/* ---- The network ------------------------------------------------------------------------------------ */

/* That the cfg is a network of ours with the shapes that were computed here: two readings that know nothing
 * of each other. */
static struct net *check_cfg(const struct onnx_graph *g, int output, const char *text, size_t length,
                             struct error *e)
{
    const char *path = onnx_file_path(onnx_graph_file(g));
    struct error why;
    struct net *net = net_parse(text, length, "cfg", &why);
    if (!net) {
        error_at(e, path, 0, "is no network for isplit: %s", why.text);
        return NULL;
    }
    for (int i = 1; i <= output; i++) {
        const struct onnx_op *op = onnx_graph_op(g, i);
        if (!onnx_write_has_layer(g, i))
            continue;
        struct net_shape s = net->layers[op->layer].out;
        if (s.c == op->out.c && s.h == op->out.h && s.w == op->out.w)
            continue;
        onnx_node_refuse(g, op->node, e, "makes %dx%dx%d, and its layer %d in Darknet %dx%dx%d", op->out.c,
                         op->out.h, op->out.w, op->layer, s.c, s.h, s.w);
        net_free(net);
        return NULL;
    }
    return net;
}

/* The cfg, in memory until it has been checked. */
static int write_network(struct onnx_graph *g, int output, FILE *cfg, struct text_list *notes,
                         struct error *e)
{
    char *text;
    size_t length;
    FILE *stream = memory_stream(&text, &length);
    int status = onnx_write_cfg(g, output, stream, e);
    fclose(stream);
    struct net *net = status == 0 ? check_cfg(g, output, text, length, e) : NULL;
    if (net)
        say_network(notes, net);
    if (net && fwrite(text, 1, length, cfg) != length)
        status = error_set(e, "cannot write the cfg: %s", strerror(errno));
    free(text);
    if (!net)
        return -1;
    net_free(net);
    return status;
}

static int import(struct onnx_graph *g, FILE *cfg, FILE *weights, onnx_written *written, void *data,
                  struct text_list *notes, struct error *e)
{
    int output;
    if (onnx_lower(g, &output, e) < 0)
        return -1;
    onnx_merge(g, output);
    if (write_network(g, output, cfg, notes, e) < 0 ||
        onnx_write_weights(g, output, weights, written, data, e) < 0)
        return -1;
    say_normalisation(notes, onnx_graph_op(g, 0));
    const struct text_list *more = onnx_graph_notes(g);
    for (int i = 0; i < more->n; i++)
        text_list_add(notes, memory_copy(more->texts[i]));
    return 0;
}

int onnx_import(const char *model, FILE *cfg, FILE *weights, onnx_written *written, void *data,
                struct text_list *notes, struct error *e)
{
    struct onnx_file *f = onnx_file_open(model, e);
    if (!f)
        return -1;
    struct onnx_graph *g = onnx_graph_new(f);
    int status = import(g, cfg, weights, written, data, notes, e);
    onnx_graph_free(g);
    onnx_file_close(f);
    return status;
}
