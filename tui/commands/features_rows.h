/* What isplit features knows of its images, in memory: of each one a row (features/sent_row.h), or that it
 * cannot be used; the ranges; how long coding takes. From the store and from the worker, and into the store.
 */
#ifndef ISPLIT_COMMANDS_FEATURES_ROWS_H
#define ISPLIT_COMMANDS_FEATURES_ROWS_H

#include "commands/command.h"
#include "features/measured_features.h"
#include "study/feature_cache.h"

struct features_rows;

/* For the whole request, which is borrowed, like the others. */
struct features_rows *features_rows_new(struct command *c, const struct features_request *request,
                                        struct feature_cache *cache);
void features_rows_free(struct features_rows *r); /* NULL is passed over */

/* Takes what the store has; images that it knows to be of no use are told as if the worker had said it. Again
 * after another tuning was told: all of before is forgotten then. */
void features_rows_recall(struct features_rows *r);

/* What is still to be measured: a request that lives until the next call. False: nothing. */
bool features_rows_lack(struct features_rows *r, struct features_request *request);

/* What the worker says goes here. */
struct features_listener features_rows_listener(struct features_rows *r);
void features_rows_lost(void *data, long image, enum exclusion why, int layer, const char *reason,
                        const struct content *content);

/* Sums up the first images of the order that are whole, or all: then true. */
bool features_rows_sum(const struct features_rows *r, struct measured_features *out);
/* How many images the store had all of. */
long features_rows_recalled(const struct features_rows *r);
/* "measured", "store, 2026-11-30T06:21:05Z" or "measured and store, ...": where the times come from. New
 * string. */
char *features_rows_times(const struct features_rows *r);

#endif
