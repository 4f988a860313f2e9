#include "study/pool.h"
#include "study/study_parts.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text_list.h"

struct study_telling {
    struct study_reporter reporter;
    long reported;         /* lines that the reporter was told */
    struct text_list told; /* what workers told of files: one that is started again tells it no second time */
};

void study_say(struct study *s, enum study_news news, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = memory_format_list(format, args);
    va_end(args);
    s->telling->reported++;
    s->telling->reporter.say(s->telling->reporter.data, news, text);
    free(text);
}

void study_progress(const struct study *s, const char *what, long done, long of)
{
    const struct study_reporter *r = &s->telling->reporter;
    if (r->progress)
        r->progress(r->data, what, done, of);
}

/* ---- What the worker tells ----------------------------------------------------------------------- */

static bool study_was_told(const struct study *s, const char *text)
{
    const struct text_list *told = &s->telling->told;
    for (int i = 0; i < told->n; i++)
        if (strcmp(told->texts[i], text) == 0)
            return true;
    return false;
}

static void study_on_log(void *data, bool warning, const char *text)
{
    struct study *s = data;
    bool loading = !s->dataset || s->next;
    if (s->next && study_was_told(s, text))
        return;
    if (loading)
        text_list_add(&s->telling->told, memory_copy(text));
    study_say(s, warning ? STUDY_WARNING : STUDY_NOTE, "%s", text);
}

static void study_on_progress(void *data, const char *what)
{
    struct study *s = data;
    snprintf(s->doing, sizeof s->doing, "%s", what);
}

static void study_on_workers(void *data, const char *text, bool whole)
{
    struct study *s = data;
    if (whole && (!s->run.more || s->connection->stopped)) /* else it goes on */
        study_say(s, STUDY_WORKERS, "%s", text);
    snprintf(s->run.workers, sizeof s->run.workers, "%s", whole ? "" : text);
    s->version++;
}

/* Whether that is news; from now on it is none. */
static bool study_is_news(struct study *s, long image, enum exclusion why)
{
    if (!s->told)
        return true;
    if (excluded_find(s->told, image) == why)
        return false;
    excluded_add(s->told, image, why);
    return true;
}

void study_settle_undecodable(struct study *s, long image, const char *reason)
{
    study_exclude(s, image, EXCLUDED_UNDECODABLE);
    if (study_is_news(s, image, EXCLUDED_UNDECODABLE))
        study_say(s, STUDY_EXCLUDED, "%s: cannot be decoded: %s", s->dataset->images[image].path, reason);
}

void study_settle_nonfinite(struct study *s, long image, int layer)
{
    study_exclude(s, image, EXCLUDED_NONFINITE);
    if (study_is_news(s, image, EXCLUDED_NONFINITE))
        study_say(s, STUDY_EXCLUDED, "%s: left out, its importance in layer %d (%s) is not finite",
                  s->dataset->images[image].path, layer, s->table->rows[layer].name);
}

static void study_on_skipped(void *data, long image, const char *reason, const struct content *content)
{
    struct study *s = data;
    if (!study_is_ready(s) || study_is_trapping(s))
        return;
    study_settle_undecodable(s, image, reason);
    row_cache_keep_skipped(study_row_cache(s), image, content, reason);
}

static void study_on_nonfinite(void *data, long image, int layer, const struct content *content)
{
    struct study *s = data;
    if (study_is_trapping(s))
        return; /* it is told, and kept, when its row is measured */
    study_settle_nonfinite(s, image, layer);
    row_cache_keep_nonfinite(study_row_cache(s), image, content, layer);
}

static void study_on_measured(void *data, long image, const struct content *content)
{
    struct study *s = data;
    row_cache_keep(study_row_cache(s), image, content);
}

static void study_on_content(void *data, long image, const struct content *content)
{
    struct study *s = data;
    row_cache_content(study_row_cache(s), image, content);
}

static void study_on_heatmap(void *data, struct heatmap *heatmap)
{
    struct study *s = data;
    if (!s->heatmap)
        s->heatmap = memory_new(1, sizeof *s->heatmap);
    heatmap_free(s->heatmap);
    *s->heatmap = *heatmap;
    *heatmap = (struct heatmap){0};
    s->heatmap_image = -1;
}

struct connection_listener study_listener(struct study *s)
{
    return (struct connection_listener){
        .data = s,
        .log = study_on_log,
        .progress = study_on_progress,
        .workers = study_on_workers,
        .skipped = study_on_skipped,
        .nonfinite = study_on_nonfinite,
        .heatmap = study_on_heatmap,
        .measured = study_on_measured,
        .content = study_on_content,
    };
}

static struct connection *study_start(struct study *s, struct error *e)
{
    const struct connection_listener listener = study_listener(s);
    snprintf(s->doing, sizeof s->doing, "starting the worker");
    char *command = pool_command(&s->options);
    struct connection *n = connection_start(command, &listener, e);
    free(command);
    return n;
}

