/* Training: a graph (graph/graph.h) that also computes the gradients of its parameters, and changes these by
 * stochastic gradient descent with Nesterov's momentum while the gradient passes, so that no gradient of a
 * parameter outlives its layer. Equal options, tuning, inputs and calls give equal bytes. */
#ifndef ISPLIT_TRAIN_TRAINER_H
#define ISPLIT_TRAIN_TRAINER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "graph/graph.h"
#include "net/net.h"
#include "net/params.h"

struct trainer;

/* The parameters come from the weights file that `params` reads; it is not kept. `net` is borrowed. Of the
 * options count batch, threads, trains (the layers whose parameters change), by_batch, algorithms and memory:
 * the batch norms of by_batch normalise by the batch's own statistics and follow them with the running ones;
 * of the others only scale and bias change, their statistics stay. momentum 0.9, decay 5e-4 as usual; decay
 * is of weights only, not of biases and batch norm's scales. NULL on error. */
struct trainer *trainer_make(const struct net *net, struct params *params,
                             const struct graph_options *options, float momentum, float decay,
                             struct error *e);
void trainer_free(struct trainer *t);

/* Begins anew with other numbers of the same layers: as if it had been made with them, to the bit. -1: it is
 * of no use any more. */
int trainer_load(struct trainer *t, struct params *params, struct error *e);

/* One image of the batch, [c][h][w] as the net's input; slots not set keep what they had. */
void trainer_set_input(struct trainer *t, int slot, const float *pixels);

/* Forward pass of the whole batch: `training` with the batch's statistics where by_batch says so, else with
 * the running ones, as the network will be used. Then trainer_scores is [batch][trainer_outputs], the scores
 * before a softmax; one number an image for a network with one output. */
int trainer_forward(struct trainer *t, bool training, struct error *e);
const float *trainer_scores(const struct trainer *t);
int trainer_outputs(const struct trainer *t);

/* After trainer_forward(t, true): the gradient of the loss (mean over the batch) by the scores goes back, and
 * every parameter that trains makes one step: g += decay * w; v = momentum * v + g; w -= rate * (g + momentum
 * * v). */
int trainer_step(struct trainer *t, const float *gradient, double rate, struct error *e);

/* All that changes: parameters, then velocities, layer by layer. For a checkpoint. */
size_t trainer_state_floats(const struct trainer *t);
void trainer_get_state(const struct trainer *t, float *state);
int trainer_put_state(struct trainer *t, const float *state, struct error *e); /* repacks */

/* The parameters of a layer in Darknet's order (net/params.h), net->layers[layer].params floats; false: it
 * does not train, and nothing is written. */
bool trainer_get_params(const struct trainer *t, int layer, float *out);

/* Whether all numbers are finite: behind a relu, which makes 0 of NaN, the loss does not show it. */
bool trainer_is_finite(const struct trainer *t);

size_t trainer_bytes(const struct trainer *t); /* memory held */

#endif
