#include "train/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/allowance.h"
#include "graph/choose.h"
#include "graph/graph_train.h"
#include "graph/kernels.h"
#include "net/batch_norm.h"
#include "net/blur.h"
#include "net/weights.h"
#include "train/descent.h"

/* The part of a batch's statistics that the running ones take over; PyTorch's. (Darknet's 0.01 still
 * remembers its beginning after hundreds of steps.) */
#define FOLLOW 0.1

/* The parameters of a layer that trains, in the order of a weights file. */
struct trained {
    float *numbers, *velocity; /* NULL: the layer does not train */
    struct net_params at;      /* parts of `numbers` */
    struct net_params moving;  /* parts of `velocity` */
    bool by_batch;
};

struct trainer {
    const struct net *net;
    struct graph *graph;
    enum epsilon epsilon;
    bool single;
    double rate;               /* of the step under way */
    float momentum, decay;     /* train/descent.h */
    struct trained *layers;    /* [net->layers_n] */
    float *numbers, *velocity; /* [floats] of all layers that train, one after the other */
    size_t floats;
    float *scale, *bias;      /* [channels] of one layer: gradients, or factors */
    double *products;         /* [channels] */
    float *scores, *gradient; /* [batch][outputs]; [batch][classes] */
};

/* ---- Making --------------------------------------------------------------------------------------- */

static bool layer_trains(const struct net *net, const struct graph_options *o, int l)
{
    return o->trains[l] && net->layers[l].params > 0 && l <= net->score;
}

static size_t count_floats(const struct net *net, const struct graph_options *o)
{
    size_t n = 0;
    for (int l = 0; l < net->layers_n; l++)
        n += layer_trains(net, o, l) ? (size_t)net->layers[l].params : 0;
    return n;
}

static size_t trainer_channels(const struct net *net)
{
    size_t most = 1;
    for (int l = 0; l < net->layers_n; l++)
        most = (size_t)net->layers[l].out.c > most ? (size_t)net->layers[l].out.c : most;
    return most;
}

static int allocate(struct trainer *t, const struct graph_options *o, struct error *e)
{
    size_t channels = trainer_channels(t->net);
    t->floats = count_floats(t->net, o);
    if (t->floats == 0)
        return error_at(e, t->net->path, 0, "no layer has parameters to train");
    t->numbers = memory_try(t->floats, sizeof *t->numbers);
    t->velocity = memory_try(t->floats, sizeof *t->velocity);
    t->scale = memory_try(channels, sizeof *t->scale);
    t->bias = memory_try(channels, sizeof *t->bias);
    t->products = memory_try(channels, sizeof *t->products);
    t->layers = memory_new((size_t)t->net->layers_n, sizeof *t->layers);
    return t->numbers && t->velocity && t->scale && t->bias && t->products
               ? 0
               : error_set(e, "no memory for %zu parameters that train", t->floats);
}

static void copy_part(const struct net_params *from, const struct net_layer *l, float *numbers)
{
    const float *parts[WEIGHTS_PARTS] = {
        [WEIGHTS_BIASES] = from->biases,     [WEIGHTS_SCALES] = from->scales,   [WEIGHTS_MEAN] = from->mean,
        [WEIGHTS_VARIANCE] = from->variance, [WEIGHTS_WEIGHTS] = from->weights,
    };
    int64_t first[WEIGHTS_PARTS], n[WEIGHTS_PARTS];
    weights_ranges(l, first, n);
    for (int i = 0; i < WEIGHTS_PARTS; i++)
        if (n[i] > 0)
            memcpy(numbers + first[i], parts[i], (size_t)n[i] * sizeof *numbers);
}

static int read_numbers(struct trainer *t, struct params *params, const struct graph_options *o,
                        struct error *e)
{
    size_t next = 0;
    t->epsilon = params_epsilon(params);
    for (int l = 0; l < t->net->layers_n; l++) {
        const struct net_layer *layer = &t->net->layers[l];
        struct trained *trained = &t->layers[l];
        struct net_params read;
        if (!layer_trains(t->net, o, l))
            continue;
        if (params_read(params, l, &read, e) < 0)
            return -1;
        trained->numbers = t->numbers + next;
        trained->velocity = t->velocity + next;
        trained->by_batch =
            o->by_batch && o->by_batch[l] && (layer->batch_normalize || layer->kind == NET_BATCHNORM);
        copy_part(&read, layer, trained->numbers);
        params_point(layer, trained->numbers, &trained->at);
        params_point(layer, trained->velocity, &trained->moving);
        trained->at.epsilon = t->epsilon;
        next += (size_t)layer->params;
    }
    params_release(params);
    return 0;
}

