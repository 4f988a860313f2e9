#include "predict/lapack.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/memory.h"

/* Fortran's interface; the last arguments are the lengths of the strings. */
void dsyrk_(const char *uplo, const char *trans, const int *n, const int *k, const double *alpha,
            const double *a, const int *lda, const double *beta, double *c, const int *ldc, size_t, size_t);
void dgemm_(const char *transa, const char *transb, const int *m, const int *n, const int *k,
            const double *alpha, const double *a, const int *lda, const double *b, const int *ldb,
            const double *beta, double *c, const int *ldc, size_t, size_t);
void dtrmm_(const char *side, const char *uplo, const char *trans, const char *diag, const int *m,
            const int *n, const double *alpha, const double *a, const int *lda, double *b, const int *ldb,
            size_t, size_t, size_t, size_t);
void dpstrf_(const char *uplo, const int *n, double *a, const int *lda, int *piv, int *rank,
             const double *tol, double *work, int *info, size_t);
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t, size_t);
void openblas_set_num_threads(int n);

/* What is smaller, of the largest, is rounding. */
static const double lapack_cut = 1e-15;
static const double lapack_one = 1, lapack_nothing = 0;

void lapack_add_squares(int n, int k, const double *rows, double *c)
{
    openblas_set_num_threads(1);
    dsyrk_("L", "N", &n, &k, &lapack_one, rows, &n, &lapack_one, c, &n, 1, 1);
}

void lapack_add_products(int m, int n, int k, const double *a, const double *b, double *c)
{
    openblas_set_num_threads(1);
    dgemm_("T", "N", &m, &n, &k, &lapack_one, a, &k, b, &k, &lapack_one, c, &m, 1, 1);
}

void lapack_square(int n, int m, const double *b, int right, double *c)
{
    openblas_set_num_threads(1);
    dsyrk_("L", right ? "N" : "T", &n, &m, &lapack_one, b, right ? &n : &m, &lapack_nothing, c, &n, 1, 1);
}

int lapack_factor(int n, double *a, int *pivot)
{
    double *work = memory_new(memory_product(2, (size_t)n), sizeof *work), largest = 0;
    int rank = 0, info;
    for (size_t i = 0; i < (size_t)n; i++) {
        double diagonal = a[i * (size_t)n + i];
        largest = diagonal > largest ? diagonal : largest;
        pivot[i] = (int)i;
    }
    const double smallest = lapack_cut * largest;
    openblas_set_num_threads(1);
    if (largest > 0) {
        dpstrf_("L", &n, a, &n, pivot, &rank, &smallest, work, &info, 1);
        for (int i = 0; i < n; i++)
            pivot[i]--; /* Fortran counts from 1 */
    }
    free(work);
    return rank;
}

void lapack_transform(int n, const double *factor, double *m)
{
    openblas_set_num_threads(1);
    dtrmm_("R", "L", "N", "N", &n, &n, &lapack_one, factor, &n, m, &n, 1, 1, 1, 1);
    dtrmm_("L", "L", "T", "N", &n, &n, &lapack_one, factor, &n, m, &n, 1, 1, 1, 1);
}

/* LAPACK has them ascending. */
static void lapack_order(int n, double *values)
{
    for (int i = 0, j = n - 1; i < j; i++, j--) {
        double kept = values[i];
        values[i] = values[j];
        values[j] = kept;
    }
    for (int i = n - 1; i >= 0; i--)
        if (!(values[i] > lapack_cut * values[0]))
            values[i] = 0;
}

int lapack_eigenvalues(int n, int stride, double *a, double *values, struct error *e)
{
    double room;
    int info = 0, integers, ask = -1;
    if (n == 0)
        return 0;
    openblas_set_num_threads(1);
    dsyevd_("N", "L", &n, a, &stride, values, &room, &ask, &integers, &ask, &info, 1, 1);
    int reals = (int)room;
    double *work = memory_new((size_t)reals, sizeof *work);
    int *more = memory_new((size_t)integers, sizeof *more);
    dsyevd_("N", "L", &n, a, &stride, values, work, &reals, more, &integers, &info, 1, 1);
    free(work);
    free(more);
    if (info != 0)
        return error_set(e, "LAPACK: dsyevd finds no eigenvalues of a matrix of %d rows (%d)", n, info);
    lapack_order(n, values);
    return 0;
}
