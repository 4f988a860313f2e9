#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "half/runtime.h"
#include "worker/darknet.h"

struct half_in_darknet {
    struct darknet *darknet;
    int output;
};

int half_runtime_output(const struct net *net)
{
    int output = net->layers_n - 1;
    while (output > 0 && net->layers[output].kind == NET_COST)
        output--;
    return output;
}

/* The library tells its table of layers on standard error. */
static struct darknet *half_darknet_quietly(const struct net *net, const char *weights, struct error *e)
{
    fflush(stderr);
    int kept = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (kept >= 0 && nowhere >= 0)
        dup2(nowhere, STDERR_FILENO);
    struct darknet *d = darknet_open(net, weights, e);
    fflush(stderr);
    if (kept >= 0) {
        dup2(kept, STDERR_FILENO);
        close(kept);
    }
    if (nowhere >= 0)
        close(nowhere);
    return d;
}

static void *half_darknet_open(const struct net *net, const char *weights, const struct weights_info *info,
                               struct error *e)
{
    struct darknet *darknet = half_darknet_quietly(net, weights, e);
    if (!darknet)
        return NULL;
    if (info->epsilon == EPSILON_FORK)
        darknet_fold_variances(darknet);
    struct half_in_darknet *h = memory_new(1, sizeof *h);
    *h = (struct half_in_darknet){darknet, half_runtime_output(net)};
    return h;
}

static void half_darknet_close(void *state)
{
    struct half_in_darknet *h = state;
    darknet_close(h->darknet);
    free(h);
}

static const float *half_darknet_run(void *state, const float *x, struct error *e)
{
    struct half_in_darknet *h = state;
    (void)e;
    darknet_predict(h->darknet, x);
    return darknet_output(h->darknet, h->output);
}

const struct half_runtime half_darknet = {"darknet", half_darknet_open, half_darknet_close, half_darknet_run};
