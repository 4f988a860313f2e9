#include "plan/onednn.h"

#include <dnnl.h>
#include <dnnl_debug.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* At most: source, weights, bias, destination, workspace, scratchpad. */
enum { MAX_ARGS = 6 };

struct onednn {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    int batch;
    int block;
    size_t scratch_bytes;
    void *scratch;
};

/* One end of a primitive: the caller's buffer and, where the implementation wants another layout, a
 * buffer of our own with the reorder between the two. */
struct end {
    dnnl_memory_t outer, inner; /* the same object where no reorder is needed */
    dnnl_primitive_t reorder;
    void *buffer;
};

struct onednn_op {
    dnnl_primitive_desc_t description;
    dnnl_primitive_t primitive;
    struct end from, to;
    dnnl_memory_t weights, bias, workspace, scratch;
    void *weights_buffer, *bias_buffer, *workspace_buffer;
    bool owns_workspace;
    dnnl_exec_arg_t args[MAX_ARGS];
    int args_n;
    size_t bytes;
    char implementation[64];
};

/* ---- Library state -------------------------------------------------------------------------- */

static int failed(struct error *e, const char *what, dnnl_status_t status)
{
    return error_set(e, "oneDNN: %s: %s", what,
                     status == dnnl_out_of_memory       ? "out of memory"
                     : status == dnnl_unimplemented     ? "not implemented on this processor"
                     : status == dnnl_invalid_arguments ? "invalid arguments"
                                                        : "failed");
}

