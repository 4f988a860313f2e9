/* The command line of isplit-half, and of the worker where it stands in for it (isplit serve). */
#ifndef ISPLIT_HALF_WORDS_H
#define ISPLIT_HALF_WORDS_H

#include "half/runtime.h"

/* argv[1] is the mode. The runtimes end with NULL; the first is the usual one. Returns the exit status. */
int half_main(int argc, char **argv, const struct half_runtime *const *runtimes);

/* What was printed is written out: the exit status; where it cannot be, that is told. */
int half_flush(void);

#endif
