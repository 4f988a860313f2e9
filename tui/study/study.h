/* A study: one network on one set of images, the worker that measures it, and what is known so far; under the
 * screen and under the batch commands alike. What happens is told to a reporter. What a store has of the rows
 * is not measured again (study_row_cache.c). A study of rows in a file has no worker and measures nothing
 * (study_saved_rows.c).
 *
 * On the screen it never blocks: the program's loop waits for study_polls and calls study_step. The measured
 * rows outlive the worker: when it dies, study_restart goes on where it stopped. A batch command opens the
 * conversation itself (study_new_lent), chooses the images (study_choose) and calls study_wait. */
#ifndef ISPLIT_STUDY_STUDY_H
#define ISPLIT_STUDY_STUDY_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/options.h"
#include "study/connection.h"
#include "study/inputs.h"
#include "study/layer_list.h"
#include "study/row_cache.h"
#include "study/saved_rows.h"
#include "curve/excluded.h"
#include "curve/stopping.h"

/* ---- Whom it tells what happens: the journal of the screen, or the console of a command -----------------
 */

/* Each line that is said is of one of these kinds, and the face decides which of them it shows, and how. */
enum study_news {
    STUDY_NOTE, /* by the worker, as the next one */
    STUDY_WARNING,
    STUDY_EXCLUDED,  /* an image has no row; there may be very many of these */
    STUDY_KILLED,    /* and this one, because the worker dies of it */
    STUDY_TROUBLE,   /* with the store: from now on nothing is taken from it or kept */
    STUDY_WORKERS,   /* how fast each worker of several was in a run */
    STUDY_RECALLED,  /* rows were taken from the store */
    STUDY_REPLANNED, /* the worker has another tuning than the rows so far */
    STUDY_STABLE,    /* --until-stable has come true, */
    STUDY_UNSTABLE,  /* or it has not, and nothing more comes */
    STUDY_AGAIN,     /* the worker that died runs again */
    STUDY_ENDED,     /* the study failed for good, */
    STUDY_GONE,      /* or the worker died: study_restart */
    STUDY_ERROR,     /* something else went wrong, and the study goes on */
    STUDY_NEWS,
};

struct study_reporter {
    void *data;
    void (*say)(void *data, enum study_news news, const char *text);
    /* How far a step is, in images, at least ten times a second; of 0: not known. `what` NULL: it is over.
     * Only for study_wait; may be NULL. */
    void (*progress)(void *data, const char *what, long done, long of);
};

/* ---- The study --------------------------------------------------------------------------------------- */

enum study_state {
    STUDY_LOADING, /* the worker starts, reads the network, looks for images */
    STUDY_MEASURING,
    STUDY_PAUSED,
    STUDY_DONE,   /* everything is measured */
    STUDY_LOST,   /* the worker died; study_restart */
    STUDY_FAILED, /* it cannot be opened, or a run was refused */
};

/* The worker's run under way. What is measured without a break is as many runs as it takes of STUDY_RUN
 * images each, so that neither side holds a message of all of them. */
enum { STUDY_RUN = 32768 };
struct study_run {
    long *images; /* [n] in the order asked for */
    long n;
    long before;      /* answered in the runs that this one follows without a break */
    long left;        /* to be measured from this run on */
    bool more;        /* some of those in a run after this one */
    long all;         /* images of the whole run: those that the store has and those of other shards too */
    int64_t began_ms; /* when its first row came */
    long began_n;     /* and settled_n then */
    long rows_seen;   /* rows of the curve that are settled */
    bool *suspect;    /* [dataset->images_n] under way when the worker died: measured last, one at a time */
    bool looks;       /* it waits until the store was looked through */
    bool *found;      /* [dataset->images_n] settled by what the store has, and not measured now */
    long noted;       /* how many of those the user was told of */
    bool pausing;     /* no other one follows it for now */
    long silent;      /* seconds that the worker has not answered, once they are many; else 0 */
    bool no_worker;   /* the study is FAILED because the worker died: study_restart may help */
    char workers[80]; /* how fast each of several workers is, "8.1 + 7.9"; or "" */
    struct message_tuning tuning; /* that the rows were measured with; hash empty before the first */
};

