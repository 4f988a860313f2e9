/* The only files that speak to oneDNN (2.x C API) are onednn*.c. An op is one primitive bound to its buffers;
 * ops are made once and run many times. Where the fastest implementation wants another memory layout than
 * that of the buffers, the op reorders by itself. Weights are packed at creation: the caller's array is not
 * kept. All buffers hold `batch` images laid out as `struct tensor` says. */
#ifndef ISPLIT_GRAPH_ONEDNN_H
#define ISPLIT_GRAPH_ONEDNN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "graph/tensor.h"

struct onednn;
struct onednn_op;

struct onednn *onednn_open(int batch, struct error *e);
void onednn_close(struct onednn *dn); /* after all its ops are freed */

/* A dry engine: its ops only compute how many bytes they would hold. The arrays of layers and callers are not
 * read, and the ops must not be run. */
struct onednn *onednn_open_dry(int batch, struct error *e);

int onednn_batch(const struct onednn *dn);

/* Channels a vector register takes (16 with AVX-512, else 8): the block to use for tensors. */
int onednn_block(void);

const char *onednn_version(void); /* "2.6.3" */
const char *onednn_isa(void);     /* "avx512_core_bf16", ... */

/* Whether the processor computes with bfloat16, and oneDNN is not configured to avoid it. */
bool onednn_has_bf16(void);

/* One weighted layer. Convolution and connected: weights [out][in/groups][size][size], a connected layer is a
 * window of the whole input. Deconvolution: weights [in][out][size][size]. Where `in` holds bfloat16, the
 * primitive computes in bfloat16 if there is a good one, else in float. */
struct onednn_layer {
    struct tensor in, out;
    int size_h, size_w, stride_h, stride_w, dilation, pad, groups; /* dilation: pixels between taps; pad: on
                                                                      each side */
    const float *weights;
    const float *bias; /* [out.c] */
    const void *add;   /* of a forward convolution: added to the output first, in the same layout; or NULL */
    bool rectify;      /* apply leaky relu with `slope` to the output */
    float slope;
    bool trains; /* its weights will change: they are packed so that this is cheap */
};

/* The layer with both ends in one type of number, in the layout that type's primitives want. */
struct onednn_layer onednn_layer_in(enum number type, const struct onednn_layer *l);

enum onednn_kind { ONEDNN_CONVOLUTION, ONEDNN_DECONVOLUTION, ONEDNN_CONNECTED };

enum onednn_pass { ONEDNN_FORWARD, ONEDNN_GRADIENT, ONEDNN_PARAMETERS };

/* Winograd (Lavin and Gray 2016; F(4x4, 3x3)) exists for some 3x3 convolutions on some processors; elsewhere
 * direct replaces it. It is faster on large layers and a little less exact: 1e-6 rms, 1e-5 at most. */
enum onednn_algorithm { ONEDNN_DIRECT, ONEDNN_WINOGRAD };

/* y from x, and the gradient by x (dx) from the gradient by y (dy). In bfloat16 the forward op of a
 * convolution has weights rounded so that their sums stay right (graph/rounding.h); that of pixels or of
 * another kind adds up two products, with the weights rounded to nearest and with what the rounding has taken
 * from them, where the library can. The gradient has those rounded to nearest only. The gradient of a
 * connected layer may read the weights its forward op has packed, and must be freed before it. */
struct onednn_op *onednn_forward(struct onednn *dn, enum onednn_kind kind, const struct onednn_layer *l,
                                 enum onednn_algorithm algorithm, const void *x, void *y, struct error *e);
struct onednn_op *onednn_gradient(struct onednn *dn, enum onednn_kind kind, const struct onednn_layer *l,
                                  enum onednn_algorithm algorithm, const struct onednn_op *forward,
                                  const void *dy, void *dx, struct error *e);

/* The gradients by the weights (dw, in their plain layout) and by the bias (db) from x and dy; floats only.
 */
struct onednn_op *onednn_parameters(struct onednn *dn, enum onednn_kind kind, const struct onednn_layer *l,
                                    enum onednn_algorithm algorithm, const void *x, const void *dy, float *dw,
                                    float *db, struct error *e);

/* Gives a forward or gradient op the layer's present weights and bias. */
int onednn_repack(struct onednn *dn, enum onednn_kind kind, const struct onednn_layer *l,
                  struct onednn_op *op, struct error *e);

/* An op with its own buffers and made-up numbers, for timing only; l's arrays are not read. NULL where that
 * algorithm does not exist. Layouts as the tensors say, or as oneDNN likes them best. */
struct onednn_op *onednn_trial(struct onednn *dn, enum onednn_kind kind, const struct onednn_layer *l,
                               enum onednn_pass pass, enum onednn_algorithm algorithm, bool any_layout,
                               struct error *e);

/* Max pooling remembers the winners of the forward pass for its gradient: the gradient op is made from
 * the forward op and must be freed before it. pad_after is what Darknet's rule leaves right and below. */
struct onednn_pool {
    struct tensor in, out;
    int size, stride_h, stride_w, pad_before, pad_after;
    bool mean; /* of the pixels of the image in the window, not the largest of them */
};
struct onednn_op *onednn_pool_forward(struct onednn *dn, const struct onednn_pool *p, const void *x, void *y,
                                      struct error *e);
/* Of a forward op: which pixel of its window each output is, row by row, laid out as `out`; NULL where the op
 * remembers them in another form. */
const uint8_t *onednn_pool_winners(const struct onednn *dn, const struct onednn_pool *p,
                                   const struct onednn_op *forward);
struct onednn_op *onednn_pool_gradient(struct onednn *dn, const struct onednn_pool *p,
                                       const struct onednn_op *forward, const void *dy, void *dx,
                                       struct error *e);

/* Allocates the scratchpad all ops share; call after the last op is made and before the first run. */
int onednn_ready(struct onednn *dn, struct error *e);

int onednn_run(struct onednn *dn, struct onednn_op *op, struct error *e);
void onednn_op_free(struct onednn_op *op);

/* Whether the op performs its layer's `add`. Where the library cannot, neither addition nor activation is
 * done: both are left to the caller. */
bool onednn_op_adds(const struct onednn_op *op);

/* Takes the activation out of a forward op, which gives the sums from now on; `l` and `algorithm` as it was
 * made with. -1 where the library has no such primitive that reads the op's packed weights. */
int onednn_unrectify(struct onednn *dn, enum onednn_kind kind, const struct onednn_layer *l,
                     enum onednn_algorithm algorithm, struct onednn_op *op, struct error *e);

/* The implementation oneDNN chose ("jit:avx512_core"), part of a graph's identity. */
const char *onednn_op_implementation(const struct onednn_op *op);

/* Bytes held besides the caller's buffers: packed weights, workspaces, reorder buffers. */
size_t onednn_op_bytes(const struct onednn_op *op);
/* Bytes the op needs of the shared scratchpad. */
size_t onednn_op_scratch(const struct onednn_op *op);
/* Of a dry op: temporary bytes for packing the weights. */
size_t onednn_op_packing(const struct onednn_op *op);

#endif
