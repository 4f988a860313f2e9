#include "batch/command.h"

int command_features(struct command *c)
{
    (void)c;
    return COMMAND_DONE;
}
