/* The batch commands. Each returns the program's exit status; errors go to the console. */
#ifndef ISPLIT_COMMANDS_COMMAND_H
#define ISPLIT_COMMANDS_COMMAND_H

#include <signal.h>

#include "commands/commands.h"
#include "commands/console.h"
#include "cli/exits.h"
#include "cli/options.h"
#include "study/connection.h"
#include "curve/excluded.h"

struct command {
    struct options options;
    struct console console;
    struct connection *connection;
    struct excluded excluded;             /* images that the worker could not take, without a study */
    const volatile sig_atomic_t *signals; /* how many asked to stop */
    int argc;                             /* the whole command line, for the provenance */
    char **argv;
    char what[80];      /* the long step under way, for the progress line */
    bool counting;      /* the clock of the progress bar runs */
    long singles_shown; /* warnings about single images, which are many in a bad set */
    bool keep_skipped;  /* collect the next two instead of warning */
    struct command_skipped {
        long image;
        char *reason;
    } * skipped;
    long skipped_n;
};

int command_screen(struct command *c);
int command_version(struct command *c);

/* Starts the worker and waits for its greeting; opens a network; finds the data. COMMAND_DONE, or the
 * exit status after the error was shown. */
int command_start(struct command *c);
int command_open(struct command *c, const char *cfg, const char *weights);
int command_list(struct command *c, const struct images_request *request);

/* Waits for the answer with a progress line; *why says what happened where the end is bad. */
enum connection_end command_wait(struct command *c, struct error *why);

/* The progress line of a step; "measuring" has a clock of its own. */
void command_progress(struct command *c, const char *what, long done, long of);

/* A warning about a single image: only the first are shown. */
void command_warn_single(struct command *c, const char *text);

/* "and 12 more images like these", where not all were shown. command_wait does it too. */
void command_end_warnings(struct command *c);

/* Shows the error. Returns the exit status. */
int command_fail(struct command *c, enum command_exit status, const struct error *e);

/* From now on the program is a filter like any other: writing to a closed pipe ends it silently. The worker
 * must have answered everything. */
void command_become_filter(void);

void command_free(struct command *c);

#endif
