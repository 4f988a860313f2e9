#include "graph/needs.h"

#include <stdlib.h>

#include "base/memory.h"
#include "graph/choose.h"
#include "graph/gradcam.h"
#include "graph/graph_parts.h"
#include "net/definition.h"

/* A primitive's code and objects, measured: most have 20 to 40 kB. */
#define OP_BYTES ((int64_t)48 << 10)
/* Huge pages round up the three large areas. */
#define PAGES_BYTES ((int64_t)6 << 20)
/* On maps of this size and larger, Winograd is likely to be faster. */
enum { LIKELY_PIXELS = 14 * 14 };

struct pass_needs {
    int64_t bytes, packing, scratch;
};

struct layer_needs {
    int64_t params;                       /* the layer's numbers while they are packed */
    int64_t turned;                       /* a copy of connected weights that are turned */
    int64_t folded;                       /* a copy of the weights while they are packed */
    int64_t kept;                         /* maps */
    int64_t trial;                        /* while the two algorithms are timed */
    struct pass_needs passes[2][2];       /* [enum onednn_pass][enum onednn_algorithm] */
    struct pass_needs parameters;         /* their gradient, with the larger algorithm */
    bool differs[2], likely[2], tried[2]; /* by enum onednn_pass */
    enum onednn_algorithm taken[2];
};

struct needs {
    int layers_n;
    struct layer_needs *layers;
    int64_t buffers; /* activations, gradients and the like */
};

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t needs_tensor_bytes(struct tensor t)
{
    return (int64_t)(tensor_numbers(t) * number_size(t.type));
}

/* ---- One layer ------------------------------------------------------------------------------------ */

static struct pass_needs op_needs(const struct onednn_op *op)
{
    return (struct pass_needs){(int64_t)onednn_op_bytes(op) + OP_BYTES, (int64_t)onednn_op_packing(op),
                               (int64_t)onednn_op_scratch(op)};
}

static bool has_gradient(const struct graph *graph, const struct node *node)
{
    int source = node->sources[0].layer;
    return source != NET_INPUT && graph->nodes[source].needs_gradient && node->needs_gradient;
}

/* The gradient of the layer's parameters, where it trains. */
static int weigh_parameters(struct onednn *dn, const struct onednn_layer *o, const struct node *node,
                            enum onednn_algorithm algorithm, struct layer_needs *out, struct error *e)
{
    if (!node->trains)
        return 0;
    struct onednn_op *op =
        onednn_parameters(dn, node_weighted(node), o, algorithm, NULL, NULL, NULL, NULL, e);
    if (!op)
        return -1;
    const struct pass_needs now = op_needs(op);
    out->parameters.bytes = larger(out->parameters.bytes, now.bytes);
    out->parameters.scratch = larger(out->parameters.scratch, now.scratch);
    onednn_op_free(op);
    return 0;
}

/* Memory with one algorithm. */
static int weigh_ops(struct onednn *dn, const struct onednn_layer *o, const struct node *node, bool gradient,
                     enum onednn_algorithm algorithm, struct layer_needs *out, struct error *e)
{
    enum onednn_kind kind = node_weighted(node);
    struct onednn_op *backward = NULL, *forward = onednn_forward(dn, kind, o, algorithm, NULL, NULL, e);
    if (forward)
        out->passes[ONEDNN_FORWARD][algorithm] = op_needs(forward);
    if (forward && gradient)
        backward = onednn_gradient(dn, kind, o, algorithm, forward, NULL, NULL, e);
    if (backward)
        out->passes[ONEDNN_GRADIENT][algorithm] = op_needs(backward);
    int status = forward && (backward || !gradient) ? 0 : -1;
    onednn_op_free(backward);
    onednn_op_free(forward);
    return status < 0 ? -1 : weigh_parameters(dn, o, node, algorithm, out, e);
}

static int64_t trial_bytes(const struct onednn_layer *o, const struct layer_needs *l, int batch)
{
    int64_t most = 0;
    for (int pass = ONEDNN_FORWARD; pass <= ONEDNN_GRADIENT; pass++) {
        const struct pass_needs *direct = &l->passes[pass][ONEDNN_DIRECT], *fast = direct + 1;
        int64_t scratch = direct->scratch > fast->scratch ? direct->scratch : fast->scratch;
        int64_t both = direct->bytes + fast->bytes + scratch;
        most = both > most ? both : most;
    }
    int64_t ends = needs_tensor_bytes(o->in) + needs_tensor_bytes(o->out);
    return most + (int64_t)2 * choose_trial_batch(batch, o) * ends;
}

