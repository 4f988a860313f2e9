/* One half of a network: its files checked against split.csv, loaded, and run on one input
 * after the other. All memory is taken when it is opened; a run takes none. */
#ifndef ISPLIT_HALF_HALF_H
#define ISPLIT_HALF_HALF_H

#include <stddef.h>

#include "half/runtime.h"
#include "half/sheet.h"
#include "net/net.h"

struct half;

/* DIR/head.cfg and head.weights, or those of the tail. NULL: a file is missing or damaged or not the one that
 * split.csv names, or the runtime cannot run it. */
struct half *half_open(const char *folder, const struct half_sheet *sheet, enum half_side side,
                       const struct half_runtime *runtime, struct error *e);
void half_close(struct half *half);

struct net_shape half_input(const struct half *half);
size_t
half_outputs(const struct half *half); /* numbers that a run gives: of the last layer that is no cost */

/* Those of an input [c][h][w]; borrowed until the next run. NULL where it could not be run. */
const float *half_run(struct half *half, const float *x, struct error *e);

/* What writes and reads the frames of a tensor of n numbers, as split.csv says. NULL as frames_new. */
struct frames *half_frames(const struct half_sheet *sheet, size_t n, struct error *e);

/* The class that the outputs predict; -1 where one of them is not finite. Of a network with one output that
 * is class 1 where it is above what its activation makes of 0, else class 0. */
int half_top(const struct half *half, const float *outputs);

#endif
