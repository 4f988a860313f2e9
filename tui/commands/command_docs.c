/* isplit docs: what is made from the program's own tables. */
#include "commands/command.h"
#include "base/process.h"
#include "commands/docs.h"
#include "cli/option_rows.h"

static const struct option_entry docs_entries[] = {ROW_HELP};

const struct option_command options_docs = {
    .name = "docs",
    .synopsis = "isplit docs man [PAGE]\n"
                "isplit docs bash|zsh|fish|keys|markdown|subsets\n"
                "isplit docs fill FILE",
    .summary = "Prints what is made from the program's own tables: a manual page for man(1)\n"
               "(PAGE as isplit help has it; default: isplit), completions for bash, zsh and\n"
               "fish, the keys as lines key, name, help, views separated by tabs, or as a\n"
               "Markdown table. subsets prints the names of the subsets of classes that were\n"
               "saved on the screen, for -c @NAME. fill prints a Markdown file with its lists\n"
               "of options, keys, columns and commands made anew.",
    .words = docs_words,
    .entries = docs_entries,
    .entries_n = ROWS_COUNT(docs_entries),
    .arguments_min = 1,
    .arguments_max = 2,
};

int command_docs(struct command *c)
{
    struct error e;
    const struct options *o = &c->options;
    process_become_filter();
    if (docs_print(stdout, o->arguments[0], o->arguments_n > 1 ? o->arguments[1] : NULL, &e) < 0)
        return command_fail(c, COMMAND_USAGE, &e);
    return command_flush(c);
}
