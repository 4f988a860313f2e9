/* The check of a weights file against a network, before libdarknet loads it. */
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

/* Bytes a weights file of this network has with a header of 20 bytes. */
int64_t weights_expected_bytes(const struct net *net);

/* Exact size, sane header, every number finite. The error names the layer, its part (biases, scales, mean,
 * variance, weights) and the position, or the sizes. 0 or -1. */
int weights_check(const char *path, const struct net *net, struct weights_info *info, struct error *e);

/* The xxh3 of any file, as weights_check computes it: for the cfg's provenance. 0 or -1. */
int weights_hash_file(const char *path, uint64_t *xxh3, struct error *e);

#endif
