/* Kinds of requests to the worker: which messages answer them, what becomes of these, and what they leave.
 * The conversation keeps the last one, answered or not, and a heatmap's next to it. A new kind of request is
 * a file like request_partition.c. */
#ifndef ISPLIT_STUDY_REQUEST_H
#define ISPLIT_STUDY_REQUEST_H

#include "study/connection.h"
#include "wire/message.h"

enum { REQUEST_FOREIGN = -2 }; /* the message is no part of this answer */

struct request_kind {
    bool stops;   /* goes from image to image: ends at a stop, and leaves room for a heatmap */
    bool lingers; /* after a stop it has more to do, and says so meanwhile: it is late only when it is silent
                   */
    bool vital;   /* a worker that refuses it is of no use */
    /* Takes a message in. 1: the answer is complete; 0: there is more; -1: error; or REQUEST_FOREIGN. */
    int (*accept)(struct connection *n, enum message_type type, const json_t *m, struct error *e);
    void (*free)(void *kept); /* what a request of this kind keeps; NULL: it holds nothing */
};

/* Sends the message, which is the whole request, and awaits its answer. What the kind keeps of it (NULL:
 * nothing) is taken over, also on error; the request before is given up with what its answer left. */
int request_send(struct connection *n, const struct request_kind *kind, void *kept, json_t *message,
                 struct error *e);
/* Within `accept`: sends the next message of a request that is several. 0, or -1. */
int request_go_on(struct connection *n, json_t *message, struct error *e);
void request_free(const struct request_kind *kind, void *kept);

/* What is kept of the last request where it is of this kind and answered, else NULL. */
const void *request_answered(const struct connection *n, const struct request_kind *kind);

/* The answer to a heatmap speaks of the network and the data it was asked for. */
int request_check_no_heatmap(const struct connection *n, struct error *e);

/* ---- Images (request_images.c) ----------------------------------------------------------------------- */

/* After request_send: each of these may be spoken of once. */
void request_await(struct connection *n, const long *images, long images_n);
/* What comes of an image is told once: of those awaited, else (nothing was said) of each of the data set. So
 * nothing is ever counted beyond what there is. */
int request_check_image(struct connection *n, long image, struct error *e);
/* 0, or -1: counted, and told the listener. */
int request_take_skipped(struct connection *n, const json_t *m, struct error *e);
int request_take_nonfinite(struct connection *n, const json_t *m, struct error *e);

#endif
