#include "graph/fold.h"

#include <math.h>

#include "base/memory.h"

void fold_channels(const struct net_params *p, int channels, float *scale, float *shift)
{
    for (int c = 0; c < channels; c++) {
        double bias = p->biases ? p->biases[c] : 0.0;
        if (!p->variance) {
            scale[c] = 1.0f;
            shift[c] = (float)bias;
            continue;
        }
        /* Darknet adds its epsilon to the standard deviation, not to the variance. */
        double s = p->scales[c] / (sqrt((double)p->variance[c]) + 1e-6);
        scale[c] = (float)s;
        shift[c] = (float)(bias - p->mean[c] * s);
    }
}

float *fold_weights(const struct net_layer *l, const float *weights, const float *scale)
{
    size_t window = (size_t)l->size * (size_t)l->size, out = (size_t)l->out.c;
    bool by_input = l->kind == NET_DECONVOLUTIONAL; /* [in][out][window] instead of [out][in...] */
    size_t in =
        l->kind == NET_CONNECTED ? (size_t)net_shape_size(l->in) : (size_t)(l->in.c / l->groups) * window;
    size_t total = by_input ? (size_t)l->in.c * out * window : out * in;
    float *folded = memory_try(total, sizeof *folded);
    if (!folded)
        return NULL;
    size_t run = by_input ? window : in; /* neighbours that share an output channel */
    for (size_t i = 0; i < total; i += run)
        for (size_t k = 0; k < run; k++)
            folded[i + k] = weights[i + k] * scale[i / run % out];
    return folded;
}
