/* isplit link --measure: a link as it is, from probes through a command. */
#ifndef ISPLIT_COMMANDS_LINK_MEASURE_H
#define ISPLIT_COMMANDS_LINK_MEASURE_H

#include "commands/command.h"

/* The exit status. */
int link_measure(struct command *c);

#endif
