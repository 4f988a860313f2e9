/* Several workers as if they were one: a process between the front end and them, which speaks the protocol of
 * engine/wire/PROTOCOL.md on its standard input and output (isplit starts itself with the word `pool`). The
 * front end sees one worker whose rows come sooner. See tui/README.md for what it promises. */
#ifndef ISPLIT_STUDY_POOL_H
#define ISPLIT_STUDY_POOL_H

#include "cli/options.h"

/* What starts the worker, or the pool of them, that the options ask for: a command for connection_start (a
 * new string), or NULL: our own worker, alone. */
char *pool_command(const struct options *o);

#define POOL_WORD "pool"

/* The process itself: words[n] as pool_command wrote them. The exit status. */
int pool_main(int n, char *const *words);

#endif
