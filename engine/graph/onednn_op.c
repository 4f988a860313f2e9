#include "graph/onednn_op.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* ---- Attributes and primitive descriptions --------------------------------------------------- */

/* User scratchpad, so that all ops share one; additions and leaky relu appended where requested. */
static dnnl_status_t make_attr(dnnl_primitive_attr_t *attr, const struct onednn_description *d)
{
    dnnl_status_t status = dnnl_primitive_attr_create(attr);
    if (status == dnnl_success)
        status = dnnl_primitive_attr_set_scratchpad_mode(*attr, dnnl_scratchpad_mode_user);
    if (status != dnnl_success || (!d->rectify && !d->add && !d->sum))
        return status;
    dnnl_post_ops_t post;
    status = dnnl_post_ops_create(&post);
    if (status != dnnl_success)
        return status;
    if (d->sum)
        status = dnnl_post_ops_append_sum(post, 1.0f);
    if (status == dnnl_success && d->add)
        status = dnnl_post_ops_append_binary(post, dnnl_binary_add, d->add);
    if (status == dnnl_success && d->rectify)
        status = dnnl_post_ops_append_eltwise(post, 1.0f, dnnl_eltwise_relu, d->slope, 0.0f);
    if (status == dnnl_success)
        status = dnnl_primitive_attr_set_post_ops(*attr, post);
    dnnl_post_ops_destroy(post);
    return status;
}

static const char *implementation_of(dnnl_primitive_desc_t description)
{
    const char *text = "";
    dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, (void *)&text);
    return text;
}

static bool is_reference(dnnl_primitive_desc_t description)
{
    return strncmp(implementation_of(description), "ref", 3) == 0;
}

/* Large enough for any operation descriptor used here. */
union any_desc {
    dnnl_convolution_desc_t convolution;
    dnnl_inner_product_desc_t connected;
    dnnl_pooling_desc_t pooling;
};

static dnnl_status_t describe_with(struct onednn *dn, const struct onednn_description *d, bool any,
                                   dnnl_primitive_attr_t attr, dnnl_primitive_desc_t *found)
{
    union any_desc desc;
    dnnl_primitive_desc_t hint = NULL;
    dnnl_status_t status = d->forward(dn, d, any, &desc, d->gradient != NULL);
    if (status == dnnl_success && d->gradient) {
        status = dnnl_primitive_desc_create(&hint, &desc, NULL, dn->engine, NULL);
        if (status == dnnl_success)
            status = d->gradient(dn, d, any, &desc, true);
    }
    if (status == dnnl_success)
        status = dnnl_primitive_desc_create(found, &desc, attr, dn->engine, hint);
    if (hint)
        dnnl_primitive_desc_destroy(hint);
    return status;
}

