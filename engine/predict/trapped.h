/* Trapped Fisher energy of a cut: the second-order KL divergence, in nats, that the best linear code of its
 * tensor A, patch by patch, must lose between the network's answers before and after (lower is better).
 *     G = d log p(y|x) / dA, y drawn from the network's own answer p(.|x)       (no labels)
 *     Sigma = covariance of the patches of A (mean removed), M = mean of G G^T  (mean not removed)
 *     lambda = eigenvalues of Sigma^(1/2) M Sigma^(1/2)
 *     T = u/2 * sum of lambda_j beyond the r largest, for u patches an image and a code of r numbers a patch
 * Here is what both programs know of it: geometry, and the energy at any rate from the same lambda. */
#ifndef ISPLIT_PREDICT_TRAPPED_H
#define ISPLIT_PREDICT_TRAPPED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/net.h"

#define TRAPPED_IMAGES 300 /* drawn of the data set, or all where there are fewer */
#define TRAPPED_DRAWS 2    /* answers drawn of each image */

/* Where no number of floats is asked for, a code has a fixed share of the tensor's numbers: C/4 a patch of at
 * most 4 x 4. */
#define TRAPPED_RATIO 0L

/* "ratio" or "floats:N", N from 1. -1 where it is neither. */
int trapped_rate_read(const char *text, long *floats, struct error *e);
char *trapped_rate_text(long floats); /* the same as text; new */

/* How one cut is coded. */
struct trapped_geometry {
    int k_h, k_w;    /* sides of a patch in pixels; patches lie side by side, incomplete ones are left out */
    int across;      /* patches in a row of the map */
    int64_t patches; /* u: of one image */
    int64_t numbers; /* D = C * k_h * k_w: of one patch */
    int64_t rank;    /* r: of its code; may be D or more */
};
struct trapped_geometry trapped_geometry(struct net_shape a, long floats);

/* T of lambda[n], descending, for a code of `rank` numbers a patch; 0 where that is D or more. */
double trapped_energy(const struct trapped_geometry *g, int64_t rank, const double *lambda, int n);

/* What is drawn: -log10(T + 1e-9); higher is better. */
double trapped_shown(double nats);

/* What the worker measured of a network. */
struct trapped {
    int layers_n;
    double **lambda; /* [layers_n][lambda_n[l]] descending; NULL: not asked for, or not finite */
    int *lambda_n;   /* [layers_n] */
    long images;     /* that it stands on; 0: not measured (yet) */
};
void trapped_make(struct trapped *t, int layers_n);
void trapped_free(struct trapped *t); /* also a zeroed one */

#endif
