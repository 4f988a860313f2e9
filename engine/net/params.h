/* The learned numbers of a network's layers, read from its weights file one layer at a time. */
#ifndef ISPLIT_NET_PARAMS_H
#define ISPLIT_NET_PARAMS_H

#include "base/error.h"
#include "net/net.h"
#include "net/weights.h"

/* Those of one layer, in Darknet's order; NULL where the kind has none. Connected weights are [out][in],
 * convolution [n][c/groups][size][size], deconvolution [c][n][size][size]. */
struct net_params {
    const float *biases, *scales, *mean, *variance, *weights;
    enum epsilon epsilon; /* how the variance is used */
};

struct params;

/* `info` is what weights_check found in the file, which may lose its name meanwhile; `net` is borrowed. NULL
 * on error. */
struct params *params_open(const char *weights, const struct net *net, const struct weights_info *info,
                           struct error *e);
void params_close(struct params *p);

enum epsilon params_epsilon(const struct params *p);

/* Reads a layer's numbers; connected weights that the file has as [in][out] are turned. They are borrowed
 * until the layer is released, or the next one is read. -1 where the file has become shorter, or without
 * memory. */
int params_read(struct params *p, int layer, struct net_params *out, struct error *e);

/* Where the parts of a layer's numbers are, of an array in Darknet's order; all but `epsilon`. */
void params_point(const struct net_layer *l, const float *numbers, struct net_params *out);

/* Lets go of what params_read holds. */
void params_release(struct params *p);

#endif