struct onednn *onednn_open(int batch, struct error *e)
{
    struct onednn *dn = memory_new(1, sizeof *dn);
    dn->batch = batch;
    /* The values are sets of bits, not an order: AVX2-VNNI is a larger number than AVX-512. */
    bool avx512 = (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core;
    dn->block = avx512 ? 16 : 8;
    dnnl_status_t status = dnnl_engine_create(&dn->engine, dnnl_cpu, 0);
    if (status == dnnl_success)
        status = dnnl_stream_create(&dn->stream, dn->engine, dnnl_stream_default_flags);
    if (status != dnnl_success) {
        failed(e, "cannot start", status);
        onednn_close(dn);
        return NULL;
    }
    return dn;
}

void onednn_close(struct onednn *dn)
{
    if (!dn)
        return;
    if (dn->stream)
        dnnl_stream_destroy(dn->stream);
    if (dn->engine)
        dnnl_engine_destroy(dn->engine);
    free(dn->scratch);
    free(dn);
}

int onednn_block(const struct onednn *dn)
{
    return dn->block;
}

const char *onednn_version(void)
{
    static const char text[] = {'0' + DNNL_VERSION_MAJOR, '.', '0' + DNNL_VERSION_MINOR, '.',
                                '0' + DNNL_VERSION_PATCH, '\0'};
    return text;
}

const char *onednn_isa(void)
{
    const char *text = dnnl_cpu_isa2str(dnnl_get_effective_cpu_isa());
    const char *name = strrchr(text, ':');
    text = name ? name + 1 : text;
    return strncmp(text, "cpu_isa_", 8) == 0 ? text + 8 : text;
}

int onednn_ready(struct onednn *dn, struct error *e)
{
    free(dn->scratch);
    dn->scratch = memory_try(dn->scratch_bytes);
    return dn->scratch ? 0 : error_set(e, "no memory for a scratchpad of %zu bytes", dn->scratch_bytes);
}

/* ---- Memory descriptions -------------------------------------------------------------------- */

static dnnl_memory_desc_t tensor_desc(const struct onednn *dn, struct tensor t, bool any)
{
    dnnl_dims_t dims = {dn->batch, t.c, t.h, t.w};
    dnnl_format_tag_t tag = any             ? dnnl_format_tag_any
                            : t.block == 16 ? dnnl_nChw16c
                            : t.block == 8  ? dnnl_nChw8c
                                            : dnnl_nchw;
    dnnl_memory_desc_t md;
    dnnl_memory_desc_init_by_tag(&md, 4, dims, dnnl_f32, tag);
    return md;
}

/* A connected layer's destination is two-dimensional for oneDNN; its buffer is [batch][out.c] here. */
static dnnl_memory_desc_t row_desc(const struct onednn *dn, struct tensor t)
{
    dnnl_dims_t dims = {dn->batch, t.c};
    dnnl_memory_desc_t md;
    dnnl_memory_desc_init_by_tag(&md, 2, dims, dnnl_f32, dnnl_nc);
    return md;
}

/* Logical order is [out][in/groups][h][w], with the groups in front where there are several. A
 * deconvolution's file order is [in][out][h][w]. */
static dnnl_memory_desc_t weights_desc(const struct onednn_layer *l, bool deconvolution, bool any)
{
    dnnl_memory_desc_t md;
    if (l->groups > 1) {
        dnnl_dims_t dims = {l->groups, l->out.c / l->groups, l->in.c / l->groups, l->size_h, l->size_w};
        dnnl_memory_desc_init_by_tag(&md, 5, dims, dnnl_f32, any ? dnnl_format_tag_any : dnnl_goihw);
        return md;
    }
    dnnl_dims_t dims = {l->out.c, l->in.c, l->size_h, l->size_w};
    dnnl_format_tag_t plain = deconvolution ? dnnl_iohw : dnnl_oihw;
    dnnl_memory_desc_init_by_tag(&md, 4, dims, dnnl_f32, any ? dnnl_format_tag_any : plain);
    return md;
}

static dnnl_memory_desc_t bias_desc(const struct onednn_layer *l)
{
    dnnl_dims_t dims = {l->out.c};
    dnnl_memory_desc_t md;
    dnnl_memory_desc_init_by_tag(&md, 1, dims, dnnl_f32, dnnl_a);
    return md;
}

static const dnnl_memory_desc_t *asked(const struct onednn_op *op, dnnl_query_t query, int index)
{
    return dnnl_primitive_desc_query_md(op->description, query, index);
}

/* ---- Attributes and primitive descriptions --------------------------------------------------- */

/* User scratchpad, so that all ops share one; leaky relu appended where asked. */
static dnnl_status_t make_attr(dnnl_primitive_attr_t *attr, bool rectify, float slope)
{
    dnnl_status_t status = dnnl_primitive_attr_create(attr);
    if (status == dnnl_success)
        status = dnnl_primitive_attr_set_scratchpad_mode(*attr, dnnl_scratchpad_mode_user);
    if (status != dnnl_success || !rectify)
        return status;
    dnnl_post_ops_t post;
    status = dnnl_post_ops_create(&post);
    if (status != dnnl_success)
        return status;
    status = dnnl_post_ops_append_eltwise(post, 1.0f, dnnl_eltwise_relu, slope, 0.0f);
    if (status == dnnl_success)
        status = dnnl_primitive_attr_set_post_ops(*attr, post);
    dnnl_post_ops_destroy(post);
    return status;
}

static bool is_reference(dnnl_primitive_desc_t description)
{
    const char *text = "";
    dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, (void *)&text);
    return strncmp(text, "ref", 3) == 0;
}

typedef dnnl_status_t fill_desc(const struct onednn *dn, const void *layer, bool any, dnnl_op_desc_t out,
                                bool training);

/* A large enough room for any operation descriptor this file uses. */
union any_desc {
    dnnl_convolution_desc_t convolution;
    dnnl_inner_product_desc_t connected;
    dnnl_pooling_desc_t pooling;
};

/* Tries the buffers' own layouts first; where only oneDNN's slow reference code would run, lets it
 * choose the layouts and reorders at the ends. `forward` describes the forward pass, which the
 * gradient's description needs as a hint; `gradient` is NULL for a forward op. */
