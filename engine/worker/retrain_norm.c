#include "worker/retrain_norm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/graph.h"
#include "net/batch_norm.h"
#include "wire/message.h"

/* One layer whose statistics are taken: what its batch norm is given comes out of a network that ends with
 * it, where the norm only divides by `divisor`. */
struct norm {
    struct session *session;
    const struct retrain_request *request;
    struct retrain_net *net;
    struct retrain_inputs *inputs;
    int layer;
    int64_t first[WEIGHTS_PARTS], n[WEIGHTS_PARTS];
    float *numbers;   /* of the layer, in Darknet's order */
    struct net *upto; /* the network as far as the layer */
    struct graph *graph;
    double divisor;
    size_t channels, pixels;
    double *sum, *squares; /* [channels] of the deviations from `about` */
    double *about;         /* [channels] the means so far: near the new ones, so that little cancels */
};

static float *norm_part(const struct norm *m, float *numbers, enum weights_part part)
{
    return numbers + m->first[part];
}

/* The layer's numbers from the file, all of them. */
static int norm_read(struct norm *m, const struct net_layer *l, struct error *e)
{
    struct params *params = retrain_net_params(m->net, e);
    struct net_params p;
    int status = params ? params_read(params, m->layer, &p, e) : -1;
    m->numbers = memory_try((size_t)l->params, sizeof *m->numbers);
    if (status == 0 && !m->numbers)
        status = error_set(e, "no memory for the numbers of layer %d (%s)", m->layer, l->name);
    weights_ranges(l, m->first, m->n);
    if (status == 0) {
        const float *parts[WEIGHTS_PARTS] = {p.biases, p.scales, p.mean, p.variance, p.weights};
        for (int i = 0; i < WEIGHTS_PARTS; i++)
            if (m->n[i] > 0)
                memcpy(norm_part(m, m->numbers, i), parts[i], (size_t)m->n[i] * sizeof *m->numbers);
        m->divisor = batch_norm_divisor(p.epsilon, 1);
    }
    params_close(params);
    return status;
}

/* In the file a norm that only divides. */
static int norm_open(const struct norm *m, const struct net_layer *l, struct error *e)
{
    float *plain = memory_try((size_t)l->params, sizeof *plain);
    if (!plain)
        return error_set(e, "no memory for the numbers of layer %d (%s)", m->layer, l->name);
    memcpy(plain, m->numbers, (size_t)l->params * sizeof *plain);
    for (int64_t c = 0; c < m->n[WEIGHTS_SCALES]; c++) {
        norm_part(m, plain, WEIGHTS_SCALES)[c] = norm_part(m, plain, WEIGHTS_VARIANCE)[c] = 1;
        norm_part(m, plain, WEIGHTS_MEAN)[c] = 0;
        if (m->n[WEIGHTS_BIASES] > 0)
            norm_part(m, plain, WEIGHTS_BIASES)[c] = 0;
    }
    int status = retrain_net_put(m->net, m->layer, plain, e);
    free(plain);
    return status;
}

/* The layers up to this one, which is linear; another one that changes nothing is where the scores are. */
static struct net *norm_net(const struct norm *m, struct error *e)
{
    const struct net *net = retrain_net_of(m->net);
    struct net upto = *net;
    upto.layers_n = m->layer + 1;
    upto.layers = memory_new((size_t)upto.layers_n, sizeof *upto.layers);
    memcpy(upto.layers, net->layers, (size_t)upto.layers_n * sizeof *upto.layers);
    upto.layers[m->layer].act = NET_LINEAR;
    char *layers = net_normalised(&upto);
    char *text = memory_format("%s\n[activation]\nactivation=linear\n", layers);
    struct net *read = net_parse(text, strlen(text), net->path, e);
    free(layers);
    free(text);
    free(upto.layers);
    return read;
}

static int norm_compile(struct norm *m, struct error *e)
{
    m->upto = norm_net(m, e);
    m->graph = m->upto ? retrain_net_compile(m->net, m->upto, m->request, e) : NULL;
    return m->graph ? 0 : -1;
}

static void norm_add(struct norm *m, const float *x)
{
    for (size_t c = 0; c < m->channels; c++)
        for (size_t i = 0; i < m->pixels; i++) {
            double off = (double)x[c * m->pixels + i] * m->divisor - m->about[c];
            m->sum[c] += off;
            m->squares[c] += off * off;
        }
}

