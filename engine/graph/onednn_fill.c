/* What a layer with weights is to oneDNN: the descriptors of its passes. */
#include "graph/onednn_fill.h"

/* ---- Memory descriptions -------------------------------------------------------------------- */

/* A connected layer is a matrix for oneDNN: [batch][in.c*h*w] to [batch][out.c]. */
static dnnl_memory_desc_t row_desc(const struct onednn *dn, struct tensor t)
{
    dnnl_dims_t dims = {dn->batch, t.c * (int64_t)tensor_pixels(t)};
    dnnl_memory_desc_t md;
    dnnl_memory_desc_init_by_tag(&md, 2, dims, onednn_type(t.type), dnnl_nc);
    return md;
}

static dnnl_memory_desc_t matrix_desc(const struct onednn_layer *l, enum number type, bool any)
{
    dnnl_dims_t dims = {l->out.c, l->in.c * (int64_t)tensor_pixels(l->in)};
    dnnl_memory_desc_t md;
    dnnl_memory_desc_init_by_tag(&md, 2, dims, onednn_type(type), any ? dnnl_format_tag_any : dnnl_oi);
    return md;
}

/* Logical order is [out][in/groups][h][w], with the groups in front where there are several. A
 * deconvolution's file order is [in][out][h][w]. */
static dnnl_memory_desc_t window_desc(const struct onednn_layer *l, enum number type, bool deconvolution,
                                      bool any)
{
    dnnl_memory_desc_t md;
    if (l->groups > 1) {
        dnnl_dims_t dims = {l->groups, l->out.c / l->groups, l->in.c / l->groups, l->size_h, l->size_w};
        dnnl_memory_desc_init_by_tag(&md, 5, dims, onednn_type(type), any ? dnnl_format_tag_any : dnnl_goihw);
        return md;
    }
    dnnl_dims_t dims = {l->out.c, l->in.c, l->size_h, l->size_w};
    dnnl_format_tag_t plain = deconvolution ? dnnl_iohw : dnnl_oihw;
    dnnl_memory_desc_init_by_tag(&md, 4, dims, onednn_type(type), any ? dnnl_format_tag_any : plain);
    return md;
}

dnnl_memory_desc_t onednn_plain_weights(enum onednn_kind kind, const struct onednn_layer *l, enum number type)
{
    return kind == ONEDNN_CONNECTED ? matrix_desc(l, type, false)
                                    : window_desc(l, type, kind == ONEDNN_DECONVOLUTION, false);
}

dnnl_memory_desc_t onednn_bias(const struct onednn_layer *l)
{
    dnnl_dims_t dims = {l->out.c};
    dnnl_memory_desc_t md;
    dnnl_memory_desc_init_by_tag(&md, 1, dims, dnnl_f32, dnnl_a);
    return md;
}

/* ---- Descriptors ------------------------------------------------------------------------------ */

/* Convolution and deconvolution have one descriptor and the same arguments; only the functions that fill
 * it and the algorithms differ. */
typedef dnnl_status_t window_forward(dnnl_convolution_desc_t *, dnnl_prop_kind_t, dnnl_alg_kind_t,
                                     const dnnl_memory_desc_t *, const dnnl_memory_desc_t *,
                                     const dnnl_memory_desc_t *, const dnnl_memory_desc_t *,
                                     const dnnl_dims_t, const dnnl_dims_t, const dnnl_dims_t,
                                     const dnnl_dims_t);
typedef dnnl_status_t window_gradient(dnnl_convolution_desc_t *, dnnl_alg_kind_t, const dnnl_memory_desc_t *,
                                      const dnnl_memory_desc_t *, const dnnl_memory_desc_t *,
                                      const dnnl_dims_t, const dnnl_dims_t, const dnnl_dims_t,
                                      const dnnl_dims_t);

