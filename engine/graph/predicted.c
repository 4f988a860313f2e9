#include "graph/predicted.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "net/tree.h"

struct predicted {
    int classes;
    int groups; /* 0: no softmax, scores are compared as they are */
    double temperature;
    bool single; /* one output (net_is_single) */
    struct tree *tree;
    double *outputs; /* [classes] */
};

struct predicted *predicted_make(const struct net *net, struct error *e)
{
    struct predicted *predicted = memory_new(1, sizeof *predicted);
    predicted->classes = net->classes;
    predicted->temperature = 1.0;
    predicted->single = net_is_single(net);
    for (int l = net->score + 1; l < net->layers_n; l++) {
        const struct net_layer *layer = &net->layers[l];
        if (layer->kind != NET_SOFTMAX)
            continue;
        predicted->groups = layer->groups;
        predicted->temperature = layer->temperature;
        if (layer->tree && !(predicted->tree = tree_read(layer->tree, e))) {
            predicted_free(predicted);
            return NULL;
        }
    }
    predicted->outputs = memory_new((size_t)predicted->classes, sizeof *predicted->outputs);
    return predicted;
}

void predicted_free(struct predicted *predicted)
{
    if (!predicted)
        return;
    tree_free(predicted->tree);
    free(predicted->outputs);
    free(predicted);
}

bool predicted_is_plain(const struct net *net, double *temperature)
{
    bool plain = !net_is_single(net);
    *temperature = 1;
    for (int l = net->score + 1; l < net->layers_n; l++)
        if (net->layers[l].kind == NET_SOFTMAX) {
            plain = plain && net->layers[l].groups <= 1 && !net->layers[l].tree;
            *temperature = net->layers[l].temperature;
        }
    return plain;
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

static void tree_outputs(struct predicted *predicted, const float *scores)
{
    const struct tree *t = predicted->tree;
    for (int g = 0, at = 0; g < tree_groups(t); at += tree_group_size(t, g++))
        softmax_of(tree_group_size(t, g), scores + at, predicted->temperature, predicted->outputs + at);
    for (int i = 0; i < tree_nodes(t); i++) /* parents come before their children */
        if (tree_parent(t, i) >= 0)
            predicted->outputs[i] *= predicted->outputs[tree_parent(t, i)];
}

int predicted_class(struct predicted *predicted, const float *scores)
{
    int size = predicted->groups > 1 ? predicted->classes / predicted->groups : predicted->classes;
    if (predicted->tree)
        tree_outputs(predicted, scores);
    else if (predicted->groups > 1)
        for (int at = 0; at < predicted->classes; at += size)
            softmax_of(size, scores + at, predicted->temperature, predicted->outputs + at);
    else /* one softmax or none keeps the order of the scores */
        for (int i = 0; i < predicted->classes; i++)
            predicted->outputs[i] = scores[i];
    int best = -1;
    for (int i = 0; i < predicted->classes; i++)
        if (!predicted->tree || tree_is_leaf(predicted->tree, i))
            best = best < 0 || predicted->outputs[i] > predicted->outputs[best] ? i : best;
    return best;
}

void predicted_outputs(const struct predicted *predicted, const float *scores, float *out)
{
    const struct tree *t = predicted->tree;
    int groups = t ? tree_groups(t) : predicted->groups > 1 ? predicted->groups : 1;
    int classes = predicted->single ? 1 : predicted->classes;
    for (int g = 0, at = 0, n; g < groups; g++, at += n) {
        n = t ? tree_group_size(t, g) : classes / groups;
        softmax_of(n, scores + at, predicted->temperature, predicted->outputs + at);
    }
    for (int i = 0; i < classes; i++)
        out[i] = (float)predicted->outputs[i];
}

/* ---- Drawing ----------------------------------------------------------------------------------------- */

/* From 0 to below 1. */
static double draw_uniform(struct order_random *random)
{
    return (double)(order_random_next(random) >> 11) * 0x1p-53;
}

/* One of n, with those probabilities. */
static int draw_index(int n, const double *p, struct order_random *random)
{
    double left = draw_uniform(random);
    int drawn = 0;
    for (int i = 0; i < n; i++) {
        if (!(p[i] > 0))
            continue;
        drawn = i;
        left -= p[i];
        if (left < 0)
            break;
    }
    return drawn;
}

/* d log softmax(s / t)_y / ds = (1[i = y] - p_i) / t. Returns y. */
static int draw_group(const struct predicted *predicted, int n, const float *scores, double *p,
                      struct order_random *random, float *gradient)
{
    softmax_of(n, scores, predicted->temperature, p);
    int drawn = draw_index(n, p, random);
    for (int i = 0; i < n; i++)
        gradient[i] = (float)(((i == drawn) - p[i]) / predicted->temperature);
    return drawn;
}

/* The group of a node's children is drawn where the node has been. */
static void draw_path(const struct predicted *predicted, const float *scores, struct order_random *random,
                      float *gradient)
{
    const struct tree *t = predicted->tree;
    bool *drawn = memory_new((size_t)tree_nodes(t), sizeof *drawn);
    for (int g = 0, at = 0; g < tree_groups(t); at += tree_group_size(t, g++))
        if (tree_parent(t, at) < 0 || drawn[tree_parent(t, at)])
            drawn[at + draw_group(predicted, tree_group_size(t, g), scores + at, predicted->outputs + at,
                                  random, gradient + at)] = true;
    free(drawn);
}

void predicted_draw(struct predicted *predicted, const float *scores, struct order_random *random,
                    float *gradient)
{
    int groups = predicted->groups > 1 ? predicted->groups : 1, size = predicted->classes / groups;
    const float logits[2] = {0, scores[predicted->classes - 1]};
    for (int i = 0; i < predicted->classes; i++)
        gradient[i] = 0;
    if (predicted->tree)
        draw_path(predicted, scores, random, gradient);
    else if (predicted->single) { /* d/dy of it stands at class 1 alone, as -y is class 0's score */
        draw_group(predicted, 2, logits, predicted->outputs, random, gradient);
        gradient[0] = 0;
    } else
        for (int at = 0; at < groups * size; at += size)
            draw_group(predicted, size, scores + at, predicted->outputs + at, random, gradient + at);
}
