#include "net/cuts.h"

#include <stdlib.h>

#include "base/memory.h"
#include "net/blur.h"
#include "net/layers.h"

struct cuts {
    int n;          /* layers, and so cuts */
    int *last;      /* [n + 1] last[l + 1]: the last layer that reads the output of l (from -1 on), or -1 */
    int *tensors;   /* [n] how many tensors cross the cut after l */
    int64_t *bytes; /* [n] their bytes as fp32 */
    bool *own;      /* [n] exactly one crosses, and it is l's own output */
    int64_t *live;  /* [n] bytes alive while l is computed: its output and every earlier tensor that l or a
                       later layer reads; nothing is computed in place */
    int first_weighted; /* the first layer with weights; n where there is none */
    int classifier;     /* where the classifier begins: the first connected or avgpool layer or the last layer
                           with weights, whichever comes first; n where there is none of them */
};

static int64_t cuts_tensor_bytes(const struct net *net, int tensor)
{
    return 4 * net_shape_size(tensor == NET_INPUT ? net->in : net->layers[tensor].out);
}

static void find_readers(struct cuts *c, const struct net *net)
{
    for (int t = 0; t <= c->n; t++)
        c->last[t] = -1;
    for (int l = 0; l < c->n; l++)
        for (int i = 0; i < net->layers[l].inputs_n; i++)
            c->last[net->layers[l].inputs[i] + 1] = l;
}

/* A classifying layer with something besides it, such as the average of a squeeze-and-excite block, makes a
 * gate of the backbone. */
static void find_landmarks(struct cuts *c, const struct net *net)
{
    int last_weighted = c->n, head_end = c->n;
    c->first_weighted = c->n;
    for (int l = c->n - 1; l >= 0; l--) {
        const struct net_layer *layer = &net->layers[l];
        if (layer->params > 0) {
            c->first_weighted = l;
            if (last_weighted == c->n)
                last_weighted = l;
        }
        if (layer_kinds[layer->kind].classifies && c->tensors[l] <= 1)
            head_end = l;
    }
    c->classifier = head_end < last_weighted ? head_end : last_weighted;
}

/* What is blurred is alive beside what is made of it. */
static int64_t bytes_before_blur(const struct net_layer *l)
{
    return l->blur ? 4 * net_shape_size(blur_source(l)) : 0;
}

/* One walk through the layers, carrying the set of tensors that are still to be read. A tensor leaves
 * the set after its last reader, so each enters and leaves once. */
static void walk(struct cuts *c, const struct net *net)
{
    int *ends = memory_new((size_t)c->n + 1, sizeof *ends);       /* [n] tensors whose last reader is l */
    int64_t *freed = memory_new((size_t)c->n + 1, sizeof *freed); /* [n] their bytes */
    for (int t = NET_INPUT; t < c->n; t++) {
        if (c->last[t + 1] >= 0) {
            ends[c->last[t + 1]]++;
            freed[c->last[t + 1]] += cuts_tensor_bytes(net, t);
        }
    }
    int tensors = c->last[0] >= 0;
    int64_t bytes = tensors ? cuts_tensor_bytes(net, NET_INPUT) : 0;
    for (int l = 0; l < c->n; l++) {
        c->live[l] = bytes + cuts_tensor_bytes(net, l) + bytes_before_blur(&net->layers[l]);
        bool read_later = c->last[l + 1] > l;
        tensors += (int)read_later - ends[l];
        bytes += (read_later ? cuts_tensor_bytes(net, l) : 0) - freed[l];
        c->tensors[l] = tensors;
        c->bytes[l] = bytes;
        c->own[l] = tensors == 1 && read_later;
    }
    free(ends);
    free(freed);
}

struct cuts *cuts_make(const struct net *net)
{
    struct cuts *c = memory_new(1, sizeof *c);
    size_t n = (size_t)net->layers_n;
    c->n = net->layers_n;
    c->last = memory_new(n + 1, sizeof *c->last);
    c->tensors = memory_new(n, sizeof *c->tensors);
    c->bytes = memory_new(n, sizeof *c->bytes);
    c->own = memory_new(n, sizeof *c->own);
    c->live = memory_new(n, sizeof *c->live);
    find_readers(c, net);
    walk(c, net);
    find_landmarks(c, net);
    return c;
}

void cuts_free(struct cuts *c)
{
    if (!c)
        return;
    free(c->last);
    free(c->tensors);
    free(c->bytes);
    free(c->own);
    free(c->live);
    free(c);
}

bool cuts_crosses(const struct cuts *cuts, int tensor, int layer)
{
    return tensor <= layer && cuts->last[tensor + 1] > layer;
}

int cuts_tensors(const struct cuts *cuts, int layer)
{
    return cuts->tensors[layer];
}

int64_t cuts_bytes(const struct cuts *cuts, int layer)
{
    return cuts->bytes[layer];
}

bool cuts_is_own(const struct cuts *cuts, int layer)
{
    return cuts->own[layer];
}

int64_t cuts_live(const struct cuts *cuts, int layer)
{
    return cuts->live[layer];
}

int cuts_first_weighted(const struct cuts *cuts)
{
    return cuts->first_weighted;
}

int cuts_classifier(const struct cuts *cuts)
{
    return cuts->classifier;
}
