/* The script that measures a run in shares, by Slurm or GNU parallel, joins them, and measures some again. */
#ifndef ISPLIT_COMMANDS_SHARDS_SCRIPT_H
#define ISPLIT_COMMANDS_SHARDS_SCRIPT_H

#include <stdio.h>

#include "commands/shards_trial.h"

/* Everything in it is of the options (the words of isplit curve) and the trial; `path` is the script's own.
 */
void shards_script(FILE *out, const struct options *o, long shares, const char *path,
                   const struct shards_trial *trial);

#endif