static int weigh_weighted(struct onednn *dn, const struct graph *graph, const struct node *node,
                          bool winograd, struct layer_needs *out, struct error *e)
{
    static const float anything; /* only described, never read */
    bool gradient = has_gradient(graph, node);
    struct onednn_layer o = node_geometry(node);
    o.add = node->joins ? &anything : NULL;
    out->folded = (node->layer->batch_normalize ? out->params : 0) +
                  (graph->precision == PRECISION_BF16 ? out->params / 2 : 0);
    if (weigh_ops(dn, &o, node, gradient, ONEDNN_DIRECT, out, e) < 0)
        return -1;
    if (!winograd)
        return 0;
    if (weigh_ops(dn, &o, node, gradient, ONEDNN_WINOGRAD, out, e) < 0)
        return -1;
    out->trial = trial_bytes(&o, out, graph->batch);
    out->differs[ONEDNN_FORWARD] = true;
    out->differs[ONEDNN_GRADIENT] = gradient;
    return 0;
}

static int weigh_pool(struct onednn *dn, const struct graph *graph, const struct node *node,
                      struct layer_needs *out, struct error *e)
{
    const struct onednn_pool pool = node_pool(node);
    struct onednn_op *backward = NULL, *forward = onednn_pool_forward(dn, &pool, NULL, NULL, e);
    if (forward)
        out->passes[ONEDNN_FORWARD][ONEDNN_DIRECT] = op_needs(forward);
    if (forward && has_gradient(graph, node))
        backward = onednn_pool_gradient(dn, &pool, forward, NULL, NULL, e);
    if (backward)
        out->passes[ONEDNN_GRADIENT][ONEDNN_DIRECT] = op_needs(backward);
    int status = forward && (backward || !has_gradient(graph, node)) ? 0 : -1;
    onednn_op_free(backward);
    onednn_op_free(forward);
    return status;
}

/* Whether the layer may be Winograd in some pass; then that is computed, too. */
static bool may_be_winograd(const struct graph *graph, const struct node *node, const struct graph_options *o)
{
    const struct onednn_layer geometry = node_geometry(node);
    return node->kind->primitive == NODE_CONVOLVES && o->precision == PRECISION_F32 &&
           choose_may_differ(&geometry) &&
           (o->tuning || o->algorithms == GRAPH_WINOGRAD || o->algorithms == GRAPH_BY_SHAPE ||
            (o->algorithms == GRAPH_TIMED && choose_tries(graph->batch, &geometry)));
}

static int weigh_layer(struct onednn *dn, const struct graph *graph, int l, const struct graph_options *o,
                       struct layer_needs *out, struct error *e)
{
    const struct node *node = &graph->nodes[l];
    const struct onednn_layer geometry = node_geometry(node);
    if (!node->on_path)
        return 0;
    out->kept = 2 * node_map_pairs(node) * (int64_t)sizeof(int32_t);
    struct error why;
    int status = 0;
    if (node->kind->primitive == NODE_POOLS)
        status = weigh_pool(dn, graph, node, out, &why);
    else if (node_has_weights(node))
        status = weigh_weighted(dn, graph, node, may_be_winograd(graph, node, o), out, &why);
    if (status < 0)
        return error_at(e, graph->net->path, node->layer->line, "layer %d (%s): %s", l, node->layer->name,
                        why.text);
    out->kept += out->parameters.bytes;
    for (int pass = ONEDNN_FORWARD; pass <= ONEDNN_GRADIENT; pass++) {
        out->likely[pass] = out->differs[pass] && !o->tuning && tensor_pixels(node->out) >= LIKELY_PIXELS;
        if (out->differs[pass])
            out->taken[pass] = o->tuning && l < o->tuning->layers_n
                                   ? tuning_algorithm(o->tuning, l, pass)
                                   : graph_algorithm(graph, o, &geometry, (enum onednn_pass)pass);
    }
    return 0;
}

/* ---- The whole graph ------------------------------------------------------------------------------- */

/* What graph_allocate takes, what a measurement holds (images decoded ahead and the scratch of gradcam.h). */
static int64_t buffer_bytes(struct graph *graph)
{
    int64_t image = net_shape_size(graph->net->in) * (int64_t)sizeof(float), batch = graph->batch;
    size_t capacity = 0, channels = 0, sums = 0;
    for (int l = 0; l < graph->net->layers_n; l++) {
        struct tensor t = graph->nodes[l].out;
        size_t wide = tensor_channels(t), now = gradcam_scratch_bytes(t, graph->batch);
        channels = wide > channels ? wide : channels;
        capacity = now > capacity ? now : capacity;
        now = kernels_end_floats(t, graph->batch);
        sums = now > sums ? now : sums;
    }
    int64_t vectors =
        (batch * ((int64_t)channels + graph->net->classes) + (int64_t)sums) * (int64_t)sizeof(float);
    return (int64_t)graph_lay_out(graph) + graph_train_bytes(graph) + PAGES_BYTES + vectors +
           (int64_t)capacity + (2 * batch + 4) * image;
}

