/* The images of a run, decoded into a graph batch by batch; those that cannot be decoded are reported and
 * skipped. */
#ifndef ISPLIT_WORKER_BATCH_H
#define ISPLIT_WORKER_BATCH_H

#include "base/error.h"
#include "data/pixels.h"
#include "worker/session_state.h"

struct batch;

/* Begins to decode images[n] of the session's data set for a graph of its network. All of these must stay
 * valid until batch_free. NULL on error. */
struct batch *batch_new(struct session *s, struct graph *graph, const long *images, long n,
                        const struct pixels_options *pixels, struct error *e);
void batch_free(struct batch *b); /* NULL is allowed */

/* Fills the graph's slots, or fewer after a stop, which may come between images, or at the end of the images.
 * -1: the pipe is gone. */
int batch_fill(struct batch *b, struct error *e);

int batch_used(const struct batch *b); /* slots that are filled */

/* The number of the image in a slot, and its content. */
long batch_image(const struct batch *b, int slot);
const struct content *batch_content(const struct batch *b, int slot);

#endif