struct study *study_new(const struct options *options, const struct study_reporter *reporter)
{
    struct study *s = memory_new(1, sizeof *s);
    struct error e;
    s->options = *options;
    s->telling = memory_new(1, sizeof *s->telling);
    s->telling->reporter = *reporter;
    s->heatmap_image = -1;
    s->trapped.work = study_trapping_new();
    s->stopping = study_stopping_new();
    if (study_trapped_rate(options, &s->trapped.floats, &e) < 0)
        s->trapped.floats = TRAPPED_RATIO; /* whoever shows it has refused it */
    return s;
}

static struct study *study_of_inputs(struct inputs *inputs, const struct options *options,
                                     const struct study_reporter *reporter)
{
    struct study *s = study_new(options, reporter);
    s->inputs = *inputs;
    *inputs = (struct inputs){0};
    return s;
}

struct study *study_new_lent(struct connection *connection, struct inputs *inputs,
                             const struct options *options, const struct study_reporter *reporter)
{
    struct study *s = study_of_inputs(inputs, options, reporter);
    s->lent = true;
    s->connection = connection;
    study_show(s);
    return s;
}

struct study *study_open(struct inputs *inputs, const struct options *options,
                         const struct study_reporter *reporter, struct error *e)
{
    struct study *s = study_of_inputs(inputs, options, reporter);
    s->connection = study_start(s, e);
    if (s->connection)
        return s;
    study_free(s);
    return NULL;
}

void study_free(struct study *s)
{
    if (!s)
        return;
    study_end_row_cache(s);
    study_end_laying(s);
    connection_free(s->next);
    if (!s->lent)
        connection_free(s->connection);
    inputs_free(&s->inputs);
    saved_rows_free(s->saved_rows);
    if (s->heatmap)
        heatmap_free(s->heatmap);
    free(s->heatmap);
    text_list_free(&s->telling->told);
    free(s->telling);
    curve_free(s->curve);
    layer_list_free(&s->layer_list);
    trapped_free(&s->trapped.answer);
    free(s->trapped.work);
    study_stopping_free(s->stopping);
    free(s->asked);
    excluded_free(&s->excluded);
    free(s->order);
    free(s->settled);
    free(s->run.suspect);
    free(s->run.images);
    free(s->run.found);
    free(s);
}

struct store *study_open_store(const struct options *options, const struct study_reporter *reporter,
                               const char *without)
{
    struct error e;
    char *notice = NULL;
    const char *named = options->store;
    char *path = options->no_store ? NULL : named ? memory_copy(named) : store_default_path();
    bool placed = path && (named || file_make_folders(path, &e) == 0);
    struct store *store = placed ? store_open(path, STORE_WRITE, &notice, &e) : NULL;
    if (path && !store) {
        char *text = memory_format("%s%s", e.text, without);
        reporter->say(reporter->data, STUDY_TROUBLE, text);
        free(text);
    }
    if (notice)
        reporter->say(reporter->data, STUDY_WARNING, notice);
    free(notice);
    free(path);
    return store;
}

void study_use_store(struct study *s, struct store *store)
{
    s->store = store;
}

bool study_is_ready(const struct study *s)
{
    return s->curve != NULL;
}

/* ---- Stepping ------------------------------------------------------------------------------------ */

void study_fail(struct study *s, enum study_state state, const struct error *why)
{
    s->state = state;
    s->why = *why;
    s->doing[0] = '\0';
    s->heatmap_image = -1;
    s->run.pausing = s->run.more = false;
    study_end_laying(s);
    row_cache_rest(study_row_cache(s));
    connection_free(s->next);
    s->next = NULL;
    study_say(s, state == STUDY_LOST || s->run.no_worker ? STUDY_GONE : STUDY_ENDED, "%s", why->text);
}

/* The conversation that goes on; NULL where there is none. */
static struct connection *conversation(const struct study *s)
{
    struct connection *n = s->next ? s->next : s->connection;
    return n && n->state != CONNECTION_LOST ? n : NULL;
}

int study_polls(const struct study *s, struct pollfd fds[STUDY_POLLS])
{
    const struct connection *n = conversation(s);
    return n ? connection_polls(n, fds) : 0;
}

int study_timeout(const struct study *s)
{
    const struct connection *n = conversation(s);
    if (study_can_row_cache(s) || s->laying || (s->saved_rows && s->state == STUDY_LOADING))
        return 0;
    return n ? connection_timeout(n) : -1;
}

/* The worker waits for a request. */
static void study_answered(struct study *s, struct connection *n)
{
    struct error e;
    if (s->state == STUDY_LOADING) {
        int more = study_load(s, n, &e);
        if (more < 0)
            study_fail(s, study_is_ready(s) ? STUDY_LOST : STUDY_FAILED, &e);
        else if (more > 0)
            study_begin_laying(s);
    } else if (s->state == STUDY_MEASURING) {
        study_next_run(s);
    }
}