struct needs *needs_of(struct graph *graph, const struct graph_options *options, struct error *e)
{
    struct onednn *dn = onednn_open_dry(graph->batch, e);
    if (!dn)
        return NULL;
    struct needs *n = memory_new(1, sizeof *n);
    n->layers_n = graph->net->layers_n;
    n->layers = memory_new((size_t)n->layers_n, sizeof *n->layers);
    n->buffers = buffer_bytes(graph);
    int status = 0;
    for (int l = 0; l < n->layers_n && status == 0; l++) {
        n->layers[l].params = graph->net->layers[l].params * (int64_t)sizeof(float);
        if (options->transposed && graph->nodes[l].kind->primitive == NODE_CONNECTS)
            n->layers[l].turned = n->layers[l].params;
        status = weigh_layer(dn, graph, l, options, &n->layers[l], e);
    }
    onednn_close(dn);
    if (status == 0)
        return n;
    needs_free(n);
    return NULL;
}

void needs_free(struct needs *n)
{
    if (!n)
        return;
    free(n->layers);
    free(n);
}

/* ---- Adding up ------------------------------------------------------------------------------------ */

/* Peak bytes while the layers are read and packed, one after the other; *packed: what stays. */
static int64_t packing_peak(const struct needs *n, int64_t *packed)
{
    int64_t peak = 0;
    *packed = 0;
    for (int i = n->layers_n - 1; i >= 0; i--) {
        const struct layer_needs *l = &n->layers[i];
        int64_t read = l->params + l->turned;
        if (l->tried[ONEDNN_FORWARD] || l->tried[ONEDNN_GRADIENT])
            peak = larger(peak, *packed + l->trial);
        for (int pass = ONEDNN_FORWARD; pass <= ONEDNN_GRADIENT; pass++) {
            const struct pass_needs *p = &l->passes[pass][l->taken[pass]];
            *packed += p->bytes;
            peak = larger(peak, *packed + read + l->folded + p->packing);
        }
        *packed += l->kept;
        peak = larger(peak, *packed + read);
    }
    return peak;
}

static int64_t scratch_bytes(const struct needs *n)
{
    int64_t scratch = 0;
    for (int i = 0; i < n->layers_n; i++)
        scratch = larger(scratch, n->layers[i].parameters.scratch);
    for (int i = 0; i < n->layers_n; i++)
        for (int pass = ONEDNN_FORWARD; pass <= ONEDNN_GRADIENT; pass++)
            scratch = larger(scratch, n->layers[i].passes[pass][n->layers[i].taken[pass]].scratch);
    return scratch;
}

int64_t needs_running(const struct needs *n)
{
    int64_t packed;
    packing_peak(n, &packed);
    return packed + scratch_bytes(n) + n->buffers;
}

/* The buffers are not touched before the first run, when the parameters are gone. */
int64_t needs_peak(const struct needs *n)
{
    int64_t packed, loading = packing_peak(n, &packed);
    return larger(loading, needs_running(n));
}

int64_t needs_addresses(const struct needs *n)
{
    int64_t packed;
    return packing_peak(n, &packed) + scratch_bytes(n) + n->buffers;
}

int64_t needs_expected(struct needs *n)
{
    struct layer_needs *kept = memory_new((size_t)n->layers_n, sizeof *kept);
    for (int i = 0; i < n->layers_n; i++) {
        struct layer_needs *l = &n->layers[i];
        kept[i] = *l;
        for (int pass = ONEDNN_FORWARD; pass <= ONEDNN_GRADIENT; pass++)
            l->taken[pass] = l->likely[pass] ? ONEDNN_WINOGRAD : l->taken[pass];
    }
    int64_t peak = needs_peak(n);
    for (int i = 0; i < n->layers_n; i++)
        n->layers[i] = kept[i];
    free(kept);
    return peak;
}

bool needs_afford(struct needs *n, int layer, enum onednn_pass pass, int64_t capacity)
{
    struct layer_needs *l = &n->layers[layer];
    if (!l->differs[pass])
        return false;
    const struct layer_needs kept = *l;
    l->taken[pass] = ONEDNN_WINOGRAD;
    l->tried[pass] = true;
    if (needs_peak(n) <= capacity)
        return true;
    *l = kept;
    return false;
}

void needs_take(struct needs *n, int layer, enum onednn_pass pass, enum onednn_algorithm algorithm)
{
    if (n->layers[layer].differs[pass])
        n->layers[layer].taken[pass] = algorithm;
}
