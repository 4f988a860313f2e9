/* Standard error of the batch commands: one line an event, and a progress bar where it is a terminal; and
 * lines of text on standard output. Everything that comes from outside is escaped here (text_printable). */
#ifndef ISPLIT_COMMANDS_CONSOLE_H
#define ISPLIT_COMMANDS_CONSOLE_H

#include <stdbool.h>
#include <stdio.h>

struct console;

struct console *console_new(bool terminal); /* whether standard error is one */
void console_free(struct console *c);
bool console_is_terminal(const struct console *c);

/* "isplit: TEXT", "isplit: warning: TEXT", "isplit: note: TEXT", all on one line. */
void console_say(struct console *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void console_warn(struct console *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void console_note(struct console *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Draws the bar, at most ten times a second; total 0: only `what`. `silent`: for so many seconds there was no
 * answer from the worker, if that is worth a word. Nothing where there is no terminal. */
void console_progress(struct console *c, const char *what, long done, long total, long silent);
void console_unit(struct console *c, const char *unit); /* what is counted; borrowed. "images" at first */
/* Stands in place of what is counted and of the rate; borrowed. NULL: there is none, as at first. */
void console_count(struct console *c, const char *count);
/* ", ETA 0:12" at the last count, or "" where nothing can be said. New string. */
char *console_eta(const struct console *c, long total);
void console_begin(struct console *c,
                   long done); /* the clock of rate and ETA starts, where so much is done */
void console_clear(struct console *c);

/* A line of a report on standard output, and its end; on one line, too. */
void console_print(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
