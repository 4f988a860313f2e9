/* isplit without a command: the interactive program. */
#include "app/interactive.h"
#include "commands/command.h"

int command_screen(struct command *c)
{
    struct error e = {.text = ""};
    enum command_exit status = interactive_run(&c->options, c->argc, c->argv, c->signals, &e);
    return e.text[0] ? command_fail(c, status, &e) : (int)status;
}