int trainer_load(struct trainer *t, struct params *params, struct error *e)
{
    memset(t->velocity, 0, t->floats * sizeof *t->velocity);
    for (int l = 0; l < t->net->layers_n; l++) {
        struct net_params read;
        if (!t->layers[l].numbers)
            continue;
        if (params_read(params, l, &read, e) < 0)
            return -1;
        copy_part(&read, &t->net->layers[l], t->layers[l].numbers);
        if (graph_put_params(t->graph, l, &t->layers[l].at, e) < 0)
            return -1;
    }
    params_release(params);
    return 0;
}

static int trainer_compile(struct trainer *t, struct params *params, const struct graph_options *o,
                           struct error *e)
{
    bool *listed = memory_new((size_t)t->net->layers_n, sizeof *listed);
    char *cache = choose_cache_path();
    const struct graph_options options = {
        .batch = o->batch,
        .threads = o->threads,
        .listed = listed,
        .trains = o->trains,
        .by_batch = o->by_batch,
        .algorithms = o->algorithms,
        .cache = cache,
        .memory = o->memory,
        .held = allowance_heap(),
    };
    t->graph = graph_make(t->net, params, &options, e);
    free(cache);
    free(listed);
    return t->graph ? 0 : -1;
}

struct trainer *trainer_make(const struct net *net, struct params *params,
                             const struct graph_options *options, float momentum, float decay,
                             struct error *e)
{
    struct trainer *t = memory_new(1, sizeof *t);
    t->net = net;
    t->single = net_is_single(net);
    t->momentum = momentum;
    t->decay = decay;
    if (allocate(t, options, e) < 0 || read_numbers(t, params, options, e) < 0 ||
        trainer_compile(t, params, options, e) < 0) {
        trainer_free(t);
        return NULL;
    }
    size_t batch = (size_t)graph_batch(t->graph), classes = (size_t)net->classes;
    t->scores = memory_new(memory_product(batch, classes), sizeof *t->scores);
    t->gradient = memory_new(memory_product(batch, classes), sizeof *t->gradient);
    return t;
}

void trainer_free(struct trainer *t)
{
    if (!t)
        return;
    graph_free(t->graph);
    free(t->numbers);
    free(t->velocity);
    free(t->layers);
    free(t->scale);
    free(t->bias);
    free(t->products);
    free(t->scores);
    free(t->gradient);
    free(t);
}

/* ---- Passes --------------------------------------------------------------------------------------- */

void trainer_set_input(struct trainer *t, int slot, const float *pixels)
{
    graph_set_input(t->graph, slot, pixels);
}

int trainer_outputs(const struct trainer *t)
{
    return t->single ? 1 : t->net->classes;
}

const float *trainer_scores(const struct trainer *t)
{
    return t->single ? t->scores : graph_scores(t->graph);
}

int trainer_forward(struct trainer *t, bool training, struct error *e)
{
    graph_normalise_by_batch(t->graph, training);
    if (graph_forward(t->graph, e) < 0)
        return -1;
    for (int n = 0; t->single && n < graph_batch(t->graph); n++) /* of -y and y */
        t->scores[n] = graph_scores(t->graph)[2 * n + 1];
    return 0;
}

/* ---- One layer's step ------------------------------------------------------------------------------ */

/* A part of a layer's numbers that is there to be changed: struct net_params only reads. */
static float *part(const float *of)
{
    return (float *)(uintptr_t)of;
}

/* Biases and scales do not decay. */
static void step_free(const struct trainer *t, size_t n, const float *gradient, const float *moving,
                      const float *numbers)
{
    descent_step(t->rate, t->momentum, 0, n, gradient, part(moving), part(numbers));
}

/* Batch norm is folded: weights are scale / d(variance) of what the primitive has, and its shift is bias -
 * mean * scale / d. */
