#include "predict/spectrum.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "predict/lapack.h"

/* Rows, or columns, that are made double at a time. */
enum { PORTION = 256 };

static bool over_patches(enum spectrum_way way, long activations, long gradients, int64_t numbers)
{
    long fewer = activations < gradients ? activations : gradients;
    return way == SPECTRUM_AUTO ? fewer < numbers : way == SPECTRUM_OF_PATCHES;
}

int64_t spectrum_bytes(const struct trapped_geometry *g, long activations, long gradients)
{
    bool patches = over_patches(SPECTRUM_AUTO, activations, gradients, g->numbers);
    int64_t fewer = activations < gradients ? activations : gradients, d = g->numbers;
    int64_t matrices = patches ? (int64_t)activations * gradients + fewer * fewer : 3 * d * d;
    int64_t portion = PORTION * (patches ? (int64_t)activations + gradients : d);
    return (matrices + portion + 2 * d) * (int64_t)sizeof(double);
}

static bool are_finite(const struct patches *p)
{
    size_t numbers = (size_t)patches_n(p) * (size_t)patches_numbers(p);
    const float *all = patches_row(p, 0);
    for (size_t i = 0; i < numbers; i++)
        if (!isfinite(all[i]))
            return false;
    return true;
}

/* The mean patch; new. */
static double *mean_of(const struct patches *p)
{
    long n = patches_n(p);
    int d = patches_numbers(p);
    double *mean = memory_new((size_t)d, sizeof *mean);
    for (long i = 0; i < n; i++)
        for (int k = 0; k < d; k++)
            mean[k] += (double)patches_row(p, i)[k];
    for (int k = 0; k < d; k++)
        mean[k] /= (double)n;
    return mean;
}

/* ---- Over a patch's numbers: Sigma = L L^T, and lambda are the eigenvalues of L^T M L ---------------------
 */

/* The mean of v v^T over the patches, less `mean` (NULL: nothing): the lower triangle; new, or NULL. */
static double *covariance(const struct patches *p, const double *mean)
{
    long n = patches_n(p);
    size_t d = (size_t)patches_numbers(p);
    double *rows = memory_try(memory_product(PORTION, d), sizeof *rows);
    double *c = memory_try(memory_product(d, d), sizeof *c);
    for (long first = 0; c && rows && first < n; first += PORTION) {
        long k = n - first < PORTION ? n - first : PORTION;
        for (long i = 0; i < k; i++)
            for (size_t at = 0; at < d; at++)
                rows[(size_t)i * d + at] = (double)patches_row(p, first + i)[at] - (mean ? mean[at] : 0);
        lapack_add_squares((int)d, (int)k, rows, c);
    }
    if (!rows) {
        free(c);
        c = NULL;
    }
    free(rows);
    for (size_t i = 0; c && i < d * d; i++)
        c[i] /= (double)n;
    return c;
}

/* Rows and columns of the lower triangle of m in the order of the pivots, both triangles, into `out`. */
static void permute_whole(size_t d, const double *m, const int *pivot, double *out)
{
    for (size_t j = 0; j < d; j++)
        for (size_t i = 0; i < d; i++) {
            size_t row = (size_t)pivot[i], column = (size_t)pivot[j];
            out[j * d + i] = row > column ? m[column * d + row] : m[row * d + column];
        }
}

/* Where the factor stands no longer, the permuted matrix may not stand: a third one. */
static int numbers_spectrum(size_t d, double *sigma, const double *m, double *permuted, double **lambda,
                            int *n, struct error *e)
{
    int *pivot = memory_new(d, sizeof *pivot);
    *n = lapack_factor((int)d, sigma, pivot);
    permute_whole(d, m, pivot, permuted);
    lapack_transform((int)d, sigma, permuted);
    free(pivot);
    *lambda = memory_new((size_t)*n, sizeof **lambda);
    return lapack_eigenvalues(*n, (int)d, permuted, *lambda, e);
}

static int of_numbers(const struct patches *activations, const struct patches *gradients, double **lambda,
                      int *n, struct error *e)
{
    size_t d = (size_t)patches_numbers(activations);
    double *mean = mean_of(activations);
    double *sigma = covariance(activations, mean), *m = covariance(gradients, NULL);
    double *permuted = memory_try(memory_product(d, d), sizeof *permuted);
    int status = sigma && m && permuted
                     ? numbers_spectrum(d, sigma, m, permuted, lambda, n, e)
                     : error_set(e, "no memory for the covariances of patches of %zu numbers", d);
    free(mean);
    free(sigma);
    free(m);
    free(permuted);
    return status;
}

/* ---- Over patches: lambda = sv(Y X^T)^2 / (n_X n_Y)
 * --------------------------------------------------------- */

/* Columns `first` to first + k of the patches, less `mean` (NULL: nothing), into rows[n][k]. */
static void spectrum_columns(const struct patches *p, const double *mean, int first, int k, double *rows)
{
    for (long i = 0; i < patches_n(p); i++)
        for (int at = first; at < first + k; at++)
            *rows++ = (double)patches_row(p, i)[at] - (mean ? mean[at] : 0);
}

/* Y X^T, of the gradients' and the activations' patches: n_Y x n_X; new, or NULL. */
static double *products(const struct patches *activations, const struct patches *gradients)
{
    int d = patches_numbers(activations);
    size_t x_n = (size_t)patches_n(activations), y_n = (size_t)patches_n(gradients);
    double *mean = mean_of(activations);
    double *x = memory_try(memory_product(x_n, PORTION), sizeof *x),
           *y = memory_try(memory_product(y_n, PORTION), sizeof *y);
    double *c = x && y ? memory_try(memory_product(x_n, y_n), sizeof *c) : NULL;
    for (int first = 0; c && first < d; first += PORTION) {
        int k = d - first < PORTION ? d - first : PORTION;
        spectrum_columns(activations, mean, first, k, x);
        spectrum_columns(gradients, NULL, first, k, y);
        lapack_add_products((int)y_n, (int)x_n, k, y, x, c);
    }
    free(mean);
    free(x);
    free(y);
    return c;
}

static int of_patches(const struct patches *activations, const struct patches *gradients, double **lambda,
                      int *n, struct error *e)
{
    size_t x_n = (size_t)patches_n(activations), y_n = (size_t)patches_n(gradients);
    size_t fewer = x_n < y_n ? x_n : y_n;
    double *c = products(activations, gradients);
    double *square = c ? memory_try(memory_product(fewer, fewer), sizeof *square) : NULL;
    int status = square ? 0 : error_set(e, "no memory for the products of %zu and %zu patches", x_n, y_n);
    if (status == 0) {
        lapack_square((int)fewer, (int)(x_n + y_n - fewer), c, y_n < x_n, square);
        *n = (int)fewer;
        *lambda = memory_new(fewer, sizeof **lambda);
        status = lapack_eigenvalues(*n, *n, square, *lambda, e);
    }
    for (int i = 0; status == 0 && i < *n; i++)
        (*lambda)[i] /= (double)x_n * (double)y_n;
    free(c);
    free(square);
    return status;
}

int spectrum_of(const struct patches *activations, const struct patches *gradients, enum spectrum_way way,
                double **lambda, int *n, struct error *e)
{
    *lambda = NULL;
    *n = 0;
    if (!are_finite(activations) || !are_finite(gradients))
        return 1;
    bool patches =
        over_patches(way, patches_n(activations), patches_n(gradients), patches_numbers(activations));
    int status = (patches ? of_patches : of_numbers)(activations, gradients, lambda, n, e);
    if (status < 0) {
        free(*lambda);
        *lambda = NULL;
    }
    return status;
}