typedef dnnl_status_t window_parameters(dnnl_convolution_desc_t *, dnnl_alg_kind_t,
                                        const dnnl_memory_desc_t *, const dnnl_memory_desc_t *,
                                        const dnnl_memory_desc_t *, const dnnl_memory_desc_t *,
                                        const dnnl_dims_t, const dnnl_dims_t, const dnnl_dims_t,
                                        const dnnl_dims_t);

/* Weights that change are kept as they are; for inference, Winograd's would be transformed once. */
static dnnl_prop_kind_t pass_kind(const struct onednn_layer *l, bool hint)
{
    return hint || l->trains ? dnnl_forward_training : dnnl_forward_inference;
}

static dnnl_status_t fill_window(const struct onednn *dn, const struct onednn_layer *l, bool any,
                                 dnnl_op_desc_t d, bool hint, window_forward *init, dnnl_alg_kind_t algorithm)
{
    dnnl_memory_desc_t in = onednn_tensor(dn, l->in, any), out = onednn_tensor(dn, l->out, any);
    dnnl_memory_desc_t weights = window_desc(l, l->in.type, false, true), bias = onednn_bias(l);
    const dnnl_dims_t strides = {l->stride_h, l->stride_w}, pad = {l->pad, l->pad},
                      between = {l->dilation - 1, l->dilation - 1}; /* taps */
    return init(d, pass_kind(l, hint), algorithm, &in, &weights, hint ? NULL : &bias, &out, strides, between,
                pad, pad);
}

static dnnl_status_t fill_window_gradient(const struct onednn *dn, const struct onednn_layer *l, bool any,
                                          dnnl_op_desc_t d, window_gradient *init, dnnl_alg_kind_t algorithm)
{
    dnnl_memory_desc_t in = onednn_tensor(dn, l->in, any), out = onednn_tensor(dn, l->out, any);
    dnnl_memory_desc_t weights = window_desc(l, l->in.type, false, true);
    const dnnl_dims_t strides = {l->stride_h, l->stride_w}, pad = {l->pad, l->pad},
                      between = {l->dilation - 1, l->dilation - 1}; /* taps */
    return init(d, algorithm, &in, &weights, &out, strides, between, pad, pad);
}

static dnnl_status_t fill_window_parameters(const struct onednn *dn, const struct onednn_layer *l, bool any,
                                            dnnl_op_desc_t d, window_parameters *init,
                                            dnnl_alg_kind_t algorithm)
{
    dnnl_memory_desc_t in = onednn_tensor(dn, l->in, any), out = onednn_tensor(dn, l->out, any);
    dnnl_memory_desc_t weights = window_desc(l, l->in.type, false, true), bias = onednn_bias(l);
    const dnnl_dims_t strides = {l->stride_h, l->stride_w}, pad = {l->pad, l->pad},
                      between = {l->dilation - 1, l->dilation - 1}; /* taps */
    return init(d, algorithm, &in, &weights, &bias, &out, strides, between, pad, pad);
}

static dnnl_alg_kind_t algorithm_of(const struct onednn_description *of)
{
    return of->algorithm == ONEDNN_WINOGRAD ? dnnl_convolution_winograd : dnnl_convolution_direct;
}

static dnnl_status_t fill_convolution(const struct onednn *dn, const struct onednn_description *of, bool any,
                                      dnnl_op_desc_t d, bool hint)
{
    return fill_window(dn, of->layer, any, d, hint, dnnl_dilated_convolution_forward_desc_init,
                       algorithm_of(of));
}

static dnnl_status_t fill_convolution_gradient(const struct onednn *dn, const struct onednn_description *of,
                                               bool any, dnnl_op_desc_t d, bool hint)
{
    (void)hint;
    return fill_window_gradient(dn, of->layer, any, d, dnnl_dilated_convolution_backward_data_desc_init,
                                algorithm_of(of));
}

static dnnl_status_t fill_convolution_parameters(const struct onednn *dn, const struct onednn_description *of,
                                                 bool any, dnnl_op_desc_t d, bool hint)
{
    (void)hint;
    return fill_window_parameters(dn, of->layer, any, d, dnnl_dilated_convolution_backward_weights_desc_init,
                                  algorithm_of(of));
}

