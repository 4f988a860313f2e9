/* What isplit features measures at the cuts: what the store has is not measured again, the rest is, and is
 * kept. */
#ifndef ISPLIT_COMMANDS_FEATURES_MEASURE_H
#define ISPLIT_COMMANDS_FEATURES_MEASURE_H

#include "commands/command.h"
#include "features/measured_features.h"
#include "study/feature_cache.h"

struct features_outcome {
    struct measured_features measured; /* of the first images of the order that are whole */
    bool whole;                        /* of all of them */
    long recalled;                     /* images that the store had all of */
    char *times;                       /* where the times come from (commands/features_rows.h) */
    struct message_tuning tuning;
};
void features_outcome_free(struct features_outcome *o);

/* The exit status, after an error was shown, but for an interruption before the first image, of which nothing
 * is said; COMMAND_DONE where it was interrupted after some. store NULL: there is none. */
int features_measure_cuts(struct command *c, const struct study *study, struct store *store,
                          const struct study_reporter *reporter, const struct features_request *request,
                          struct features_outcome *out);

/* Asks the worker for those contents of images that the cache does not know, which go to c->contents. DONE,
 * or how the wait ended, with why. */
enum connection_end features_measure_contents(struct command *c, struct feature_cache *cache,
                                              const long *images, long n, struct error *why);

/* c->contents, all unknown, where they are not there yet. */
void features_measure_want_contents(struct command *c);

/* A tuning that no worker has: what is asked by it is answered with the tuning alone. */
#define FEATURES_NO_TUNING "0000000000000000"

#endif
