/* Looking: what the store knows of each image, with what the worker tells of contents and of its tuning. */
#include "study/row_cache_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "study/caches.h"

/* Images between two looks at the clock. */
enum { SLICE = 32 };

/* So many contents are asked for at first, and twice as many after each portion in which one was known: where
 * images are new, not all of them are read just to find that out. */
enum { PORTION = 256 };

/* So often in a row the worker is asked for the same thing without an answer. */
enum { FRUITLESS = 4 };

struct row_cache_look {
    long *unknown; /* [unknown_n] images whose content the worker alone knows, in measuring order */
    long unknown_n, capacity;
    long asked_n;  /* of them: so many contents were asked for, portion by portion */
    long portion;  /* the next one */
    bool is_known; /* there was a row for one of this portion */
    float *values; /* [layers] of the row that was found */
};

struct row_cache_look *row_cache_look_new(const struct run_options *run)
{
    struct row_cache_look *l = memory_new(1, sizeof *l);
    l->values = memory_new((size_t)run->layers_n, sizeof *l->values);
    return l;
}

void row_cache_look_free(struct row_cache_look *l)
{
    if (!l)
        return;
    free(l->unknown);
    free(l->values);
    free(l);
}

double row_cache_look_progress(const struct row_cache *r)
{
    long looked = r->stage != STAGE_LOOK ? 0 : r->recall ? r->order_n : r->at;
    if (r->stage == STAGE_AGAIN)
        looked = r->order_n - r->look->unknown_n + r->at;
    return (double)looked / (double)r->order_n;
}

/* Looking is over. Where every image has a row on trial no others are needed, so the tuning is theirs. */
void row_cache_finish(struct row_cache *r)
{
    r->next = STAGE_DONE;
    if (r->trial && !r->begun)
        row_cache_settle(r, &r->tuning);
    row_cache_go(r, r->trial ? STAGE_TAKE : STAGE_DONE, 0);
}

void row_cache_begin_look(struct row_cache *r)
{
    row_cache_forget_recall(r);
    r->look->unknown_n = 0;
    row_cache_go(r, row_cache_can_recall(r) ? STAGE_RECALL : STAGE_LOOK, 0);
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
    if (last < 0 || r->number < 0 ||
        (r->number > 0 && caches_read_tuning(store_versions(r->store, r->number, &e), &r->tuning) < 0)) {
        row_cache_fail(r, &e);
        return;
    }
    if (r->number > 0) {
        r->trial = curve_new(r->run->layers_n, r->curve->classes, &e);
        row_cache_begin_look(r);
        if (!r->trial)
            row_cache_fail(r, &e);
        return;
    }
    r->tuning = (struct message_tuning){.hash = ""};
    r->next = STAGE_LOOK;
    row_cache_go(r, STAGE_TUNING, 0);
}

static void report_excluded(const struct row_cache *r, long image, const struct store_row *row)
{
    if (row->kind == EXCLUDED_UNDECODABLE && r->listen)
        r->listen(r->data, ROW_CACHE_SKIPPED, image, -1, row->reason);
    if (row->kind == EXCLUDED_NONFINITE && r->listen)
        r->listen(r->data, ROW_CACHE_NONFINITE, image, row->layer, NULL);
}

