/* The tuning of a graph, what makes two graphs compute the same bytes from the same images: batch size,
 * threads and the implementation of every layer. A graph gives its tuning, and can be made from one. */
#ifndef ISPLIT_GRAPH_TUNING_H
#define ISPLIT_GRAPH_TUNING_H

#include <stdint.h>

#include "base/error.h"
#include "graph/onednn.h"
#include "net/definition.h"

struct tuning {
    int batch, threads;
    enum tap tap;
    char onednn[16], isa[64], precision[8];
    uint64_t net, listed; /* XXH3 of the normalised cfg, and of a byte (0 or 1) for each layer */
    struct {
        char passes[2][64]; /* by enum onednn_pass: what oneDNN calls it; empty where there is no primitive */
    } * layers;             /* [layers_n] */
    int layers_n;
};

void tuning_free(struct tuning *r);

/* Compares what was found with what is expected. -1 with what does not fit. */
int tuning_check(const struct tuning *found, const struct tuning *expected, struct error *e);
int tuning_check_layers(const struct tuning *found, const struct tuning *expected, struct error *e);

enum onednn_algorithm tuning_algorithm(const struct tuning *r, int layer, enum onednn_pass pass);

#endif
