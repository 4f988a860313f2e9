#include "net/params.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

struct params {
    char *path;
    int fd;
    const struct net *net;
    struct weights_info info;
    char *map; /* [size] the file, mapped: what is packed from it is not copied first */
    size_t size;
    int layer;     /* that was read last; or -1 */
    float *turned; /* its weights */
};

static int params_map(struct params *p, struct error *e)
{
    struct stat st;
    void *map = MAP_FAILED;
    if (fstat(p->fd, &st) == 0)
        map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, p->fd, 0);
    if (map == MAP_FAILED)
        return error_at(e, p->path, 0, "cannot map: %s", strerror(errno));
    p->map = map;
    p->size = (size_t)st.st_size;
    return 0;
}

struct params *params_open(const char *weights, const struct net *net, const struct weights_info *info,
                           struct error *e)
{
    int fd = open(weights, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hang the program */
    if (fd < 0) {
        error_at(e, weights, 0, "cannot open: %s", strerror(errno));
        return NULL;
    }
    struct params *p = memory_new(1, sizeof *p);
    *p = (struct params){.path = memory_copy(weights), .fd = fd, .net = net, .info = *info, .layer = -1};
    if (params_map(p, e) == 0)
        return p;
    params_close(p);
    return NULL;
}

void params_close(struct params *p)
{
    if (!p)
        return;
    params_release(p);
    if (p->map)
        munmap(p->map, p->size);
    close(p->fd);
    free(p->path);
    free(p);
}

enum epsilon params_epsilon(const struct params *p)
{
    return p->info.epsilon;
}

/* The pages that hold a layer's numbers, the first and the last also others'. */
static char *params_pages(const struct params *p, int layer, size_t *bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), first = (size_t)weights_offset(p->net, &p->info, layer),
           end = (size_t)weights_offset(p->net, &p->info, layer + 1);
    *bytes = end - first / page * page;
    return p->map + first / page * page;
}

void params_release(struct params *p)
{
    size_t bytes;
    if (p->layer >= 0) {
        char *pages = params_pages(p, p->layer, &bytes);
        madvise(pages, bytes, MADV_DONTNEED); /* they would count as this process's memory */
    }
    p->layer = -1;
    free(p->turned);
    p->turned = NULL;
}

/* Brings a layer's pages here at once, which is faster than one by one, and shows what cannot be read; older
 * systems cannot. */
static int params_bring(struct params *p, int layer, struct error *e)
{
    struct stat st;
    size_t bytes, end = (size_t)weights_offset(p->net, &p->info, layer + 1);
    char *pages = params_pages(p, layer, &bytes);
    if (fstat(p->fd, &st) < 0)
        return error_at(e, p->path, 0, "cannot read: %s", strerror(errno));
    if (end > p->size || (off_t)end > st.st_size)
        return error_at(e, p->path, 0, "cannot read: it has become shorter meanwhile");
    p->layer = layer;
#ifdef MADV_POPULATE_READ
    if (madvise(pages, bytes, MADV_POPULATE_READ) < 0 && errno != EINVAL)
        return error_at(e, p->path, 0, "cannot read: %s", strerror(errno));
#endif
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

static int params_turn_weights(struct params *p, const struct net_layer *l, struct net_params *out,
                               struct error *e)
{
    p->turned = memory_try_unset((size_t)l->params, sizeof *p->turned);
    if (!p->turned)
        return error_at(e, p->path, 0, "no memory for the %" PRId64 " numbers of layer %s", l->params,
                        l->name);
    params_turn(out->weights, (size_t)net_shape_size(l->in), (size_t)l->filters, p->turned);
    out->weights = p->turned;
    return 0;
}

int params_read(struct params *p, int layer, struct net_params *out, struct error *e)
{
    const struct net_layer *l = &p->net->layers[layer];
    *out = (struct net_params){.epsilon = p->info.epsilon};
    params_release(p);
    if (l->params == 0)
        return 0;
    if (params_bring(p, layer, e) < 0)
        return -1;
    /* Headers have whole numbers of four bytes, and so has each layer. */
    params_point(l, (const float *)(const void *)(p->map + weights_offset(p->net, &p->info, layer)), out);
    return l->kind == NET_CONNECTED && p->info.transposed ? params_turn_weights(p, l, out, e) : 0;
}
