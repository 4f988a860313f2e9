/* Times a graph on a network with random parameters and images: bench_graph [OPTIONS] CFG BATCH THREADS RUNS.
 * Prints one line: milliseconds an image, best of RUNS, and the peak memory of the process with the graph.
 *     --exact, --winograd   the algorithm of the convolutions (default: chosen by timing)
 *     --bf16                in bfloat16
 *     --bound               also what the best primitives of all layers with weights take in sum: each run
 * again at once (bound), and each after all the others (cold) */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include "base/memory.h"
#include "bench_params.h"
#include "graph/gradcam.h"
#include "graph/graph.h"
#include "graph/onednn.h"
#include "net/definition.h"
#include "net/net.h"
#include "net/table.h"

/* Runs of each way to compute a layer before one is chosen, the first to warm up; what takes longer by this
 * factor then is out. */
enum { TURNS = 3 };
#define FAR_BEHIND 1.4

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

struct wishes {
    enum graph_algorithms algorithms;
    enum precision precision;
    bool bound;
};

/* The layers `isplit curve` lists, and one set of random parameters that is let go again. */
static struct graph *make_graph(const struct net *net, int batch, int threads, const struct wishes *wishes,
                                struct error *e)
{
    size_t layers = (size_t)net->layers_n;
    struct table *table = table_make(net);
    int n, *features = table_listed(table, TABLE_BACKBONE, &n);
    bool *listed = memory_new(layers, sizeof *listed);
    for (int i = 0; i < n; i++)
        listed[features[i]] = true;
    struct params *params = bench_params(net, e);
    struct graph_options options = {.batch = batch,
                                    .threads = threads,
                                    .listed = listed,
                                    .algorithms = wishes->algorithms,
                                    .precision = wishes->precision};
    struct graph *graph = params ? graph_make(net, params, &options, e) : NULL;
    params_close(params);
    free(listed);
    free(features);
    table_free(table);
    return graph;
}

struct rows {
    int batch;
    void *capacity;
    float *importance;
};

static void reduce(void *user, int layer, const struct graph_view *view)
{
    struct rows *rows = user;
    struct tensor t = view->shape;
    (void)layer;
    rows->capacity = memory_grow(rows->capacity, gradcam_scratch_bytes(t, rows->batch), 1);
    gradcam_weigh(t, rows->batch, REDUCE_MEAN, view->a, view->alpha, rows->capacity, rows->importance);
}

/* What a pass needs beside the graph. */
struct pass {
    struct graph *graph;
    int *target;
    struct rows rows;
    double best; /* seconds a batch */
};

static void pass_open(struct pass *p, const struct net *net, struct graph *graph)
{
    int batch = graph_batch(graph);
    *p = (struct pass){.graph = graph, .best = INFINITY};
    p->target = memory_new((size_t)batch, sizeof *p->target);
    p->rows = (struct rows){.batch = batch, .importance = memory_new((size_t)batch, sizeof(float))};
    float *pixels = bench_numbers(net_shape_size(net->in), 0.5f, 0.5f);
    for (int slot = 0; slot < batch; slot++)
        graph_set_input(graph, slot, pixels);
    free(pixels);
}

static void pass_close(struct pass *p)
{
    free(p->target);
    free(p->rows.capacity);
    free(p->rows.importance);
}

static int pass_run(struct pass *p, struct error *e)
{
    double start = now();
    if (graph_forward(p->graph, e) < 0 || graph_backward(p->graph, p->target, reduce, &p->rows, e) < 0)
        return -1;
    p->best = fmin(p->best, now() - start);
    return 0;
}

/* ---- The bound ------------------------------------------------------------------------------------ */

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
    double start = now();
    return onednn_run(dn, op, e) < 0 ? INFINITY : now() - start;
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

/* The passes in the order in which a pass over the network comes by. */
struct bound {
    struct onednn *dn;
    struct part *forward, *gradient;
    int forward_n, gradient_n;
};

static bool same_geometry(const struct net_layer *a, const struct net_layer *b)
{
    return a->kind == b->kind && memcmp(&a->in, &b->in, sizeof a->in) == 0 &&
           memcmp(&a->out, &b->out, sizeof a->out) == 0 && a->size == b->size && a->stride == b->stride &&
           a->groups == b->groups;
}

static int add_part(struct bound *b, struct part *parts, int *n, const struct net_layer *layer,
                    enum precision precision, enum onednn_pass pass, struct error *e)
{
    for (int i = 0; i < *n; i++) {
        if (same_geometry(parts[i].layer, layer)) {
            parts[i].layers++;
            return 0;
        }
    }
    enum onednn_kind kind = layer->kind == NET_CONNECTED ? ONEDNN_CONNECTED : ONEDNN_CONVOLUTION;
    struct onednn_layer geometry = geometry_of(layer, precision);
    struct onednn_op *op = best_way(b->dn, kind, &geometry, pass, e);
    if (!op)
        return error_set(e, "oneDNN has no primitive for a layer of %d channels", layer->out.c);
    parts[(*n)++] = (struct part){op, layer, 1, INFINITY, INFINITY};
    return 0;
}

/* Forward of each layer with weights, and the gradient by its input but by the network's, which nobody asks
 * for. */