static void norm_put_input(void *graph, int slot, const float *numbers)
{
    graph_set_input(graph, slot, numbers);
}

static int norm_pass(struct norm *m, long *items, float *x, struct error *e)
{
    long n = retrain_inputs_n(m->inputs, RETRAIN_TRAINING);
    int batch = m->request->batch;
    for (long first = 0; first < n; first += batch) {
        int used = n - first < batch ? (int)(n - first) : batch;
        for (int i = 0; i < used; i++)
            items[i] = first + i;
        if (session_stop_asked(m->session))
            return error_set(e, "stopped before the training began");
        if (retrain_inputs_fill(m->inputs, RETRAIN_TRAINING, items, used, -1, norm_put_input, m->graph, e) <
                0 ||
            graph_forward(m->graph, e) < 0)
            return -1;
        for (int i = 0; i < used; i++) {
            graph_get(m->graph, m->layer, i, x);
            norm_add(m, x);
        }
    }
    return 0;
}

/* Mean and variance (of a sample: n - 1) in place of those that were there. */
static int norm_close(const struct norm *m, struct error *e)
{
    double n = (double)retrain_inputs_n(m->inputs, RETRAIN_TRAINING) * (double)m->pixels;
    for (size_t c = 0; c < m->channels; c++) {
        double mean = m->sum[c] / n, squares = m->squares[c] - n * mean * mean;
        norm_part(m, m->numbers, WEIGHTS_MEAN)[c] = (float)(m->about[c] + mean);
        norm_part(m, m->numbers, WEIGHTS_VARIANCE)[c] = (float)(fmax(squares, 0) / fmax(n - 1, 1));
    }
    return retrain_net_put(m->net, m->layer, m->numbers, e);
}

static void norm_make_room(struct norm *m, const struct net_layer *l)
{
    m->channels = (size_t)l->out.c;
    m->pixels = (size_t)l->out.h * (size_t)l->out.w;
    m->sum = memory_new(m->channels, sizeof *m->sum);
    m->squares = memory_new(m->channels, sizeof *m->squares);
    m->about = memory_new(m->channels, sizeof *m->about);
    for (size_t c = 0; c < m->channels; c++)
        m->about[c] = (double)norm_part(m, m->numbers, WEIGHTS_MEAN)[c];
}

static int norm_retake_layer(struct norm *m, struct error *e)
{
    const struct net_layer *l = &retrain_net_of(m->net)->layers[m->layer];
    float *x = memory_try((size_t)net_shape_size(l->out), sizeof *x);
    long *items = memory_new((size_t)m->request->batch, sizeof *items);
    int status = x ? norm_read(m, l, e) : error_set(e, "no memory for the output of layer %d", m->layer);
    if (status == 0 && l->blur)
        status =
            error_set(e,
                      "the batch norm of layer %d (%s) cannot be taken anew: the layer is blurred (expected "
                      "--bn frozen or train)",
                      m->layer, l->name);
    if (status == 0) {
        norm_make_room(m, l);
        status = norm_open(m, l, e);
    }
    if (status == 0)
        status = norm_compile(m, e);
    if (status == 0)
        status = norm_pass(m, items, x, e);
    if (status == 0)
        status = norm_close(m, e);
    graph_free(m->graph);
    net_free(m->upto);
    free(m->numbers);
    free(m->sum);
    free(m->squares);
    free(m->about);
    free(items);
    free(x);
    return status;
}

int retrain_norm_retake(struct session *s, const struct retrain_request *request, struct retrain_net *net,
                        struct retrain_inputs *inputs, struct error *e)
{
    const struct net *made = retrain_net_of(net);
    for (int l = 0; l < made->layers_n; l++) {
        const struct net_layer *layer = &made->layers[l];
        bool normalises = layer->batch_normalize || layer->kind == NET_BATCHNORM;
        if (!normalises || !retrain_net_trains(net)[l] || retrain_net_by_batch(net)[l])
            continue;
        char *what = memory_format("taking the batch norm of layer %d (%s) anew", l, layer->name);
        int status = session_send(s, message_progress(what), e);
        free(what);
        struct norm m = {.session = s, .request = request, .net = net, .inputs = inputs, .layer = l};
        if (status < 0 || norm_retake_layer(&m, e) < 0)
            return -1;
    }
    return 0;
}