static int describe(struct onednn *dn, struct onednn_op *op, fill_desc *forward, fill_desc *gradient,
                    const void *layer, bool rectify, float slope, struct error *e)
{
    dnnl_primitive_attr_t attr = NULL;
    dnnl_status_t status = make_attr(&attr, rectify, slope);
    dnnl_primitive_desc_t best = NULL;
    for (int any = 0; any < 2 && status == dnnl_success; any++) {
        union any_desc d;
        dnnl_primitive_desc_t hint = NULL, found = NULL;
        dnnl_status_t made = forward(dn, layer, any, &d, gradient != NULL);
        if (made == dnnl_success && gradient) {
            made = dnnl_primitive_desc_create(&hint, &d, NULL, dn->engine, NULL);
            if (made == dnnl_success)
                made = gradient(dn, layer, any, &d, true);
        }
        if (made == dnnl_success)
            made = dnnl_primitive_desc_create(&found, &d, attr, dn->engine, hint);
        if (hint)
            dnnl_primitive_desc_destroy(hint);
        if (made != dnnl_success)
            continue;
        bool better = !best || (is_reference(best) && !is_reference(found));
        if (better && best)
            dnnl_primitive_desc_destroy(best);
        if (better)
            best = found;
        else
            dnnl_primitive_desc_destroy(found);
        if (!is_reference(best))
            break;
    }
    if (attr)
        dnnl_primitive_attr_destroy(attr);
    if (!best)
        return failed(e, "no primitive for a layer", status == dnnl_success ? dnnl_unimplemented : status);
    op->description = best;
    const char *text = "";
    dnnl_primitive_desc_query(best, dnnl_query_impl_info_str, 0, (void *)&text);
    snprintf(op->implementation, sizeof op->implementation, "%s", text);
    return 0;
}

/* ---- Binding ops to buffers ------------------------------------------------------------------ */

static int make_memory(struct onednn *dn, const dnnl_memory_desc_t *md, void *buffer, dnnl_memory_t *out,
                       struct error *e)
{
    dnnl_status_t status = dnnl_memory_create(out, md, dn->engine, buffer);
    return status == dnnl_success ? 0 : failed(e, "memory", status);
}

static int make_reorder(struct onednn *dn, const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *to,
                        dnnl_primitive_t *out, struct error *e)
{
    dnnl_primitive_desc_t pd;
    dnnl_status_t status = dnnl_reorder_primitive_desc_create(&pd, from, dn->engine, to, dn->engine, NULL);
    if (status != dnnl_success)
        return failed(e, "reorder", status);
    status = dnnl_primitive_create(out, pd);
    dnnl_primitive_desc_destroy(pd);
    return status == dnnl_success ? 0 : failed(e, "reorder", status);
}

static int run_primitive(struct onednn *dn, dnnl_primitive_t p, int n, const dnnl_exec_arg_t *args,
                         struct error *e)
{
    dnnl_status_t status = dnnl_primitive_execute(p, dn->stream, n, args);
    if (status == dnnl_success)
        status = dnnl_stream_wait(dn->stream);
    return status == dnnl_success ? 0 : failed(e, "a primitive", status);
}

static int run_reorder(struct onednn *dn, dnnl_primitive_t p, dnnl_memory_t from, dnnl_memory_t to,
                       struct error *e)
{
    dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    return run_primitive(dn, p, 2, args, e);
}

/* `output`: the primitive writes this end. */
static int bind_end(struct onednn *dn, struct onednn_op *op, struct end *end, struct tensor t,
                    const dnnl_memory_desc_t *wanted, void *buffer, bool output, struct error *e)
{
    dnnl_memory_desc_t own = wanted->ndims == 2 ? row_desc(dn, t) : tensor_desc(dn, t, false);
    if (make_memory(dn, &own, buffer, &end->outer, e) < 0)
        return -1;
    if (dnnl_memory_desc_equal(&own, wanted)) {
        end->inner = end->outer;
        return 0;
    }
    size_t bytes = dnnl_memory_desc_get_size(wanted);
    end->buffer = memory_try(bytes);
    if (!end->buffer)
        return error_set(e, "no memory for %zu bytes", bytes);
    op->bytes += bytes;
    if (make_memory(dn, wanted, end->buffer, &end->inner, e) < 0)
        return -1;
    return output ? make_reorder(dn, wanted, &own, &end->reorder, e)
                  : make_reorder(dn, &own, wanted, &end->reorder, e);
}

