/* How many bytes a graph for one batch size holds at the most, told before anything is loaded: every op is
 * described to oneDNN, which says how its weights are packed and what it needs beside, and none is made. */
#ifndef ISPLIT_GRAPH_NEEDS_H
#define ISPLIT_GRAPH_NEEDS_H

#include <stdbool.h>
#include <stdint.h>

#include "graph/graph.h"

struct needs;

/* For graph->batch images and graph->threads threads of an outline, with the copy of the parameters that the
 * caller holds until they are released. All passes are direct but the ones that the options or their tuning
 * want as Winograd's. NULL on error. */
struct needs *needs_of(struct graph *graph, const struct graph_options *options, struct error *e);
void needs_free(struct needs *n);

/* The most bytes at one time; the process without a graph is not counted. */
int64_t needs_peak(const struct needs *n);
/* The same of address space, where also counts what libdarknet reserves and never touches. */
int64_t needs_addresses(const struct needs *n);
/* The peak if all passes are Winograd's for which that is likely to be faster. */
int64_t needs_expected(struct needs *n);

/* Whether a choice of algorithms and what it may lead to would still fit into `room` bytes. What is asked for
 * here is booked; needs_take then books what came of it. */
bool needs_afford(struct needs *n, int layer, enum onednn_pass pass, int64_t capacity);
void needs_take(struct needs *n, int layer, enum onednn_pass pass, enum onednn_algorithm algorithm);

#endif
