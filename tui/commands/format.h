/* How a command's table is written: for people on a terminal, as CSV in a pipe and with -o, or as --format
 * and --columns say. */
#ifndef ISPLIT_COMMANDS_FORMAT_H
#define ISPLIT_COMMANDS_FORMAT_H

#include "base/file.h"
#include "cli/option_rows.h"
#include "commands/command.h"
#include "csv/sheet.h"

#define ROW_FORMAT(h)                                                                                        \
    {                                                                                                        \
        ROW_WORD("format", output.format, "FORMAT", sheet_format_words, h)                                   \
    }
#define ROW_COLUMNS                                                                                          \
    {                                                                                                        \
        ROW_TEXT(0, "columns", output.columns, "LIST",                                                       \
                 "only these columns, in that order, as in name,macs\n(default: all; of a table those that " \
                 "fit)")                                                                                     \
    }
#define ROWS_FORMAT                                                                                          \
    ROW_FORMAT("table (default on a terminal), csv (default in a pipe\nand with -o) or json"), ROW_COLUMNS
/* Of commands that write into a folder, and say in words what came of it. */
#define ROWS_FORMAT_OF_FOLDER                                                                                \
    ROW_FORMAT("the result on standard output as table, csv or json\n(default: in words)"), ROW_COLUMNS

/* --columns, before anything is measured: COMMAND_DONE, or the exit status after the error was shown. */
int format_check(struct command *c, const struct option_command *of);

/* The terminal's width is that of standard output. The columns are borrowed. */
struct sheet_style format_style(const struct command *c);

/* Whether the command's own table goes to standard output, which has more to say than the columns do. */
bool format_is_own(const struct command *c);

/* A table that has no .meta.csv: to -o FILE, or standard output. -1: the error was shown. format_close
 * commits it, and returns the exit status. */
int format_open(struct command *c, struct file_out *f);
int format_close(struct command *c, struct file_out *f);

/* Whether a command that writes into a folder is asked for rows on standard output; writes them. */
bool format_wants_rows(const struct command *c);
int format_write_rows(struct command *c, void (*report)(FILE *, const struct report *),
                      const struct report *r);

#endif
