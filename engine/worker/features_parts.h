/* What the parts of the measuring share: features.c runs the batches and finds the ranges, features_cut.c
 * measures one batch at one cut. */
#ifndef ISPLIT_WORKER_FEATURES_PARTS_H
#define ISPLIT_WORKER_FEATURES_PARTS_H

#include "features/coding_times.h"
#include "features/range.h"
#include "features/sent_row.h"
#include "worker/batch.h"
#include "worker/features.h"
#include "worker/sender.h"

struct cut {
    int layer;
    size_t numbers;
    struct range *range, *part; /* over the calibration images; over those of the part under way */
    struct encode_affine affines[DTYPES];
    struct encode_affine drawn[FEATURES_DRAWS][DTYPES]; /* of each part */
    struct coding_times times[CODERS][DTYPES];
};

struct features_run {
    struct session *session;
    struct graph *graph;
    struct sender *sender;
    const struct features_request *request;
    const struct net *net;
    struct batch *batch; /* NULL: none is open */
    struct cut *cuts;    /* [cuts_n] */
    int cuts_n;
    long part;    /* calibration images in each part */
    int draws;    /* parts that are whole */
    long *wanted; /* [wanted_n] images of which something is needed, in the order of the request, */
    long wanted_n;
    long at, good; /* how far that order was gone, and images there that can be used */
    long images;   /* over the finished batches */
    bool checked;  /* the tails have been checked to give the same scores */
    int64_t told;  /* as session_tell has it */

    /* [slots of the graph] */
    int *bad;              /* the first layer with a number that is not finite, or -1 */
    int *own;              /* the predicted class */
    long *nth;             /* the image's place among those that can be used, from 0 on */
    uint32_t *needs;       /* what is wanted of it, */
    struct sent_row *rows; /* and what came of that */
    size_t *clipped;
    size_t (*others)[FEATURES_DRAWS][CODERS]; /* [slots][DTYPES] */
    struct sender_item *items;                /* [slots * DTYPES] */
    struct tail {                             /* one tensor through one tail */
        int slot;                             /* whose it is */
        enum dtype type;
    } * tails;     /* [slots * DTYPES] */
    int *answers;  /* [slots][DTYPES] what the tail that ran last predicted */
    float *scores; /* [slots of the graph][classes] */
};

/* Puts what the batch sends at cuts[c] into its rows. Cuts come from the last to the first: the tensors
 * behind it are lost. -1: a frame did not decode, or in the first batch the tail gives other scores. */
int features_measure_cut(struct features_run *r, int c, struct error *e);

#endif