static dnnl_status_t fill_deconvolution(const struct onednn *dn, const struct onednn_description *of,
                                        bool any, dnnl_op_desc_t d, bool hint)
{
    return fill_window(dn, of->layer, any, d, hint, dnnl_dilated_deconvolution_forward_desc_init,
                       dnnl_deconvolution_direct);
}

static dnnl_status_t fill_deconvolution_gradient(const struct onednn *dn, const struct onednn_description *of,
                                                 bool any, dnnl_op_desc_t d, bool hint)
{
    (void)hint;
    return fill_window_gradient(dn, of->layer, any, d, dnnl_dilated_deconvolution_backward_data_desc_init,
                                dnnl_deconvolution_direct);
}

static dnnl_status_t fill_deconvolution_parameters(const struct onednn *dn,
                                                   const struct onednn_description *of, bool any,
                                                   dnnl_op_desc_t d, bool hint)
{
    (void)hint;
    return fill_window_parameters(dn, of->layer, any, d,
                                  dnnl_dilated_deconvolution_backward_weights_desc_init,
                                  dnnl_deconvolution_direct);
}

static dnnl_status_t fill_connected(const struct onednn *dn, const struct onednn_description *of, bool any,
                                    dnnl_op_desc_t d, bool hint)
{
    (void)any; /* a matrix is plain */
    dnnl_memory_desc_t in = row_desc(dn, of->layer->in), out = row_desc(dn, of->layer->out);
    dnnl_memory_desc_t weights = of->packed ? *of->packed : matrix_desc(of->layer, of->layer->in.type, true),
                       bias = onednn_bias(of->layer);
    return dnnl_inner_product_forward_desc_init(d, pass_kind(of->layer, hint), &in, &weights,
                                                hint ? NULL : &bias, &out);
}

static dnnl_status_t fill_connected_gradient(const struct onednn *dn, const struct onednn_description *of,
                                             bool any, dnnl_op_desc_t d, bool hint)
{
    (void)any, (void)hint;
    dnnl_memory_desc_t in = row_desc(dn, of->layer->in), out = row_desc(dn, of->layer->out);
    dnnl_memory_desc_t weights = of->packed ? *of->packed : matrix_desc(of->layer, of->layer->in.type, true);
    return dnnl_inner_product_backward_data_desc_init(d, &in, &weights, &out);
}

static dnnl_status_t fill_connected_parameters(const struct onednn *dn, const struct onednn_description *of,
                                               bool any, dnnl_op_desc_t d, bool hint)
{
    (void)any, (void)hint;
    dnnl_memory_desc_t in = row_desc(dn, of->layer->in), out = row_desc(dn, of->layer->out);
    dnnl_memory_desc_t weights = matrix_desc(of->layer, of->layer->in.type, true),
                       bias = onednn_bias(of->layer);
    return dnnl_inner_product_backward_weights_desc_init(d, &in, &weights, &bias, &out);
}

static onednn_fill *const fills[][3] = {
    /* [enum onednn_kind][enum onednn_pass] */
    [ONEDNN_CONVOLUTION] = {fill_convolution, fill_convolution_gradient, fill_convolution_parameters},
    [ONEDNN_DECONVOLUTION] = {fill_deconvolution, fill_deconvolution_gradient, fill_deconvolution_parameters},
    [ONEDNN_CONNECTED] = {fill_connected, fill_connected_gradient, fill_connected_parameters},
};

struct onednn_description onednn_description_of(enum onednn_kind kind, const struct onednn_layer *l,
                                                enum onednn_pass pass, enum onednn_layouts layouts)
{
    bool forward = pass == ONEDNN_FORWARD;
    return (struct onednn_description){
        .forward = fills[kind][ONEDNN_FORWARD],
        .gradient = forward ? NULL : fills[kind][pass],
        .layer = l,
        .algorithm = ONEDNN_DIRECT,
        .layouts = layouts,
        .rectify = forward && l->rectify,
        .slope = l->slope,
    };
}
