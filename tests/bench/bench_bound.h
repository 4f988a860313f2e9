/* What the best single primitives of oneDNN for all layers with weights take in sum, at the same batch: in
 * the tensors' layouts or in the library's own, direct or Winograd, and nothing else of a step. */
#ifndef ISPLIT_BENCH_BOUND_H
#define ISPLIT_BENCH_BOUND_H

#include <stdbool.h>

#include "base/error.h"
#include "graph/graph.h"
#include "net/net.h"

struct bound;

/* Forward of each layer with weights, the gradient by its input but by the network's, which nobody asks for,
 * and, where it `trains`, that by its weights. `net` is borrowed. NULL on error. */
struct bound *bound_open(const struct net *net, int batch, enum precision precision, bool trains,
                         struct error *e);
void bound_close(struct bound *b); /* NULL is allowed */

/* Each primitive once after all the others (cold), and once more at once; the best times of all runs count.
 */
int bound_run(struct bound *b, struct error *e);

/* " bound X cold Y ms/image" */
void bound_report(const struct bound *b);

#endif