struct study {
    struct inputs inputs;
    struct options options;        /* how it is measured */
    struct study_telling *telling; /* private: study.c: the reporter, and what it was told */
    enum study_state state;
    char doing[80];   /* the long step under way, or "" */
    struct error why; /* LOST, FAILED */

    /* Where the table and the data set that are shown come from: the conversation with a worker, which
     * another one may be about to take the place of; or a file of rows. The others are NULL. */
    struct connection *connection, *next;
    bool lent; /* the conversation is a batch command's, which also frees it */
    struct saved_rows *saved_rows;
    char cfg_xxh3[17], weights_xxh3[17]; /* of the network that is shown */
    struct message_versions versions;    /* of the worker that measured, as far as they are known */

    /* Ready once the images are listed; these are NULL before. */
    const struct table *table;
    const struct dataset *dataset;
    struct curve *curve; /* columns: layer_list */
    struct layer_list layer_list;
    long *order; /* [order_n] images to be measured, in this order */
    long order_n;
    bool *asked; /* [table->classes] named on the command line, or all; NULL in a batch command */
    struct study_stopping *stopping; /* private: study_stopping.c */
    bool *settled;                   /* [dataset->images_n] measured, or never to be */
    long settled_n;
    struct excluded excluded; /* images of the order that never will be */
    struct excluded *told;    /* those of which the user knows, the caller's; NULL: each is told */
    long version;             /* grows with every image that is settled */

    struct study_run run;

    struct store *store;           /* the program's; NULL: nothing is cached or kept */
    struct study_laying *laying;   /* private: study_load.c; NULL: nothing is laid out */
    struct study_looking *looking; /* private: the row cache of this conversation; NULL: there is none */

    /* Trapped Fisher energy, for the code that `floats` says. */
    struct {
        long floats;
        struct trapped answer;       /* without images before it is measured */
        struct study_trapping *work; /* private: of which cuts, and whether it is wanted */
    } trapped;

    long heatmap_image;      /* asked for and not answered: -1 none */
    struct heatmap *heatmap; /* the last answer, or NULL; a new one frees it */
};

/* "rows.db, study 2: rows of 134 of 400 images, nothing is measured": where they come from. New string. */
char *study_saved_rows_words(const struct study *s);

/* Starts it. The inputs are taken over (also on error). NULL where the worker cannot be started. */
struct study *study_open(struct inputs *inputs, const struct options *options,
                         const struct study_reporter *reporter, struct error *e);
/* Opens the rows in options->from (a text that is copied). NULL where that is not possible. */
struct study *study_open_saved_rows(const struct options *options, const struct study_reporter *reporter,
                                    struct error *e);
/* The store that the options name; NULL where there is to be none, or where there can be none, which is told:
 * STUDY_TROUBLE with the words `without`. */
struct store *study_open_store(const struct options *options, const struct study_reporter *reporter,
                               const char *without);
/* Before it is ready: where measured rows are kept and looked for. The caller's, and must outlive it. */
void study_use_store(struct study *s, struct store *store);
void study_free(struct study *s);
/* Nothing more is kept; the store may be closed. */
void study_end_row_cache(struct study *s);

/* Whether the table, the data set and the curve are there. */
bool study_is_ready(const struct study *s);

/* Descriptors to wait for (at most STUDY_POLLS) and for how long at most (-1: for ever). */
enum { STUDY_POLLS = 6 };
int study_polls(const struct study *s, struct pollfd fds[STUDY_POLLS]);
int study_timeout(const struct study *s);

/* Takes in what the worker said. True where something changed. */
bool study_step(struct study *s);

/* With --until-stable: looks, in slices of some milliseconds. True where there is more to do at once. */
bool study_look_stable(struct study *s);

/* Whether the pick was stable and images are left; and measuring these. */
bool study_stopped_early(const struct study *s);
/* How many images there were in the order before that. */
long study_ordered_n(const struct study *s);
/* The rule; NULL: all images are measured. And the classes of the i-th curve that is looked at; NULL: there
 * are no more. */
const struct stopping *study_rule(const struct study *s);
const bool *study_rule_classes(const struct study *s, int i);
void study_measure_rest(struct study *s);

void study_pause(struct study *s);
void study_resume(struct study *s);
/* After the worker died. 1: of several those that are lost, as they tell; -1: it has not died, or cannot be
 * started. */
int study_restart(struct study *s, struct error *e);