/* Both ends; the queries name the layouts the implementation wants there. */
static int bind_ends(struct onednn *dn, struct onednn_op *op, dnnl_query_t from_query, struct tensor from,
                     const float *read, dnnl_query_t to_query, struct tensor to, float *written,
                     struct error *e)
{
    /* The library's handles are not const, but a primitive only reads its source. */
    void *source = (void *)(uintptr_t)read;
    if (bind_end(dn, op, &op->from, from, asked(op, from_query, 0), source, false, e) < 0)
        return -1;
    return bind_end(dn, op, &op->to, to, asked(op, to_query, 0), written, true, e);
}

/* Copies the caller's weights into the layout the implementation wants. */
static int pack_weights(struct onednn *dn, struct onednn_op *op, const dnnl_memory_desc_t *plain,
                        const float *weights, struct error *e)
{
    const dnnl_memory_desc_t *wanted = asked(op, dnnl_query_weights_md, 0);
    size_t bytes = dnnl_memory_desc_get_size(wanted);
    op->weights_buffer = memory_try(bytes);
    if (!op->weights_buffer)
        return error_set(e, "no memory for %zu bytes of weights", bytes);
    op->bytes += bytes;

    dnnl_memory_t source = NULL;
    dnnl_primitive_t reorder = NULL;
    /* The library's handles are not const, but a reorder only reads its source. */
    int status = make_memory(dn, plain, (void *)(uintptr_t)weights, &source, e);
    if (status == 0)
        status = make_memory(dn, wanted, op->weights_buffer, &op->weights, e);
    if (status == 0)
        status = make_reorder(dn, plain, wanted, &reorder, e);
    if (status == 0)
        status = run_reorder(dn, reorder, source, op->weights, e);
    if (reorder)
        dnnl_primitive_destroy(reorder);
    if (source)
        dnnl_memory_destroy(source);
    return status;
}

static int copy_bias(struct onednn *dn, struct onednn_op *op, const struct onednn_layer *l, struct error *e)
{
    size_t bytes = (size_t)l->out.c * sizeof(float);
    op->bias_buffer = memory_try(bytes);
    if (!op->bias_buffer)
        return error_set(e, "no memory for %zu bytes of biases", bytes);
    memcpy(op->bias_buffer, l->bias, bytes);
    dnnl_memory_desc_t md = bias_desc(l);
    return make_memory(dn, &md, op->bias_buffer, &op->bias, e);
}

static void add_arg(struct onednn_op *op, int name, dnnl_memory_t memory)
{
    op->args[op->args_n++] = (dnnl_exec_arg_t){name, memory};
}

/* The primitive itself, and its share of the common scratchpad. */
static int make_primitive(struct onednn *dn, struct onednn_op *op, struct error *e)
{
    const dnnl_memory_desc_t *md = asked(op, dnnl_query_scratchpad_md, 0);
    size_t bytes = md ? dnnl_memory_desc_get_size(md) : 0;
    if (bytes > 0) {
        if (make_memory(dn, md, DNNL_MEMORY_NONE, &op->scratch, e) < 0)
            return -1;
        add_arg(op, DNNL_ARG_SCRATCHPAD, op->scratch);
        if (bytes > dn->scratch_bytes)
            dn->scratch_bytes = bytes;
    }
    dnnl_status_t status = dnnl_primitive_create(&op->primitive, op->description);
    return status == dnnl_success ? 0 : failed(e, "a primitive", status);
}

int onednn_run(struct onednn *dn, struct onednn_op *op, struct error *e)
{
    if (op->scratch)
        dnnl_memory_set_data_handle(op->scratch, dn->scratch);
    if (op->from.reorder && run_reorder(dn, op->from.reorder, op->from.outer, op->from.inner, e) < 0)
        return -1;
    if (run_primitive(dn, op->primitive, op->args_n, op->args, e) < 0)
        return -1;
    if (op->to.reorder)
        return run_reorder(dn, op->to.reorder, op->to.inner, op->to.outer, e);
    return 0;
}

static void free_end(struct end *end)
{
    if (end->reorder)
        dnnl_primitive_destroy(end->reorder);
    if (end->inner && end->inner != end->outer)
        dnnl_memory_destroy(end->inner);
    if (end->outer)
        dnnl_memory_destroy(end->outer);
    free(end->buffer);
}

