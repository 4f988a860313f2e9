#include "plan/top.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "model/tree.h"

struct top {
    int classes;
    int groups; /* 0: no softmax, scores are compared as they are */
    double temperature;
    struct tree *tree;
    double *outputs; /* [classes] */
};

struct top *top_make(const struct net *net, struct error *e)
{
    struct top *top = memory_new(1, sizeof *top);
    top->classes = net->classes;
    top->temperature = 1.0;
    for (int l = net->score + 1; l < net->layers_n; l++) {
        const struct net_layer *layer = &net->layers[l];
        if (layer->kind != NET_SOFTMAX)
            continue;
        top->groups = layer->groups;
        top->temperature = layer->temperature;
        if (layer->tree && !(top->tree = tree_read(layer->tree, e))) {
            top_free(top);
            return NULL;
        }
    }
    top->outputs = memory_new((size_t)top->classes, sizeof *top->outputs);
    return top;
}

void top_free(struct top *top)
{
    if (!top)
        return;
    tree_free(top->tree);
    free(top->outputs);
    free(top);
}

static void softmax_of(int n, const float *scores, double temperature, double *out)
{
    double largest = scores[0], sum = 0;
    for (int i = 1; i < n; i++)
        largest = scores[i] > largest ? scores[i] : largest;
    for (int i = 0; i < n; i++)
        sum += out[i] = exp((scores[i] - largest) / temperature);
    for (int i = 0; i < n; i++)
        out[i] /= sum;
}

static void tree_outputs(struct top *top, const float *scores)
{
    const struct tree *t = top->tree;
    for (int g = 0, at = 0; g < t->groups_n; at += t->group_size[g++])
        softmax_of(t->group_size[g], scores + at, top->temperature, top->outputs + at);
    for (int i = 0; i < t->nodes_n; i++) /* parents stand before their children */
        if (t->parent[i] >= 0)
            top->outputs[i] *= top->outputs[t->parent[i]];
}

int top_class(struct top *top, const float *scores)
{
    int size = top->groups > 1 ? top->classes / top->groups : top->classes;
    if (top->tree)
        tree_outputs(top, scores);
    else if (top->groups > 1)
        for (int at = 0; at < top->classes; at += size)
            softmax_of(size, scores + at, top->temperature, top->outputs + at);
    else /* one softmax, or none, keeps the order of the scores */
        for (int i = 0; i < top->classes; i++)
            top->outputs[i] = scores[i];
    int best = -1;
    for (int i = 0; i < top->classes; i++)
        if (!top->tree || top->tree->leaf[i])
            best = best < 0 || top->outputs[i] > top->outputs[best] ? i : best;
    return best;
}