/* Whether rows come in from the store or a file, quicker than a curve of them is worth drawing. */
bool study_is_reading(const struct study *s);
/* Whether rows come in, from there or measured. */
bool study_is_growing(const struct study *s);

/* "stable at 0.95 after 120 of 400 images: BEST in 97 % of 1000 resamples". New string. */
char *study_stable_words(const struct study *s, const char *best);
/* That the network guesses, so that its curve says nothing; NULL: it does not. New string. */
char *study_chance_words(const struct curve_accuracy *a);

/* Whether nothing more will come by itself. */
bool study_is_settled(const struct study *s);

/* Asks for the picture and the maps of one image, as for its row or of the predicted class; the answer comes
 * as s->heatmap. False where another one is awaited or there is no worker. */
bool study_look(struct study *s, long image, int side, bool of_predicted);

/* Trapped Fisher energy of the listed clean cuts, on images that are drawn of the whole data set
 * (study_trapped.c). On the screen it is wanted once, and measured when the images are, or in a pause; -1
 * where there is no worker. Nats of the layer at that position of the list, NaN where there is none. */
/* Which code the options want it of; -1 where there is none such. */
int study_trapped_rate(const struct options *options, long *floats, struct error *e);
int study_want_trapped(struct study *s, struct error *e);
bool study_wants_trapped(const struct study *s); /* it will be asked of the worker as soon as it is idle */
/* Of layers[n] alone, which are the caller's, as far as they are listed. */
void study_trap_only(struct study *s, const int *layers, int n);
bool study_is_trapping(const struct study *s); /* it is being measured */
/* The numbers of the images that it stands on: TRAPPED_IMAGES at most, drawn of all, whatever their class.
 * New array. */
long *study_trapped_images(const struct study *s, long *n);
double study_trapped_nats(const struct study *s, int position);
double *study_trapped_list(const struct study *s); /* of all positions; new */
/* The same with a code of `times` as many numbers, *floats of them; NaN also where it would be no code: no
 * number a patch, or as many as the patch has. */
double study_trapped_at(const struct study *s, int position, double times, int64_t *floats);

/* Images a second of the run under way, and seconds left; 0 where unknown. */
double study_rate(const struct study *s);
void study_forget_rate(struct study *s); /* it is counted from the next image on */
double study_seconds_left(const struct study *s);

/* ---- For batch commands (study_wait.c) --------------------------------------------------------------- */

/* Of a conversation that knows the network and, but for a look at the network alone, the images: it stays the
 * caller's. The inputs are taken over. */
struct study *study_new_lent(struct connection *connection, struct inputs *inputs,
                             const struct options *options, const struct study_reporter *reporter);
/* What is shown is what the conversation speaks of, or the rows of a file once they are loaded. */
void study_show(struct study *s);
/* The classes that an expression names (NULL: all), and those of the options. New array; NULL with why they
 * cannot be. */
bool *study_classes_of(const struct study *s, const char *expression, struct error *e);
bool *study_classes(const struct study *s, struct error *e);
/* What is to be measured, or taken of the rows that are loaded: the images of the classes, as many as the
 * options want, and their layers. --until-stable looks at `curves_n` curves of these classes, borrowed. It is
 * ready then, or -1. */
int study_choose(struct study *s, const bool *chosen, const bool *const *curves, int curves_n,
                 struct error *e);

/* After study_choose: no look at so many images or fewer. */
void study_pass_looks(struct study *s, long images);

/* Measures all of it, or until the pick is stable; for a study of study_new_lent, once.
 * *signals as for connection_wait. The rows that came are in the curve however it ends; *why says what
 * happened where it ended badly, which is not told to the reporter. */
enum connection_end study_wait(struct study *s, const volatile sig_atomic_t *signals, struct error *why);

/* Whether the pick is stable on the rows that came; then only those that it stands on are left, as if no more
 * had been asked for. */
bool study_settle_stable(struct study *s, const volatile sig_atomic_t *signals);

/* Trapped energy: asks for it, the conversation being idle; keeps the answer, if there is one. */
int study_ask_trapped(struct study *s, struct error *e);
void study_take_trapped(struct study *s);

/* Of the images of the order: rows that the store had. */
long study_recalled_rows(const struct study *s);

/* What defines a row, and how it is measured, without images (borrowed arrays). */
struct run_options study_run_options(const struct study *s);

#endif