void onednn_op_free(struct onednn_op *op)
{
    if (!op)
        return;
    if (op->primitive)
        dnnl_primitive_destroy(op->primitive);
    if (op->description)
        dnnl_primitive_desc_destroy(op->description);
    free_end(&op->from);
    free_end(&op->to);
    if (op->weights)
        dnnl_memory_destroy(op->weights);
    if (op->bias)
        dnnl_memory_destroy(op->bias);
    if (op->scratch)
        dnnl_memory_destroy(op->scratch);
    if (op->owns_workspace && op->workspace) {
        dnnl_memory_destroy(op->workspace);
        free(op->workspace_buffer);
    }
    free(op->weights_buffer);
    free(op->bias_buffer);
    free(op);
}

/* The end of every maker: the op where all its parts could be made, else none of it. */
static struct onednn_op *finish(struct onednn *dn, struct onednn_op *op, bool complete, struct error *e)
{
    if (complete && make_primitive(dn, op, e) == 0)
        return op;
    onednn_op_free(op);
    return NULL;
}

const char *onednn_op_implementation(const struct onednn_op *op)
{
    return op->implementation;
}

size_t onednn_op_bytes(const struct onednn_op *op)
{
    return op->bytes;
}

/* ---- Weighted layers -------------------------------------------------------------------------
 */

/* Convolution and deconvolution have one descriptor and the same arguments; only the functions that fill
 * it and the algorithm differ. */
typedef dnnl_status_t window_forward(dnnl_convolution_desc_t *, dnnl_prop_kind_t, dnnl_alg_kind_t,
                                     const dnnl_memory_desc_t *, const dnnl_memory_desc_t *,
                                     const dnnl_memory_desc_t *, const dnnl_memory_desc_t *,
                                     const dnnl_dims_t, const dnnl_dims_t, const dnnl_dims_t);
typedef dnnl_status_t window_gradient(dnnl_convolution_desc_t *, dnnl_alg_kind_t, const dnnl_memory_desc_t *,
                                      const dnnl_memory_desc_t *, const dnnl_memory_desc_t *,
                                      const dnnl_dims_t, const dnnl_dims_t, const dnnl_dims_t);

static dnnl_prop_kind_t pass_kind(bool training)
{
    return training ? dnnl_forward_training : dnnl_forward_inference;
}

static dnnl_status_t fill_window(const struct onednn *dn, const struct onednn_layer *l, bool any,
                                 dnnl_op_desc_t d, bool training, window_forward *init,
                                 dnnl_alg_kind_t algorithm)
{
    dnnl_memory_desc_t in = tensor_desc(dn, l->in, any), out = tensor_desc(dn, l->out, any);
    dnnl_memory_desc_t weights = weights_desc(l, false, true), bias = bias_desc(l);
    const dnnl_dims_t strides = {l->stride, l->stride}, pad = {l->pad, l->pad};
    return init(d, pass_kind(training), algorithm, &in, &weights, training ? NULL : &bias, &out, strides, pad,
                pad);
}

static dnnl_status_t fill_window_gradient(const struct onednn *dn, const struct onednn_layer *l, bool any,
                                          dnnl_op_desc_t d, window_gradient *init, dnnl_alg_kind_t algorithm)
{
    dnnl_memory_desc_t in = tensor_desc(dn, l->in, any), out = tensor_desc(dn, l->out, any);
    dnnl_memory_desc_t weights = weights_desc(l, false, true);
    const dnnl_dims_t strides = {l->stride, l->stride}, pad = {l->pad, l->pad};
    return init(d, algorithm, &in, &weights, &out, strides, pad, pad);
}

static dnnl_status_t fill_convolution(const struct onednn *dn, const void *layer, bool any, dnnl_op_desc_t d,
                                      bool training)
{
    return fill_window(dn, layer, any, d, training, dnnl_convolution_forward_desc_init,
                       dnnl_convolution_direct);
}

static dnnl_status_t fill_convolution_gradient(const struct onednn *dn, const void *layer, bool any,
                                               dnnl_op_desc_t d, bool training)
{
    (void)training;
    return fill_window_gradient(dn, layer, any, d, dnnl_convolution_backward_data_desc_init,
                                dnnl_convolution_direct);
}

