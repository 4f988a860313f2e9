#include "study/row_cache_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/row_key.h"
#include "study/caches.h"

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
    r->look = row_cache_look_new(run);
    return r;
}

void row_cache_drop_trial(struct row_cache *r)
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
    row_cache_drop_trial(r);
    row_cache_forget_recall(r);
    store_end(r->target);
    for (int i = 0; i < 3; i++)
        free(r->texts[i]);
    free(r->tuning_key);
    free(r->contents);
    free(r->answered);
    row_cache_look_free(r->look);
    free(r);
}

/* Told once: from now on there is no store. Rows that are being taken are good none the less. */
void row_cache_fail(struct row_cache *r, const struct error *why)
{
    r->store = NULL;
    r->next = STAGE_DONE;
    if (r->stage != STAGE_TAKE) {
        r->stage = STAGE_DONE;
        row_cache_drop_trial(r);
    }
    if (!r->begun)
        r->tuning = (struct message_tuning){.hash = ""};
    row_cache_say(r, ROW_CACHE_TROUBLE, why->text);
}

/* How the store fares: false where it is in trouble, and so is none any more. */
bool row_cache_ask_store(struct row_cache *r)
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
void row_cache_pass_over(struct row_cache *r, const struct error *why)
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
void row_cache_settle(struct row_cache *r, const struct message_tuning *tuning)
{
    r->tuning = *tuning;
    if (!r->store)
        return;
    free(r->texts[2]);
    r->texts[2] = row_key_versions(&r->connection->versions, tuning);
    r->run_key.versions = r->texts[2];
    r->target = store_begin(r->store, &r->run_key, r->tuning_key, r->connection->dataset, r->run->layers_n);
    r->begun = true;
    for (long image = 0; image < r->connection->dataset->images_n; image++)
        if (r->answered[image]) /* the worker may have told some already */
            row_cache_keep_content(r, image);
}

/* ---- Looking --------------------------------------------------------------------------------------- */

void row_cache_go(struct row_cache *r, enum stage stage, long at)
{
    r->stage = stage;
    r->at = at;
}

/* ---- The tuning -------------------------------------------------------------------------------------- */

/* Where the looking stopped, or again where what was found belongs to another tuning. */
static void look_on(struct row_cache *r, bool same)
{
    struct error e;
    if (same && r->trial) {
        row_cache_go(r, STAGE_TAKE, 0);
        return;
    }
    row_cache_drop_trial(r);
    r->number = store_find_run_key(r->store, &r->run_key, &e);
    if (r->number < 0)
        row_cache_fail(r, &e);
    else if (r->number > 0)
        row_cache_begin_look(r);
    else
        row_cache_go(r, STAGE_DONE, 0);
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
    if (r->stage == STAGE_RECALL)
        return row_cache_recall_progress(r);
    return r->stage == STAGE_TAKE ? 1 : row_cache_look_progress(r);
}
