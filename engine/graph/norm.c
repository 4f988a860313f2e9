#include "graph/norm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/kernels.h"
#include "graph/kernels_norm.h"
#include "net/batch_norm.h"

struct norm {
    struct tensor shape;
    int batch;
    enum epsilon epsilon;
    bool by_batch;                         /* in the present pass; else by the running statistics */
    float *scale, *bias, *mean, *variance; /* the parameters, [c] each; the latter two are the running ones */
    float *batch_mean, *batch_variance;    /* [c] */
    float *a, *k, *b;                      /* [c] factors of a pass */
    double *sum, *product;                 /* [c] of the gradient by z, and of it times (u - m) */
    double *scratch;
};

enum { NORM_ARRAYS = 9 }; /* scale, bias, mean, variance, those of the batch, the factors */

/* The sums, then the scratch. */
static size_t norm_doubles(struct tensor shape, int batch)
{
    return 2 * (size_t)shape.c + kernels_norm_doubles(shape, batch);
}

struct norm *norm_new(struct tensor shape, int batch, const struct net_params *p)
{
    size_t c = (size_t)shape.c;
    struct norm *n = memory_new(1, sizeof *n);
    *n = (struct norm){.shape = shape, .batch = batch, .epsilon = p->epsilon};
    n->scale = memory_try(memory_product(NORM_ARRAYS, c), sizeof *n->scale);
    n->sum = memory_try(norm_doubles(shape, batch), sizeof *n->sum);
    if (!n->scale || !n->sum) {
        norm_free(n);
        return NULL;
    }
    float **arrays[] = {&n->bias,           &n->mean, &n->variance, &n->batch_mean,
                        &n->batch_variance, &n->a,    &n->k,        &n->b};
    for (size_t i = 0; i < NORM_ARRAYS - 1; i++)
        *arrays[i] = n->scale + (i + 1) * c;
    n->product = n->sum + c;
    n->scratch = n->product + c;
    norm_put(n, p);
    return n;
}

void norm_free(struct norm *n)
{
    if (!n)
        return;
    free(n->scale);
    free(n->sum);
    free(n);
}

void norm_put(struct norm *n, const struct net_params *p)
{
    size_t bytes = (size_t)n->shape.c * sizeof(float);
    memcpy(n->scale, p->scales, bytes);
    memcpy(n->mean, p->mean, bytes);
    memcpy(n->variance, p->variance, bytes);
    if (p->biases)
        memcpy(n->bias, p->biases, bytes);
}

void norm_forward(struct norm *n, const float *u, float *z)
{
    if (n->by_batch)
        kernels_moments(n->shape, n->batch, u, n->scratch, n->batch_mean, n->batch_variance);
    const float *mean = n->by_batch ? n->batch_mean : n->mean;
    const float *variance = n->by_batch ? n->batch_variance : n->variance;
    for (int c = 0; c < n->shape.c; c++) {
        double a = (double)n->scale[c] / batch_norm_divisor(n->epsilon, variance[c]);
        n->a[c] = (float)a;
        n->b[c] = (float)((double)n->bias[c] - (double)mean[c] * a);
    }
    kernels_channels(n->shape, n->batch, n->a, n->b, u, z, false);
}

/* Through the statistics: a(v) * (u - m) has da/dv = -scale * d'(v) / d(v)^2, and dv/du = 2 (u - m) / pixels.
 * Where all numbers of a channel are equal, v is 0 and has no slope. */
static void factors_by_batch(struct norm *n)
{
    double pixels = (double)n->batch * (double)tensor_pixels(n->shape);
    for (int c = 0; c < n->shape.c; c++) {
        float v = n->batch_variance[c];
        double d = batch_norm_divisor(n->epsilon, v), slope = batch_norm_divisor_slope(n->epsilon, v);
        double a = (double)n->scale[c] / d, k = -2 * a * slope / d * n->product[c] / pixels;
        n->a[c] = (float)a;
        n->k[c] = (float)k;
        n->b[c] = (float)(-a * n->sum[c] / pixels - k * (double)n->batch_mean[c]);
    }
}

static void factors_by_running(struct norm *n)
{
    for (int c = 0; c < n->shape.c; c++) {
        n->a[c] = (float)((double)n->scale[c] / batch_norm_divisor(n->epsilon, n->variance[c]));
        n->k[c] = n->b[c] = 0;
    }
}

void norm_backward(struct norm *n, const float *dz, const float *u, float *du, bool add)
{
    const float *mean = n->by_batch ? n->batch_mean : n->mean;
    kernels_products(n->shape, n->batch, dz, u, mean, n->scratch, n->sum, n->product);
    if (n->by_batch)
        factors_by_batch(n);
    else
        factors_by_running(n);
    if (du)
        kernels_norm_gradient(n->shape, n->batch, n->a, n->k, n->b, dz, u, du, add);
}

void norm_parameters(const struct norm *n, float *scale, float *bias)
{
    const float *variance = n->by_batch ? n->batch_variance : n->variance;
    for (int c = 0; c < n->shape.c; c++) {
        scale[c] = (float)(n->product[c] / batch_norm_divisor(n->epsilon, variance[c]));
        bias[c] = (float)n->sum[c];
    }
}

void norm_go_by_batch(struct norm *n, bool by_batch)
{
    n->by_batch = by_batch;
}

void norm_of_batch(const struct norm *n, const float **mean, const float **variance)
{
    *mean = n->batch_mean;
    *variance = n->batch_variance;
}