static dnnl_status_t fill_deconvolution(const struct onednn *dn, const void *layer, bool any,
                                        dnnl_op_desc_t d, bool training)
{
    return fill_window(dn, layer, any, d, training, dnnl_deconvolution_forward_desc_init,
                       dnnl_deconvolution_direct);
}

static dnnl_status_t fill_deconvolution_gradient(const struct onednn *dn, const void *layer, bool any,
                                                 dnnl_op_desc_t d, bool training)
{
    (void)training;
    return fill_window_gradient(dn, layer, any, d, dnnl_deconvolution_backward_data_desc_init,
                                dnnl_deconvolution_direct);
}

static dnnl_status_t fill_connected(const struct onednn *dn, const void *layer, bool any, dnnl_op_desc_t d,
                                    bool training)
{
    const struct onednn_layer *l = layer;
    dnnl_memory_desc_t in = tensor_desc(dn, l->in, any), out = row_desc(dn, l->out);
    dnnl_memory_desc_t weights = weights_desc(l, false, true), bias = bias_desc(l);
    return dnnl_inner_product_forward_desc_init(d, pass_kind(training), &in, &weights,
                                                training ? NULL : &bias, &out);
}

static dnnl_status_t fill_connected_gradient(const struct onednn *dn, const void *layer, bool any,
                                             dnnl_op_desc_t d, bool training)
{
    (void)training;
    const struct onednn_layer *l = layer;
    dnnl_memory_desc_t in = tensor_desc(dn, l->in, any), out = row_desc(dn, l->out);
    dnnl_memory_desc_t weights = weights_desc(l, false, true);
    return dnnl_inner_product_backward_data_desc_init(d, &in, &weights, &out);
}

static const struct {
    fill_desc *forward, *gradient;
} fills[] = {
    [ONEDNN_CONVOLUTION] = {fill_convolution, fill_convolution_gradient},
    [ONEDNN_DECONVOLUTION] = {fill_deconvolution, fill_deconvolution_gradient},
    [ONEDNN_CONNECTED] = {fill_connected, fill_connected_gradient},
};

struct onednn_op *onednn_forward(struct onednn *dn, enum onednn_kind kind, const struct onednn_layer *l,
                                 const float *x, float *y, struct error *e)
{
    struct onednn_op *op = memory_new(1, sizeof *op);
    dnnl_memory_desc_t plain = weights_desc(l, kind == ONEDNN_DECONVOLUTION, false);
    bool complete = describe(dn, op, fills[kind].forward, NULL, l, l->rectify, l->slope, e) == 0 &&
                    bind_ends(dn, op, dnnl_query_src_md, l->in, x, dnnl_query_dst_md, l->out, y, e) == 0 &&
                    pack_weights(dn, op, &plain, l->weights, e) == 0 && copy_bias(dn, op, l, e) == 0;
    add_arg(op, DNNL_ARG_SRC, op->from.inner);
    add_arg(op, DNNL_ARG_WEIGHTS, op->weights);
    add_arg(op, DNNL_ARG_BIAS, op->bias);
    add_arg(op, DNNL_ARG_DST, op->to.inner);
    return finish(dn, op, complete, e);
}

struct onednn_op *onednn_gradient(struct onednn *dn, enum onednn_kind kind, const struct onednn_layer *l,
                                  const float *dy, float *dx, struct error *e)
{
    struct onednn_op *op = memory_new(1, sizeof *op);
    dnnl_memory_desc_t plain = weights_desc(l, kind == ONEDNN_DECONVOLUTION, false);
    bool complete =
        describe(dn, op, fills[kind].forward, fills[kind].gradient, l, false, 0, e) == 0 &&
        bind_ends(dn, op, dnnl_query_diff_dst_md, l->out, dy, dnnl_query_diff_src_md, l->in, dx, e) == 0 &&
        pack_weights(dn, op, &plain, l->weights, e) == 0;
    add_arg(op, DNNL_ARG_DIFF_DST, op->from.inner);
    add_arg(op, DNNL_ARG_WEIGHTS, op->weights);
    add_arg(op, DNNL_ARG_DIFF_SRC, op->to.inner);
    return finish(dn, op, complete, e);
}

/* ---- Max pooling ----------------------------------------------------------------------------- */

