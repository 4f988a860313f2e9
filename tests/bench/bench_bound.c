#include "bench_bound.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "graph/onednn.h"

/* Runs of each way to compute a layer before one is chosen, the first to warm up; what takes longer by this
 * factor then is out. */
enum { TURNS = 3 };
#define FAR_BEHIND 1.4

static double bound_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct tensor laid_out(struct net_shape s, enum precision precision)
{
    return precision == PRECISION_BF16 ? tensor_of_halves(s) : tensor_of(s, onednn_block());
}

static struct onednn_layer geometry_of(const struct net_layer *l, enum precision precision)
{
    bool connected = l->kind == NET_CONNECTED;
    return (struct onednn_layer){
        .in = laid_out(l->in, precision),
        .out = laid_out(l->out, precision),
        .size_h = connected ? l->in.h : l->size,
        .size_w = connected ? l->in.w : l->size,
        .stride_h = connected ? 1 : l->stride,
        .stride_w = connected ? 1 : l->stride_x,
        .dilation = connected ? 1 : l->dilation,
        .pad = connected ? 0 : l->pad,
        .groups = connected ? 1 : l->groups,
        .rectify = l->act == NET_RELU || l->act == NET_LEAKY,
        .slope = l->act == NET_LEAKY ? 0.1f : 0.0f,
    };
}

static double run_time(struct onednn *dn, struct onednn_op *op, struct error *e)
{
    double start = bound_now();
    return onednn_run(dn, op, e) < 0 ? INFINITY : bound_now() - start;
}

static bool is_reference(const struct onednn_op *op)
{
    return strncmp(onednn_op_implementation(op), "ref", 3) == 0;
}

/* Ways to compute one pass of a layer: two algorithms, each in the tensors' layouts and in the library's own.
 */
struct ways {
    struct onednn_op *ops[4];
    double times[4];
    int n;
};

static void make_ways(struct onednn *dn, enum onednn_kind kind, const struct onednn_layer *l,
                      enum onednn_pass pass, struct ways *ways)
{
    static const enum onednn_algorithm algorithms[] = {ONEDNN_DIRECT, ONEDNN_WINOGRAD};
    for (int i = 0; i < (kind == ONEDNN_CONVOLUTION ? 4 : 2); i++) {
        struct onednn_op *op = onednn_trial(dn, kind, l, pass, algorithms[i / 2], i % 2, NULL);
        if (op && ways->n > 0 && is_reference(op)) {
            onednn_op_free(op);
        } else if (op && ways->n > 0 && is_reference(ways->ops[0])) {
            onednn_op_free(ways->ops[0]);
            ways->ops[0] = op;
        } else if (op) {
            ways->ops[ways->n++] = op;
        }
    }
}

/* Goes on with the quickest, or with NULL where there is none or it fails. They take turns; what is far
 * behind takes no more. */
static struct onednn_op *best_way(struct onednn *dn, enum onednn_kind kind, const struct onednn_layer *l,
                                  enum onednn_pass pass, struct error *e)
{
    struct ways ways = {0};
    make_ways(dn, kind, l, pass, &ways);
    int ready = onednn_ready(dn, e), best = 0;
    for (int turn = 0; turn < TURNS && ready == 0; turn++) {
        double limit = turn > 0 ? FAR_BEHIND * ways.times[best] : INFINITY;
        for (int i = 0; i < ways.n; i++) {
            if (turn > 0 && ways.times[i] > limit)
                continue;
            double took = run_time(dn, ways.ops[i], e);
            ways.times[i] = turn > 1 ? fmin(ways.times[i], took) : took; /* the first one warms up */
        }
        for (int i = 0; i < ways.n; i++)
            best = ways.times[i] < ways.times[best] ? i : best;
    }
    for (int i = 0; i < ways.n; i++)
        if (i != best || ready < 0)
            onednn_op_free(ways.ops[i]);
    return ways.n > 0 && ready == 0 ? ways.ops[best] : NULL;
}

/* One pass of all layers of one geometry. */
struct part {
    struct onednn_op *op;
    const struct net_layer *layer;
    int layers;
    double hot, cold; /* best times, seconds */
};

enum { PASSES = ONEDNN_PARAMETERS + 1 };

struct bound {
    struct onednn *dn;
    int batch;
    struct passes {
        struct part *parts; /* [n] in the order of the layers */
        int n;
    } passes[PASSES]; /* by enum onednn_pass */
};

