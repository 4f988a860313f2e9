#include "worker/retrain_int8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "features/encode.h"
#include "graph/graph.h"
#include "train/loss.h"

enum { INT8_RANGE_IMAGES = 1024 };

struct int8_look {
    const struct retrain_request *request;
    const struct net *net; /* what was trained */
    struct retrain_inputs *inputs;
    struct graph *graph;
    int sent;             /* the encoder's last layer */
    size_t floats;        /* numbers that it sends */
    float *code;          /* [floats] */
    unsigned char *bytes; /* [floats] */
    long *items;          /* [batch] */
    float min, max;
    struct encode_affine affine;
    struct retrain_check *check;
};

static void int8_put(void *graph, int slot, const float *numbers)
{
    graph_set_input(graph, slot, numbers);
}

/* Runs items first..first+used-1 of a side. */
static int int8_run(struct int8_look *l, enum retrain_side side, long first, int used, struct error *e)
{
    for (int i = 0; i < used; i++)
        l->items[i] = first + i;
    if (retrain_inputs_fill(l->inputs, side, l->items, used, -1, int8_put, l->graph, e) < 0)
        return -1;
    return graph_forward(l->graph, e);
}

static int int8_range(struct int8_look *l, struct error *e)
{
    long n = retrain_inputs_n(l->inputs, RETRAIN_TRAINING);
    int batch = l->request->batch;
    n = n < INT8_RANGE_IMAGES ? n : INT8_RANGE_IMAGES;
    for (long first = 0; first < n; first += batch) {
        int used = n - first < batch ? (int)(n - first) : batch;
        if (int8_run(l, RETRAIN_TRAINING, first, used, e) < 0)
            return -1;
        for (int i = 0; i < used; i++) {
            graph_get(l->graph, l->sent, i, l->code);
            for (size_t k = 0; k < l->floats; k++) {
                l->min = fminf(l->min, l->code[k]);
                l->max = fmaxf(l->max, l->code[k]);
            }
        }
    }
    if (!isfinite(l->min) || !isfinite(l->max))
        return error_set(e, "what the bottleneck sends is not finite");
    l->affine = encode_affine_of(DTYPE_INT8, l->min, l->max);
    return 0;
}

static void int8_send(const struct int8_look *l, int slot)
{
    graph_get(l->graph, l->sent, slot, l->code);
    encode_numbers(DTYPE_INT8, &l->affine, l->code, l->floats, l->bytes);
    encode_back(DTYPE_INT8, &l->affine, l->bytes, l->floats, l->code);
    graph_put(l->graph, l->sent, slot, l->code);
}

/* A single output is the second of the two scores that a graph makes of it. */
static const float *int8_scores(const struct int8_look *l, int slot)
{
    return graph_scores(l->graph) + (size_t)slot * (size_t)l->net->classes + net_is_single(l->net);
}

static void int8_count(const struct int8_look *l, long item, int slot)
{
    const struct retrain_request *r = l->request;
    int outputs = net_is_single(l->net) ? 1 : l->net->classes;
    const float *teacher = retrain_inputs_teacher(l->inputs);
    int label = retrain_inputs_labels(l->inputs)[slot];
    bool right = graph_predicted(l->graph, slot) == label;
    l->check->loss += loss_of(r->loss, r->temperature, outputs, 1, int8_scores(l, slot), &label,
                              teacher ? teacher + (size_t)slot * (size_t)outputs : NULL, NULL, 1);
    l->check->correct += right;
    l->check->right[retrain_inputs_place(l->inputs, RETRAIN_VALIDATION, item)] = right ? '1' : '0';
}

static int int8_measure(struct int8_look *l, struct error *e)
{
    long n = l->check->images;
    int batch = l->request->batch;
    for (long first = 0; first < n; first += batch) {
        int used = n - first < batch ? (int)(n - first) : batch;
        if (int8_run(l, RETRAIN_VALIDATION, first, used, e) < 0)
            return -1;
        for (int i = 0; i < used; i++)
            int8_send(l, i);
        if (graph_forward_from(l->graph, l->sent, e) < 0)
            return -1;
        for (int i = 0; i < used; i++)
            int8_count(l, first + i, i);
    }
    l->check->loss /= (double)n;
    return 0;
}

static int int8_compile(struct int8_look *l, const struct retrain_net *net, struct error *e)
{
    l->graph = retrain_net_compile(net, l->net, l->request, e);
    l->code = memory_try(l->floats, sizeof *l->code);
    l->bytes = memory_try(l->floats, 1);
    l->items = memory_new((size_t)l->request->batch, sizeof *l->items);
    if (l->graph && (!l->code || !l->bytes))
        return error_set(e, "no memory for what the bottleneck sends");
    return l->graph ? 0 : -1;
}

int retrain_int8_look(const struct retrain_request *request, const struct retrain_net *net,
                      struct retrain_inputs *inputs, struct retrain_check *check, struct error *e)
{
    struct int8_look l = {.request = request, .inputs = inputs, .check = check};
    l.net = retrain_net_of(net);
    l.sent = l.net->inserted.sent;
    l.floats = (size_t)net_shape_size(l.net->layers[l.sent].out);
    check->loss = 0;
    check->correct = 0;
    int status = int8_compile(&l, net, e);
    if (status == 0)
        status = int8_range(&l, e);
    if (status == 0)
        status = int8_measure(&l, e);
    graph_free(l.graph);
    free(l.code);
    free(l.bytes);
    free(l.items);
    return status;
}
