/* What is made from the tables of options and of actions: the manual page, completions for shells, lists of
 * keys. */
#ifndef ISPLIT_CLI_DOCS_H
#define ISPLIT_CLI_DOCS_H

#include <stdio.h>

#include "base/error.h"

extern const char *const docs_words[]; /* "man", "bash", "zsh", "keys", "markdown", NULL */

/* -1: there is no such document. */
int docs_print(FILE *out, const char *what, struct error *e);

#endif
