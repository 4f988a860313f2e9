/* What isplit-half can be asked to do. Each returns the program's exit status: 0, or 1 after an error was
 * told on standard error. Standard output takes messages (half/talk.h), or lines of text. */
#ifndef ISPLIT_HALF_MODES_H
#define ISPLIT_HALF_MODES_H

#include <stdbool.h>

#include "half/names.h"
#include "half/runtime.h"

/* The images, and the number of the first; whole: head, then tail, with the tensor as it is, else the head
 * alone. `text`: answers as lines. */
int mode_head(const char *folder, bool whole, struct names *images, long first, bool text,
              const struct half_runtime *runtime);

/* folder NULL: answers probes, without any half; the runtime is not looked at. */
int mode_tail(const char *folder, bool text, const struct half_runtime *runtime);

/* "PROGRAM: TEXT" on standard error, on one line, by the name the program was started under. Always 1. */
int mode_fail(const char *text);

#endif
