#include "graph/fold.h"

#include <math.h>

#include "base/memory.h"
#include "base/number.h"
#include "net/batch_norm.h"

void fold_channels(const struct net_params *p, int channels, float *scale, float *shift)
{
    for (int c = 0; c < channels; c++) {
        double bias = p->biases ? p->biases[c] : 0.0;
        if (!p->variance) {
            scale[c] = 1.0f;
            shift[c] = (float)bias;
            continue;
        }
        double s = p->scales[c] / batch_norm_divisor(p->epsilon, p->variance[c]);
        scale[c] = (float)s;
        shift[c] = (float)(bias - p->mean[c] * s);
    }
}

struct fold_runs fold_runs_of(const struct net_layer *l)
{
    size_t window = (size_t)l->size * (size_t)l->size, out = (size_t)l->out.c;
    if (l->kind == NET_DECONVOLUTIONAL) /* [in][out][window] instead of [out][in...] */
        return (struct fold_runs){out, window, (size_t)l->in.c * out * window};
    size_t in =
        l->kind == NET_CONNECTED ? (size_t)net_shape_size(l->in) : (size_t)(l->in.c / l->groups) * window;
    return (struct fold_runs){out, in, out * in};
}

void fold_weights_into(const struct net_layer *l, const float *weights, const float *scale, float *folded)
{
    const struct fold_runs w = fold_runs_of(l);
#pragma omp parallel for schedule(static)
    for (size_t r = 0; r < w.total / w.run; r++)
        for (size_t k = 0; k < w.run; k++)
            folded[r * w.run + k] = weights[r * w.run + k] * scale[r % w.channels];
}

float *fold_weights(const struct net_layer *l, const float *weights, const float *scale)
{
    float *folded = memory_try_unset(fold_runs_of(l).total, sizeof *folded);
    if (folded)
        fold_weights_into(l, weights, scale, folded);
    return folded;
}

NUMBER_WIDE static double sum_of_absolutes(size_t n, const float *w)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += (double)fabsf(w[i]);
    return sum;
}

double fold_gain(const struct net_layer *l, const float *weights)
{
    const struct fold_runs w = fold_runs_of(l);
    double most = 0;
    for (size_t c = 0; c < w.channels; c++) {
        double sum = 0;
        for (size_t i = c * w.run; i < w.total; i += w.channels * w.run)
            sum += sum_of_absolutes(w.run, weights + i);
        most = fmax(most, sum);
    }
    return most;
}
