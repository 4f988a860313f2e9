#include "partition/bottleneck_weights.h"

#include <math.h>
#include <string.h>

#include "curve/order.h"
#include "partition/partition_weights.h"

void bottleneck_write_header(FILE *out, const struct weights_info *info)
{
    int32_t version[3] = {0, 1, 0};
    if (info->epsilon == EPSILON_FORK) {
        bool own = weights_header_is_forks(info);
        version[1] = 2;
        version[2] = own ? info->revision : 5;
    }
    partition_write_header(out, version, info->seen);
}

/* ---- Numbers from a file ---------------------------------------------------------------------------- */

/* Calls `put` for the parts of a layer in the order of a weights file. */
static void walk_parts(const struct net_layer *l, void (*put)(void *, enum weights_part, int64_t), void *with)
{
    int64_t first[WEIGHTS_PARTS], n[WEIGHTS_PARTS];
    weights_ranges(l, first, n);
    for (int64_t at = 0; at < l->params;)
        for (int k = 0; k < WEIGHTS_PARTS; k++)
            if (n[k] > 0 && first[k] == at) {
                put(with, (enum weights_part)k, n[k]);
                at += n[k];
            }
}

struct copied {
    FILE *out;
    const float *parts[WEIGHTS_PARTS];
};

static void put_copied(void *with, enum weights_part part, int64_t n)
{
    const struct copied *c = with;
    fwrite(c->parts[part], sizeof **c->parts, (size_t)n, c->out);
}

static int copy_numbers(FILE *out, const struct net_layer *l, struct params *from, int layer, struct error *e)
{
    struct net_params p;
    if (params_read(from, layer, &p, e) < 0)
        return -1;
    struct copied c = {out,
                       {[WEIGHTS_BIASES] = p.biases,
                        [WEIGHTS_SCALES] = p.scales,
                        [WEIGHTS_MEAN] = p.mean,
                        [WEIGHTS_VARIANCE] = p.variance,
                        [WEIGHTS_WEIGHTS] = p.weights}};
    walk_parts(l, put_copied, &c);
    return 0;
}

/* ---- First numbers ---------------------------------------------------------------------------------- */

struct drawn {
    FILE *out;
    struct order_random random;
    double deviation;
};

/* The sum of twelve uniform numbers less its mean has variance 1 and is all but normal; it takes integers and
 * one product, and so is the same on every machine, which logarithms are not. */
static float draw(struct drawn *d)
{
    int64_t sum = 0;
    for (int i = 0; i < 6; i++) {
        uint64_t two = order_random_next(&d->random);
        sum += (int64_t)(two >> 32) + (int64_t)(two & UINT32_MAX);
    }
    return (float)(ldexp((double)(sum - 6 * (int64_t)UINT32_MAX), -32) * d->deviation);
}

static void put_drawn(void *with, enum weights_part part, int64_t n)
{
    struct drawn *d = with;
    for (int64_t i = 0; i < n; i++) {
        float value =
            part == WEIGHTS_WEIGHTS ? draw(d) : (float)(part == WEIGHTS_SCALES || part == WEIGHTS_VARIANCE);
        fwrite(&value, sizeof value, 1, d->out);
    }
}

/* `nth` of the bottleneck's layers. */
static void draw_numbers(FILE *out, const struct net_layer *l, uint64_t seed, int nth)
{
    double n = (double)l->in.c / l->groups * l->size * l->size;
    struct drawn d = {.out = out, .deviation = sqrt((l->act == NET_RELU ? 2 : 1) / n)};
    order_random_seed(&d.random, seed, (uint64_t)nth);
    walk_parts(l, put_drawn, &d);
}

/* ---- Files ------------------------------------------------------------------------------------------ */

/* A bottleneck that the original had before counts as its own layers. */
static bool is_inserted(const struct net *made, const struct net *net, int layer)
{
    return net->inserted.n == 0 && made->inserted.n > 0 && layer >= made->inserted.first &&
           layer <= made->inserted.last;
}

/* Whether the layer of `made`, which has numbers and is not inserted, comes before the cut. A rest has fewer
 * layers than the original, or at least as many new ones as there are before the cut. */
static bool is_before(const struct net *made, const struct net *net, int layer, int cut)
{
    return layer <= cut && made->layers_n >= net->layers_n;
}

int bottleneck_write_weights(FILE *out, const struct net *made, const struct net *net, int cut,
                             struct params *original, const struct weights_info *info, uint64_t seed,
                             struct error *e)
{
    int shift = made->layers_n - net->layers_n;
    bottleneck_write_header(out, info);
    for (int i = 0; i < made->layers_n && !ferror(out); i++) {
        const struct net_layer *l = &made->layers[i];
        if (l->params == 0)
            continue;
        if (is_inserted(made, net, i))
            draw_numbers(out, l, seed, i - made->inserted.first);
        else if (copy_numbers(out, l, original, is_before(made, net, i, cut) ? i : i - shift, e) < 0)
            return -1;
    }
    params_release(original);
    return 0;
}

int bottleneck_join_weights(FILE *out, const struct net *whole, const struct net *rest, int cut,
                            struct params *original, struct params *trained, const struct weights_info *info,
                            struct error *e)
{
    int shift = whole->layers_n - rest->layers_n;
    bottleneck_write_header(out, info);
    for (int i = 0; i < whole->layers_n && !ferror(out); i++) {
        const struct net_layer *l = &whole->layers[i];
        if (l->params > 0 &&
            copy_numbers(out, l, i <= cut ? original : trained, i <= cut ? i : i - shift, e) < 0)
            return -1;
    }
    params_release(original);
    params_release(trained);
    return 0;
}

void bottleneck_take_names(struct net *made, const struct net *net, int cut)
{
    for (int i = net->layers_n - 1, k = made->layers_n - 1; i > cut && k >= 0; i--, k--)
        memcpy(made->layers[k].name, net->layers[i].name, sizeof made->layers[k].name);
}
