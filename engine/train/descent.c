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

void descent_step(double rate, float momentum, float decay, size_t n, const float *gradient, float *velocity,
                  float *numbers)
{
    step_run(n, (float)rate, momentum, decay, 1.0f, gradient, velocity, numbers);
}

void descent_weights(double rate, float momentum, float decay, const struct net_layer *l,
                     const float *gradient, const float *factor, float *velocity, float *weights)
{
    const size_t run = fold_run(l), runs = fold_numbers(l) / run, channels = (size_t)l->out.c;
#pragma omp parallel for schedule(static)
    for (size_t r = 0; r < runs; r++) {
        size_t at = r * run;
        step_run(run, (float)rate, momentum, decay, factor ? factor[r % channels] : 1.0f, gradient + at,
                 velocity + at, weights + at);
    }
}

void descent_products(const struct net_layer *l, const float *gradient, const float *weights, double *sums)
{
    const size_t run = fold_run(l), numbers = fold_numbers(l), channels = (size_t)l->out.c;
#pragma omp parallel for schedule(static)
    for (size_t c = 0; c < channels; c++) {
        sums[c] = 0;
        for (size_t at = c * run; at < numbers; at += channels * run)
            sums[c] += product_run(run, gradient + at, weights + at);
    }
}
