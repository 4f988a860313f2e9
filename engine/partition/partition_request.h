/* A partition into head and tail, in a folder on the worker's machine: the request and its answer. */
#ifndef ISPLIT_PARTITION_PARTITION_REQUEST_H
#define ISPLIT_PARTITION_PARTITION_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "data/pixels.h"
#include "net/stock.h"
#include "partition/partition.h"

#define PARTITION_INPUTS_LIMIT 4096
#define PARTITION_LACKING_MAX 128
struct partition_request {
    int layer;
    char *folder;
    bool onnx;                           /* head and tail as ONNX models, too */
    bool force;                          /* replace an earlier partition there */
    char cfg_xxh3[17], weights_xxh3[17]; /* from the layers message; an error if a file has changed since */
    int inputs;   /* how many are run through the whole network and through head and tail */
    long *images; /* [images_n] the first ones that can be decoded are used; none: made-up inputs */
    long images_n;
    struct pixels_options pixels;
};
void partition_request_free(struct partition_request *request);

/* The files exist, and head then tail matched the whole network bit for bit: in libdarknet just as it is, or,
 * where it cannot run the one or the other, in a graph of our own. */
struct partition_answer {
    int layer;
    bool lead;           /* the tail begins with an extra layer, see partition_needs_lead */
    int inputs;          /* compared */
    char processor[160]; /* on which, its architecture first */
    bool images;         /* the inputs were images */
    bool onnx;           /* there are head.onnx and tail.onnx */
    char lacking[2][PARTITION_LACKING_MAX]; /* head, tail: see net_stock_fails; empty: nothing */
    enum net_runs
        runs_in[2]; /* which Darknet runs them as they were measured: a fork's batch norm counts, too */
    bool fork;      /* the variances are for a fork's batch norm */
    double folded;  /* -1, or the variances are folded into stock Darknet's formula: the largest difference of
                       the scores from the original network's, relative to the largest score */
    struct {
        int64_t bytes;
        char xxh3[17];
    } files[PARTITION_FILES];
};

#endif
