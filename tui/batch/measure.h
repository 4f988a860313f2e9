/* A batch run from the images wanted to their rows: what a store has is taken from there, the worker measures
 * the rest, and that is kept. */
#ifndef ISPLIT_BATCH_MEASURE_H
#define ISPLIT_BATCH_MEASURE_H

#include "batch/command.h"
#include "batch/early.h"
#include "client/inputs.h"

struct measure {
    struct command *c; /* whose worker knows network and images */
    const struct inputs *inputs;
    const struct run_options *run; /* with its layers and all images, in order */
    struct curve *curve;           /* rows go here */
    struct early *early;

    /* What came of it, until measure_free: */
    bool *recalled;           /* by image: the store had its row */
    struct message_plan plan; /* of the rows; hash empty where there are none */

    struct store *store; /* private, like the rest */
    struct recall *recall;
    bool troubled; /* the user knows that something is not kept */
};

/* How it ended; *why where that is not well. The curve has the rows either way, and the store, too: where it
 * cannot, that was a warning. */
enum engine_end measure_rows(struct measure *m, struct error *why);
void measure_free(struct measure *m);

#endif
