/* Pick shares of the chosen classes for the screen: the bootstrap of curve/stability.h, done in slices when
 * idle. While images come in, only now and then and for a small part of the time. */
#ifndef ISPLIT_APP_SHARES_H
#define ISPLIT_APP_SHARES_H

#include <stdbool.h>
#include <stdint.h>

#include "curve/stability.h"

struct app;

struct shares;

/* A pick that is the best in less than this share of the resamples is told with its share. */
#define SHARES_SURE 0.95

/* One slice, of some milliseconds; `now_ms` as of clock_ms. True where there is more to do at once. */
bool shares_step(struct app *a, int64_t now_ms);
void shares_free(struct shares *s); /* NULL is allowed */

/* The result of stability_compute on the present rows, or NULL while that is not done. */
const struct stability *shares_current(const struct app *a);

/* Of a position in the list of layers; NaN where it is not known (yet). */
double shares_pick(const struct app *a, int position);
double shares_candidate(const struct app *a, int position);

/* Resamples and images behind the shares; 0 where nothing is known. */
int shares_resamples(const struct app *a);
long shares_images(const struct app *a);

#endif
