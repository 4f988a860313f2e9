/* What the files of a row cache share; nobody else's business. */
#ifndef ISPLIT_STUDY_ROW_CACHE_PARTS_H
#define ISPLIT_STUDY_ROW_CACHE_PARTS_H

#include "study/row_cache.h"

enum stage {
    STAGE_BEGIN,
    STAGE_RECALL, /* all rows that there are of the data set in one pass */
    STAGE_LOOK,   /* at order[at]: what is known of each image that it did not find */
    STAGE_ASK,    /* for contents that the worker alone knows, from the at-th of them on */
    STAGE_AGAIN,  /* at the at-th of these, which were asked for */
    STAGE_TUNING, /* waits for it */
    STAGE_TAKE,   /* rows on trial go into the curve, from trial->rows[at] on */
    STAGE_DONE,
};

struct row_cache {
    struct store *store; /* NULL: there is none, or it is in trouble */
    const struct connection *connection;
    const struct run_options *run;
    const long *order;
    long order_n;
    struct curve *curve;
    row_cache_listen *listen; /* or NULL */
    void *data;               /* of it */

    int64_t settled_ns; /* files changed before this moment (since 1970) were left alone for a while */

    struct store_run_key run_key;
    char *texts[3]; /* of it, ours: row_key, layers, versions */
    char *tuning_key;
    struct message_tuning tuning;
    int64_t number;              /* of the series in the store; 0: it has no rows */
    bool begun;                  /* the tuning is settled, and */
    struct store_target *target; /* what is kept belongs here */

    enum stage stage, next; /* next: after STAGE_TUNING and STAGE_TAKE */
    long at, at_next;
    struct content *contents; /* [engine->dataset->images_n] */
    bool *answered;           /* likewise: the worker has told the content, or that there is none */
    int fruitless;            /* questions for contents that nothing was answered to, in a row */
    int tuning_asks;          /* the same for the tuning */

    struct row_cache_look *look;     /* private: row_cache_look.c; NULL: there is no store */
    struct row_cache_recall *recall; /* private: row_cache_recall.c; NULL: images are looked up one by one */

    /* Rows under the tuning that was used last: they count only when that is the tuning indeed, or when no
     * other rows are needed. NULL: the tuning is certain. */
    struct curve *trial;
    struct row_cache_loss {
        long image;
        struct store_row row; /* undecodable, or not finite */
    } * excluded;             /* [excluded_n] */
    long excluded_n;

    long found;
    bool reported_wrong;
};

/* ---- row_cache.c -------------------------------------------------------------------------------------- */

void row_cache_go(struct row_cache *r, enum stage stage, long at);
void row_cache_drop_trial(struct row_cache *r);
/* How the store fares: false where it is in trouble, and so is none any more. */
bool row_cache_ask_store(struct row_cache *r);
/* Told once: from now on there is no store. Rows that are being taken are good none the less. */
void row_cache_fail(struct row_cache *r, const struct error *why);
/* What stands in the store cannot be: as if it were not there, and replaced by what is measured. */
void row_cache_pass_over(struct row_cache *r, const struct error *why);
/* From now on this is the tuning, and what is kept belongs to it. */
void row_cache_settle(struct row_cache *r, const struct message_tuning *tuning);

/* ---- row_cache_look.c: one by one --------------------------------------------------------------------- */

struct row_cache_look *row_cache_look_new(const struct run_options *run);
void row_cache_look_free(struct row_cache_look *l);
/* Part of the images looked at, in STAGE_LOOK and the next two. */
double row_cache_look_progress(const struct row_cache *r);
/* One step of the stage it is in. */
void row_cache_step(struct row_cache *r);
/* Looking begins, or does again: for rows of the series. */
void row_cache_begin_look(struct row_cache *r);
/* What the store said of an image: into the curve, on trial or for good. -1: what was kept can be no row. */
int row_cache_take(struct row_cache *r, long image, const struct store_row *row, const float *values,
                   struct error *e);
/* Looking is over. Where every image has a row on trial no others are needed, so the tuning is theirs. */
void row_cache_finish(struct row_cache *r);

/* ---- row_cache_recall.c: all at once ------------------------------------------------------------------ */

/* Whether so much is wanted that one pass is quicker than a look-up an image. */
bool row_cache_can_recall(const struct row_cache *r);
/* STAGE_RECALL for about `ms`, outside of store_look_begin and store_look_end. */
void row_cache_recall_some(struct row_cache *r, int ms);
bool row_cache_is_recalled(const struct row_cache *r, long image);
double row_cache_recall_progress(const struct row_cache *r);
void row_cache_forget_recall(struct row_cache *r);

#endif
