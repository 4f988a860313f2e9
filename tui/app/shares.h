/* Pick shares of the chosen classes for the screen: the bootstrap of curve/stability.h, done in slices when
 * idle. While images come in, only now and then and for a small part of the time. */
#ifndef ISPLIT_APP_SHARES_H
#define ISPLIT_APP_SHARES_H

#include <stdbool.h>
#include <stdint.h>

#include "curve/stability.h"

struct app;

struct shares {
    struct stability *job;   /* in progress, or NULL */
    struct stability *shown; /* the last one done for the chosen classes, or NULL */
    /* What job, else shown, is based on. */
    const struct curve *curve;
    long chosen_version, images;
    int64_t began_ms, spent_ms; /* of the last job: start and time spent */
};

/* One slice, of some milliseconds. True where there is more to do at once. */
bool shares_step(struct app *a);
void shares_reset(struct shares *s);

/* The result of stability_compute on the present rows, or NULL while that is not done. */
const struct stability *shares_current(const struct app *a);

/* Of a position in the list of layers; NaN where it is not known (yet). */
double shares_pick(const struct app *a, int position);
double shares_candidate(const struct app *a, int position);

/* Resamples and images behind the shares; 0 where nothing is known. */
int shares_resamples(const struct app *a);
long shares_images(const struct app *a);

#endif
