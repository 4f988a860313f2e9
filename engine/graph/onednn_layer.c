/* Layers with weights: convolution, deconvolution, connected. */
#include "graph/onednn_fill.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/rounding.h"

static void forget_description(struct onednn_op *op)
{
    dnnl_primitive_desc_destroy(op->description);
    op->description = NULL;
}

struct onednn_layer onednn_layer_in(enum number type, const struct onednn_layer *l)
{
    const struct net_shape in = {l->in.c, l->in.h, l->in.w}, out = {l->out.c, l->out.h, l->out.w};
    struct onednn_layer c = *l;
    c.in = type == NUMBER_BF16 ? tensor_of_halves(in) : tensor_of(in, onednn_block());
    c.out = type == NUMBER_BF16 ? tensor_of_halves(out) : tensor_of(out, onednn_block());
    return c;
}

/* Layers with only a slow primitive in bfloat16, or none, compute in float between two reorders. */
static int describe_halves(struct onednn *dn, struct onednn_op *op, enum onednn_kind kind,
                           const struct onednn_layer *l, enum onednn_pass pass, struct error *e)
{
    struct onednn_layer halves = onednn_layer_in(NUMBER_BF16, l), floats = onednn_layer_in(NUMBER_F32, l);
    if (pass == ONEDNN_FORWARD)
        halves.out.type = l->out.type; /* scores stay floats: no rounding */
    struct onednn_description d = onednn_description_of(kind, &halves, pass, ONEDNN_OWN_OR_ANY);
    if (onednn_describe(dn, op, &d, NULL) == 0) {
        if (!onednn_is_reference(op))
            return 0;
        forget_description(op);
    }
    d.layer = &floats;
    return onednn_describe(dn, op, &d, e);
}

/* Winograd needs matching layouts: reorders would cost what it saves. Where it does not exist, direct is
 * used. */
int onednn_describe_pass(struct onednn *dn, struct onednn_op *op, enum onednn_kind kind,
                         const struct onednn_layer *l, enum onednn_pass pass, enum onednn_algorithm algorithm,
                         struct error *e)
{
    if (l->in.type == NUMBER_BF16)
        return describe_halves(dn, op, kind, l, pass, e);
    struct onednn_description d = onednn_description_of(kind, l, pass, ONEDNN_OWN);
    d.algorithm = algorithm;
    if (algorithm == ONEDNN_WINOGRAD && kind == ONEDNN_CONVOLUTION && onednn_describe(dn, op, &d, NULL) == 0)
        return 0;
    d.algorithm = ONEDNN_DIRECT;
    d.layouts = ONEDNN_OWN_OR_ANY;
    return onednn_describe(dn, op, &d, e);
}

/* ---- Forward and gradient --------------------------------------------------------------------- */

/* Copies weights of that type into the layout and type the implementation wants. */
static int pack_weights(struct onednn *dn, struct onednn_op *op, enum onednn_kind kind,
                        const struct onednn_layer *l, const void *weights, enum number type, struct error *e)
{
    const dnnl_memory_desc_t plain = onednn_plain_weights(kind, l, type),
                             *wanted = onednn_asked(op, dnnl_query_weights_md);
    op->owns_weights = true;
    if (onednn_capacity_unset(dn, op, wanted, &op->weights_buffer, &op->weights, e) < 0)
        return -1;
    return onednn_pack(dn, op, &plain, weights, wanted, op->weights, e);
}

/* The name is part of a tuning: it tells what else decides the result. */
static void name_more(struct onednn_op *op, const char *more)
{
    size_t used = strlen(op->implementation);
    snprintf(op->implementation + used, sizeof op->implementation - used, "%s", more);
}

/* With the addition of another tensor, or of the destination's content; -1 where the library has no good
 * implementation of that. */
static int describe_adding(struct onednn *dn, struct onednn_op *op, enum onednn_kind kind,
                           const struct onednn_layer *l, bool sum)
{
    struct onednn_description d = onednn_description_of(kind, l, ONEDNN_FORWARD, ONEDNN_OWN);
    dnnl_memory_desc_t out = onednn_tensor(dn, l->out, false);
    d.sum = sum;
    d.add = l->add ? &out : NULL;
    if (onednn_describe(dn, op, &d, NULL) < 0)
        return -1;
    /* The library's handles are not const, but a primitive only reads what it adds. */
    if (onednn_is_reference(op) ||
        (l->add && onednn_memory(dn, &out, (void *)(uintptr_t)l->add, &op->add, NULL) < 0)) {
        forget_description(op);
        return -1;
    }
    name_more(op, l->add ? "+add" : "");
    name_more(op, sum ? "+rest" : "");
    return 0;
}

