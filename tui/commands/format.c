#include "commands/format.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/process.h"
#include "commands/conclusion.h"
#include "commands/outputs.h"
#include "report/columns_csv.h"

enum { FORMAT_TABLES = 4 }; /* of one command */

int format_check(struct command *c, const struct option_command *of)
{
    const struct csv_table *tables[FORMAT_TABLES + 1] = {NULL};
    char *list = memory_copy(of->tables ? of->tables : ""), *rest = list;
    struct error e;
    int n = 0;
    for (char *name; n < FORMAT_TABLES && (name = strsep(&rest, " "));) {
        tables[n] = csv_table_find(name);
        n += tables[n] != NULL;
    }
    free(list);
    int status = csv_table_check(tables, c->options.output.columns, &e);
    return status < 0 ? command_fail(c, COMMAND_USAGE, &e) : COMMAND_DONE;
}

/* Of what is written to standard output, or not there. */
static struct sheet_style style_of(const struct options_output *o, bool there)
{
    struct sheet_style style = {.columns = o->columns};
    struct winsize size;
    bool terminal = there && isatty(STDOUT_FILENO) == 1;
    style.format = o->format >= 0 ? (enum sheet_format)o->format : terminal ? SHEET_TABLE : SHEET_CSV;
    if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        style.width = size.ws_col;
    return style;
}

struct sheet_style format_style(const struct command *c)
{
    return style_of(&c->options.output, !c->options.output.path);
}

bool format_is_own(const struct command *c)
{
    return !c->options.output.path && !c->options.output.columns && format_style(c).format == SHEET_TABLE;
}

int format_open(struct command *c, struct file_out *f)
{
    struct error e;
    process_become_filter();
    if (file_out_open(f, c->options.output.path, &e) == 0)
        return 0;
    command_fail(c, COMMAND_BAD_INPUT, &e);
    return -1;
}

int format_close(struct command *c, struct file_out *f)
{
    struct error e;
    const char *path = c->options.output.path;
    if (file_out_commit(f, &e) < 0)
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    if (path && !outputs_is_stdout(path))
        conclusion_made(c, path);
    return COMMAND_DONE;
}

bool format_wants_rows(const struct command *c)
{
    return c->options.output.format >= 0 || c->options.output.columns;
}

int format_write_rows(struct command *c, void (*report)(FILE *, const struct report *),
                      const struct report *r)
{
    struct sheet_style style = style_of(&c->options.output, true); /* the path is a folder */
    struct report styled = *r;
    styled.style = &style;
    process_become_filter();
    report(stdout, &styled);
    return command_flush(c);
}
