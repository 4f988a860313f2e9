/* Chooses the algorithm of a convolution, direct or Winograd, by a short timing: the two take turns, and
 * Winograd is taken where it is clearly faster. Choices are cached in a file, so that a network gets the same
 * graph in every run on one machine. Layers of one geometry are timed once; tiny ones never. */
#ifndef ISPLIT_GRAPH_CHOOSE_H
#define ISPLIT_GRAPH_CHOOSE_H

#include "graph/onednn.h"

struct choose;

/* `cache`: path of the file, or NULL for none; its folders are made. A damaged file counts as missing, and
 * failing to write it is no error: that costs time only. Call after the number of threads is set. */
struct choose *choose_open(int batch, int threads, const char *cache);
/* Writes what is new into the cache. */
void choose_close(struct choose *c);

/* Of a layer in bfloat16: between direct in bfloat16 and Winograd in float, which is taken unless bfloat16 is
 * clearly faster. */
enum onednn_algorithm choose_algorithm(struct choose *c, const struct onednn_layer *l, enum onednn_pass pass);

/* $XDG_CACHE_HOME/isplit/algorithms.json or ~/.cache/...; new string, NULL where there is no home. */
char *choose_cache_path(void);

/* Whether the two algorithms exist for the layer at all. */
bool choose_may_differ(const struct onednn_layer *l);
/* Whether a trial pays for such a batch. */
bool choose_tries(int batch, const struct onednn_layer *l);
/* Images of a trial. */
int choose_trial_batch(int batch, const struct onednn_layer *l);

#endif
