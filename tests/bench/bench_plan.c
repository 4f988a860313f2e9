/* Times a plan on a network with random parameters and images: bench_plan CFG BATCH THREADS RUNS.
 * Prints one line: milliseconds an image, best of RUNS, and the peak memory of the process. */
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

static void free_params(struct plan_params *p)
{
    free((void *)(uintptr_t)p->biases);
    free((void *)(uintptr_t)p->scales);
    free((void *)(uintptr_t)p->mean);
    free((void *)(uintptr_t)p->variance);
    free((void *)(uintptr_t)p->weights);
}

/* The layers `isplit curve` lists, and one set of random parameters that is let go again. */
static struct plan *make_plan(const struct net *net, int batch, int threads, struct error *e)
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
    struct plan_options options = {.batch = batch, .threads = threads, .listed = listed};
    struct plan *plan = plan_make(net, params, &options, e);
    for (size_t i = 0; i < layers; i++)
        free_params(&params[i]);
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

static void reduce(void *user, int layer, struct tensor t, const float *a, const float *g)
{
    struct rows *rows = user;
    (void)layer;
    rows->room = memory_grow(rows->room, gradcam_room(t, rows->batch), 1);
    gradcam_importance(t, rows->batch, GRADCAM_MEAN, a, g, rows->room, rows->importance);
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

int main(int argc, char **argv)
{
    struct error e;
    if (argc != 5) {
        fputs("usage: bench_plan CFG BATCH THREADS RUNS\n", stderr);
        return 2;
    }
    struct net *net = net_read(argv[1], &e);
    struct plan *plan = net ? make_plan(net, atoi(argv[2]), atoi(argv[3]), &e) : NULL;
    double best = 0;
    if (!plan || measure(net, plan, atoi(argv[4]), &best, &e) != 0) {
        fprintf(stderr, "bench_plan: %s\n", e.text);
        return 1;
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%.2f ms/image batch %d threads %d plan %.0f MB peak %.0f MB\n", 1e3 * best, plan_batch(plan),
           plan_threads(plan), (double)plan_bytes(plan) / 1e6, (double)usage.ru_maxrss / 1e3);
    plan_free(plan);
    net_free(net);
    return 0;
}
