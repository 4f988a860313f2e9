/* Training a network with a bottleneck after one of its layers: the request to the worker, and what comes of
 * it. */
#ifndef ISPLIT_TRAIN_RETRAIN_REQUEST_H
#define ISPLIT_TRAIN_RETRAIN_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "data/content.h"
#include "data/pixels.h"
#include "partition/bottleneck.h"

/* Which layers learn: those of the bottleneck; these and the tail, so that the device's head stays; or all.
 */
enum retrain_trains { RETRAIN_BOTTLENECK, RETRAIN_TAIL, RETRAIN_ALL };

/* The statistics of the network's own batch norms, where they learn: they stay; they are taken anew over the
 * training images before training, layer by layer, with the bottleneck in place, and then stay; or each batch
 * is normalised by its own, and the running ones follow. The bottleneck's own always do the last. */
enum retrain_norm { RETRAIN_FROZEN, RETRAIN_RETAKE, RETRAIN_FOLLOW };

/* What is made small (train/loss.h). */
enum retrain_loss { RETRAIN_LABELS, RETRAIN_DISTILL, RETRAIN_BOTH };

extern const char *const retrain_trains_words[]; /* "bottleneck", "tail", "all", NULL */
extern const char *const retrain_norm_words[];   /* "frozen", "retake", "train", NULL */
extern const char *const retrain_loss_words[];   /* "labels", "distill", "both", NULL */

enum {
    RETRAIN_EPOCHS = 20, /* where nothing else is asked for, as the next one */
    RETRAIN_BATCH = 32,
    RETRAIN_EPOCHS_LIMIT = 100000,
    RETRAIN_BATCH_LIMIT = 65536,
    RETRAIN_SHIFT_LIMIT = 64,
};

struct retrain_request {
    char cfg_xxh3[17], weights_xxh3[17]; /* of the layers message; an error if a file has changed since */
    int layer;                           /* the bottleneck comes after it */
    struct bottleneck bottleneck;
    enum retrain_trains trains;
    enum retrain_norm norm;
    enum retrain_loss loss;
    double temperature; /* of distillation */
    double rate;        /* the peak (train/schedule.h) */
    long epochs;        /* one stage of so many; 0: `steps` says how many steps the first stage has */
    long steps;
    int stages; /* how many stages are to be done in all, with those that the checkpoint has done */
    int64_t seed;
    int batch, threads;          /* threads 0: as many as processors */
    bool exact;                  /* direct convolutions only */
    int64_t memory;              /* bytes; 0: the worker's choice */
    bool flip;                   /* half of the training images are mirrored, */
    int shift;                   /* and all moved by up to so many pixels; both with RETRAIN_ALL alone */
    long *training, *validation; /* [.._n] numbers of images; those of validation in the data set that was
                                    kept for it, if one was */
    long training_n, validation_n;
    struct content data; /* of all their contents and classes: what a checkpoint depends on */
    char *checkpoint;    /* a file from which the training goes on, where it exists, and which keeps it each
                            minute and at the end of a stage; NULL: none */
    char *folder;        /* where the whole network goes; NULL: nowhere */
    bool ends_only;      /* looks at the ends of stages alone, as a race needs them; no folder then */
    bool force;          /* replace what is there, and pass over the checkpoint */
    struct pixels_options pixels;
};
void retrain_request_free(struct retrain_request *r);

/* How right the network is on the validation images, at one moment. */
enum retrain_when {
    RETRAIN_BEFORE,    /* the whole network, without a bottleneck */
    RETRAIN_UNTRAINED, /* with the bottleneck as it begins */
    RETRAIN_CHECKED,   /* after so many steps */
    RETRAIN_BEST, /* the best of those with a bottleneck, which is the one that is written; with `bytes` as
                     its code arrives as int8 */
    RETRAIN_WHENS,
};
extern const char *const retrain_when_words[]; /* "before", "untrained", "checked", "best", NULL */

struct retrain_check {
    enum retrain_when when;
    long step;            /* steps done */
    double loss;          /* mean over the images */
    long images, correct; /* `images` could be decoded, */
    char *right; /* [validation_n] in the order of the request: '1' right, '0' wrong, '-' not decoded */
};

#endif
