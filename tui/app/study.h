/* A study: one network on one set of images, the worker that measures it, and what is known so far. It never
 * blocks; the program's loop waits for study_polls and calls study_step. The measured rows outlive the
 * worker: when it dies, study_restart goes on where it stopped. What a store has of them is not measured
 * again (study_recall.c). A study of rows in a file has no worker and measures nothing (study_archive.c). */
#ifndef ISPLIT_APP_STUDY_H
#define ISPLIT_APP_STUDY_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "app/journal.h"
#include "cli/options.h"
#include "client/archive.h"
#include "client/engine.h"
#include "client/inputs.h"
#include "client/listing.h"
#include "client/recall.h"
#include "model/until.h"

enum study_state {
    STUDY_LOADING, /* the worker starts, reads the network, looks for images */
    STUDY_MEASURING,
    STUDY_PAUSED,
    STUDY_DONE,   /* everything is measured */
    STUDY_LOST,   /* the worker died; study_restart */
    STUDY_FAILED, /* it cannot be opened, or a run was refused */
};

struct study {
    struct inputs inputs;
    struct options options; /* how it is measured */
    struct journal *journal;
    enum study_state state;
    char doing[80];   /* the long step under way, or "" */
    struct error why; /* LOST, FAILED */

    /* Where the table and the data set that are shown come from: the conversation with a worker, which
     * another one may be about to take the place of; or a file of rows. The others are NULL. */
    struct engine *engine, *next;
    struct archive *archive;
    bool archive_read; /* all of it; then rows are added up, */
    int archive_class; /* from this class on */

    char cfg_xxh3[17], weights_xxh3[17]; /* of the network that is shown */
    struct message_versions versions;    /* of the worker that measured, as far as they are known */

    /* Ready once the images are listed; these are NULL before. */
    const struct table *table;
    const struct dataset *dataset;
    struct curve *curve; /* columns: listing */
    struct listing listing;
    long *order; /* [order_n] images to be measured, in this order */
    long order_n;
    long ordered_n;      /* and how many there were before the pick was stable */
    bool *asked;         /* [table->classes] named on the command line, or all */
    long asked_n;        /* their images, the first of the order */
    struct until *until; /* that the images of these classes are measured for; NULL: all are */
    bool stable;         /* the pick is: no more is asked of the worker */
    bool *settled;       /* [dataset->images_n] measured, or never to be */
    long settled_n;
    bool *recalled; /* [dataset->images_n] settled by what the store has, and not measured now */
    bool *suspect;  /* [dataset->images_n] under way when the worker died: measured last, one at a time */
    long skipped, nonfinite;
    struct losses lost; /* they, and others beyond where the pick was stable */
    long version;       /* grows with every image that is settled */
    long rows_seen;     /* rows of the curve that are settled */

    long *run; /* [run_n] images of the run under way, in the order asked for */
    long run_n;
    int64_t began_ms; /* when the run began */
    long began_n;     /* and settled_n then */
    bool pausing;
    bool no_worker;           /* FAILED because it died: study_restart may help */
    struct message_plan plan; /* that the rows were measured with; hash empty before the first */

    struct store *store;   /* the program's; NULL: nothing is recalled or kept */
    struct recall *recall; /* of this conversation, with what it borrows; NULL where there is none */
    struct run_options recall_run;
    long *recall_images;
    char recall_plan[17];         /* that it was told last */
    enum recall_need recall_need; /* what it waits for; MORE: nothing */
    struct until *recall_until;   /* as `until`, for rows on trial; or NULL */
    long recall_losses;           /* how many lost images it was told */
    long recall_noted;            /* how many recalled images the user was told of */
    bool recalling;               /* the run waits until it has looked */

    long heatmap_image;              /* asked for and not answered: -1 none */
    struct message_heatmap *heatmap; /* the last answer, or NULL; a new one frees it */
};

/* Among the files of a study. What follows from table, data set and listing, before it is ready; a run of
 * what is left, if anything is; a worker that died in one; images that need not be measured any more. */
struct study *study_new(const struct options *options, struct journal *journal);
int study_lay_out(struct study *s, struct error *e);
struct until *study_new_until(const struct study *s);
void study_next_run(struct study *s);
void study_suspect(struct study *s);
void study_settle_rows(struct study *s);
void study_settle(struct study *s, long image);
void study_lose(struct study *s, long image, enum until_loss loss); /* settles it without a row */
void study_end_early(struct study *s); /* leaves the rows that the stable pick stands on, and no others */
void study_fail(struct study *s, enum study_state state, const struct error *why);
void study_settle_lost(struct study *s, long image, const char *reason);
void study_settle_nonfinite(struct study *s, long image, int layer);
void study_take_plan(struct study *s, const struct message_plan *plan);

/* The store's share. Begins to look for what is left to be measured, once in every conversation; whether a
 * slice of that can be done; does one, of some milliseconds; passes on a plan that the worker told. */
void study_begin_recall(struct study *s);
void study_end_recall(struct study *s);
bool study_can_recall(const struct study *s);
void study_step_recall(struct study *s);
void study_tell_recall(struct study *s, const struct message_plan *plan);

/* A file of rows: reads some more of it (true where something changed); gives those back that came after a
 * stable pick. */
bool study_step_archive(struct study *s);
/* "rows.db, study 2: rows of 134 of 400 images, nothing is measured": where they come from. New string. */
char *study_archive_words(const struct study *s);
void study_restore_archive(struct study *s);

/* Starts it. The inputs are taken over (also on error). NULL where the worker cannot be started. */
struct study *study_open(struct inputs *inputs, const struct options *options, struct journal *journal,
                         struct error *e);
/* Opens the rows in options->from (a text that is copied). NULL where that is not possible. */
struct study *study_open_archive(const struct options *options, struct journal *journal, struct error *e);
/* Before it is ready: where measured rows are kept and looked for. The caller's, and must outlive it. */
void study_use_store(struct study *s, struct store *store);
void study_free(struct study *s);

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
bool study_ended_early(const struct study *s);
void study_measure_rest(struct study *s);

void study_pause(struct study *s);
void study_resume(struct study *s);
/* After the worker died. -1: it has not, or cannot be started. */
int study_restart(struct study *s, struct error *e);

/* Whether rows come in from the store or a file, quicker than a curve of them is worth drawing. */
bool study_is_reading(const struct study *s);

/* Whether nothing more will come by itself. */
bool study_is_settled(const struct study *s);

/* Asks for the picture and the maps of one image; the answer comes as s->heatmap. False where another one is
 * awaited or there is no worker. */
bool study_look(struct study *s, long image, int side);

/* Images a second of the run under way, and seconds left; 0 where unknown. */
double study_rate(const struct study *s);
void study_forget_rate(struct study *s); /* it is counted from the next image on */
double study_seconds_left(const struct study *s);

/* What defines a row, and how it is measured, without images (borrowed arrays). */
struct run_options study_run_options(const struct study *s);

#endif
