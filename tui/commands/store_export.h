/* isplit store export: the rows of a study, or what a run of isplit features has. */
#ifndef ISPLIT_COMMANDS_STORE_EXPORT_H
#define ISPLIT_COMMANDS_STORE_EXPORT_H

#include "commands/command.h"
#include "store/store_study.h"
#include "study/saved_rows.h"

/* Writes them to -o. The exit status, after an error was shown. */
int store_export_rows(struct command *c, const struct saved_rows *a);
int store_export_features(struct command *c, struct store *store, const struct store_study *study);

#endif
