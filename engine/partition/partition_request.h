/* A network made into a head and a tail, in a folder of the worker's machine: as it is asked for, and what
 * came of it. */
#ifndef ISPLIT_PARTITION_PARTITION_REQUEST_H
#define ISPLIT_PARTITION_PARTITION_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "data/pixels.h"
#include "partition/partition.h"

#define PARTITION_INPUTS_LIMIT 4096
struct partition_request {
    int layer;
    char *folder;
    bool force;                          /* replace an earlier split there */
    char cfg_xxh3[17], weights_xxh3[17]; /* as the layers message told them: neither file has changed since */
    int inputs;                          /* how many are run through the halves and the whole */
    long *images; /* [images_n] of these, the first that can be decoded; none: made up */
    long images_n;
    struct pixels_options pixels;
};
void partition_request_free(struct partition_request *request);

/* The files are there, and head then tail gave the same bits as the whole. */
struct partition_answer {
    int layer;
    bool lead;   /* the tail begins with a layer of its own, see partition_needs_lead */
    int inputs;  /* compared */
    bool images; /* these were images */
    struct {
        int64_t bytes;
        char xxh3[17];
    } files[PARTITION_FILES];
};

#endif
