#include "worker/darknet.h"

#include <darknet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/memory.h"
#include "net/batch_norm.h"
#include "net/stock.h"

struct darknet {
    network *network;
};

/* While it builds a network, libdarknet draws a random number for every weight: 3 s for VGG16, and the
 * weights file overwrites them all. It calls its own two functions for that through its table of dynamic
 * symbols, where these take precedence if the program exports them. Nothing that isplit uses needs random
 * numbers: it never trains, and its dropout passes everything on at inference. */
/* NOLINTNEXTLINE(readability-redundant-declaration): the library's own is no prototype */
__attribute__((visibility("default"))) float rand_normal(void);
__attribute__((visibility("default"))) float rand_normal(void)
{
    return 0;
}

__attribute__((visibility("default"))) float rand_uniform(float min, float max)
{
    (void)max;
    return min;
}

/* The library reserves much that only training needs. Where the system uses huge pages by default, the first
 * word of each such block, malloc's own, would occupy 2 MB. */
static network *build(char *path)
{
    prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    network *n = parse_network_cfg(path);
    prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
    return n;
}

/* -1 with errno. */
static int darknet_write_text(int fd, const char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        ssize_t n = write(fd, text, left);
        if (n < 0)
            return -1;
        text += n;
        left -= (size_t)n;
    }
    return 0;
}

/* The library reads files by name: the text is passed as a file in memory. */
static network *parse(const char *text, const char *path, struct error *e)
{
    int fd = memfd_create("cfg", MFD_CLOEXEC);
    if (fd < 0 || darknet_write_text(fd, text) < 0) {
        error_at(e, path, 0, "cannot be handed to libdarknet: %s", strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    char *name = memory_format("/proc/self/fd/%d", fd);
    network *n = build(name);
    free(name);
    close(fd);
    return n;
}

/* Layers without spatial output (softmax, cost, dropout after a connected layer) leave some of the sides
 * 0. */
static bool darknet_same_shape(struct net_shape ours, const layer *theirs)
{
    return theirs->outputs == net_shape_size(ours) && (!theirs->out_c || theirs->out_c == ours.c) &&
           (!theirs->out_h || theirs->out_h == ours.h) && (!theirs->out_w || theirs->out_w == ours.w);
}

static int compare_shapes(const struct net *net, const network *n, struct error *e)
{
    if (n->n != net->layers_n)
        return error_at(e, net->path, 0, "libdarknet built %d layers (expected %d)", n->n, net->layers_n);
    for (int i = 0; i < n->n; i++) {
        const struct net_layer *ours = &net->layers[i];
        const layer *theirs = &n->layers[i];
        if (!darknet_same_shape(ours->out, theirs))
            return error_at(
                e, net->path, ours->line, "libdarknet gives layer %d the shape %dx%dx%d (expected %dx%dx%d)",
                i, theirs->out_c, theirs->out_h, theirs->out_w, ours->out.c, ours->out.h, ours->out.w);
    }
    return 0;
}

/* Where the library would crash although its forward pass is right. */
static void repair(layer *l)
{
    if (l->type == DECONVOLUTIONAL)
        l->groups = 1;          /* left 0 by the parser, but a divisor while loading */
    if (l->type == BATCHNORM) { /* copies its input to memory that it has not allocated */
        l->x = memory_new((size_t)l->outputs, sizeof *l->x);
        l->x_norm = memory_new((size_t)l->outputs, sizeof *l->x_norm);
    }
}

/* Takes ownership of the network; NULL on error. */
static struct darknet *open_network(const struct net *net, network *n, const char *weights, bool repaired,
                                    struct error *e)
{
    struct darknet *d = memory_new(1, sizeof *d);
    d->network = n;
    if (compare_shapes(net, n, e) < 0) {
        darknet_close(d);
        return NULL;
    }
    for (int i = 0; i < n->n && repaired; i++)
        repair(&n->layers[i]);
    if (weights) {
        char *path = memory_copy(weights); /* the library wants it writable */
        load_weights(n, path);
        free(path);
    }
    return d;
}

/* The library would take what it lacks for something else, without a word. */
static int refuse_lacking(const struct net *net, struct error *e)
{
    char *lacks = net_stock_lacks(net);
    int status = lacks ? error_at(e, net->path, 0, "stock Darknet cannot run it: it lacks %s", lacks) : 0;
    free(lacks);
    return status;
}

struct darknet *darknet_open(const struct net *net, const char *weights, struct error *e)
{
    if (refuse_lacking(net, e) < 0)
        return NULL;
    char *text = net_normalised(net);
    network *n = parse(text, net->path, e);
    free(text);
    return n ? open_network(net, n, weights, true, e) : NULL;
}

struct darknet *darknet_open_file(const struct net *net, const char *weights, struct error *e)
{
    return refuse_lacking(net, e) < 0 ? NULL : open_network(net, build(net->path), weights, false, e);
}

void darknet_fold_variances(struct darknet *d)
{
    for (int i = 0; i < d->network->n; i++) {
        layer *l = &d->network->layers[i];
        int channels = l->type == CONNECTED ? l->outputs : l->out_c;
        for (int c = 0; (l->batch_normalize || l->type == BATCHNORM) && c < channels; c++)
            l->rolling_variance[c] = batch_norm_folded(l->rolling_variance[c]);
    }
}

void darknet_close(struct darknet *d)
{
    if (!d)
        return;
    /* What free_network leaks. */
    free(d->network->workspace);
    free(d->network->seen);
    free(d->network->t);
    free(d->network->cost);
    free_network(d->network);
    free(d);
}

void darknet_predict(struct darknet *d, const float *x)
{
    network_predict(d->network, (float *)(uintptr_t)x);
}

/* Does what network_predict does, but layer by layer. (It sums up the costs too, after the last layer.) */
void darknet_predict_traced(struct darknet *d, const float *x, graph_after_call *after, void *user)
{
    network n = *d->network;
    n.input = (float *)(uintptr_t)x;
    n.truth = NULL;
    n.delta = NULL;
    n.train = 0;
    for (int i = 0; i < n.n; i++) {
        layer l = n.layers[i];
        n.index = i;
        if (l.delta)
            fill_cpu(l.outputs * l.batch, 0, l.delta, 1);
        l.forward(l, n);
        n.input = l.output;
        if (l.truth)
            n.truth = l.output;
        after(user, i);
    }
}

const float *darknet_output(const struct darknet *d, int layer_number)
{
    return d->network->layers[layer_number].output;
}
