/* The first time a network is measured, libdarknet's own forward pass is the yardstick: another process of
 * low priority computes the scores of one image with it, beside the run, and compares. What came of it is
 * remembered in the user's cache, so that a network with the same weights is compared once. */
#ifndef ISPLIT_WORKER_YARDSTICK_H
#define ISPLIT_WORKER_YARDSTICK_H

#include "worker/session_state.h"

/* The argument with which this program is started as that process; then yardstick_main is all it does. */
#define YARDSTICK_ARGUMENT "--yardstick"

struct yardstick;

/* Begins to compare: image `image` of the data set, whose scores the session's graph has in its slot 0. Sets
 * s->yardstick, or leaves it NULL where there is nothing to do: the network was compared before, is not run
 * as float, is one that libdarknet computes differently, overflows, or there is no memory for another copy of
 * it. */
void yardstick_begin(struct session *s, long image, const struct pixels_options *pixels);

/* Sends the outcome as a log message if it has come: a warning where the scores differ. -1: the pipe is gone.
 */
int yardstick_look(struct session *s, struct error *e);

/* Ends the process if it still runs: it would disturb what is timed, or outlive the worker. */
void yardstick_end(struct session *s);

/* The other process: its arguments, and a struct yardstick's input on standard input. Its exit status. */
int yardstick_main(int argc, char **argv);

#endif
