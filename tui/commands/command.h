/* The batch commands. Each returns the program's exit status; errors go to the console. */
#ifndef ISPLIT_COMMANDS_COMMAND_H
#define ISPLIT_COMMANDS_COMMAND_H

#include <signal.h>

#include "base/text_list.h"
#include "commands/commands.h"
#include "commands/console.h"
#include "cli/exits.h"
#include "csv/provenance.h"
#include "cli/options.h"
#include "study/connection.h"
#include "curve/excluded.h"
#include "report/report.h"
#include "study/inputs.h"

struct command {
    struct options options;
    struct console *console;
    struct connection *connection;
    struct excluded excluded; /* images that the worker could not take, without a study */
    /* Is told of each of these, too, with what the worker says of it (reason: of UNDECODABLE; layer: of
     * NONFINITE); or NULL. */
    void (*lost)(void *data, long image, enum exclusion why, int layer, const char *reason,
                 const struct content *content);
    void *lost_data;
    const volatile sig_atomic_t *signals; /* how many asked to stop */
    char what[80];                        /* the long step under way, for the progress line */
    long counted[2];                      /* of that step, done and of how many; 0: it says none */
    char unit[24];                        /* what is counted */
    bool counting;                        /* the clock of the progress bar runs */
    char looked[40]; /* how right a network in training was when it was looked at last, or "" */
    long trained[2]; /* steps of a training, done and of how many; 0: there is none */
    struct {
        long before, stage, all; /* steps of a race: of the trainings before, of this one's stage, of all at
                                    most; all 0: there is no race */
        char count[40];          /* of its trainings, for the bar */
        char name[40];           /* of the cut; "" where one network alone is trained */
    } race;
    struct content *contents; /* [images of the data set] that the worker tells of; NULL: not wanted */
    long singles_shown;       /* warnings about single images, which are many in a bad set */
    bool guesses_told;        /* by command_warn_guesses */
    char *conclusion;         /* conclusion.h */
    struct text_list written; /* likewise */
    bool keep_skipped;        /* collect the next two instead of warning */
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

/* Warns where stock Darknet cannot run the network that is open: what it lacks, and what can. */
void command_tell_lacks(struct command *c);
int command_list(struct command *c, const struct images_request *request);

/* What the words of the command line name; without `data` the network alone will do. COMMAND_DONE, or as
 * above. */
int command_find_inputs(struct command *c, bool data, struct inputs *inputs);

/* Waits for the answer with a progress line; *why says what happened where the end is bad. */
enum connection_end command_wait(struct command *c, struct error *why);

/* The same for an answer that is of no use unless it is whole: COMMAND_DONE, or the exit status after it was
 * shown that there is none. */
int command_wait_whole(struct command *c);
/* So for the contents of images of the data set, which go to c->contents; `what` is the progress line's. */
int command_hash(struct command *c, const char *what, const long *images, long n);
int command_wait_saying(struct command *c, const char *interrupted); /* in place of command_unwritten */

/* The exit status of such an end, shown like that: `interrupted` (NULL: nothing) where the user has stopped
 * it. */
int command_end(struct command *c, enum connection_end end, const struct error *why, const char *interrupted);
extern const char command_unwritten[], command_unmeasured[]; /* "interrupted: ..." */

/* The progress line of a step; "measuring" has a clock of its own. */
void command_progress(struct command *c, const char *what, long done, long of);

/* A warning, once, where so many right answers of the whole network are no better than guesses among its
 * outputs. */
void command_warn_guesses(struct command *c, long images, long correct, long outputs);

/* A warning about a single image: only the first are shown. */
void command_warn_single(struct command *c, const char *text);

/* An image is left out, as the worker or a store says: counted, and a warning, the first time. */
void command_lose_undecodable(struct command *c, long image, const char *reason);
void command_lose_nonfinite(struct command *c, long image, int layer);

/* "and 12 more images like these", where not all were shown. command_wait does it too. */
void command_end_warnings(struct command *c);

/* Shows the error. Returns the exit status. */
int command_fail(struct command *c, enum command_exit status, const struct error *e);

/* Shows what is wrong with the words, and where to read about them. Returns COMMAND_USAGE. */
int command_usage(struct command *c, const char *text);

/* Nothing of standard output may get lost: the exit status. */
int command_flush(struct command *c);

/* Into a new provenance: the program, and the network that the worker read (weights NULL: its table alone);
 * and who measured, as its last lines. */
void command_describe(const struct command *c, const char *cfg, const char *weights, struct provenance *p);
void command_describe_worker(const struct command *c, struct provenance *p);

/* Writes the report to -o, as a filter. Frees p. The exit status. */
int command_write(struct command *c, struct provenance *p, void (*report)(FILE *, const struct report *),
                  const struct report *r);

void command_free(struct command *c);

#endif
