/* How fast and how large a share will be: some images measured here and now, of which no row is kept. */
#ifndef ISPLIT_COMMANDS_SHARDS_TRIAL_H
#define ISPLIT_COMMANDS_SHARDS_TRIAL_H

#include "commands/job.h"

struct shards_trial {
    long images;    /* of the whole run */
    long measured;  /* of them here; 0: none was, --speed says how fast it is */
    double rate;    /* images a second */
    double start_s; /* from the worker's start to the first row */
    int threads;    /* of the worker */
    int64_t bytes;  /* that worker and front end took at most; 0: not known, the worker runs elsewhere */
};

/* Starts the worker, finds network and images, and measures for some seconds, unless --speed and --threads
 * make that needless. The worker has ended when it returns. */
int shards_try(struct command *c, struct shards_trial *trial);

#endif
