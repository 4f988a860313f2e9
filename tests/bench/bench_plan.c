/* Times a plan on a network with random parameters and images: bench_plan [OPTIONS] CFG BATCH THREADS RUNS.
 * Prints one line: milliseconds an image, best of RUNS, and the peak memory of the process.
 *     --exact, --winograd   the algorithm of the convolutions (default: chosen by timing)
 *     --bound               also the sum of the best single primitive times, of all layers with weights */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/memory.h"
#include "model/net.h"
#include "model/table.h"
#include "plan/gradcam.h"
#include "plan/onednn.h"
#include "plan/plan.h"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *numbers(int64_t n, float middle, float spread)
{
    float *out = memory_new((size_t)n, sizeof *out);
    for (int64_t i = 0; i < n; i++)
        out[i] = middle + spread * ((float)rand() / (float)RAND_MAX * 2.0f - 1.0f);
    return out;
}

/* Variance-preserving weights, so that no number overflows or dies out on the way. */
static struct plan_params random_params(const struct net_layer *l)
{
    bool weighted =
        l->kind == NET_CONVOLUTIONAL || l->kind == NET_CONNECTED || l->kind == NET_DECONVOLUTIONAL;
    bool normalised = l->batch_normalize || l->kind == NET_BATCHNORM;
    int64_t channels = l->out.c, weights = l->params - channels - (normalised ? 3 * channels : 0);
    struct plan_params p = {0};
    if (!weighted && !normalised)
        return p;
    p.biases = numbers(channels, 0.0f, 0.1f);
    if (normalised) {
        p.scales = numbers(channels, 0.7f, 0.1f);
        p.mean = numbers(channels, 0.0f, 0.1f);
        p.variance = numbers(channels, 1.0f, 0.1f);
    }
    if (weighted)
        p.weights = numbers(weights, 0.0f, sqrtf(6.0f * (float)channels / (float)weights));
    return p;
}

static void free_params(void *user, int layer)
{
    struct plan_params *p = (struct plan_params *)user + layer;
    free((void *)(uintptr_t)p->biases);
    free((void *)(uintptr_t)p->scales);
    free((void *)(uintptr_t)p->mean);
    free((void *)(uintptr_t)p->variance);
    free((void *)(uintptr_t)p->weights);
}

/* The layers `isplit curve` lists, and one set of random parameters that is let go again. */
static struct plan *make_plan(const struct net *net, int batch, int threads, enum plan_algorithms algorithms,
                              struct error *e)
{
    size_t layers = (size_t)net->layers_n;
    struct table *table = table_make(net);
    int n, *features = table_listed(table, TABLE_FEATURES, &n);
    bool *listed = memory_new(layers, sizeof *listed);
    for (int i = 0; i < n; i++)
        listed[features[i]] = true;
    struct plan_params *params = memory_new(layers, sizeof *params);
    for (size_t i = 0; i < layers; i++)
        params[i] = random_params(&net->layers[i]);
    struct plan_options options = {.batch = batch,
                                   .threads = threads,
                                   .listed = listed,
                                   .algorithms = algorithms,
                                   .release = free_params,
                                   .user = params};
    struct plan *plan = plan_make(net, params, &options, e);
    free(params);
    free(listed);
    free(features);
    table_free(table);
    return plan;
}

struct rows {
    int batch;
    void *room;
    float *importance;
};

static void reduce(void *user, int layer, const struct plan_view *view)
{
    struct rows *rows = user;
    struct tensor t = view->shape;
    (void)layer;
    rows->room = memory_grow(rows->room, gradcam_room(t, rows->batch), 1);
    gradcam_weigh(t, rows->batch, GRADCAM_MEAN, view->a, view->alpha, rows->room, rows->importance);
}

static int measure(const struct net *net, struct plan *plan, int runs, double *best, struct error *e)
{
    int batch = plan_batch(plan);
    int *target = memory_new((size_t)batch, sizeof *target);
    struct rows rows = {.batch = batch, .importance = memory_new((size_t)batch, sizeof(float))};
    float *pixels = numbers(net_shape_size(net->in), 0.5f, 0.5f);
    for (int slot = 0; slot < batch; slot++)
        plan_set_input(plan, slot, pixels);
    int status = 0;
    for (int run = 0; run <= runs && status == 0; run++) { /* the first one warms up */
        double start = now();
        status = plan_forward(plan, e) < 0 || plan_backward(plan, target, reduce, &rows, e) < 0;
        double took = (now() - start) / batch;
        *best = run == 1 || (run > 1 && took < *best) ? took : *best;
    }
    free(pixels);
    free(target);
    free(rows.room);
    free(rows.importance);
    return status;
}

/* ---- The bound ------------------------------------------------------------------------------------ */

static struct onednn_layer geometry_of(const struct net_layer *l, int block)
{
    bool connected = l->kind == NET_CONNECTED;
    return (struct onednn_layer){
        .in = tensor_of(l->in, block),
        .out = tensor_of(l->out, block),
        .size_h = connected ? l->in.h : l->size,
        .size_w = connected ? l->in.w : l->size,
        .stride = connected ? 1 : l->stride,
        .pad = connected ? 0 : l->pad,
        .groups = connected ? 1 : l->groups,
        .rectify = l->act == NET_RELU || l->act == NET_LEAKY,
        .slope = l->act == NET_LEAKY ? 0.1f : 0.0f,
    };
}

