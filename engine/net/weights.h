/* A Darknet weights file: its check against a network, and where each number of a layer is. */
#ifndef ISPLIT_NET_WEIGHTS_H
#define ISPLIT_NET_WEIGHTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/net.h"

struct weights_info {
    int32_t major, minor, revision;
    uint64_t seen;
    int header_bytes; /* 16 or 20 */
    bool transposed;  /* connected weights are stored [in][out] instead of [out][in] */
    uint64_t xxh3;    /* hash of the whole file */
};

enum weights_part {
    WEIGHTS_BIASES,
    WEIGHTS_SCALES,
    WEIGHTS_MEAN,
    WEIGHTS_VARIANCE,
    WEIGHTS_WEIGHTS,
    WEIGHTS_PARTS,
};

/* Each part's first number, counted in floats from the layer's first, and how many it has: 0 where the layer
 * has no such part. */
void weights_ranges(const struct net_layer *l, int64_t first[WEIGHTS_PARTS], int64_t n[WEIGHTS_PARTS]);

/* Where a layer's numbers begin in a file, in bytes; layer may be layers_n: the end of the file. */
int64_t weights_offset(const struct net *net, const struct weights_info *info, int layer);

/* Bytes a weights file of this network has with a header of 20 bytes. */
int64_t weights_expected_bytes(const struct net *net);

/* Exact size, sane header, every number finite. The error names the layer, its part (biases, scales, mean,
 * variance, weights) and the position, or the sizes. 0 or -1. */
int weights_check(const char *path, const struct net *net, struct weights_info *info, struct error *e);

/* The xxh3 of any file, as weights_check computes it: for the cfg's provenance. 0 or -1. */
int weights_hash_file(const char *path, uint64_t *xxh3, struct error *e);

#endif
