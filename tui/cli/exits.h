/* Exit statuses. */
#ifndef ISPLIT_CLI_EXITS_H
#define ISPLIT_CLI_EXITS_H

enum command_exit {
    COMMAND_DONE = 0,
    COMMAND_BAD_INPUT = 1,
    COMMAND_USAGE = 2,
    COMMAND_LOST = 3, /* the worker failed */
    COMMAND_INTERRUPTED = 130,
};

#endif
