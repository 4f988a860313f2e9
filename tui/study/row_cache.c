#include "study/row_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "store/row_key.h"
#include "study/caches.h"

/* Images between two looks at the clock. */
enum { SLICE = 32 };

/* So many contents are asked for at first, and twice as many after each portion in which one was known: where
 * images are new, not all of them are read just to find that out. */
enum { PORTION = 256 };

/* So often in a row the worker is asked for the same thing without an answer. */
enum { FRUITLESS = 4 };

enum stage {
    STAGE_BEGIN,
    STAGE_LOOK,   /* at order[at]: what is known of each image */
    STAGE_ASK,    /* for the contents of unknown[at] to unknown[asked_n - 1] */
    STAGE_AGAIN,  /* at unknown[at], one of these */
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
    long *unknown;            /* images, in measuring order */
    long unknown_n, unknown_capacity;
    long asked_n;  /* of them: so many contents were asked for, portion by portion */
    long portion;  /* the next one */
    bool is_known; /* there was a row for one of this portion */
    float *values;

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

static void row_cache_say(const struct row_cache *r, enum row_cache_event event, const char *text)
{
    if (r->listen)
        r->listen(r->data, event, -1, -1, text);
}

struct row_cache *row_cache_new(struct store *store, const struct connection *connection,
                                const struct inputs *inputs, const struct run_options *run, const long *order,
                                long order_n, struct curve *curve, row_cache_listen *listen, void *data)
{
    struct row_cache *r = memory_new(1, sizeof *r);
    *r = (struct row_cache){
        .store = store, .connection = connection, .run = run, .order = order, .order_n = order_n};
    r->curve = curve;
    r->listen = listen;
    r->data = data;
    if (!store) {
        r->stage = STAGE_DONE;
        return r;
    }
    r->texts[0] = row_key_of_run(run, &connection->versions);
    r->texts[1] = caches_layers(connection);
    r->run_key = (struct store_run_key){.cfg_xxh3 = connection->cfg_xxh3,
                                        .weights_xxh3 = connection->weights_xxh3,
                                        .row_key = r->texts[0],
                                        .tuning = r->tuning.hash,
                                        .layers = r->texts[1],
                                        .cfg = inputs->cfg,
                                        .weights = inputs->weights,
                                        .versions = "",
                                        .share = inputs->share};
    r->tuning_key = tuning_key_of_run(run, &connection->versions);
    r->settled_ns = caches_settled_ns();
    r->contents = memory_new((size_t)connection->dataset->images_n, sizeof *r->contents);
    r->answered = memory_new((size_t)connection->dataset->images_n, sizeof *r->answered);
    r->values = memory_new((size_t)run->layers_n, sizeof *r->values);
    return r;
}

static void drop_trial(struct row_cache *r)
{
    curve_free(r->trial);
    free(r->excluded);
    r->trial = NULL;
    r->excluded = NULL;
    r->excluded_n = 0;
}

void row_cache_free(struct row_cache *r)
{
    if (!r)
        return;
    drop_trial(r);
    store_end(r->target);
    for (int i = 0; i < 3; i++)
        free(r->texts[i]);
    free(r->tuning_key);
    free(r->contents);
    free(r->answered);
    free(r->unknown);
    free(r->values);
    free(r);
}

/* Told once: from now on there is no store. Rows that are being taken are good none the less. */
static void row_cache_fail(struct row_cache *r, const struct error *why)
{
    r->store = NULL;
    r->next = STAGE_DONE;
    if (r->stage != STAGE_TAKE) {
        r->stage = STAGE_DONE;
        drop_trial(r);
    }
    if (!r->begun)
        r->tuning = (struct message_tuning){.hash = ""};
    row_cache_say(r, ROW_CACHE_TROUBLE, why->text);
}

/* How the store fares: false where it is in trouble, and so is none any more. */
static bool row_cache_ask_store(struct row_cache *r)
{
    struct error e;
    if (store_renewed(r->store, &e))
        row_cache_say(r, ROW_CACHE_RENEWED, e.text);
    if (store_trouble(r->store, &e) == 0)
        return true;
    row_cache_fail(r, &e);
    return false;
}

/* What stands in the store cannot be: as if it were not there, and replaced by what is measured. */
static void pass_over(struct row_cache *r, const struct error *why)
{
    if (!r->reported_wrong)
        row_cache_say(r, ROW_CACHE_WRONG, why->text);
    r->reported_wrong = true;
}

static void row_cache_keep_content(struct row_cache *r, long image)
{
    caches_keep_content(r->target, r->connection->dataset, image, r->settled_ns, &r->contents[image]);
}

/* From now on this is the tuning, and what is kept belongs to it. */
static void row_cache_settle(struct row_cache *r, const struct message_tuning *tuning)
{
    r->tuning = *tuning;
    if (!r->store)
        return;
    free(r->texts[2]);
    r->texts[2] = row_key_versions(&r->connection->versions, tuning);
    r->run_key.versions = r->texts[2];
    r->target = store_begin(r->store, &r->run_key, r->tuning_key, r->connection->dataset, r->run->layers_n);
    r->begun = true;
    for (long i = 0; i < r->unknown_n; i++) /* the worker may have told some already */
        row_cache_keep_content(r, r->unknown[i]);
}

/* ---- Looking --------------------------------------------------------------------------------------- */

static void go(struct row_cache *r, enum stage stage, long at)
{
    r->stage = stage;
    r->at = at;
}

/* Looking is over. Where every image has a row on trial no others are needed, so the tuning is theirs. */
static void row_cache_finish(struct row_cache *r)
{
    r->next = STAGE_DONE;
    if (r->trial && !r->begun)
        row_cache_settle(r, &r->tuning);
    go(r, r->trial ? STAGE_TAKE : STAGE_DONE, 0);
}

/* Batch and threads of the tuning on trial. */
static int row_cache_read_tuning(struct row_cache *r, struct error *e)
{
    struct message_versions then;
    char *versions = store_versions(r->store, r->number, e);
    if (!versions)
        return -1;
    row_key_versions_read(versions, &then, &r->tuning);
    free(versions);
    return 0;
}

static void row_cache_begin(struct row_cache *r)
{
    struct error e;
    char tuning[17];
    /* A tuning file decides by what it holds, or has to be written: the worker must look. */
    int last =
        r->run->tuning_file[0] ? 0 : store_last_tuning(r->store, &r->run_key, r->tuning_key, tuning, &e);
    if (last > 0) {
        memcpy(r->tuning.hash, tuning, sizeof tuning);
        r->number = store_find_run_key(r->store, &r->run_key, &e);
    }
    if (last < 0 || r->number < 0 || (r->number > 0 && row_cache_read_tuning(r, &e) < 0)) {
        row_cache_fail(r, &e);
        return;
    }
    if (r->number > 0) {
        r->trial = curve_new(r->run->layers_n, r->curve->classes, &e);
        go(r, STAGE_LOOK, 0);
        if (!r->trial)
            row_cache_fail(r, &e);
        return;
    }
    r->tuning = (struct message_tuning){.hash = ""};
    r->next = STAGE_LOOK;
    go(r, STAGE_TUNING, 0);
}

static void report_excluded(const struct row_cache *r, long image, const struct store_row *row)
{
    if (row->kind == EXCLUDED_UNDECODABLE && r->listen)
        r->listen(r->data, ROW_CACHE_SKIPPED, image, -1, row->reason);
    if (row->kind == EXCLUDED_NONFINITE && r->listen)
        r->listen(r->data, ROW_CACHE_NONFINITE, image, row->layer, NULL);
}

/* -1: what was kept can be no row. */
static int row_cache_take(struct row_cache *r, long image, const struct store_row *row, struct error *e)
{
    struct error why;
    if (row->kind == EXCLUDED_NOT) {
        struct curve_row taken = {.image = image, .predicted = row->predicted, .score = row->score};
        taken.class_index = r->connection->dataset->images[image].class_index;
        if (curve_add(r->trial ? r->trial : r->curve, &taken, r->values, &why) < 0)
            return error_at(e, store_path(r->store), 0, "a row cannot be one: %s", why.text);
        r->found += !r->trial;
        return 0;
    }
    if (row->kind == EXCLUDED_NONFINITE && (row->layer < 0 || row->layer >= r->connection->table->rows_n))
        return error_set(e, "%s: a row speaks of layer %d, which does not exist", store_path(r->store),
                         row->layer);
    if (r->trial) {
        r->excluded = memory_grow(r->excluded, (size_t)r->excluded_n + 1, sizeof *r->excluded);
        r->excluded[r->excluded_n++] = (struct row_cache_loss){image, *row};
    } else {
        report_excluded(r, image, row);
        r->found++;
    }
    return 0;
}

/* What the store said of an image whose content is known: `found` and e as store_find_row has them. 1: go on;
 * 0: the worker has to be asked for its tuning first. */
static int row_cache_use(struct row_cache *r, long image, int found, const struct store_row *row,
                         struct error *e)
{
    if (found > 0 && row_cache_take(r, image, row, e) < 0)
        found = STORE_WRONG;
    if (found == STORE_WRONG)
        pass_over(r, e);
    r->is_known = r->is_known || found > 0;
    if (found > 0 || !r->trial)
        return 1;
    r->next = r->stage;
    r->at_next = r->at;
    go(r, STAGE_TUNING, 0);
    return 0;
}

/* The row of an image whose content is known. As above; after a failure it does not matter. */
static int find_row(struct row_cache *r, long image)
{
    struct error e;
    struct store_row row;
    int class_index = r->connection->dataset->images[image].class_index;
    int found = store_find_row(r->store, r->number, &r->contents[image], class_index, &row, r->values,
                               r->run->layers_n, &e);
    if (found == -1) {
        row_cache_fail(r, &e);
        return 1;
    }
    return row_cache_use(r, image, found, &row, &e);
}

static void add_unknown(struct row_cache *r, long image)
{
    if (r->unknown_n == r->unknown_capacity) {
        r->unknown_capacity = 2 * r->unknown_capacity + 256;
        r->unknown = memory_grow(r->unknown, (size_t)r->unknown_capacity, sizeof *r->unknown);
    }
    r->unknown[r->unknown_n++] = image;
}

static void ask_more(struct row_cache *r)
{
    if (r->asked_n == r->unknown_n) {
        row_cache_finish(r);
        return;
    }
    go(r, STAGE_ASK, r->asked_n);
    r->asked_n = r->portion < r->unknown_n - r->asked_n ? r->asked_n + r->portion : r->unknown_n;
    r->portion *= 2;
    r->is_known = false;
}

/* At an image whose content the worker has not told. */
static void row_cache_look_at(struct row_cache *r, long image)
{
    struct error e;
    struct store_row row;
    struct content *content = &r->contents[image];
    int found = store_find_image(r->store, r->number, r->connection->dataset, image, content, &row, r->values,
                                 r->run->layers_n, &e);
    if (found == -1) {
        row_cache_fail(r, &e);
        return;
    }
    if (content->known) {
        r->at += row_cache_use(r, image, found, &row, &e);
        return;
    }
    if (found == STORE_WRONG)
        pass_over(r, &e);
    add_unknown(r, image);
    r->at++;
}

static void row_cache_look(struct row_cache *r)
{
    if (r->at == r->order_n) {
        r->asked_n = 0;
        r->portion = PORTION;
        ask_more(r);
        return;
    }
    long image = r->order[r->at];
    if (curve_find(r->curve, image) >= 0)
        r->at++;
    else if (!r->contents[image].known)
        row_cache_look_at(r, image);
    else if (find_row(r, image))
        r->at++;
}

/* Whether the answers broke off before this image (a pause): the rest is asked for again. Not for ever where
 * none comes, for then the images are measured, which does not need them. */
static bool is_unanswered(const struct row_cache *r, long image)
{
    return !r->answered[image] && r->fruitless < FRUITLESS;
}

static void look_again(struct row_cache *r)
{
    if (r->at < r->asked_n && is_unanswered(r, r->unknown[r->at]))
        r->stage = STAGE_ASK;
    else if (r->at == r->asked_n && r->is_known)
        ask_more(r);
    else if (r->at == r->asked_n)
        row_cache_finish(r);
    else if (!r->contents[r->unknown[r->at]].known || find_row(r, r->unknown[r->at]))
        r->at++;
}

/* The tuning on trial is the right one. */
static void take_trial(struct row_cache *r)
{
    if (r->trial && r->at < r->trial->rows_n) {
        curve_copy_row(r->curve, r->trial, r->at++);
        r->found++;
        return;
    }
    for (long i = 0; i < r->excluded_n; i++)
        report_excluded(r, r->excluded[i].image, &r->excluded[i].row);
    r->found += r->excluded_n;
    drop_trial(r);
    go(r, r->next, r->at_next);
}

static void row_cache_step(struct row_cache *r)
{
    switch (r->stage) {
    case STAGE_BEGIN:
        row_cache_begin(r);
        break;
    case STAGE_LOOK:
        row_cache_look(r);
        break;
    case STAGE_AGAIN:
        look_again(r);
        break;
    case STAGE_TAKE:
        take_trial(r);
        break;
    case STAGE_ASK:
    case STAGE_TUNING:
    case STAGE_DONE:
        break;
    }
}

/* The worker does not say what tuning it has: no stored row can be known to be of it. */
static void do_without_tuning(struct row_cache *r)
{
    drop_trial(r);
    r->tuning = (struct message_tuning){.hash = ""};
    go(r, STAGE_DONE, 0);
}

static enum row_cache_need row_cache_steps(struct row_cache *r, int64_t end)
{
    for (long i = 1;; i++) {
        row_cache_step(r);
        if (r->stage == STAGE_TUNING && r->tuning_asks++ == FRUITLESS)
            do_without_tuning(r);
        if (r->stage == STAGE_DONE)
            return ROW_CACHE_RUN;
        if (r->stage == STAGE_TUNING)
            return ROW_CACHE_TUNING;
        if (r->stage == STAGE_ASK) {
            r->stage = STAGE_AGAIN; /* with the answers */
            r->fruitless++;
            return ROW_CACHE_CONTENTS;
        }
        if (i % SLICE == 0 && clock_ms() >= end)
            return ROW_CACHE_MORE;
    }
}

enum row_cache_need row_cache_next(struct row_cache *r, int ms)
{
    int64_t end = clock_ms() + ms;
    if (r->store)
        row_cache_ask_store(r);
    struct store *store = r->store; /* which a failure forgets */
    if (store)
        store_look_begin(store);
    enum row_cache_need need = row_cache_steps(r, end);
    if (store)
        store_look_end(store);
    return need;
}

const long *row_cache_unknown(const struct row_cache *r, long *n)
{
    *n = r->asked_n - r->at;
    return r->unknown + r->at;
}

/* ---- The tuning -------------------------------------------------------------------------------------- */

/* Where the looking stopped, or again where what was found belongs to another tuning. */
static void look_on(struct row_cache *r, bool same)
{
    struct error e;
    if (same && r->trial) {
        go(r, STAGE_TAKE, 0);
        return;
    }
    drop_trial(r);
    r->unknown_n = 0;
    r->number = store_find_run_key(r->store, &r->run_key, &e);
    if (r->number < 0)
        row_cache_fail(r, &e);
    else
        go(r, r->number > 0 ? STAGE_LOOK : STAGE_DONE, 0);
}

int row_cache_tuned(struct row_cache *r, const struct message_tuning *tuning, struct error *e)
{
    if (!tuning->hash[0])
        return 0; /* it is still unknown */
    r->tuning_asks = 0;
    bool same = strcmp(r->tuning.hash, tuning->hash) == 0;
    bool certain = r->begun || (r->tuning.hash[0] && !r->trial);
    if (certain && !same)
        return error_set(
            e,
            "the worker computes the network by another tuning (%s) than the one that the rows so far "
            "were measured with (%s)",
            tuning->hash, r->tuning.hash);
    if (!r->begun && !certain)
        row_cache_settle(r, tuning);
    r->tuning = *tuning;
    if (r->stage == STAGE_TUNING || r->stage == STAGE_BEGIN)
        look_on(r, same);
    return 0;
}

const struct curve *row_cache_trial(const struct row_cache *r)
{
    return r->trial;
}

enum exclusion row_cache_trial_lost(const struct row_cache *r, long i, long *image)
{
    if (i >= r->excluded_n)
        return EXCLUDED_NOT;
    *image = r->excluded[i].image;
    return r->excluded[i].row.kind;
}

void row_cache_accept(struct row_cache *r)
{
    if (r->trial)
        row_cache_finish(r);
}

/* ---- Keeping --------------------------------------------------------------------------------------- */

void row_cache_content(struct row_cache *r, long image, const struct content *content)
{
    if (!r || !r->store)
        return;
    r->answered[image] = true;
    r->fruitless = 0;
    if (!content->known)
        return;
    r->contents[image] = *content;
    if (r->begun)
        row_cache_keep_content(r, image);
}

static void keep(struct row_cache *r, long image, const struct content *content, const struct store_row *row,
                 const float *values)
{
    if (!r || !r->store || !content->known || !r->connection->tuning.hash[0])
        return;
    if (!row_cache_ask_store(r))
        return;
    if (!r->begun)
        row_cache_settle(r, &r->connection->tuning);
    if (strcmp(r->connection->tuning.hash, r->tuning.hash) != 0)
        return; /* the worker has another tuning now: these are no rows of the series */
    r->contents[image] = *content;
    row_cache_keep_content(r, image);
    store_keep_row(r->target, content, r->connection->dataset->images[image].class_index, row, values);
}

void row_cache_keep(struct row_cache *r, long image, const struct content *content)
{
    long found = r ? curve_find(r->curve, image) : -1;
    if (found < 0)
        return;
    const struct store_row row = {.kind = EXCLUDED_NOT,
                                  .predicted = r->curve->rows[found].predicted,
                                  .score = r->curve->rows[found].score};
    keep(r, image, content, &row, r->curve->values + (size_t)found * (size_t)r->curve->layers);
}

void row_cache_keep_skipped(struct row_cache *r, long image, const struct content *content,
                            const char *reason)
{
    struct store_row row = {.kind = EXCLUDED_UNDECODABLE};
    snprintf(row.reason, sizeof row.reason, "%s", reason);
    keep(r, image, content, &row, NULL);
}

void row_cache_keep_nonfinite(struct row_cache *r, long image, const struct content *content, int layer)
{
    const struct store_row row = {.kind = EXCLUDED_NONFINITE, .layer = layer};
    keep(r, image, content, &row, NULL);
}

/* ---- What came of it ------------------------------------------------------------------------------- */

long row_cache_found(const struct row_cache *r)
{
    return r->found;
}

const struct message_tuning *row_cache_tuning(const struct row_cache *r)
{
    return &r->tuning;
}

double row_cache_progress(const struct row_cache *r)
{
    if (r->order_n == 0 || r->stage == STAGE_DONE)
        return 1;
    long looked = r->stage == STAGE_LOOK ? r->at : 0;
    if (r->stage == STAGE_AGAIN)
        looked = r->order_n - r->unknown_n + r->at;
    else if (r->stage == STAGE_TAKE)
        looked = r->order_n;
    return (double)looked / (double)r->order_n;
}