int onednn_describe(struct onednn *dn, struct onednn_op *op, const struct onednn_description *d,
                    struct error *e)
{
    dnnl_primitive_attr_t attr = NULL;
    dnnl_status_t status = make_attr(&attr, d);
    dnnl_primitive_desc_t best = NULL;
    for (int any = d->layouts == ONEDNN_ANY; any <= (d->layouts != ONEDNN_OWN) && status == dnnl_success;
         any++) {
        dnnl_primitive_desc_t found = NULL;
        if (describe_with(dn, d, any, attr, &found) != dnnl_success)
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
        return onednn_failed(e, "no primitive for a layer",
                             status == dnnl_success ? dnnl_unimplemented : status);
    op->description = best;
    snprintf(op->implementation, sizeof op->implementation, "%s", implementation_of(best));
    return 0;
}

bool onednn_is_reference(const struct onednn_op *op)
{
    return is_reference(op->description);
}

const dnnl_memory_desc_t *onednn_asked(const struct onednn_op *op, dnnl_query_t query)
{
    return dnnl_primitive_desc_query_md(op->description, query, 0);
}

/* ---- Binding ops to buffers ------------------------------------------------------------------ */

int onednn_memory(struct onednn *dn, const dnnl_memory_desc_t *md, void *buffer, dnnl_memory_t *out,
                  struct error *e)
{
    dnnl_status_t status = dnnl_memory_create(out, md, dn->engine, buffer);
    return status == dnnl_success ? 0 : onednn_failed(e, "memory", status);
}

static int capacity_by(void *try(size_t, size_t), struct onednn *dn, struct onednn_op *op,
                       const dnnl_memory_desc_t *md, void **buffer, dnnl_memory_t *out, struct error *e)
{
    size_t bytes = dnnl_memory_desc_get_size(md);
    *buffer = dn->dry ? NULL : try(bytes, 1);
    if (!*buffer && !dn->dry)
        return error_set(e, "no memory for %zu bytes", bytes);
    op->bytes += bytes;
    return onednn_memory(dn, md, *buffer, out, e);
}

int onednn_capacity(struct onednn *dn, struct onednn_op *op, const dnnl_memory_desc_t *md, void **buffer,
                    dnnl_memory_t *out, struct error *e)
{
    return capacity_by(memory_try, dn, op, md, buffer, out, e);
}

int onednn_capacity_unset(struct onednn *dn, struct onednn_op *op, const dnnl_memory_desc_t *md,
                          void **buffer, dnnl_memory_t *out, struct error *e)
{
    return capacity_by(memory_try_unset, dn, op, md, buffer, out, e);
}

int onednn_reorder(struct onednn *dn, const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *to,
                   dnnl_primitive_t *out, struct error *e)
{
    *out = NULL;
    if (dn->dry)
        return 0;
    dnnl_primitive_desc_t pd;
    dnnl_status_t status = dnnl_reorder_primitive_desc_create(&pd, from, dn->engine, to, dn->engine, NULL);
    if (status != dnnl_success)
        return onednn_failed(e, "reorder", status);
    status = dnnl_primitive_create(out, pd);
    dnnl_primitive_desc_destroy(pd);
    return status == dnnl_success ? 0 : onednn_failed(e, "reorder", status);
}

static int run_primitive(struct onednn *dn, dnnl_primitive_t p, int n, const dnnl_exec_arg_t *args,
                         struct error *e)
{
    dnnl_status_t status = dnnl_primitive_execute(p, dn->stream, n, args);
    if (status == dnnl_success)
        status = dnnl_stream_wait(dn->stream);
    return status == dnnl_success ? 0 : onednn_failed(e, "a primitive", status);
}

static int run_reorder(struct onednn *dn, dnnl_primitive_t p, dnnl_memory_t from, dnnl_memory_t to,
                       struct error *e)
{
    dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    return run_primitive(dn, p, 2, args, e);
}

/* Winograd's weights pass through a second copy. */
static size_t reorder_bytes(struct onednn *dn, const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *to)
{
    dnnl_primitive_desc_t pd;
    int64_t bytes = 0;
    if (dnnl_reorder_primitive_desc_create(&pd, from, dn->engine, to, dn->engine, NULL) != dnnl_success)
        return 0;
    dnnl_primitive_desc_query(pd, dnnl_query_memory_consumption_s64, 0, &bytes);
    dnnl_primitive_desc_destroy(pd);
    return (size_t)bytes;
}

int onednn_pack(struct onednn *dn, struct onednn_op *op, const dnnl_memory_desc_t *plain, const void *source,
                const dnnl_memory_desc_t *wanted, dnnl_memory_t packed, struct error *e)
{
    if (dn->dry) {
        op->packing_bytes = reorder_bytes(dn, plain, wanted);
        return 0;
    }
    dnnl_memory_t from = NULL;
    dnnl_primitive_t reorder = NULL;
    /* The library's handles are not const, but a reorder only reads its source. */
    int status = onednn_memory(dn, plain, (void *)(uintptr_t)source, &from, e);
    if (status == 0)
        status = onednn_reorder(dn, plain, wanted, &reorder, e);
    if (status == 0)
        status = run_reorder(dn, reorder, from, packed, e);
    if (reorder)
        dnnl_primitive_destroy(reorder);
    if (from)
        dnnl_memory_destroy(from);
    return status;
}

int onednn_pack_again(struct onednn *dn, struct onednn_op *op, const dnnl_memory_desc_t *plain,
                      const void *source, struct error *e)
{
    if (!op->repack &&
        (onednn_memory(dn, plain, DNNL_MEMORY_NONE, &op->plain, e) < 0 ||
         onednn_reorder(dn, plain, onednn_asked(op, dnnl_query_weights_md), &op->repack, e) < 0))
        return -1;
    /* The library's handles are not const, but a reorder only reads its source. */
    dnnl_memory_set_data_handle(op->plain, (void *)(uintptr_t)source);
    return run_reorder(dn, op->repack, op->plain, op->weights, e);
}

/* A two-dimensional primitive sees the tensor as [batch][c*h*w], which is the layout of a plain one; any
 * other goes through a four-dimensional reorder. */
static int bind_flat(struct onednn *dn, struct onednn_op *op, struct onednn_end *end, struct tensor t,
                     const dnnl_memory_desc_t *wanted, void *buffer, bool output, struct error *e)
{
    struct tensor flat = {t.c, t.h, t.w, 1, wanted->data_type == dnnl_bf16 ? NUMBER_BF16 : NUMBER_F32};
    if (t.block == 1 && t.type == flat.type) {
        int status = onednn_memory(dn, wanted, buffer, &end->outer, e);
        end->inner = end->outer;
        return status;
    }
    dnnl_memory_desc_t own = onednn_tensor(dn, t, false), plain = onednn_tensor(dn, flat, false);
    if (onednn_memory(dn, &own, buffer, &end->outer, e) < 0 ||
        onednn_capacity(dn, op, &plain, &end->buffer, &end->reordered, e) < 0 ||
        onednn_memory(dn, wanted, end->buffer, &end->inner, e) < 0)
        return -1;
    return output ? onednn_reorder(dn, &plain, &own, &end->reorder, e)
                  : onednn_reorder(dn, &own, &plain, &end->reorder, e);
}

/* `output`: the primitive writes this end. */
static int bind_end(struct onednn *dn, struct onednn_op *op, struct onednn_end *end, struct tensor t,
                    const dnnl_memory_desc_t *wanted, void *buffer, bool output, struct error *e)
{
    if (wanted->ndims == 2)
        return bind_flat(dn, op, end, t, wanted, buffer, output, e);
    dnnl_memory_desc_t own = onednn_tensor(dn, t, false);
    if (onednn_memory(dn, &own, buffer, &end->outer, e) < 0)
        return -1;
    if (dnnl_memory_desc_equal(&own, wanted)) {
        end->inner = end->outer;
        return 0;
    }
    if (onednn_capacity(dn, op, wanted, &end->buffer, &end->inner, e) < 0)
        return -1;
    end->reordered = end->inner;
    return output ? onednn_reorder(dn, wanted, &own, &end->reorder, e)
                  : onednn_reorder(dn, &own, wanted, &end->reorder, e);
}

int onednn_bind(struct onednn *dn, struct onednn_op *op, struct onednn_end *end, dnnl_query_t query,
                struct tensor t, const void *read, struct error *e)
{
    /* The library's handles are not const, but a primitive only reads its source. */
    return bind_end(dn, op, end, t, onednn_asked(op, query), (void *)(uintptr_t)read, false, e);
}

int onednn_bind_ends(struct onednn *dn, struct onednn_op *op, dnnl_query_t from_query, struct tensor from,
                     const void *read, dnnl_query_t to_query, struct tensor to, void *written,
                     struct error *e)
{
    if (onednn_bind(dn, op, &op->from, from_query, from, read, e) < 0)
        return -1;
    return bind_end(dn, op, &op->to, to, onednn_asked(op, to_query), written, true, e);
}

void onednn_argument(struct onednn_op *op, int name, dnnl_memory_t memory)
{
    op->args[op->args_n++] = (dnnl_exec_arg_t){name, memory};
}

/* ---- Making, running, freeing ----------------------------------------------------------------- */

static void free_memory(dnnl_memory_t memory)
{
    if (memory)
        dnnl_memory_destroy(memory);
}

size_t onednn_op_scratch(const struct onednn_op *op)
{
    const dnnl_memory_desc_t *md = onednn_asked(op, dnnl_query_scratchpad_md);
    size_t own = md ? dnnl_memory_desc_get_size(md) : 0, first = op->first ? onednn_op_scratch(op->first) : 0;
    return own > first ? own : first;
}

/* The primitive itself, and its part of the common scratchpad. */
static int make_primitive(struct onednn *dn, struct onednn_op *op, struct error *e)
{
    const dnnl_memory_desc_t *md = onednn_asked(op, dnnl_query_scratchpad_md);
    size_t bytes = md ? dnnl_memory_desc_get_size(md) : 0;
    if (bytes > 0) {
        if (onednn_memory(dn, md, DNNL_MEMORY_NONE, &op->scratch, e) < 0)
            return -1;
        onednn_argument(op, DNNL_ARG_SCRATCHPAD, op->scratch);
        if (bytes > dn->scratch_bytes)
            dn->scratch_bytes = bytes;
    }
    dnnl_status_t status = dnnl_primitive_create(&op->primitive, op->description);
    return status == dnnl_success ? 0 : onednn_failed(e, "a primitive", status);
}

struct onednn_op *onednn_finish(struct onednn *dn, struct onednn_op *op, bool complete, struct error *e)
{
    if (complete && (dn->dry || make_primitive(dn, op, e) == 0))
        return op;
    onednn_op_free(op);
    return NULL;
}

int onednn_replace(struct onednn *dn, struct onednn_op *op, dnnl_primitive_desc_t description,
                   struct error *e)
{
    int n = 0;
    for (int i = 0; i < op->args_n; i++)
        if (op->args[i].arg != DNNL_ARG_SCRATCHPAD)
            op->args[n++] = op->args[i];
    op->args_n = n;
    free_memory(op->scratch);
    op->scratch = NULL;
    dnnl_primitive_destroy(op->primitive);
    op->primitive = NULL;
    dnnl_primitive_desc_destroy(op->description);
    op->description = description;
    return make_primitive(dn, op, e) < 0 ? -1 : onednn_ready(dn, e);
}

int onednn_run(struct onednn *dn, struct onednn_op *op, struct error *e)
{
    struct onednn_end *from = &op->from, *beside = &op->beside, *to = &op->to;
    if (op->first && onednn_run(dn, op->first, e) < 0)
        return -1;
    if (op->scratch)
        dnnl_memory_set_data_handle(op->scratch, dn->scratch);
    if (op->shares)
        dnnl_memory_set_data_handle(to->inner, dn->shared);
    if (from->reorder && run_reorder(dn, from->reorder, from->outer, from->reordered, e) < 0)
        return -1;
    if (beside->reorder && run_reorder(dn, beside->reorder, beside->outer, beside->reordered, e) < 0)
        return -1;
    if (run_primitive(dn, op->primitive, op->args_n, op->args, e) < 0)
        return -1;
    return to->reorder ? run_reorder(dn, to->reorder, to->reordered, to->outer, e) : 0;
}

static void free_end(struct onednn_end *end)
{
    if (end->reorder)
        dnnl_primitive_destroy(end->reorder);
    if (end->reordered != end->inner)
        free_memory(end->reordered);
    if (end->inner != end->outer)
        free_memory(end->inner);
    free_memory(end->outer);
    free(end->buffer);
}

void onednn_op_free(struct onednn_op *op)
{
    if (!op)
        return;
    onednn_op_free(op->first);
    if (op->primitive)
        dnnl_primitive_destroy(op->primitive);
    if (op->description)
        dnnl_primitive_desc_destroy(op->description);
    free_end(&op->from);
    free_end(&op->beside);
    free_end(&op->to);
    if (op->repack)
        dnnl_primitive_destroy(op->repack);
    free_memory(op->plain);
    free_memory(op->bias);
    free_memory(op->add);
    free_memory(op->scratch);
    if (op->owns_weights) {
        free_memory(op->weights);
        free(op->weights_buffer);
    }
    if (op->owns_workspace) {
        free_memory(op->workspace);
        free(op->workspace_buffer);
    }
    free(op->bias_buffer);
    free(op);
}

const char *onednn_op_implementation(const struct onednn_op *op)
{
    return op->implementation;
}

size_t onednn_op_bytes(const struct onednn_op *op)
{
    return op->bytes + (op->first ? op->first->bytes : 0);
}

size_t onednn_op_packing(const struct onednn_op *op)
{
    size_t first = op->first ? op->first->packing_bytes : 0;
    return op->packing_bytes > first ? op->packing_bytes : first;
}
