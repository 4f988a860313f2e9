/* What of a pool's run is still to be measured: positions in its list of images, dealt in portions of whole
 * batches, larger ones first. What a worker has not answered when it dies comes back; images that it may have
 * died of are dealt in smaller portions, until the one is alone that it is. */
#ifndef ISPLIT_STUDY_PORTIONS_H
#define ISPLIT_STUDY_PORTIONS_H

#include <stdbool.h>

struct portions;

struct portions *portions_new(long n); /* all of them are to be dealt */
void portions_free(struct portions *p);

bool portions_is_answered(const struct portions *p, long position);
bool portions_answer(struct portions *p, long position); /* false: it had been answered */
bool portions_are_done(const struct portions *p);

/* Appends positions to portion[*n], a new or grown array, for one of `workers` that measure `batch` images at
 * once. None where nothing is left but what others measure. */
void portions_take(struct portions *p, int workers, long batch, long **portion, long *n);

/* The same from what another worker has got, other[other_n]: half of what it has not answered, from its end.
 * portions_open: how many these are; not those that workers may die of, unless it is silent. */
long portions_open(const struct portions *p, bool silent, const long *other, long other_n);
void portions_take_over(const struct portions *p, bool silent, const long *other, long other_n,
                        long **portion, long *n);

/* What has not been answered of a portion is dealt again. Of one whose worker died, the first `ahead` may
 * have been under way (PROTOCOL.md). Returns the position that workers die of, which counts as answered then:
 * two have died when nothing but this image was under way; -1: there is none. */
long portions_give_back(struct portions *p, const long *portion, long n, bool died, long ahead);

#endif
