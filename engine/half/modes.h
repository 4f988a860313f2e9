/* What isplit-half can be asked to do. Each returns the program's exit status: 0, or 1 after an error was
 * told on standard error. Standard output takes messages (half/talk.h), or lines of text. */
#ifndef ISPLIT_HALF_MODES_H
#define ISPLIT_HALF_MODES_H

#include <stdbool.h>

#include "half/runtime.h"

struct mode_options {
    const char *folder;
    char *const *words; /* [words_n] the images */
    int words_n;
    long first; /* number of the first image */
    bool text;  /* answers as lines */
    const struct half_runtime *runtime;
};

int mode_head(const struct mode_options *o);
int mode_tail(const struct mode_options *o);
int mode_whole(const struct mode_options *o); /* head, then tail, with the tensor as it is */
int mode_probe(const struct mode_options *o); /* answers probes, without any half */

/* "PROGRAM: TEXT" on standard error, on one line, by the name the program was started under. Always 1. */
int mode_fail(const char *text);

#endif