static int describe_forward(struct onednn *dn, struct onednn_op *op, enum onednn_kind kind,
                            const struct onednn_layer *l, enum onednn_algorithm algorithm, struct error *e)
{
    if (!l->add)
        return onednn_describe_pass(dn, op, kind, l, ONEDNN_FORWARD, algorithm, e);
    struct onednn_layer plain = *l;
    plain.rectify = false; /* applied after the addition */
    return describe_adding(dn, op, kind, l, false) == 0
               ? 0
               : onednn_describe_pass(dn, op, kind, &plain, ONEDNN_FORWARD, algorithm, e);
}

bool onednn_op_adds(const struct onednn_op *op)
{
    return op->add != NULL;
}

static int copy_bias(struct onednn *dn, struct onednn_op *op, const struct onednn_layer *l, struct error *e)
{
    dnnl_memory_desc_t md = onednn_bias(l);
    if (onednn_capacity(dn, op, &md, &op->bias_buffer, &op->bias, e) < 0)
        return -1;
    if (!dn->dry)
        memcpy(op->bias_buffer, l->bias, (size_t)l->out.c * sizeof(float));
    return 0;
}

/* The rest of a forward op that has been described, with those weights; frees the op on error. */
static struct onednn_op *complete_forward(struct onednn *dn, struct onednn_op *op, enum onednn_kind kind,
                                          const struct onednn_layer *l, const void *weights, enum number type,
                                          const void *x, void *y, struct error *e)
{
    bool complete =
        onednn_bind_ends(dn, op, dnnl_query_src_md, l->in, x, dnnl_query_dst_md, l->out, y, e) == 0 &&
        pack_weights(dn, op, kind, l, weights, type, e) == 0 && copy_bias(dn, op, l, e) == 0;
    onednn_argument(op, DNNL_ARG_SRC, op->from.inner);
    onednn_argument(op, DNNL_ARG_WEIGHTS, op->weights);
    onednn_argument(op, DNNL_ARG_BIAS, op->bias);
    onednn_argument(op, DNNL_ARG_DST, op->to.inner);
    if (op->add)
        onednn_argument(op, DNNL_ARG_ATTR_MULTIPLE_POST_OP(op->first ? 1 : 0) | DNNL_ARG_SRC_1, op->add);
    return onednn_finish(dn, op, complete, e);
}

/* The rounding error of the weights in bfloat16, itself rounded; NULL where there is no memory. */
static uint16_t *remainders(const struct onednn_layer *l)
{
    size_t n = (size_t)l->out.c * (size_t)(l->in.c / l->groups) * (size_t)l->size_h * (size_t)l->size_w;
    uint16_t *rest = memory_try(n, sizeof *rest);
    for (size_t i = 0; rest && i < n; i++)
        rest[i] = number_round(l->weights[i] - number_widen(number_round(l->weights[i])));
    return rest;
}

/* The product with the remainders of the weights, without bias and activation. A bfloat16 destination is
 * precise enough: it is a small number to which the second product is added. NULL where there is no good
 * implementation, or no memory. */
static struct onednn_op *forward_of_remainders(struct onednn *dn, enum onednn_kind kind,
                                               const struct onednn_layer *l, const void *x, void *y)
{
    struct onednn_layer plain = *l;
    float *none = memory_new((size_t)l->out.c, sizeof *none);
    plain.rectify = false;
    plain.add = NULL;
    plain.bias = none;
    struct onednn_op *op = memory_new(1, sizeof *op);
    uint16_t *rest = dn->dry ? NULL : remainders(l);
    if ((rest || dn->dry) && describe_adding(dn, op, kind, &plain, false) == 0) {
        op = complete_forward(dn, op, kind, &plain, rest, NUMBER_BF16, x, y, NULL);
    } else {
        onednn_op_free(op);
        op = NULL;
    }
    free(rest);
    free(none);
    return op;
}

/* Weights have fewer digits in bfloat16 than the result needs, and their errors are the same for every image:
 * they do not average out. A convolution's are rounded so that their sums stay right. A convolution of
 * pixels, whose mean is large, and any other layer is the sum of two products, which takes twice as long. */
enum { FEW_CHANNELS = 16 };

