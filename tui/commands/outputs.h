/* The places a command writes to, looked at before an hour is spent on what goes there. */
#ifndef ISPLIT_COMMANDS_OUTPUTS_H
#define ISPLIT_COMMANDS_OUTPUTS_H

#include <stdbool.h>

#include "commands/command.h"

/* "-", standard output. */
bool outputs_is_stdout(const char *path);

/* Whether provenance_write puts a FILE.meta.csv beside it. NULL: no. */
bool outputs_has_meta(const char *path);

/* That no two of the places (outputs, and the FILE.meta.csv beside each) are the same file, whatever they are
 * called; that none is a file the command reads; that all can be written. NULL entries are passed over.
 * COMMAND_DONE, or the exit status after the error was shown. */
int outputs_check(struct command *c, const char *const *outputs, int outputs_n, const char *const *inputs,
                  int inputs_n);

/* The same for the files of a store, which are its journals too; `store` may be NULL. */
int outputs_check_store(struct command *c, const char *const *outputs, int outputs_n, const char *store);

#endif
