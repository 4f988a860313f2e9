/* Numbers that overflow. The primitives hide them: oneDNN's relu makes 0 of NaN and of -infinity, its
 * max-pool ignores NaN, and what follows is a plausible number. So every forward pass shows that each layer's
 * sums are finite, or finds out in which images they are not.
 *
 * For a layer with weights, |z| <= max|x| * max_o sum|w_o| + max|b|, and so is each of its partial sums;
 * other kinds have a bound as simple. The bounds follow each other from the input on, whose largest number is
 * looked for. Where a bound comes near the largest float, the largest number of what the layer reads is
 * looked for, which is far below in most networks: a few tensors of a deep one are read for that. Only where
 * that bound, too, permits an overflow is the layer watched: its primitive runs without relu, and each
 * image's sums are looked at before relu is applied. Nothing is taken for finite on any other grounds. */
#ifndef ISPLIT_GRAPH_FINITE_H
#define ISPLIT_GRAPH_FINITE_H

#include <stdbool.h>

#include "base/error.h"

struct graph;

/* Before a forward pass of new inputs. */
void finite_begin(struct graph *graph);

/* Around the forward op of a layer, in the order of the layers, before its activation where that is no part
 * of the op. -1 where oneDNN has no primitive to watch the layer with. */
int finite_before(struct graph *graph, int layer, struct error *e);
void finite_after(struct graph *graph, int layer);

/* After the last layer: its output, which no layer reads. */
void finite_end(struct graph *graph);

/* The layer's output was replaced by other numbers. */
void finite_forget(struct graph *graph, int layer);

#endif
