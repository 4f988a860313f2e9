/* A file from which a training goes on to the byte: where it is, and all that changes. It appears whole or
 * not at all. */
#ifndef ISPLIT_TRAIN_CHECKPOINT_H
#define ISPLIT_TRAIN_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "data/content.h"

enum { CHECKPOINT_PLACES = 16 };

/* `key` is a hash of everything that decides what the training computes: a checkpoint of another one is of no
 * use to it. `place` says where it is, in words of the caller's own; `states` are parts_n arrays of `floats`
 * numbers. -1: the file that was there is unchanged. */
int checkpoint_write(const char *path, const struct content *key, const int64_t place[CHECKPOINT_PLACES],
                     const float *const *states, int parts_n, size_t floats, struct error *e);

/* Whether there is one of that key, before memory is asked for and images are read: 0; 1: there is no such
 * file; -1: it is something else, or of another version or another training. */
int checkpoint_look(const char *path, const struct content *key, struct error *e);

/* Fills in place and states, where fewer are kept with the first one for each that is missing; 1 as above.
 * -1: also where it is damaged; place and states are worth nothing then.
 */
int checkpoint_read(const char *path, const struct content *key, int64_t place[CHECKPOINT_PLACES],
                    float *const *states, int parts_n, size_t floats, struct error *e);

#endif
