/* The numbers of a graph's layers in the order of Darknet's weights files. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "onnx/onnx_import.h"
#include "onnx/onnx_node.h"
#include "onnx/onnx_write.h"

#define CHUNK ((int64_t)1 << 14)        /* floats */
#define CHUNK_TURNED ((int64_t)1 << 19) /* of a transposed tensor: rows */

struct weights_writer {
    const struct onnx_graph *g;
    const struct onnx_op *op; /* whose numbers are being written */
    FILE *out;
    onnx_written *written; /* or NULL */
    void *data;
    int64_t done, of; /* numbers of large tensors */
    struct error *e;
};

static int put_floats(struct weights_writer *w, const float *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(numbers[i]))
            return onnx_node_refuse(w->g, w->op->node, w->e,
                                    "one of its numbers is %f (expected finite ones)", (double)numbers[i]);
    if (fwrite(numbers, sizeof *numbers, n, w->out) != n)
        return error_set(w->e, "cannot write the weights: %s", strerror(errno));
    return 0;
}

/* One number a channel. */
static int put_vector(struct weights_writer *w, double (*number)(const struct onnx_op *op, int i))
{
    float few[256];
    int n = 0, status = 0;
    for (int i = 0; i < w->op->out.c && status == 0; i++) {
        few[n++] = (float)number(w->op, i);
        if (n == 256 || i == w->op->out.c - 1) {
            status = put_floats(w, few, (size_t)n);
            n = 0;
        }
    }
    return status;
}

static int put_weights(struct weights_writer *w)
{
    struct onnx_value v = *w->op->weights;
    int status = 0;
    if (w->op->kind == ONNX_CONNECTED && w->op->across) { /* Darknet has [out][in] */
        v.dims[0] = w->op->weights->dims[1];
        v.dims[1] = w->op->weights->dims[0];
        v.transposed = !v.transposed;
    }
    int64_t most = v.transposed ? CHUNK_TURNED : CHUNK;
    float *chunk = memory_new((size_t)(v.n < most ? v.n : most), sizeof *chunk);
    for (int64_t at = 0; at < v.n && status == 0;) {
        size_t n = v.n - at < most ? (size_t)(v.n - at) : (size_t)most;
        onnx_value_floats(&v, at, n, chunk);
        for (size_t i = 0; i < n; i++)
            chunk[i] *= w->op->weights_times;
        status = put_floats(w, chunk, n);
        at += (int64_t)n;
        w->done += (int64_t)n;
        if (w->written)
            w->written(w->data, w->done, w->of);
    }
    free(chunk);
    return status;
}

/* ---- Vectors ---------------------------------------------------------------------------------------- */

static double row_of(const struct onnx_op *op, enum onnx_row row, int i)
{
    return op->affine[(size_t)row * (size_t)op->out.c + (size_t)i];
}

/* What the layer adds before a batch norm. */
static double bias_of(const struct onnx_op *op, int i)
{
    return op->bias ? (double)op->bias_times * onnx_value_number(op->bias, op->bias->n == 1 ? 0 : i) : 0;
}

static double plain_bias(const struct onnx_op *op, int i)
{
    return bias_of(op, i) + (op->affine ? row_of(op, ONNX_SHIFT, i) : 0);
}

static double shift(const struct onnx_op *op, int i)
{
    return row_of(op, ONNX_SHIFT, i);
}

static double scale(const struct onnx_op *op, int i)
{
    return row_of(op, ONNX_SCALES, i);
}

static double mean(const struct onnx_op *op, int i)
{
    return row_of(op, ONNX_MEAN, i) - bias_of(op, i);
}

static double variance(const struct onnx_op *op, int i)
{
    return row_of(op, ONNX_VARIANCE, i);
}

/* [batchnorm] has no biases in the file: the shift goes into the mean. A scale of 0 leaves the shift alone: a
 * tiny one does the same. */
static double lone_scale(const struct onnx_op *op, int i)
{
    const double least = 1e-20;
    double s = scale(op, i);
    return fabs(s) >= least ? s : s < 0 ? -least : least;
}

static double lone_mean(const struct onnx_op *op, int i)
{
    return mean(op, i) - shift(op, i) * (sqrt(variance(op, i)) + 1e-6) / lone_scale(op, i);
}

/* ---- Layers ----------------------------------------------------------------------------------------- */

static int put_batchnorm(struct weights_writer *w)
{
    return put_vector(w, scale) < 0 || put_vector(w, mean) < 0 || put_vector(w, variance) < 0 ? -1 : 0;
}

/* net/layers.h: enum layer_weights. */
static int put_layer(struct weights_writer *w)
{
    bool normalises = onnx_write_normalises(w->op), first = w->op->kind == ONNX_CONNECTED;
    if (w->op->kind == ONNX_AFFINE)
        return put_vector(w, lone_scale) < 0 || put_vector(w, lone_mean) < 0 || put_vector(w, variance) < 0
                   ? -1
                   : 0;
    if (w->op->kind != ONNX_CONV && w->op->kind != ONNX_CONNECTED)
        return 0;
    if (put_vector(w, normalises ? shift : plain_bias) < 0 || (first && put_weights(w) < 0) ||
        (normalises && put_batchnorm(w) < 0))
        return -1;
    return first ? 0 : put_weights(w);
}

/* Of the large tensors: the others are next to nothing. */
static int64_t count_numbers(const struct onnx_graph *g, int output)
{
    int64_t n = 0;
    for (int i = 1; i <= output; i++)
        if (onnx_write_has_layer(g, i) && onnx_graph_op(g, i)->weights)
            n += onnx_graph_op(g, i)->weights->n;
    return n;
}

int onnx_write_weights(const struct onnx_graph *g, int output, FILE *out, onnx_written *written, void *data,
                       struct error *e)
{
    /* 0.1.0 with `seen` of 4 bytes is read alike by every Darknet. */
    static const int32_t header[] = {0, 1, 0, 0};
    struct weights_writer w = {
        .g = g, .out = out, .written = written, .data = data, .of = count_numbers(g, output), .e = e};
    if (fwrite(header, sizeof header, 1, out) != 1)
        return error_set(e, "cannot write the weights: %s", strerror(errno));
    for (int i = 1; i <= output; i++) {
        w.op = onnx_graph_op(g, i);
        if (onnx_write_has_layer(g, i) && put_layer(&w) < 0)
            return -1;
    }
    return 0;
}
