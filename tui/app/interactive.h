/* The interactive program: the loop between the terminal, the worker and the app; or, without a terminal, one
 * frame as text. */
#ifndef ISPLIT_APP_INTERACTIVE_H
#define ISPLIT_APP_INTERACTIVE_H

#include "batch/command.h"

/* Returns the program's exit status. */
int interactive_run(struct command *c);

/* Frames without a terminal: --dump. */
struct app;
int interactive_dump(struct command *c, struct app *a);

#endif
