/* The eigenvalues lambda of one cut, from its patches (predict/trapped.h). */
#ifndef ISPLIT_PREDICT_SPECTRUM_H
#define ISPLIT_PREDICT_SPECTRUM_H

#include "base/error.h"
#include "predict/patches.h"

/* How they are computed; AUTO: over patches where these are fewer than a patch's numbers. Both give the same.
 */
enum spectrum_way { SPECTRUM_AUTO, SPECTRUM_OF_NUMBERS, SPECTRUM_OF_PATCHES };

/* New array of *n, descending; rows of both with one geometry. 0; 1 where a number of a patch is not finite
 * (*lambda NULL); -1 with an error, as where there is no memory. */
int spectrum_of(const struct patches *activations, const struct patches *gradients, enum spectrum_way way,
                double **lambda, int *n, struct error *e);

/* Bytes that it takes for so many patches, besides them. */
int64_t spectrum_bytes(const struct trapped_geometry *g, long activations, long gradients);

#endif
