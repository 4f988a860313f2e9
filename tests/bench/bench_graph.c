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
#include "bench_bound.h"
#include "bench_params.h"
#include "graph/gradcam.h"
#include "graph/graph.h"
#include "net/definition.h"
#include "net/net.h"
#include "net/table.h"

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

static void reduce(void *user, int layer, struct tensor t, const void *a, const float *alpha, const void *g)
{
    (void)g;
    struct rows *rows = user;
    (void)layer;
    rows->capacity = memory_grow(rows->capacity, gradcam_scratch_bytes(t, rows->batch), 1);
    gradcam_weigh(t, rows->batch, REDUCE_MEAN, a, alpha, rows->capacity, rows->importance);
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
    struct bound *bound = NULL;
    int batch = graph_batch(pass->graph), status = pass_run(pass, e);
    double peak = peak_bytes();
    pass->best = INFINITY; /* that one warmed up */
    if (status == 0 && wishes->bound) {
        bound = bound_open(net, batch, wishes->precision, false, e);
        status = bound ? 0 : -1;
    }
    for (int run = 0; run < runs && status == 0; run++) {
        status = pass_run(pass, e);
        if (status == 0 && bound)
            status = bound_run(bound, e);
    }
    if (status == 0) {
        report(pass, peak);
        if (bound)
            bound_report(bound);
        puts("");
    }
    bound_close(bound);
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
