/* The only file that speaks to BLAS and LAPACK (OpenBLAS) is lapack.c. One thread always: dsyevd has other
 * bits with two. Matrices stand column by column; of symmetric ones only the lower triangle is written, and
 * read. */
#ifndef ISPLIT_PREDICT_LAPACK_H
#define ISPLIT_PREDICT_LAPACK_H

#include "base/error.h"

/* c[n][n] += the sum of v v^T over the k vectors v of rows[k][n]. By dsyrk: sgemm(A, A^T) is not symmetric.
 */
void lapack_add_squares(int n, int k, const double *rows, double *c);

/* c (m x n) += a b^T, of rows a[m][k] and b[n][k]. */
void lapack_add_products(int m, int n, int k, const double *a, const double *b, double *c);

/* c[n][n] = b^T b of b (m x n), or b b^T of b (n x m) where `right`. */
void lapack_square(int n, int m, const double *b, int right, double *c);

/* Cholesky's factor with complete pivoting, which exists without full rank too: the permuted a = L L^T, with
 * L in the lower triangle of the first columns, as many as the rank; what stands elsewhere means nothing.
 * pivot[n]: row i of L belongs to row pivot[i] of a. Returns the rank, as far as pivots are above 1e-15 of
 * the largest diagonal element. */
int lapack_factor(int n, double *a, int *pivot);

/* m = L^T m L in its first rows and columns, as many as the rank; m whole, not only its lower triangle. */
void lapack_transform(int n, const double *factor, double *m);

/* All eigenvalues of the first n rows and columns of a, whose columns are `stride` apart: descending, those
 * below 1e-15 of the largest as 0. a is overwritten. */
int lapack_eigenvalues(int n, int stride, double *a, double *values, struct error *e);

#endif
