#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "graph_fixture.h"
#include "net/definition.h"
#include "net/stock.h"

float fixture_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX */
    return (float)(*state >> 40) / (float)(1 << 23) - 1.0f;
}

/* What stands for a line's number. */
static int reduced(const char *line, int number, const struct fixture_side *sides, int narrower)
{
    if (strncmp(line, "filters", 7) == 0 || strncmp(line, "output", 6) == 0)
        return number / narrower;
    for (int i = 0; i < 2 && (strstr(line, "height") || strstr(line, "width")); i++)
        if (sides[i].from && number == sides[i].from)
            return sides[i].to;
    return number;
}

char *fixture_reduce(const char *cfg, const struct fixture_side sides[2], int narrower)
{
    char *out = memory_new(strlen(cfg) + 1, 1), *copy = memory_copy(cfg), *rest = copy;
    for (char *line; (line = strsep(&rest, "\n"));) {
        char *value = strchr(line, '=');
        int number = value ? atoi(value + 1) : 0;
        int smaller = value ? reduced(line, number, sides, narrower) : 0;
        if (smaller != number)
            snprintf(value + 1, strlen(value + 1) + 1, "%d", smaller);
        strcat(strcat(out, line), rest ? "\n" : "");
    }
    free(copy);
    return out;
}

static void write_random(FILE *f, int64_t n, float middle, float spread, uint64_t *state)
{
    for (int64_t i = 0; i < n; i++) {
        float v = middle + spread * fixture_random(state);
        fwrite(&v, sizeof v, 1, f);
    }
}

/* Order of a weights file: biases, [scales, mean, variance], weights; a connected layer keeps its
 * weights before its batch norm. */
static void write_layer(FILE *f, const struct net_layer *l, float gain, uint64_t *state)
{
    bool weighted = l->kind == NET_CONVOLUTIONAL || l->kind == NET_DECONVOLUTIONAL ||
                    l->kind == NET_DEPTHWISE || l->kind == NET_CONNECTED;
    int64_t channels = l->out.c, bn = l->batch_normalize || l->kind == NET_BATCHNORM ? channels : 0;
    int64_t weights = weighted ? l->params - channels - 3 * bn : 0;
    float spread = weighted ? gain * sqrtf(3.0f * (float)channels / (float)weights) : 0.0f;
    bool weights_first = l->kind == NET_CONNECTED;
    if (weighted)
        write_random(f, channels, 0.0f, 0.1f, state);
    if (weights_first)
        write_random(f, weights, 0.0f, spread, state);
    write_random(f, bn, 1.0f, 0.3f, state); /* scales */
    write_random(f, bn, 0.0f, 0.2f, state); /* mean */
    write_random(f, bn, 1.0f, 0.5f, state); /* variance */
    if (!weights_first)
        write_random(f, weights, 0.0f, spread, state);
}

static void write_weights(const struct net *net, const char *path, float gain)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    int32_t version[3] = {0, 2, 0};
    uint64_t seen = 0, state = 7;
    fwrite(version, sizeof version, 1, f);
    fwrite(&seen, sizeof seen, 1, f);
    for (int i = 0; i < net->layers_n; i++)
        write_layer(f, &net->layers[i], gain, &state);
    assert_int_equal(fclose(f), 0);
}

int fixture_graph_again(struct fixture *f, const struct graph_options *options, struct error *e)
{
    size_t layers = (size_t)f->net->layers_n;
    bool *listed = calloc(layers, sizeof *listed);
    assert_non_null(listed);
    memset(listed, true, layers * sizeof *listed);
    struct graph_options all = *options;
    if (!all.listed)
        all.listed = listed;
    graph_free(f->graph);
    f->graph = graph_make(f->net, f->params, &all, e);
    free(listed);
    return f->graph ? 0 : -1;
}

struct fixture fixture_make_graph(const char *cfg, const char *name, const struct graph_options *options,
                                  float gain)
{
    struct fixture f = {0};
    struct error e = {""};
    f.net = net_parse(cfg, strlen(cfg), name, &e);
    if (!f.net)
        fail_msg("%s: %s", name, e.text);
    char path[] = "/tmp/isplit-fixture-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    write_weights(f.net, path, gain);
    struct weights_info info;
    if (weights_check(path, f.net, &info, &e) < 0)
        fail_msg("%s: %s", name, e.text);
    f.params = params_open(path, f.net, &info, &e);
    char *lacks = net_stock_lacks(f.net);
    f.darknet = lacks ? NULL : darknet_open(f.net, path, &e);
    unlink(path);
    if (!f.params || (!f.darknet && !lacks) || fixture_graph_again(&f, options, &e) < 0)
        fail_msg("%s: %s", name, e.text);
    free(lacks);
    return f;
}

struct fixture fixture_make(const char *cfg, const char *name, int batch, enum tap tap, float gain)
{
    struct graph_options options = {.batch = batch, .threads = 1, .tap = tap, .algorithms = GRAPH_EXACT};
    return fixture_make_graph(cfg, name, &options, gain);
}

int fixture_winograds(const struct fixture *f)
{
    struct tuning *tuning = graph_tuning(f->graph);
    int n = 0;
    for (int l = 0; l < tuning->layers_n; l++)
        n += (tuning_algorithm(tuning, l, ONEDNN_FORWARD) == ONEDNN_WINOGRAD) +
             (tuning_algorithm(tuning, l, ONEDNN_GRADIENT) == ONEDNN_WINOGRAD);
    tuning_free(tuning);
    return n;
}

void fixture_free(struct fixture *f)
{
    graph_free(f->graph);
    params_close(f->params);
    darknet_close(f->darknet);
    net_free(f->net);
}