static bool keeps_sums(enum onednn_kind kind, const struct onednn_layer *l)
{
    return kind == ONEDNN_CONVOLUTION && l->in.type == NUMBER_BF16 && l->in.c >= FEW_CHANNELS;
}

static bool describe_two(struct onednn *dn, struct onednn_op *op, enum onednn_kind kind,
                         const struct onednn_layer *l, const void *x, void *y)
{
    if (l->in.type != NUMBER_BF16 || keeps_sums(kind, l) || describe_adding(dn, op, kind, l, true) < 0)
        return false;
    op->first = forward_of_remainders(dn, kind, l, x, y);
    if (op->first)
        return true;
    forget_description(op);
    if (op->add)
        dnnl_memory_destroy(op->add);
    op->add = NULL;
    return false;
}

/* As complete_forward, with weights rounded beforehand. */
static struct onednn_op *complete_keeping_sums(struct onednn *dn, struct onednn_op *op, enum onednn_kind kind,
                                               const struct onednn_layer *l, const void *x, void *y,
                                               struct error *e)
{
    size_t n = (size_t)(l->in.c / l->groups) * (size_t)l->size_h * (size_t)l->size_w;
    uint16_t *rounded = dn->dry ? NULL : rounding_halves((size_t)l->out.c, n, l->weights);
    if (!rounded && !dn->dry) {
        onednn_op_free(op);
        error_set(e, "no memory for rounded weights");
        return NULL;
    }
    name_more(op, "+sums");
    op = complete_forward(dn, op, kind, l, rounded, NUMBER_BF16, x, y, e);
    free(rounded);
    return op;
}

struct onednn_op *onednn_forward(struct onednn *dn, enum onednn_kind kind, const struct onednn_layer *l,
                                 enum onednn_algorithm algorithm, const void *x, void *y, struct error *e)
{
    struct onednn_op *op = memory_new(1, sizeof *op);
    if (!describe_two(dn, op, kind, l, x, y) && describe_forward(dn, op, kind, l, algorithm, e) < 0) {
        onednn_op_free(op);
        return NULL;
    }
    bool halves = onednn_asked(op, dnnl_query_weights_md)->data_type == dnnl_bf16;
    return halves && keeps_sums(kind, l) ? complete_keeping_sums(dn, op, kind, l, x, y, e)
                                         : complete_forward(dn, op, kind, l, l->weights, NUMBER_F32, x, y, e);
}

static bool asks_the_same(const struct onednn_op *a, const struct onednn_op *b, dnnl_query_t what)
{
    return dnnl_memory_desc_equal(onednn_asked(a, what), onednn_asked(b, what));
}

int onednn_unrectify(struct onednn *dn, enum onednn_kind kind, const struct onednn_layer *l,
                     enum onednn_algorithm algorithm, struct onednn_op *op, struct error *e)
{
    struct onednn_layer bare = *l;
    struct onednn_op fresh = {0};
    bare.rectify = false;
    int status = op->first || op->add
                     ? describe_adding(dn, &fresh, kind, &bare, op->first != NULL)
                     : onednn_describe_pass(dn, &fresh, kind, &bare, ONEDNN_FORWARD, algorithm, NULL);
    if (fresh.add)
        dnnl_memory_destroy(fresh.add); /* the op has it */
    if (status == 0 && asks_the_same(op, &fresh, dnnl_query_weights_md) &&
        asks_the_same(op, &fresh, dnnl_query_src_md) && asks_the_same(op, &fresh, dnnl_query_dst_md))
        return onednn_replace(dn, op, fresh.description, e);
    if (fresh.description)
        forget_description(&fresh);
    return error_set(e, "its numbers may overflow, and oneDNN cannot show it");
}

/* A connected layer's matrix dominates the memory of many networks: the gradient reads the forward pass's
 * packed copy, unless only slow reference code could. */
static bool share_weights(struct onednn *dn, struct onednn_op *op, const struct onednn_layer *l,
                          const struct onednn_op *forward)
{
    struct onednn_layer halves = onednn_layer_in(NUMBER_BF16, l);
    struct onednn_description d = onednn_description_of(
        ONEDNN_CONNECTED, l->in.type == NUMBER_BF16 ? &halves : l, ONEDNN_GRADIENT, ONEDNN_OWN);
    d.packed = onednn_asked(forward, dnnl_query_weights_md);
    if (onednn_describe(dn, op, &d, NULL) < 0)
        return false;
    if (onednn_is_reference(op)) {
        forget_description(op);
        return false;
    }
    op->weights = forward->weights;
    return true;
}

