/* isplit without a command: the interactive program. */
#include "app/interactive.h"
#include "commands/command.h"

int command_screen(struct command *c)
{
    struct error e = {.text = ""};
    struct text_list unkept = {0};
    enum command_exit status = interactive_run(&c->options, c->signals, &unkept, &e);
    for (int i = 0; i < unkept.n; i++)
        console_warn(c->console, "%s", unkept.texts[i]);
    text_list_free(&unkept);
    return e.text[0] ? command_fail(c, status, &e) : (int)status;
}
