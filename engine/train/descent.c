#include "train/descent.h"

#include "base/number.h"
#include "graph/fold.h"

NUMBER_WIDE static void step_run(size_t n, float rate, float momentum, float decay, float factor,
                                 const float *gradient, float *velocity, float *w)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        float g = factor * gradient[i] + decay * w[i];
        float v = momentum * velocity[i] + g;
        velocity[i] = v;
        w[i] -= rate * (g + momentum * v);
    }
}

NUMBER_WIDE static double product_run(size_t n, const float *a, const float *b)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

void descent_step(const struct descent *d, size_t n, const float *gradient, float *velocity, float *numbers)
{
    step_run(n, (float)d->rate, d->momentum, d->decay, 1.0f, gradient, velocity, numbers);
}

void descent_weights(const struct descent *d, const struct net_layer *l, const float *gradient,
                     const float *factor, float *velocity, float *weights)
{
    const struct fold_runs w = fold_runs_of(l);
#pragma omp parallel for schedule(static)
    for (size_t r = 0; r < w.total / w.run; r++) {
        size_t at = r * w.run;
        step_run(w.run, (float)d->rate, d->momentum, d->decay, factor ? factor[r % w.channels] : 1.0f,
                 gradient + at, velocity + at, weights + at);
    }
}

void descent_products(const struct net_layer *l, const float *gradient, const float *weights, double *sums)
{
    const struct fold_runs w = fold_runs_of(l);
#pragma omp parallel for schedule(static)
    for (size_t c = 0; c < w.channels; c++) {
        sums[c] = 0;
        for (size_t at = c * w.run; at < w.total; at += w.channels * w.run)
            sums[c] += product_run(w.run, gradient + at, weights + at);
    }
}