/* The geometry both passes share. */
struct pooling {
    dnnl_memory_desc_t in, out;
    dnnl_dims_t strides, kernel, before, after;
};

static struct pooling pooling_of(const struct onednn *dn, const struct onednn_pool *p, bool any)
{
    return (struct pooling){
        .in = tensor_desc(dn, p->in, any),
        .out = tensor_desc(dn, p->out, any),
        .strides = {p->stride, p->stride},
        .kernel = {p->size, p->size},
        .before = {p->pad_before, p->pad_before},
        .after = {p->pad_after, p->pad_after},
    };
}

static dnnl_status_t fill_maxpool(const struct onednn *dn, const void *layer, bool any, dnnl_op_desc_t d,
                                  bool training)
{
    (void)training; /* always: the gradient needs the winners */
    struct pooling p = pooling_of(dn, layer, any);
    return dnnl_pooling_forward_desc_init(d, dnnl_forward_training, dnnl_pooling_max, &p.in, &p.out,
                                          p.strides, p.kernel, p.before, p.after);
}

static dnnl_status_t fill_maxpool_gradient(const struct onednn *dn, const void *layer, bool any,
                                           dnnl_op_desc_t d, bool training)
{
    (void)training;
    struct pooling p = pooling_of(dn, layer, any);
    return dnnl_pooling_backward_desc_init(d, dnnl_pooling_max, &p.in, &p.out, p.strides, p.kernel, p.before,
                                           p.after);
}

static int make_workspace(struct onednn *dn, struct onednn_op *op, struct error *e)
{
    const dnnl_memory_desc_t *md = asked(op, dnnl_query_workspace_md, 0);
    size_t bytes = dnnl_memory_desc_get_size(md);
    op->workspace_buffer = memory_try(bytes);
    if (!op->workspace_buffer)
        return error_set(e, "no memory for %zu bytes", bytes);
    op->bytes += bytes;
    op->owns_workspace = true;
    return make_memory(dn, md, op->workspace_buffer, &op->workspace, e);
}

/* The winners the forward op remembers; both passes must keep them in the same form. */
static int borrow_workspace(struct onednn_op *op, const struct onednn_op *forward, struct error *e)
{
    op->workspace = forward->workspace;
    if (dnnl_memory_desc_equal(asked(op, dnnl_query_workspace_md, 0),
                               asked(forward, dnnl_query_workspace_md, 0)))
        return 0;
    return error_set(e, "oneDNN: the two passes of a max-pool do not fit together");
}

struct onednn_op *onednn_maxpool(struct onednn *dn, const struct onednn_pool *p, const float *x, float *y,
                                 struct error *e)
{
    struct onednn_op *op = memory_new(1, sizeof *op);
    bool complete = describe(dn, op, fill_maxpool, NULL, p, false, 0, e) == 0 &&
                    bind_ends(dn, op, dnnl_query_src_md, p->in, x, dnnl_query_dst_md, p->out, y, e) == 0 &&
                    make_workspace(dn, op, e) == 0;
    add_arg(op, DNNL_ARG_SRC, op->from.inner);
    add_arg(op, DNNL_ARG_DST, op->to.inner);
    add_arg(op, DNNL_ARG_WORKSPACE, op->workspace);
    return finish(dn, op, complete, e);
}

struct onednn_op *onednn_maxpool_gradient(struct onednn *dn, const struct onednn_pool *p,
                                          const struct onednn_op *forward, const float *dy, float *dx,
                                          struct error *e)
{
    struct onednn_op *op = memory_new(1, sizeof *op);
    bool complete =
        describe(dn, op, fill_maxpool, fill_maxpool_gradient, p, false, 0, e) == 0 &&
        borrow_workspace(op, forward, e) == 0 &&
        bind_ends(dn, op, dnnl_query_diff_dst_md, p->out, dy, dnnl_query_diff_src_md, p->in, dx, e) == 0;
    add_arg(op, DNNL_ARG_DIFF_DST, op->from.inner);
    add_arg(op, DNNL_ARG_DIFF_SRC, op->to.inner);
    add_arg(op, DNNL_ARG_WORKSPACE, op->workspace);
    return finish(dn, op, complete, e);
}
