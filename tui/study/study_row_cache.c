/* What the store has of a study is not measured again: its rows are taken over before the run, between other
 * things, and what the run brings is kept. */
#include "study/study_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Of one slice: a key that comes meanwhile waits no longer. */
enum { SLICE_MS = 8, SLICE_ROWS = 150000 };

struct study_looking {
    struct row_cache *cache;
    struct run_options run;
    long *images;
    char tuning[17];           /* that the cache was told last */
    enum row_cache_need need;  /* what it waits for; MORE: nothing */
    struct stopping *stopping; /* as the study's, for rows on trial; or NULL */
    long excluded;             /* how many lost images that was told */
};

static void study_hear_row_cache(void *data, enum row_cache_event event, long image, int layer,
                                 const char *text)
{
    struct study *s = data;
    switch (event) {
    case ROW_CACHE_SKIPPED:
        study_settle_undecodable(s, image, text);
        return;
    case ROW_CACHE_NONFINITE:
        study_settle_nonfinite(s, image, layer);
        return;
    case ROW_CACHE_TROUBLE:
        study_say(s, STUDY_TROUBLE, "%s (continuing without stored rows)", text);
        return;
    case ROW_CACHE_RENEWED:
        study_say(s, STUDY_WARNING, "%s", text);
        return;
    case ROW_CACHE_WRONG:
        study_say(s, STUDY_WARNING, "%s (measured again)", text);
    }
}

/* New array: images of the order that are not settled; *n of them. */
static long *images_left(const struct study *s, long *n)
{
    long *left = memory_new((size_t)s->order_n, sizeof *left);
    *n = 0;
    for (long i = 0; i < s->order_n; i++)
        if (!s->settled[s->order[i]])
            left[(*n)++] = s->order[i];
    return left;
}

void study_begin_row_cache(struct study *s)
{
    study_end_row_cache(s);
    if (!s->store)
        return;
    long n;
    s->looking = memory_new(1, sizeof *s->looking);
    s->looking->images = images_left(s, &n);
    s->looking->run = study_run_options(s);
    s->looking->cache = row_cache_new(s->store, s->connection, &s->inputs, &s->looking->run,
                                      s->looking->images, n, s->curve, study_hear_row_cache, s);
    s->run.looks = true;
}

struct row_cache *study_row_cache(const struct study *s)
{
    return s->looking ? s->looking->cache : NULL;
}

void study_end_row_cache(struct study *s)
{
    if (s->looking) {
        row_cache_free(s->looking->cache);
        stopping_free(s->looking->stopping);
        free(s->looking->images);
    }
    free(s->looking);
    s->looking = NULL;
    s->run.looks = false;
}

bool study_can_row_cache(const struct study *s)
{
    return s->connection && study_is_reading(s) && s->connection->state == CONNECTION_IDLE &&
           !s->connection->heatmap;
}

int study_tell_row_cache(struct study *s, const struct message_tuning *tuning, struct error *e)
{
    if (!s->looking || !tuning->hash[0] || strcmp(tuning->hash, s->looking->tuning) == 0)
        return 0;
    snprintf(s->looking->tuning, sizeof s->looking->tuning, "%s", tuning->hash);
    return row_cache_tuned(s->looking->cache, tuning, e);
}

/* Whether the pick is stable on rows that are good only if the worker still has the tuning they were measured
 * with: then it need not be asked. */
static enum stopping_state judge_trial(struct study *s, const struct curve *rows)
{
    struct study_looking *l = s->looking;
    enum exclusion why;
    long image;
    if (!l->stopping) {
        l->stopping = study_new_stopping(s, NULL);
        l->excluded = 0;
    }
    if (!l->stopping)
        return STOPPING_WAITS; /* no memory to judge them: the worker is asked */
    for (; (why = row_cache_trial_lost(l->cache, l->excluded, &image)) != EXCLUDED_NOT; l->excluded++)
        stopping_exclude(l->stopping, image, why);
    return study_judge_trial(s, l->stopping, rows, SLICE_ROWS);
}

/* With --until-stable: whether what was found is enough. */
static enum stopping_state study_row_cache_judge(struct study *s)
{
    const struct curve *trial = row_cache_trial(s->looking->cache);
    return study_rule(s) && trial ? judge_trial(s, trial) : study_judge(s, SLICE_ROWS);
}

/* A run of no images. */
static int ask_tuning(struct study *s, struct error *e)
{
    struct run_options run = study_run_options(s);
    s->run.n = 0; /* none is under way that could be the cause if the worker dies */
    s->looking->tuning[0] = '\0';
    snprintf(s->doing, sizeof s->doing, "preparing the network");
    return connection_run(s->connection, &run, s->curve, e);
}

static int ask_contents(struct study *s, struct error *e)
{
    long n;
    const long *images = row_cache_unknown(s->looking->cache, &n);
    s->run.n = 0;
    snprintf(s->doing, sizeof s->doing, "looking whether %ld images are known", n);
    return connection_hash(s->connection, images, n, e);
}

/* Of this conversation and of those before it, whose worker died. */
static long study_count_recalled(const struct study *s)
{
    long n = 0;
    for (long i = 0; i < s->order_n; i++)
        n += s->settled[s->order[i]] && s->run.found[s->order[i]];
    return n;
}

static void begin_run(struct study *s)
{
    long found = study_count_recalled(s);
    if (found > s->run.noted)
        study_say(s, STUDY_RECALLED, "%ld of %ld images were measured before: their rows are in %s", found,
                  s->order_n, store_path(s->store));
    s->run.noted = found;
    s->run.looks = false;
    s->doing[0] = '\0';
    study_next_run(s);
}

/* More than the store has is needed. */
static int study_row_cache_go_on(struct study *s, enum row_cache_need need, struct error *e)
{
    if (need == ROW_CACHE_TUNING)
        return ask_tuning(s, e);
    if (need == ROW_CACHE_CONTENTS)
        return ask_contents(s, e);
    begin_run(s);
    return 0;
}

static int study_row_cache_look(struct study *s, struct error *e)
{
    if (s->looking->need == ROW_CACHE_MORE) {
        s->looking->need = row_cache_next(s->looking->cache, SLICE_MS);
        study_settle_rows(s);
        if (row_cache_found(s->looking->cache) > 0)
            study_take_tuning(s, row_cache_tuning(s->looking->cache));
        snprintf(s->doing, sizeof s->doing, "reading the store %.0f %%",
                 100 * row_cache_progress(s->looking->cache));
    }
    if (s->looking->need == ROW_CACHE_MORE)
        return 0;
    enum stopping_state state = study_row_cache_judge(s);
    if (state == STOPPING_WORKS)
        return 0;
    enum row_cache_need need = s->looking->need;
    s->looking->need = ROW_CACHE_MORE;
    if (state == STOPPING_WAITS)
        return study_row_cache_go_on(s, need, e);
    row_cache_accept(s->looking->cache);
    return 0;
}

int study_step_row_cache(struct study *s, struct error *e)
{
    if (!study_is_stable(s))
        return study_row_cache_look(s, e);
    study_next_run(s); /* which is over before it has begun */
    return 0;
}
