/* What the caches of measured rows (row_cache.h) and of features (feature_cache.h) have in common. */
#ifndef ISPLIT_STUDY_CACHES_H
#define ISPLIT_STUDY_CACHES_H

#include <stdint.h>

#include "data/content.h"
#include "store/store.h"
#include "study/connection.h"

/* The worker's `layers` message again, as runs are kept under it. New string. */
char *caches_layers(const struct connection *n);

/* The moment (nanoseconds since 1970) before which a file's last change is certain to be its last one; to be
 * asked before anything is read. */
int64_t caches_settled_ns(void);

/* Batch and threads of the tuning that rows were kept with, from the versions kept beside them, which are
 * freed; NULL: -1. */
int caches_read_tuning(char *versions, struct message_tuning *tuning);

/* Remembers by path, size and time what the worker told of an image of the data set, if it is known. */
void caches_keep_content(struct store_target *t, const struct dataset *d, long image, int64_t settled_ns,
                         const struct content *content);

#endif
