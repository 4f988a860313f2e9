/* A Darknet weights file: its check against a network, and where each number of a layer is. */
#ifndef ISPLIT_NET_WEIGHTS_H
#define ISPLIT_NET_WEIGHTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/definition.h"
#include "net/net.h"
#include "net/weights_file.h"

struct weights_info {
    int32_t major, minor, revision;
    uint64_t seen;
    int header_bytes; /* 16 or 20 */
    bool transposed;  /* connected weights are stored [in][out] instead of [out][in] */
    enum epsilon
        epsilon;   /* FORK where the header is a fork's, 0.2.5 or a later 0.2, and there is a batch norm */
    uint64_t xxh3; /* hash of the whole file */
    struct weights_stamp stamp; /* of the file, before it was read */
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

/* Whether `seen` has 8 bytes in a file of that version, else 4. */
bool weights_seen_is_wide(int32_t major, int32_t minor);

/* 0.2.5, which the maintained forks write, or a later 0.2. */
bool weights_header_is_forks(const struct weights_info *info);

/* Whether any layer normalises. */
bool weights_normalise(const struct net *net);

/* Exact size, sane header, every number finite, every variance 0 or more. The error names the layer, its part
 * (biases, scales, mean, variance, weights) and the position, or the sizes. 0 or -1. */
int weights_check(const char *path, const struct net *net, struct weights_info *info, struct error *e);

/* The xxh3 of any file, as weights_check computes it: for the cfg's provenance. 0 or -1. */
int weights_hash_file(const char *path, uint64_t *xxh3, struct error *e);

/* For after its numbers were read by name: whether the file still is the one that was checked. It is read
 * again only where its stamp does not say so. 0, or -1 with what weights_fail_changed says, which always
 * returns -1. */
int weights_check_same(const char *path, const struct weights_info *info, struct error *e);
int weights_fail_changed(const char *path, struct error *e);

#endif