/* -1: what was kept can be no row. */
int row_cache_take(struct row_cache *r, long image, const struct store_row *row, const float *values,
                   struct error *e)
{
    struct error why;
    if (row->kind == EXCLUDED_NOT) {
        struct curve_row taken = {.image = image, .predicted = row->predicted, .score = row->score};
        taken.class_index = r->connection->dataset->images[image].class_index;
        if (curve_add(r->trial ? r->trial : r->curve, &taken, values, &why) < 0)
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
    if (found > 0 && row_cache_take(r, image, row, r->look->values, e) < 0)
        found = STORE_WRONG;
    if (found == STORE_WRONG)
        row_cache_pass_over(r, e);
    r->look->is_known = r->look->is_known || found > 0;
    if (found > 0 || !r->trial)
        return 1;
    r->next = r->stage;
    r->at_next = r->at;
    row_cache_go(r, STAGE_TUNING, 0);
    return 0;
}

/* The row of an image whose content is known. As above; after a failure it does not matter. */
static int find_row(struct row_cache *r, long image)
{
    struct error e;
    struct store_row row;
    int class_index = r->connection->dataset->images[image].class_index;
    int found = store_find_row(r->store, r->number, &r->contents[image], class_index, &row, r->look->values,
                               r->run->layers_n, &e);
    if (found == -1) {
        row_cache_fail(r, &e);
        return 1;
    }
    return row_cache_use(r, image, found, &row, &e);
}

static void add_unknown(struct row_cache_look *l, long image)
{
    if (l->unknown_n == l->capacity) {
        l->capacity = 2 * l->capacity + 256;
        l->unknown = memory_grow(l->unknown, (size_t)l->capacity, sizeof *l->unknown);
    }
    l->unknown[l->unknown_n++] = image;
}

static void ask_more(struct row_cache *r)
{
    struct row_cache_look *l = r->look;
    if (l->asked_n == l->unknown_n) {
        row_cache_finish(r);
        return;
    }
    row_cache_go(r, STAGE_ASK, l->asked_n);
    l->asked_n = l->portion < l->unknown_n - l->asked_n ? l->asked_n + l->portion : l->unknown_n;
    l->portion *= 2;
    l->is_known = false;
}

/* At an image whose content the worker has not told. */
static void row_cache_look_at(struct row_cache *r, long image)
{
    struct error e;
    struct store_row row;
    struct content *content = &r->contents[image];
    int found = store_find_image(r->store, r->number, r->connection->dataset, image, content, &row,
                                 r->look->values, r->run->layers_n, &e);
    if (found == -1) {
        row_cache_fail(r, &e);
        return;
    }
    if (content->known) {
        r->at += row_cache_use(r, image, found, &row, &e);
        return;
    }
    if (found == STORE_WRONG)
        row_cache_pass_over(r, &e);
    add_unknown(r->look, image);
    r->at++;
}

static void row_cache_look(struct row_cache *r)
{
    if (r->at == r->order_n) {
        r->look->asked_n = 0;
        r->look->portion = PORTION;
        ask_more(r);
        return;
    }
    long image = r->order[r->at];
    if (curve_find(r->curve, image) >= 0 || row_cache_is_recalled(r, image))
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
    const struct row_cache_look *l = r->look;
    if (r->at < l->asked_n && is_unanswered(r, l->unknown[r->at]))
        r->stage = STAGE_ASK;
    else if (r->at == l->asked_n && l->is_known)
        ask_more(r);
    else if (r->at == l->asked_n)
        row_cache_finish(r);
    else if (!r->contents[l->unknown[r->at]].known || find_row(r, l->unknown[r->at]))
        r->at++;
}

/* The tuning on trial is the right one. */
static void take_trial(struct row_cache *r)
{
    if (r->trial && r->curve->rows_n == 0) {
        r->found += r->trial->rows_n;
        curve_exchange(r->curve, r->trial);
    }
    if (r->trial && r->at < r->trial->rows_n) {
        curve_copy_row(r->curve, r->trial, r->at++);
        r->found++;
        return;
    }
    for (long i = 0; i < r->excluded_n; i++)
        report_excluded(r, r->excluded[i].image, &r->excluded[i].row);
    r->found += r->excluded_n;
    row_cache_drop_trial(r);
    row_cache_go(r, r->next, r->at_next);
}

void row_cache_step(struct row_cache *r)
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
    case STAGE_RECALL:
    case STAGE_ASK:
    case STAGE_TUNING:
    case STAGE_DONE:
        break;
    }
}

/* The worker does not say what tuning it has: no stored row can be known to be of it. */
static void do_without_tuning(struct row_cache *r)
{
    row_cache_drop_trial(r);
    r->tuning = (struct message_tuning){.hash = ""};
    row_cache_go(r, STAGE_DONE, 0);
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
        if (r->stage == STAGE_RECALL)
            return ROW_CACHE_MORE; /* which is no look-up */
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
    if (r->stage == STAGE_RECALL) {
        row_cache_recall_some(r, ms);
        return ROW_CACHE_MORE;
    }
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
    *n = r->look->asked_n - r->at;
    return r->look->unknown + r->at;
}
