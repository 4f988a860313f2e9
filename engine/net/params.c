#include "net/params.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

struct params {
    char *path;
    int fd;
    const struct net *net;
    struct weights_info info;
    float *numbers, *turned; /* of the layer that was read last */
};

struct params *params_open(const char *weights, const struct net *net, const struct weights_info *info,
                           struct error *e)
{
    int fd = open(weights, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hang the program */
    if (fd < 0) {
        error_at(e, weights, 0, "cannot open: %s", strerror(errno));
        return NULL;
    }
    struct params *p = memory_new(1, sizeof *p);
    *p = (struct params){.path = memory_copy(weights), .fd = fd, .net = net, .info = *info};
    return p;
}

void params_close(struct params *p)
{
    if (!p)
        return;
    params_release(p);
    close(p->fd);
    free(p->path);
    free(p);
}

enum epsilon params_epsilon(const struct params *p)
{
    return p->info.epsilon;
}

void params_release(struct params *p)
{
    free(p->numbers);
    free(p->turned);
    p->numbers = p->turned = NULL;
}

/* `n` floats from `offset` bytes on. */
static int params_fill(const struct params *p, int64_t offset, float *out, int64_t n, struct error *e)
{
    char *at = (char *)out;
    for (int64_t left = n * (int64_t)sizeof *out; left > 0;) {
        ssize_t got = pread(p->fd, at, (size_t)left, offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return error_at(e, p->path, 0, "cannot read: %s",
                            got < 0 ? strerror(errno) : "it has become shorter meanwhile");
        at += got;
        offset += got;
        left -= got;
    }
    return 0;
}

/* [in][out] becomes [out][in]: a block at a time, so that neither side is walked across the cache. */
static void params_turn(const float *from, size_t in, size_t out, float *to)
{
    enum { BLOCK = 32 };
    for (size_t r = 0; r < in; r += BLOCK)
        for (size_t c = 0; c < out; c += BLOCK)
            for (size_t i = r; i < r + BLOCK && i < in; i++)
                for (size_t o = c; o < c + BLOCK && o < out; o++)
                    to[o * in + i] = from[i * out + o];
}

static int params_hold(struct params *p, const struct net_layer *l, bool turns, struct error *e)
{
    p->numbers = memory_try((size_t)l->params, sizeof *p->numbers);
    p->turned = turns ? memory_try((size_t)l->params, sizeof *p->turned) : NULL;
    return p->numbers && (p->turned || !turns)
               ? 0
               : error_at(e, p->path, 0, "no memory for the %" PRId64 " numbers of layer %s", l->params,
                          l->name);
}

void params_point(const struct net_layer *l, const float *numbers, struct net_params *out)
{
    int64_t first[WEIGHTS_PARTS], n[WEIGHTS_PARTS];
    weights_ranges(l, first, n);
    const float **parts[WEIGHTS_PARTS] = {
        [WEIGHTS_BIASES] = &out->biases,     [WEIGHTS_SCALES] = &out->scales,   [WEIGHTS_MEAN] = &out->mean,
        [WEIGHTS_VARIANCE] = &out->variance, [WEIGHTS_WEIGHTS] = &out->weights,
    };
    for (int i = 0; i < WEIGHTS_PARTS; i++)
        *parts[i] = n[i] ? numbers + first[i] : NULL;
}

int params_read(struct params *p, int layer, struct net_params *out, struct error *e)
{
    const struct net_layer *l = &p->net->layers[layer];
    bool turns = l->kind == NET_CONNECTED && p->info.transposed;
    *out = (struct net_params){.epsilon = p->info.epsilon};
    params_release(p);
    if (l->params == 0)
        return 0;
    if (params_hold(p, l, turns, e) < 0 ||
        params_fill(p, weights_offset(p->net, &p->info, layer), p->numbers, l->params, e) < 0)
        return -1;
    params_point(l, p->numbers, out);
    if (turns) {
        params_turn(out->weights, (size_t)net_shape_size(l->in), (size_t)l->filters, p->turned);
        out->weights = p->turned;
    }
    return 0;
}
