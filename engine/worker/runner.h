/* Whatever runs a network for the check of its halves: libdarknet, just as it is, where it can; else a graph
 * of our own. */
#ifndef ISPLIT_WORKER_RUNNER_H
#define ISPLIT_WORKER_RUNNER_H

#include <stdbool.h>

#include "base/error.h"
#include "net/net.h"
#include "net/weights.h"

struct runner;

/* The layer of which the output is compared: in libdarknet the last one that is no cost, else the scores. */
int runner_output(const struct net *net, bool stock);

/* The whole network; a fork's variances are folded where libdarknet runs it. NULL on error. */
struct runner *runner_open_whole(const struct net *net, const char *weights, const struct weights_info *info,
                                 bool stock, struct error *e);

/* A half, in libdarknet from its files as they are. */
struct runner *runner_open_half(const struct net *net, const char *weights, const struct weights_info *info,
                                bool stock, struct error *e);
void runner_close(struct runner *r);

int runner_run(struct runner *r, const float *x, struct error *e);

/* The output of a layer of the last input, n numbers. */
void runner_get(const struct runner *r, int layer, float *out, size_t n);

#endif
