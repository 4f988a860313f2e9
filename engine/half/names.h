/* The images that a half is given: words of the command line, or for "-" names from standard input, each
 * ended by a NUL as find -print0 does it. */
#ifndef ISPLIT_HALF_NAMES_H
#define ISPLIT_HALF_NAMES_H

#include <stdbool.h>

#include "base/error.h"

struct names;

struct names *names_new(char *const *words, int n);
void names_free(struct names *names);

/* Whether somebody sends them one by one, who wants to hear about each. */
bool names_are_sent(const struct names *names);

/* 1: the next name, borrowed until the next call; 0: there are no more; -1: the input ends within a name. */
int names_next(struct names *names, const char **name, struct error *e);

#endif
