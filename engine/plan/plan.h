/* A plan: one network compiled for one batch size, processor and number of threads. It runs images
 * forward and the gradient of one class score back, and shows each listed layer's activation and
 * gradient on the way. Parameters are folded and packed at creation and not kept. */
#ifndef ISPLIT_PLAN_PLAN_H
#define ISPLIT_PLAN_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "model/net.h"
#include "plan/tensor.h"

/* Learned numbers of one layer, in Darknet's order; NULL where the kind has none. Connected weights are
 * [out][in], convolution [n][c/groups][size][size], deconvolution [c][n][size][size]. */
struct plan_params {
    const float *biases, *scales, *mean, *variance, *weights;
};

enum plan_tap { PLAN_POST, PLAN_PRE };

struct plan_options {
    int batch;   /* 0: chosen from the size of the activations */
    int threads; /* 0: as many as processors */
    enum plan_tap tap;
    const bool *listed; /* [layers_n] which layers are shown to the tap */
};

struct plan;

/* NULL on error. `params` is [layers_n] and, like `net`, is borrowed: net for the plan's life. */
struct plan *plan_make(const struct net *net, const struct plan_params *params,
                       const struct plan_options *options, struct error *e);
void plan_free(struct plan *plan);

int plan_batch(const struct plan *plan);
int plan_threads(const struct plan *plan);
uint64_t plan_hash(const struct plan *plan); /* batch, threads, ISA, implementation of each layer, tap */
size_t plan_bytes(const struct plan *plan);  /* memory held */

/* Whether the layer's tap has a gradient of its own: it lies on a path to the score, not behind it. */
bool plan_has_gradient(const struct plan *plan, int layer);

/* Copies one image's pixels, [c][h][w], into the batch; slot < batch. Slots not set keep what they had. */
void plan_set_input(struct plan *plan, int slot, const float *pixels);

/* Forward pass of the whole batch. Then plan_scores is [batch][classes]. */
int plan_forward(struct plan *plan, struct error *e);
const float *plan_scores(const struct plan *plan);

/* The class that wins for one slot: the largest output of the softmax (over a tree: the likeliest leaf), or
 * the largest score where there is none. */
int plan_top(const struct plan *plan, int slot);

/* Backward pass after plan_forward: for each slot the gradient of the score of class target[slot]. `tap` is
 * called once for each listed layer with a gradient, from the last to the first: A and G of the whole batch.
 */
typedef void plan_tap_call(void *user, int layer, struct tensor shape, const float *a, const float *g);
int plan_backward(struct plan *plan, const int *target, plan_tap_call *tap, void *user, struct error *e);

#endif
