/* Times training on a network with random parameters and images: bench_train [--exact] [--by-batch] [--bound]
 * CFG BATCH THREADS RUNS. One step is a forward pass, the gradients of all parameters, and their change.
 * Prints one line: milliseconds an image, best of RUNS, the peak memory of the process, and with --bound what
 * the best primitives take in sum (bench_bound.h), in turn with the steps. */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/memory.h"
#include "bench_bound.h"
#include "bench_params.h"
#include "net/net.h"
#include "train/trainer.h"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct trainer *make_trainer(const struct net *net, int batch, int threads,
                                    enum graph_algorithms algorithms, bool by_batch, struct error *e)
{
    size_t layers = (size_t)net->layers_n;
    bool *all = memory_new(layers, sizeof *all), *norms = memory_new(layers, sizeof *norms);
    memset(all, true, layers * sizeof *all);
    memset(norms, by_batch, layers * sizeof *norms);
    struct params *params = bench_params(net, e);
    const struct graph_options o = {
        .batch = batch, .threads = threads, .trains = all, .by_batch = norms, .algorithms = algorithms};
    struct trainer *t = params ? trainer_make(net, params, &o, 0.9f, 5e-4f, e) : NULL;
    params_close(params);
    free(all);
    free(norms);
    return t;
}

static void set_images(struct trainer *t, const struct net *net, int batch)
{
    float *pixels = bench_numbers(net_shape_size(net->in), 0.5f, 0.5f);
    for (int n = 0; n < batch; n++)
        trainer_set_input(t, n, pixels);
    free(pixels);
}

/* Seconds of the best step. The gradient is that of a cross-entropy in kind, and the rate too small to
 * matter. Primitives (NULL: none) and steps take turns, so that both see the same machine. */
static double best_step(struct trainer *t, int batch, int runs, struct bound *bound, struct error *e)
{
    double best = INFINITY;
    float *gradient = bench_numbers((int64_t)batch * trainer_outputs(t), 0, 1e-2f);
    for (int run = 0; run < runs + 2; run++) {
        double start = now();
        if (trainer_forward(t, true, e) < 0 || trainer_step(t, gradient, 1e-6, e) < 0) {
            best = -1;
            break;
        }
        if (run > 1)
            best = fmin(best, now() - start);
        if (run > 1 && bound && bound_run(bound, e) < 0) {
            best = -1;
            break;
        }
    }
    free(gradient);
    return best;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"exact", no_argument, NULL, 'e'},
                                            {"by-batch", no_argument, NULL, 'b'},
                                            {"bound", no_argument, NULL, 'o'},
                                            {0}};
    enum graph_algorithms algorithms = GRAPH_BY_SHAPE; /* as trainings */
    bool by_batch = false, bounds = false;
    struct error e;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        algorithms = c == 'e' ? GRAPH_EXACT : algorithms;
        by_batch = by_batch || c == 'b';
        bounds = bounds || c == 'o';
    }
    if (argc - optind != 4) {
        fputs("usage: bench_train [--exact] [--by-batch] [--bound] CFG BATCH THREADS RUNS\n", stderr);
        return 2;
    }
    int batch = atoi(argv[optind + 1]), threads = atoi(argv[optind + 2]), runs = atoi(argv[optind + 3]);
    struct net *net = net_read(argv[optind], &e);
    struct trainer *t = net ? make_trainer(net, batch, threads, algorithms, by_batch, &e) : NULL;
    if (t)
        set_images(t, net, batch);
    double best = t ? best_step(t, batch, 1, NULL, &e) : -1;
    struct rusage used;
    getrusage(RUSAGE_SELF, &used); /* before the bound's own buffers */
    struct bound *bound = best >= 0 && bounds ? bound_open(net, batch, PRECISION_F32, true, &e) : NULL;
    best = best >= 0 && (bound || !bounds) ? best_step(t, batch, runs, bound, &e) : -1;
    if (best >= 0) {
        printf("%.3f ms/image, %.0f MB", best / batch * 1e3, (double)used.ru_maxrss / 1e3);
        if (bound)
            bound_report(bound);
        puts("");
    } else {
        fprintf(stderr, "bench_train: %s\n", e.text);
    }
    bound_close(bound);
    trainer_free(t);
    net_free(net);
    return best >= 0 ? 0 : 1;
}