static void step_folded(struct trainer *t, const struct net_layer *l, struct trained *r,
                        const float *by_weights, const float *by_bias)
{
    size_t channels = (size_t)l->out.c;
    descent_products(l, by_weights, r->at.weights, t->products);
    for (size_t c = 0; c < channels; c++) {
        double d = batch_norm_divisor(t->epsilon, r->at.variance[c]);
        double by_factor = t->products[c] - (double)r->at.mean[c] * (double)by_bias[c];
        t->bias[c] = (float)((double)r->at.scales[c] / d); /* the weights' factor */
        t->scale[c] = (float)(by_factor / d);
    }
    descent_weights(t->rate, t->momentum, t->decay, l, by_weights, t->bias, part(r->moving.weights),
                    part(r->at.weights));
    step_free(t, channels, t->scale, r->moving.scales, r->at.scales);
}

static void step_apart(struct trainer *t, const struct net_layer *l, struct trained *r,
                       const float *by_weights, const float *by_scale)
{
    if (by_weights)
        descent_weights(t->rate, t->momentum, t->decay, l, by_weights, NULL, part(r->moving.weights),
                        part(r->at.weights));
    if (by_scale)
        step_free(t, (size_t)l->out.c, by_scale, r->moving.scales, r->at.scales);
}

/* The variance of the population that the batch is drawn from: n / (n - 1) of the batch's own. */
static void follow(struct trainer *t, int layer, struct trained *r)
{
    const struct net_layer *l = &t->net->layers[layer];
    const float *mean, *variance;
    const struct net_shape made = blur_source(l);
    double n = (double)graph_batch(t->graph) * made.h * made.w, more = n > 1 ? n / (n - 1) : 1;
    graph_statistics(t->graph, layer, &mean, &variance);
    for (int c = 0; c < l->out.c; c++) {
        double m = (double)r->at.mean[c], v = (double)r->at.variance[c];
        part(r->at.mean)[c] = (float)(m + FOLLOW * ((double)mean[c] - m));
        part(r->at.variance)[c] = (float)(v + FOLLOW * (more * (double)variance[c] - v));
    }
}

static int step_layer(void *user, int layer, const float *by_weights, const float *by_scale,
                      const float *by_bias, struct error *e)
{
    struct trainer *t = user;
    struct trained *r = &t->layers[layer];
    const struct net_layer *l = &t->net->layers[layer];
    if (by_weights && !by_scale && l->batch_normalize)
        step_folded(t, l, r, by_weights, by_bias);
    else
        step_apart(t, l, r, by_weights, by_scale);
    if (r->at.biases)
        step_free(t, (size_t)l->out.c, by_bias, r->moving.biases, r->at.biases);
    if (r->by_batch)
        follow(t, layer, r);
    return graph_put_params(t->graph, layer, &r->at, e);
}

int trainer_step(struct trainer *t, const float *gradient, double rate, struct error *e)
{
    t->rate = rate;
    for (int n = 0; t->single && n < graph_batch(t->graph); n++)
        t->gradient[2 * n + 1] = gradient[n];
    return graph_backward_train(t->graph, t->single ? t->gradient : gradient, step_layer, t, e);
}

/* ---- State ----------------------------------------------------------------------------------------- */

size_t trainer_state_floats(const struct trainer *t)
{
    return 2 * t->floats;
}

void trainer_get_state(const struct trainer *t, float *state)
{
    memcpy(state, t->numbers, t->floats * sizeof *state);
    memcpy(state + t->floats, t->velocity, t->floats * sizeof *state);
}

int trainer_put_state(struct trainer *t, const float *state, struct error *e)
{
    memcpy(t->numbers, state, t->floats * sizeof *state);
    memcpy(t->velocity, state + t->floats, t->floats * sizeof *state);
    for (int l = 0; l < t->net->layers_n; l++)
        if (t->layers[l].numbers && graph_put_params(t->graph, l, &t->layers[l].at, e) < 0)
            return -1;
    return 0;
}

bool trainer_get_params(const struct trainer *t, int layer, float *out)
{
    if (t->layers[layer].numbers)
        memcpy(out, t->layers[layer].numbers, (size_t)t->net->layers[layer].params * sizeof *out);
    return t->layers[layer].numbers != NULL;
}

bool trainer_is_finite(const struct trainer *t)
{
    return isfinite(kernels_largest(NUMBER_F32, t->floats, t->numbers)) != 0;
}

size_t trainer_bytes(const struct trainer *t)
{
    return graph_bytes(t->graph) + 2 * t->floats * sizeof *t->numbers;
}
