#include "worker/runner.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "worker/darknet.h"
#include "worker/own_graph.h"

struct runner {
    struct darknet *darknet; /* either */
    struct own_graph *own;
};

int runner_output(const struct net *net, bool stock)
{
    int l = net->layers_n - 1;
    while (stock && l > 0 && net->layers[l].kind == NET_COST)
        l--;
    return stock ? l : net->score;
}

static struct runner *runner_of(struct darknet *darknet, struct own_graph *own)
{
    struct runner *r = darknet || own ? memory_new(1, sizeof *r) : NULL;
    if (r)
        *r = (struct runner){darknet, own};
    return r;
}

struct runner *runner_open_whole(const struct net *net, const char *weights, const struct weights_info *info,
                                 bool stock, struct error *e)
{
    if (!stock)
        return runner_of(NULL, own_graph_open(net, weights, info, e));
    struct darknet *d = darknet_open(net, weights, e);
    if (d && info->epsilon == EPSILON_FORK)
        darknet_fold_variances(d);
    return runner_of(d, NULL);
}

struct runner *runner_open_half(const struct net *net, const char *weights, const struct weights_info *info,
                                bool stock, struct error *e)
{
    return stock ? runner_of(darknet_open_file(net, weights, e), NULL)
                 : runner_of(NULL, own_graph_open(net, weights, info, e));
}

void runner_close(struct runner *r)
{
    if (!r)
        return;
    darknet_close(r->darknet);
    own_graph_close(r->own);
    free(r);
}

int runner_run(struct runner *r, const float *x, struct error *e)
{
    if (r->own)
        return own_graph_run(r->own, x, e);
    darknet_predict(r->darknet, x);
    return 0;
}

void runner_get(const struct runner *r, int layer, float *out, size_t n)
{
    if (r->own)
        own_graph_get(r->own, layer, out);
    else
        memcpy(out, darknet_output(r->darknet, layer), n * sizeof *out);
}