static int bound_open(struct bound *b, const struct net *net, int batch, enum precision precision,
                      struct error *e)
{
    size_t layers = (size_t)net->layers_n;
    *b = (struct bound){.dn = onednn_open(batch, e),
                        .forward = memory_new(layers, sizeof *b->forward),
                        .gradient = memory_new(layers, sizeof *b->gradient)};
    bool first = true;
    int status = b->dn ? 0 : -1;
    for (int l = 0; status == 0 && l <= net->score; l++) {
        const struct net_layer *layer = &net->layers[l];
        if (layer->kind != NET_CONVOLUTIONAL && layer->kind != NET_CONNECTED)
            continue;
        status = add_part(b, b->forward, &b->forward_n, layer, precision, ONEDNN_FORWARD, e);
        if (status == 0 && !first)
            status = add_part(b, b->gradient, &b->gradient_n, layer, precision, ONEDNN_GRADIENT, e);
        first = false;
    }
    return status;
}

static void bound_close(struct bound *b)
{
    for (int i = 0; i < b->forward_n; i++)
        onednn_op_free(b->forward[i].op);
    for (int i = 0; i < b->gradient_n; i++)
        onednn_op_free(b->gradient[i].op);
    free(b->forward);
    free(b->gradient);
    onednn_close(b->dn);
}

/* Cold, since all the others have run in between, and then at once again. */
static int part_run(struct bound *b, struct part *part, struct error *e)
{
    part->cold = fmin(part->cold, run_time(b->dn, part->op, e));
    part->hot = fmin(part->hot, run_time(b->dn, part->op, e));
    return isfinite(part->hot) ? 0 : -1;
}

static int bound_run(struct bound *b, struct error *e)
{
    int status = 0;
    for (int i = 0; i < b->forward_n && status == 0; i++)
        status = part_run(b, &b->forward[i], e);
    for (int i = b->gradient_n - 1; i >= 0 && status == 0; i--)
        status = part_run(b, &b->gradient[i], e);
    return status;
}

static void add_times(const struct part *parts, int n, double *hot, double *cold)
{
    for (int i = 0; i < n; i++) {
        *hot += parts[i].layers * parts[i].hot;
        *cold += parts[i].layers * fmax(parts[i].cold, parts[i].hot);
    }
}

static void bound_report(const struct bound *b, int batch)
{
    double hot = 0, cold = 0;
    add_times(b->forward, b->forward_n, &hot, &cold);
    add_times(b->gradient, b->gradient_n, &hot, &cold);
    printf(" bound %.2f cold %.2f ms/image", 1e3 * hot / batch, 1e3 * cold / batch);
}

/* ---- Main ----------------------------------------------------------------------------------------- */

static int parse(int argc, char **argv, struct wishes *w)
{
    static const struct option known[] = {{"exact", no_argument, NULL, 'e'},
                                          {"winograd", no_argument, NULL, 'w'},
                                          {"bound", no_argument, NULL, 'b'},
                                          {"bf16", no_argument, NULL, 'h'},
                                          {0}};
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (c == '?')
            return -1;
        if (c == 'b')
            w->bound = true;
        else if (c == 'h')
            w->precision = PRECISION_BF16;
        else
            w->algorithms = c == 'e' ? GRAPH_EXACT : GRAPH_WINOGRAD;
    }
    return argc - optind == 4 ? 0 : -1;
}

static void report(const struct pass *pass, double peak)
{
    printf("%.2f ms/image batch %d threads %d plan %.0f MB peak %.0f MB",
           1e3 * pass->best / graph_batch(pass->graph), graph_batch(pass->graph), graph_threads(pass->graph),
           (double)graph_bytes(pass->graph) / 1e6, peak / 1e6);
}

static double peak_bytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss * 1024;
}

/* Passes and primitives take turns, as often each, so that both see the same machine. */
static int measure(struct pass *pass, const struct net *net, const struct wishes *wishes, int runs,
                   struct error *e)
{
    struct bound bound = {0};
    int batch = graph_batch(pass->graph), status = pass_run(pass, e);
    double peak = peak_bytes();
    pass->best = INFINITY; /* that one warmed up */
    if (status == 0 && wishes->bound)
        status = bound_open(&bound, net, batch, wishes->precision, e);
    for (int run = 0; run < runs && status == 0; run++) {
        status = pass_run(pass, e);
        if (status == 0 && wishes->bound)
            status = bound_run(&bound, e);
    }
    if (status == 0) {
        report(pass, peak);
        if (wishes->bound)
            bound_report(&bound, batch);
        puts("");
    }
    if (wishes->bound)
        bound_close(&bound);
    return status;
}

int main(int argc, char **argv)
{
    struct error e;
    struct wishes wishes = {GRAPH_TIMED, PRECISION_F32, false};
    if (parse(argc, argv, &wishes) < 0) {
        fputs("usage: bench_plan [--exact|--winograd] [--bf16] [--bound] CFG BATCH THREADS RUNS\n", stderr);
        return 2;
    }
    int batch = atoi(argv[optind + 1]), threads = atoi(argv[optind + 2]), runs = atoi(argv[optind + 3]);
    struct net *net = net_read(argv[optind], &e);
    struct graph *graph = net ? make_graph(net, batch, threads, &wishes, &e) : NULL;
    struct pass pass = {0};
    if (graph)
        pass_open(&pass, net, graph);
    int status = graph ? measure(&pass, net, &wishes, runs, &e) : -1;
    if (status < 0)
        fprintf(stderr, "bench_plan: %s\n", e.text);
    pass_close(&pass);
    graph_free(graph);
    net_free(net);
    return status < 0 ? 1 : 0;
}