static bool same_geometry(const struct net_layer *a, const struct net_layer *b)
{
    return a->kind == b->kind && memcmp(&a->in, &b->in, sizeof a->in) == 0 &&
           memcmp(&a->out, &b->out, sizeof a->out) == 0 && a->size == b->size && a->stride == b->stride &&
           a->groups == b->groups;
}

static int add_part(struct bound *b, const struct net_layer *layer, enum precision precision,
                    enum onednn_pass pass, struct error *e)
{
    struct passes *passes = &b->passes[pass];
    for (int i = 0; i < passes->n; i++) {
        if (same_geometry(passes->parts[i].layer, layer)) {
            passes->parts[i].layers++;
            return 0;
        }
    }
    enum onednn_kind kind = layer->kind == NET_CONNECTED ? ONEDNN_CONNECTED : ONEDNN_CONVOLUTION;
    struct onednn_layer geometry = geometry_of(layer, precision);
    struct onednn_op *op = best_way(b->dn, kind, &geometry, pass, e);
    if (!op)
        return error_set(e, "oneDNN has no primitive for a layer of %d channels", layer->out.c);
    passes->parts[passes->n++] = (struct part){op, layer, 1, INFINITY, INFINITY};
    return 0;
}

static int add_layer(struct bound *b, const struct net_layer *layer, enum precision precision, bool first,
                     bool trains, struct error *e)
{
    int status = add_part(b, layer, precision, ONEDNN_FORWARD, e);
    if (status == 0 && !first)
        status = add_part(b, layer, precision, ONEDNN_GRADIENT, e);
    return status == 0 && trains ? add_part(b, layer, precision, ONEDNN_PARAMETERS, e) : status;
}

struct bound *bound_open(const struct net *net, int batch, enum precision precision, bool trains,
                         struct error *e)
{
    struct bound *b = memory_new(1, sizeof *b);
    b->batch = batch;
    b->dn = onednn_open(batch, e);
    for (int pass = 0; pass < PASSES; pass++)
        b->passes[pass].parts = memory_new((size_t)net->layers_n, sizeof *b->passes[pass].parts);
    bool first = true;
    int status = b->dn ? 0 : -1;
    for (int l = 0; status == 0 && l <= net->score; l++) {
        const struct net_layer *layer = &net->layers[l];
        if (layer->kind != NET_CONVOLUTIONAL && layer->kind != NET_CONNECTED)
            continue;
        status = add_layer(b, layer, precision, first, trains, e);
        first = false;
    }
    if (status == 0)
        return b;
    bound_close(b);
    return NULL;
}

void bound_close(struct bound *b)
{
    if (!b)
        return;
    for (int pass = 0; pass < PASSES; pass++) {
        for (int i = 0; i < b->passes[pass].n; i++)
            onednn_op_free(b->passes[pass].parts[i].op);
        free(b->passes[pass].parts);
    }
    if (b->dn)
        onednn_close(b->dn);
    free(b);
}

/* Cold, since all the others have run in between, and then at once again. */
static int part_run(struct bound *b, struct part *part, struct error *e)
{
    part->cold = fmin(part->cold, run_time(b->dn, part->op, e));
    part->hot = fmin(part->hot, run_time(b->dn, part->op, e));
    return isfinite(part->hot) ? 0 : -1;
}

int bound_run(struct bound *b, struct error *e)
{
    int status = 0;
    for (int pass = 0; pass < PASSES; pass++) {
        struct passes *passes = &b->passes[pass];
        for (int i = 0; i < passes->n && status == 0; i++) /* gradients come from the last layer on */
            status = part_run(b, &passes->parts[pass == ONEDNN_FORWARD ? i : passes->n - 1 - i], e);
    }
    return status;
}

void bound_report(const struct bound *b)
{
    double hot = 0, cold = 0;
    for (int pass = 0; pass < PASSES; pass++)
        for (int i = 0; i < b->passes[pass].n; i++) {
            const struct part *part = &b->passes[pass].parts[i];
            hot += part->layers * part->hot;
            cold += part->layers * fmax(part->cold, part->hot);
        }
    printf(" bound %.3f cold %.3f ms/image", 1e3 * hot / b->batch, 1e3 * cold / b->batch);
}