/* Rows of two tunings may differ in their last digits (engine/README.md), as when a worker is started again
 * on another machine. */
void study_take_tuning(struct study *s, const struct message_tuning *tuning)
{
    if (!tuning->hash[0] || strcmp(tuning->hash, s->run.tuning.hash) == 0)
        return;
    if (s->run.tuning.hash[0] && s->curve->rows_n > 0)
        study_say(s, STUDY_REPLANNED, "the worker measures by another tuning now (%s, before %s)",
                  tuning->hash, s->run.tuning.hash);
    s->run.tuning = *tuning;
}

/* Rows of another tuning than those so far are told. */
static void step_tuning(struct study *s)
{
    struct error e;
    if (s->connection->kind == &request_trapped)
        return; /* no rows */
    study_take_tuning(s, &s->connection->tuning);
    if (study_tell_row_cache(s, &s->connection->tuning, &e) < 0)
        study_say(s, STUDY_REPLANNED, "%s", e.text);
}

/* The same while trapped energy is measured: whatever ends that does not end the study, but for a worker that
 * dies. True where it ended. */
static bool step_trapped(struct study *s, struct connection *n)
{
    struct error why;
    enum connection_end end = connection_step(n, 0, &why);
    if (end == CONNECTION_DONE && n->state != CONNECTION_IDLE)
        return false;
    study_end_trapped(s, end, &why);
    s->run.no_worker = end == CONNECTION_GONE;
    if (end == CONNECTION_GONE)
        study_fail(s, STUDY_LOST, &why);
    return true;
}

/* What the worker said. */
static bool step_conversation(struct study *s, struct connection *n)
{
    struct error why;
    if (study_is_trapping(s) && n == s->connection)
        return step_trapped(s, n);
    bool awaited = n->state != CONNECTION_IDLE;
    enum connection_end end = connection_step(n, 0, &why);
    study_settle_rows(s);
    step_tuning(s);
    if (end == CONNECTION_GONE && s->state != STUDY_LOADING)
        study_suspect(s);
    if (end == CONNECTION_GONE || end == CONNECTION_REFUSED) {
        s->run.no_worker = end == CONNECTION_GONE;
        bool lost = end == CONNECTION_GONE || s->next;
        study_fail(s, lost && study_is_ready(s) ? STUDY_LOST : STUDY_FAILED, &why);
        return true;
    }
    bool idle = n->state == CONNECTION_IDLE;
    if (awaited && idle)
        study_answered(s, n);
    return awaited && idle;
}

/* A step of the conversation, and of what the store has. */
static bool step_all(struct study *s, struct connection *n)
{
    struct error e;
    long version = s->version;
    long reported = s->telling->reported;
    const struct heatmap *before = s->heatmap;
    long looking = s->heatmap_image;
    bool changed = step_conversation(s, n);
    if (s->laying)
        study_step_laying(s);
    if (study_can_row_cache(s)) {
        if (study_step_row_cache(s, &e) < 0)
            study_fail(s, STUDY_LOST, &e);
        changed = true;
    }
    changed = study_step_trapped(s) || changed;
    return changed || s->version != version || s->telling->reported != reported || s->heatmap != before ||
           s->heatmap_image != looking;
}

bool study_step(struct study *s)
{
    if (s->saved_rows)
        return study_step_saved_rows(s);
    struct connection *n = conversation(s);
    long silent = s->run.silent;
    bool changed = n && step_all(s, n);
    n = conversation(s);
    s->run.silent = n ? connection_silence(n) : 0;
    return changed || s->run.silent != silent;
}

int study_restart(struct study *s, struct error *e)
{
    if (s->saved_rows)
        return error_set(e, "there is no worker: the rows come from %s", s->inputs.named);
    if (s->state == STUDY_FAILED && !s->run.no_worker)
        return error_set(e, "the worker runs; a new one would refuse the same request");
    if (s->state != STUDY_LOST && s->state != STUDY_FAILED)
        return connection_revive(s->next ? s->next : s->connection, e) < 0 ? -1 : 1;
    struct connection *n = study_start(s, e);
    if (!n)
        return -1;
    if (study_is_ready(s)) {
        s->next = n; /* the old one's table and data set are shown until it is as far */
    } else {
        connection_free(s->connection);
        s->connection = n;
    }
    s->state = STUDY_LOADING;
    return 0;
}

bool study_is_reading(const struct study *s)
{
    return (s->run.looks && s->state == STUDY_MEASURING) || (s->saved_rows && s->state == STUDY_LOADING);
}

bool study_is_growing(const struct study *s)
{
    return s->state == STUDY_MEASURING || study_is_reading(s);
}

bool study_is_settled(const struct study *s)
{
    bool waits = s->state == STUDY_LOADING || s->state == STUDY_MEASURING;
    return !waits && s->heatmap_image < 0 && !study_is_trapping(s);
}
