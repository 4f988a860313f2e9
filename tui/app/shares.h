/* How sure the pick of the chosen classes is, for the screen: the bootstrap of curve/stability.h, done in
 * slices when nothing else is to be done. While images come in, only now and then and for a small part of the
 * time. */
#ifndef ISPLIT_APP_SHARES_H
#define ISPLIT_APP_SHARES_H

#include <stdbool.h>
#include <stdint.h>

#include "curve/stability.h"

struct app;

struct shares {
    struct stability *job;   /* under way, or NULL */
    struct stability *shown; /* the last one done for the chosen classes, or NULL */
    /* What job, or else shown, stands for. */
    const struct curve *curve;
    long chosen_version, images;
    int64_t began_ms, spent_ms; /* of the last job: when it began, and how long it worked */
};

/* One slice, of some milliseconds. True where there is more to do at once. */
bool shares_step(struct app *a);
void shares_reset(struct shares *s);

/* What stability_compute would say of the rows there are now, or NULL where it is not done. */
const struct stability *shares_current(const struct app *a);

/* Of a position in the list of layers; NaN where it is not known (yet). */
double shares_pick(const struct app *a, int position);
double shares_candidate(const struct app *a, int position);

/* The resamples they stand for, and the images; 0 where nothing is known. */
int shares_resamples(const struct app *a);
long shares_images(const struct app *a);

#endif
