/* What is made from the tables of commands, of options and of actions, and from the manual: pages for man(1),
 * completions for shells, lists of keys. */
#ifndef ISPLIT_COMMANDS_DOCS_H
#define ISPLIT_COMMANDS_DOCS_H

#include <stdio.h>

#include "base/error.h"

extern const char *const docs_words[]; /* "man", "bash", "zsh", "fish", "keys", "markdown", "fill", NULL */

/* `page`: of the manual, for "man"; NULL: isplit. For "fill": the path of a Markdown file. Others have none.
 * -1: there is no such document, page or file. */
int docs_print(FILE *out, const char *what, const char *page, struct error *e);

#endif
