#include "commands/commands.h"

#include <string.h>

#include "base/text.h"

#define COMMANDS_ROW(name, summary) {#name, summary, &options_##name, command_##name},
static const struct {
    const char *name, *summary;
    const struct option_command *options;
    int (*run)(struct command *c);
} commands_table[] = {COMMANDS(COMMANDS_ROW)};

enum { COMMANDS_N = sizeof commands_table / sizeof commands_table[0] };
const int commands_n = COMMANDS_N;

const char *commands_name(int i)
{
    return commands_table[i].name;
}

const char *commands_summary(int i)
{
    return commands_table[i].summary;
}

const struct option_command *commands_options(int i)
{
    return commands_table[i].options;
}

int (*commands_function(int i))(struct command *c)
{
    return commands_table[i].run;
}

int commands_find(const char *name)
{
    for (int i = 0; i < commands_n; i++)
        if (strcmp(commands_table[i].name, name) == 0)
            return i;
    return -1;
}

const char *commands_nearest(const char *word)
{
    const char *names[COMMANDS_N + 1] = {NULL};
    for (int i = 0; i < commands_n; i++)
        names[i] = commands_table[i].name;
    return text_nearest(word, names);
}

void commands_help(FILE *out)
{
    fputs("usage: isplit [CFG WEIGHTS -d DATA | FILE.data | --from FILE] [OPTIONS]\n"
          "       isplit COMMAND ...\n\n"
          "Where to split a Darknet network between a device and a server: measures how\n"
          "much each layer matters for the classes at hand (I-SPLIT, Cunico et al., ICPR\n"
          "2022). Without a command it opens a full-screen program, on its demo where no\n"
          "network is named. The commands do the same without a terminal:\n\n",
          out);
    for (int i = 0; i < commands_n; i++)
        fprintf(out, "  %-8s %s\n", commands_table[i].name, commands_table[i].summary);
    fputs("\n  isplit COMMAND --help   all options of a command\n"
          "  isplit help COMMAND     its page of the manual\n"
          "  isplit --help           all options of the full-screen program (below)\n"
          "  isplit --version        versions of this program and its parts\n\n",
          out);
    options_print_help(out, &options_screen);
}
