/* What the store has of a study is not measured again: its rows are taken over before the run, between other
 * things, and what the run brings is kept. */
#include "study/study_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Of one slice: a key that comes meanwhile waits no longer. */
enum { SLICE_MS = 8, SLICE_ROWS = 150000 };

static void recalled_skipped(void *data, long image, const char *reason)
{
    study_settle_undecodable(data, image, reason);
}

static void recalled_nonfinite(void *data, long image, int layer)
{
    study_settle_nonfinite(data, image, layer);
}

static void recalled_trouble(void *data, const char *text)
{
    struct study *s = data;
    study_say(s, STUDY_TROUBLE, "%s (going on without stored rows)", text);
}

static void recalled_wrong(void *data, const char *text)
{
    struct study *s = data;
    study_say(s, STUDY_WARNING, "%s (measured again)", text);
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

void study_begin_recall(struct study *s)
{
    study_end_recall(s);
    if (!s->store)
        return;
    const struct recall_listener listener = {s, recalled_skipped, recalled_nonfinite, recalled_trouble,
                                             recalled_wrong};
    long n;
    s->recall.images = images_left(s, &n);
    s->recall.run = study_run_options(s);
    s->recall.recall =
        recall_new(s->store, s->connection, &s->inputs, &s->recall.run, s->recall.images, n, s->curve, &listener);
    s->recall.looks = true;
}

void study_end_recall(struct study *s)
{
    recall_free(s->recall.recall);
    stopping_free(s->recall.stopping);
    free(s->recall.images);
    s->recall.stopping = NULL;
    s->recall.recall = NULL;
    s->recall.images = NULL;
    s->recall.tuning[0] = '\0';
    s->recall.need = RECALL_MORE;
    s->recall.looks = false;
}

bool study_can_recall(const struct study *s)
{
    return study_is_reading(s) && s->connection->state == CONNECTION_IDLE && !s->connection->heatmap;
}

int study_tell_recall(struct study *s, const struct message_tuning *tuning, struct error *e)
{
    if (!s->recall.recall || !tuning->hash[0] || strcmp(tuning->hash, s->recall.tuning) == 0)
        return 0;
    snprintf(s->recall.tuning, sizeof s->recall.tuning, "%s", tuning->hash);
    return recall_tuned(s->recall.recall, tuning, e);
}

/* Whether the pick is stable on rows that are good only if the worker still has the tuning they were measured
 * with: then it need not be asked. */
static enum stopping_state judge_trial(struct study *s, const struct recall_trial *trial)
{
    const struct stopping_curves curves = {s->stopping.chosen, s->stopping.chosen_n};
    if (!s->recall.stopping) {
        s->recall.stopping = study_new_stopping(s);
        s->recall.excluded = 0;
    }
    for (; s->recall.excluded < trial->excluded_n; s->recall.excluded++) {
        const struct recall_loss *exclusion = &trial->excluded[s->recall.excluded];
        stopping_exclude(s->recall.stopping, exclusion->image, exclusion->row.kind);
    }
    return stopping_step(s->recall.stopping, trial->rows, &curves, SLICE_ROWS);
}

/* With --until-stable: whether what was found is enough. */
static enum stopping_state study_recall_judge(struct study *s)
{
    const struct recall_trial trial = recall_trial(s->recall.recall);
    if (s->stopping.stopping && trial.rows)
        return judge_trial(s, &trial);
    return study_judge(s, SLICE_ROWS);
}

/* A run of no images. */
static int ask_tuning(struct study *s, struct error *e)
{
    struct run_options run = study_run_options(s);
    s->run.n = 0; /* none is under way that could be the cause if the worker dies */
    s->recall.tuning[0] = '\0';
    snprintf(s->doing, sizeof s->doing, "preparing the network");
    return connection_run(s->connection, &run, s->curve, e);
}

static int ask_contents(struct study *s, struct error *e)
{
    long n;
    const long *images = recall_unknown(s->recall.recall, &n);
    s->run.n = 0;
    snprintf(s->doing, sizeof s->doing, "looking whether %ld images are known", n);
    return connection_hash(s->connection, images, n, e);
}

/* Of this conversation and of those before it, whose worker died. */
static long study_count_recalled(const struct study *s)
{
    long n = 0;
    for (long i = 0; i < s->order_n; i++)
        n += s->settled[s->order[i]] && s->recall.found[s->order[i]];
    return n;
}

static void begin_run(struct study *s)
{
    long found = study_count_recalled(s);
    if (found > s->recall.noted)
        study_say(s, STUDY_RECALLED, "%ld of %ld images were measured before: their rows are in %s", found,
                  s->order_n, store_path(s->store));
    s->recall.noted = found;
    s->recall.looks = false;
    s->doing[0] = '\0';
    study_next_run(s);
}

/* More than the store has is needed. */
static int study_recall_go_on(struct study *s, enum recall_need need, struct error *e)
{
    if (need == RECALL_TUNING)
        return ask_tuning(s, e);
    if (need == RECALL_CONTENTS)
        return ask_contents(s, e);
    begin_run(s);
    return 0;
}

static int study_recall_look(struct study *s, struct error *e)
{
    if (s->recall.need == RECALL_MORE) {
        s->recall.need = recall_next(s->recall.recall, SLICE_MS);
        study_settle_rows(s);
        if (recall_found(s->recall.recall) > 0)
            study_take_tuning(s, recall_tuning(s->recall.recall));
        snprintf(s->doing, sizeof s->doing, "reading the store %.0f %%",
                 100 * recall_progress(s->recall.recall));
    }
    if (s->recall.need == RECALL_MORE)
        return 0;
    enum stopping_state state = study_recall_judge(s);
    if (state == STOPPING_WORKS)
        return 0;
    enum recall_need need = s->recall.need;
    s->recall.need = RECALL_MORE;
    if (state == STOPPING_WAITS)
        return study_recall_go_on(s, need, e);
    recall_accept(s->recall.recall);
    return 0;
}

int study_step_recall(struct study *s, struct error *e)
{
    if (!s->stopping.stable)
        return study_recall_look(s, e);
    study_next_run(s); /* which is over before it has begun */
    return 0;
}
