/* The maximum of the bytes a graph for one batch size holds, computed before anything is loaded: every op is
 * described to oneDNN, which says how its weights are packed and what else it needs, but none is made. */
#ifndef ISPLIT_GRAPH_NEEDS_H
#define ISPLIT_GRAPH_NEEDS_H

#include <stdbool.h>
#include <stdint.h>

#include "graph/graph.h"

struct needs;

/* For graph->batch images and graph->threads threads of an outline. All passes are direct except those that
 * the options or the tuning make Winograd. NULL on error. */
struct needs *needs_of(struct graph *graph, const struct graph_options *options, struct error *e);
void needs_free(struct needs *n);

/* Peak bytes; the process without a graph is not counted. */
int64_t needs_peak(const struct needs *n);
/* The same once the parameters are packed. */
int64_t needs_running(const struct needs *n);
/* As needs_peak for address space: the buffers are reserved from the beginning. */
int64_t needs_addresses(const struct needs *n);
/* The peak if every pass for which that is likely to be faster is Winograd. */
int64_t needs_expected(struct needs *n);

/* Whether a choice of algorithms, with its possible result, would still fit into `capacity` bytes. It is then
 * reserved; needs_take reserves the result instead. */
bool needs_afford(struct needs *n, int layer, enum onednn_pass pass, int64_t capacity);
void needs_take(struct needs *n, int layer, enum onednn_pass pass, enum onednn_algorithm algorithm);

#endif
