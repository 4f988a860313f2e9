/* isplit help: the manual on the terminal. */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/process.h"
#include "base/text.h"
#include "commands/command.h"
#include "commands/docs_fill.h"
#include "cli/manual.h"
#include "cli/markdown.h"
#include "cli/option_rows.h"

enum { WIDTH = 80, WIDTH_MIN = 20, WIDTH_MAX = 100 };

static const struct option_entry help_entries[] = {ROW_HELP};

const struct option_command options_help = {
    .name = "help",
    .synopsis = "isplit help [COMMAND | PAGE]",
    .summary = "Shows the page of the manual on a command, or on what PAGE names: isplit (the\n"
               "screen and what all commands share), half, payload or glossary. Without a word:\n"
               "which pages there are. man isplit-COMMAND shows the same, once installed.",
    .words = manual_names,
    .entries = help_entries,
    .entries_n = ROWS_COUNT(help_entries),
    .arguments_min = 0,
    .arguments_max = 1,
};

static const char contents[] =
    "`isplit help PAGE` shows a page of the manual:\n\n<!-- pages -->\n<!-- end -->\n";

/* Lines longer than WIDTH_MAX are hard to read. */
static int help_width(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < WIDTH_MIN)
        return WIDTH;
    return size.ws_col < WIDTH_MAX ? size.ws_col : WIDTH_MAX;
}

static void help_print(const char *markdown)
{
    struct markdown *m = markdown_read(markdown);
    markdown_print_text(stdout, m, help_width());
    markdown_free(m);
}

static int help_unknown(struct command *c, const char *word)
{
    const char *nearest = text_nearest(word, manual_names);
    char *shown = text_escape(word);
    if (nearest)
        console_say(c->console, "no page '%.100s' in the manual (nearest: %s)", shown, nearest);
    else
        console_say(c->console, "no page '%.100s' in the manual (isplit help lists them)", shown);
    free(shown);
    return COMMAND_USAGE;
}

int command_help(struct command *c)
{
    const struct options *o = &c->options;
    int page = o->arguments_n > 0 ? manual_find(o->arguments[0]) : -1;
    if (o->arguments_n > 0 && page < 0)
        return help_unknown(c, o->arguments[0]);
    process_become_filter();
    char *text = page >= 0 ? manual_text(page) : memory_copy(contents);
    char *filled = docs_fill(text, "");
    help_print(filled);
    free(filled);
    free(text);
    return command_flush(c);
}