struct onednn_op *onednn_gradient(struct onednn *dn, enum onednn_kind kind, const struct onednn_layer *l,
                                  enum onednn_algorithm algorithm, const struct onednn_op *forward,
                                  const void *dy, void *dx, struct error *e)
{
    struct onednn_op *op = memory_new(1, sizeof *op);
    bool shares = kind == ONEDNN_CONNECTED && share_weights(dn, op, l, forward);
    bool complete = (shares || onednn_describe_pass(dn, op, kind, l, ONEDNN_GRADIENT, algorithm, e) == 0) &&
                    onednn_bind_ends(dn, op, dnnl_query_diff_dst_md, l->out, dy, dnnl_query_diff_src_md,
                                     l->in, dx, e) == 0 &&
                    (shares || pack_weights(dn, op, kind, l, l->weights, NUMBER_F32, e) == 0);
    onednn_argument(op, DNNL_ARG_DIFF_DST, op->from.inner);
    onednn_argument(op, DNNL_ARG_WEIGHTS, op->weights);
    onednn_argument(op, DNNL_ARG_DIFF_SRC, op->to.inner);
    return onednn_finish(dn, op, complete, e);
}

/* ---- Trials ------------------------------------------------------------------------------------ */

/* The op's own buffer, filled with small numbers: zero pages that were never written would all be the same
 * page, and cached. */
static int made_up(struct onednn *dn, struct onednn_op *op, dnnl_query_t query, void **buffer,
                   dnnl_memory_t *out, struct error *e)
{
    const dnnl_memory_desc_t *md = onednn_asked(op, query);
    if (onednn_capacity(dn, op, md, buffer, out, e) < 0)
        return -1;
    memset(*buffer, 0x3c, dnnl_memory_desc_get_size(md)); /* 0.0115 */
    return 0;
}

/* What an op of that pass reads, writes and has besides: {query, argument} each. */
static const struct {
    dnnl_query_t read, written, weights;
    int source, destination;
} trial_ends[] = {
    [ONEDNN_FORWARD] = {dnnl_query_src_md, dnnl_query_dst_md, dnnl_query_weights_md, DNNL_ARG_SRC,
                        DNNL_ARG_DST},
    [ONEDNN_GRADIENT] = {dnnl_query_diff_dst_md, dnnl_query_diff_src_md, dnnl_query_weights_md,
                         DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC},
    [ONEDNN_PARAMETERS] = {dnnl_query_src_md, dnnl_query_diff_dst_md, dnnl_query_diff_weights_md,
                           DNNL_ARG_SRC, DNNL_ARG_DIFF_DST},
};

struct onednn_op *onednn_trial(struct onednn *dn, enum onednn_kind kind, const struct onednn_layer *l,
                               enum onednn_pass pass, enum onednn_algorithm algorithm, bool any_layout,
                               struct error *e)
{
    bool parameters = pass == ONEDNN_PARAMETERS;
    struct onednn_description d = onednn_description_of(kind, l, pass, any_layout ? ONEDNN_ANY : ONEDNN_OWN);
    d.algorithm = algorithm;
    struct onednn_op *op = memory_new(1, sizeof *op);
    struct onednn_end *from = &op->from, *to = &op->to;
    dnnl_memory_desc_t bias = onednn_bias(l);
    op->owns_weights = true;
    bool complete = onednn_describe(dn, op, &d, e) == 0 &&
                    made_up(dn, op, trial_ends[pass].read, &from->buffer, &from->outer, e) == 0 &&
                    made_up(dn, op, trial_ends[pass].written, &to->buffer, &to->outer, e) == 0 &&
                    made_up(dn, op, trial_ends[pass].weights, &op->weights_buffer, &op->weights, e) == 0 &&
                    onednn_capacity(dn, op, &bias, &op->bias_buffer, &op->bias, e) == 0;
    from->inner = from->outer;
    to->inner = to->outer;
    onednn_argument(op, trial_ends[pass].source, from->outer);
    onednn_argument(op, parameters ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS, op->weights);
    onednn_argument(op, trial_ends[pass].destination, to->outer);
    if (pass != ONEDNN_GRADIENT)
        onednn_argument(op, parameters ? DNNL_ARG_DIFF_BIAS : DNNL_ARG_BIAS, op->bias);
    return onednn_finish(dn, op, complete, e);
}
