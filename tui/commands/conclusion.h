/* The last line of a command on a terminal: what came of it, and which files were written. Where standard
 * error is none, only warnings are wanted, and there is no such line. */
#ifndef ISPLIT_COMMANDS_CONCLUSION_H
#define ISPLIT_COMMANDS_CONCLUSION_H

#include "commands/command.h"

/* A sentence without full stop; a later one replaces it. */
void conclusion_set(struct command *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A file that was written; NULL and "-" are none. With FILE.meta.csv where one stands beside it. */
void conclusion_written(struct command *c, const char *path);

/* The same without FILE.meta.csv; also a folder, with "/" behind it. */
void conclusion_made(struct command *c, const char *path);

void conclusion_say(struct command *c);
void conclusion_free(struct command *c);

#endif
