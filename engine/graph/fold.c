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

size_t fold_run(const struct net_layer *l)
{
    size_t window = (size_t)l->size * (size_t)l->size;
    if (l->kind == NET_DECONVOLUTIONAL) /* [in][out][window] instead of [out][in...] */
        return window;
    return l->kind == NET_CONNECTED ? (size_t)net_shape_size(l->in) : (size_t)(l->in.c / l->groups) * window;
}

size_t fold_numbers(const struct net_layer *l)
{
    size_t runs = l->kind == NET_DECONVOLUTIONAL ? (size_t)l->in.c : 1;
    return runs * (size_t)l->out.c * fold_run(l);
}

void fold_weights_into(const struct net_layer *l, const float *weights, const float *scale, float *folded)
{
    const size_t run = fold_run(l), runs = fold_numbers(l) / run, channels = (size_t)l->out.c;
#pragma omp parallel for schedule(static)
    for (size_t r = 0; r < runs; r++)
        for (size_t k = 0; k < run; k++)
            folded[r * run + k] = weights[r * run + k] * scale[r % channels];
}

float *fold_weights(const struct net_layer *l, const float *weights, const float *scale)
{
    float *folded = memory_try_unset(fold_numbers(l), sizeof *folded);
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
    const size_t run = fold_run(l), numbers = fold_numbers(l), channels = (size_t)l->out.c;
    double most = 0;
#pragma omp parallel for schedule(static) reduction(max : most)
    for (size_t c = 0; c < channels; c++) {
        double sum = 0;
        for (size_t i = c * run; i < numbers; i += channels * run)
            sum += sum_of_absolutes(run, weights + i);
        most = fmax(most, sum);
    }
    return most;
}