/* The best of `runs` (after one more), in seconds; infinite where there is no such primitive. */
static double trial_time(struct onednn *dn, enum onednn_kind kind, const struct onednn_layer *l,
                         enum onednn_pass pass, enum onednn_algorithm algorithm, bool any, int runs)
{
    struct error e;
    double best = INFINITY;
    struct onednn_op *op = onednn_trial(dn, kind, l, pass, algorithm, any, &e);
    if (!op || onednn_ready(dn, &e) < 0)
        return best;
    for (int run = 0; run <= runs; run++) {
        double start = now();
        if (onednn_run(dn, op, &e) < 0)
            break;
        best = run > 0 ? fmin(best, now() - start) : best;
    }
    onednn_op_free(op);
    return best;
}

static double best_time(struct onednn *dn, enum onednn_kind kind, const struct onednn_layer *l,
                        enum onednn_pass pass, int runs)
{
    double best = INFINITY;
    for (int any = 0; any < 2; any++)
        for (int a = ONEDNN_DIRECT; a <= (kind == ONEDNN_CONVOLUTION ? ONEDNN_WINOGRAD : ONEDNN_DIRECT); a++)
            best = fmin(best, trial_time(dn, kind, l, pass, (enum onednn_algorithm)a, any, runs));
    return best;
}

static bool same_geometry(const struct net_layer *a, const struct net_layer *b)
{
    return a->kind == b->kind && memcmp(&a->in, &b->in, sizeof a->in) == 0 &&
           memcmp(&a->out, &b->out, sizeof a->out) == 0 && a->size == b->size && a->stride == b->stride &&
           a->groups == b->groups;
}

/* Seconds an image: forward, and the gradient by each layer's input but the network's, where it is not asked
 * for. Layers of one geometry are timed once. */
static double bound(const struct net *net, int batch, int runs, struct error *e)
{
    struct onednn *dn = onednn_open(batch, e);
    double *times = memory_new((size_t)net->layers_n, sizeof *times), sum = 0;
    bool first = true;
    for (int l = 0; dn && l <= net->score; l++) {
        const struct net_layer *layer = &net->layers[l];
        if (layer->kind != NET_CONVOLUTIONAL && layer->kind != NET_CONNECTED)
            continue;
        for (int k = 0; k < l && !first && times[l] == 0; k++)
            times[l] = same_geometry(&net->layers[k], layer) ? times[k] : 0;
        if (times[l] == 0) {
            enum onednn_kind kind = layer->kind == NET_CONNECTED ? ONEDNN_CONNECTED : ONEDNN_CONVOLUTION;
            struct onednn_layer geometry = geometry_of(layer, onednn_block());
            times[l] = best_time(dn, kind, &geometry, ONEDNN_FORWARD, runs);
            if (!first)
                times[l] += best_time(dn, kind, &geometry, ONEDNN_GRADIENT, runs);
        }
        sum += times[l];
        first = false;
    }
    onednn_close(dn);
    free(times);
    return sum / batch;
}

/* ---- Main ----------------------------------------------------------------------------------------- */

struct wishes {
    enum plan_algorithms algorithms;
    bool bound;
};

static int parse(int argc, char **argv, struct wishes *w)
{
    static const struct option known[] = {{"exact", no_argument, NULL, 'e'},
                                          {"winograd", no_argument, NULL, 'w'},
                                          {"bound", no_argument, NULL, 'b'},
                                          {0}};
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (c == '?')
            return -1;
        if (c == 'b')
            w->bound = true;
        else
            w->algorithms = c == 'e' ? PLAN_EXACT : PLAN_WINOGRAD;
    }
    return argc - optind == 4 ? 0 : -1;
}

static void report(const struct plan *plan, double best)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%.2f ms/image batch %d threads %d plan %.0f MB peak %.0f MB", 1e3 * best, plan_batch(plan),
           plan_threads(plan), (double)plan_bytes(plan) / 1e6, (double)usage.ru_maxrss * 1024 / 1e6);
}

int main(int argc, char **argv)
{
    struct error e;
    struct wishes wishes = {PLAN_TIMED, false};
    if (parse(argc, argv, &wishes) < 0) {
        fputs("usage: bench_plan [--exact|--winograd] [--bound] CFG BATCH THREADS RUNS\n", stderr);
        return 2;
    }
    int batch = atoi(argv[optind + 1]), threads = atoi(argv[optind + 2]), runs = atoi(argv[optind + 3]);
    struct net *net = net_read(argv[optind], &e);
    struct plan *plan = net ? make_plan(net, batch, threads, wishes.algorithms, &e) : NULL;
    double best = 0;
    if (!plan || measure(net, plan, runs, &best, &e) != 0) {
        fprintf(stderr, "bench_plan: %s\n", e.text);
        return 1;
    }
    report(plan, best);
    if (wishes.bound)
        printf(" bound %.2f ms/image", 1e3 * bound(net, plan_batch(plan), runs, &e));
    puts("");
    plan_free(plan);
    net_free(net);
    return 0;
}
