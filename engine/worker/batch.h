/* The images of a run, decoded into a graph batch by batch; those that cannot be decoded are reported and
 * skipped. */
#ifndef ISPLIT_WORKER_BATCH_H
#define ISPLIT_WORKER_BATCH_H

#include <stdbool.h>

#include "base/error.h"
#include "data/pixels.h"
#include "worker/session_state.h"

struct loader;

/* The first two are the caller's, and must stay valid until batch_close. */
struct batch {
    struct session *session; /* may be told to stop between images */
    struct graph *graph;

    int size;                /* slots of the graph */
    int used;                /* of them are filled */
    long *image;             /* [size] number of the image in each slot, */
    struct content *content; /* [size] and its content */
    struct loader *loader;   /* private, with its pixels [c][h][w] */
    float *pixels;
};

/* Begins to decode images[n] for a network with input `in`. Close it after an error, too. */
int batch_open(struct batch *b, struct net_shape in, const long *images, long n,
               const struct pixels_options *pixels, struct error *e);

/* Fills the slots, or fewer after a stop or at the end of the images. -1: the pipe is gone. */
int batch_fill(struct batch *b, struct error *e);
void batch_close(struct batch *b);

#endif
