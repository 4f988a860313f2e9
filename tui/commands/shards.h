/* A run in shares, on many machines: what is remembered of it beside its rows, so that the joined store can
 * tell which shares are missing, and the command that measures these. */
#ifndef ISPLIT_COMMANDS_SHARDS_H
#define ISPLIT_COMMANDS_SHARDS_H

#include "commands/command.h"

/* What is remembered: the same text for every share of the run, of the network's outputs `chosen`
 * [classes_n]. New string; NULL where shares cannot be told apart afterwards (--until-stable). */
char *shards_remember(const struct command *c, const bool *chosen, int classes_n);

/* The command of a share, without what differs between shares and without its files; of isplit curve's
 * options. New string, which begins with this program's own path. */
char *shards_command(const struct options *o);

/* Tells of each such run in a store which shares are missing, and prints the command that measures these on
 * standard output; with --format or --columns a row for each share. COMMAND_BAD_INPUT where one is missing,
 * or nothing is known of shares. */
int shards_tell(struct command *c, const char *path);

#endif
