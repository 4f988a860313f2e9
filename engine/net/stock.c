#include "net/stock.h"

#include <stdlib.h>

#include "base/memory.h"
#include "net/activations.h"
#include "net/layers.h"

/* Where a key of the layer is known that not all have, and its name; NULL: nothing special. */
static const char *stock_special_key(const struct net_layer *l, unsigned *runs)
{
    bool convolution = l->kind == NET_CONVOLUTIONAL;
    bool window = convolution || l->kind == NET_MAXPOOL;
    *runs = RUNS_FORK;
    if (convolution && l->dilation > 1)
        return "dilation";
    if (window && l->stride_x != l->stride)
        return "stride_x and stride_y";
    if (l->blur)
        return "antialiasing";
    if (l->kind == NET_ROUTE && l->groups > 1)
        return "groups";
    *runs = RUNS_STOCK | RUNS_FORK;
    return convolution && l->groups > 1 ? "groups" : NULL;
}

static unsigned runs_of_activation(const struct net_layer *l)
{
    const struct activation *a = &activations[l->act];
    return a->in_darknet ? RUNS_ALL : a->fork_kinds >> l->kind & 1 ? RUNS_FORK : 0;
}

static unsigned stock_runs_of(const struct net_layer *l)
{
    unsigned keys;
    if (net_layer_is_identity(l))
        return RUNS_ALL; /* however they pad */
    return layer_kinds[l->kind].runs & runs_of_activation(l) &
           (stock_special_key(l, &keys) ? keys : (unsigned)RUNS_ALL);
}

static char *stock_lacks_between(const struct net *net, int first, int last)
{
    for (int i = first; i <= last; i++) {
        const struct net_layer *l = &net->layers[i];
        unsigned keys;
        const char *kind = net_kind_name(l->kind), *key = stock_special_key(l, &keys);
        if (!(layer_kinds[l->kind].runs & RUNS_STOCK))
            return memory_format("section [%s] of layer %d (%s)", kind, i, l->name);
        if (!(runs_of_activation(l) & RUNS_STOCK))
            return memory_format("activation '%s' of layer %d (%s)", net_act_name(l->act), i, l->name);
        if (key && !(keys & RUNS_STOCK))
            return memory_format("%s of layer %d (%s)", key, i, l->name);
    }
    return NULL;
}

char *net_stock_lacks(const struct net *net)
{
    return stock_lacks_between(net, 0, net->layers_n - 1);
}

char *net_stock_fails(const struct net *net, int first, int last)
{
    char *lacks = stock_lacks_between(net, first, last);
    char *fails = lacks ? memory_format("it lacks %s", lacks) : NULL;
    free(lacks);
    for (int i = first; i <= last && !fails; i++) {
        const struct net_layer *l = &net->layers[i];
        if (layer_kinds[l->kind].stock_crashes)
            fails = memory_format("it crashes on layer %d (%s), [%s]", i, l->name, net_kind_name(l->kind));
    }
    return fails;
}

const char *const net_runs_words[] = {
    [NET_RUNS_STOCK] = "stock", [NET_RUNS_FORK] = "fork", [NET_RUNS_ISPLIT] = "isplit", NULL};

enum net_runs net_runs_in(const struct net *net, int first, int last)
{
    unsigned runs = RUNS_ALL;
    for (int i = first; i <= last; i++)
        runs &= layer_kinds[net->layers[i].kind].stock_crashes ? 0 : stock_runs_of(&net->layers[i]);
    return runs & RUNS_STOCK ? NET_RUNS_STOCK : runs ? NET_RUNS_FORK : NET_RUNS_ISPLIT;
}
