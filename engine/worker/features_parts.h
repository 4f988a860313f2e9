/* What the parts of the measuring share: features.c runs the batches and finds the ranges, features_cut.c
 * measures one batch at one cut. */
#ifndef ISPLIT_WORKER_FEATURES_PARTS_H
#define ISPLIT_WORKER_FEATURES_PARTS_H

#include "features/range.h"
#include "features/tally.h"
#include "worker/batch.h"
#include "worker/features.h"
#include "worker/sender.h"

struct cut {
    int layer;
    size_t numbers;
    struct range *range, *part; /* over the calibration images; over those of the part under way */
    struct encode_affine affines[DTYPES];
    struct encode_affine drawn[FEATURES_DRAWS][DTYPES]; /* of each part */
    struct tally tallies[DTYPES];
};

struct features_run {
    struct session *session;
    struct graph *graph;
    struct sender *sender;
    const struct features_request *request;
    const struct net *net;
    struct batch *batch; /* NULL: none is open */
    struct cut *cuts;    /* [cuts_n], */
    struct cut *kept;    /* and as they were before the current batch */
    int cuts_n;
    long part;            /* calibration images in each part */
    int draws;            /* parts that are whole */
    long images, correct; /* over the finished batches */
    bool checked;         /* the tails have been checked to give the same scores */
    int64_t told;         /* as session_tell has it */

    /* [slots of the graph] */
    int *bad;      /* the first layer with a number that is not finite, or -1 */
    int *own;      /* the predicted class */
    long *nth;     /* the image's place among those measured, from 0 on */
    float *scores; /* [slots of the graph][classes] */

    struct features_cut *work; /* what a cut needs: features_cut.c */
};

struct features_cut *features_cut_new(int slots);
void features_cut_free(struct features_cut *work);

/* Whether the predicted class is the image's. */
bool features_is_right(const struct features_run *r, int slot, int predicted);

/* Adds the batch to the sums of cuts[c]. Cuts come from the last to the first: the tensors behind it are
 * lost. -1: a frame did not decode, or in the first batch the tail gives other scores. */
int features_measure_cut(struct features_run *r, int c, struct error *e);

#endif
