/* What the store has of a study is not measured again: its rows are taken over before the run, between other
 * things, and what the run brings is kept. */
#include "app/study.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Of one slice: a key that comes meanwhile waits no longer. */
enum { SLICE_MS = 8, SLICE_ROWS = 150000 };

static void on_skipped(void *data, long image, const char *reason)
{
    study_settle_lost(data, image, reason);
}

static void on_nonfinite(void *data, long image, int layer)
{
    study_settle_nonfinite(data, image, layer);
}

static void on_trouble(void *data, const char *text)
{
    struct study *s = data;
    journal_add(s->journal, JOURNAL_WARNING, "%s (going on without stored rows)", text);
}

static void on_wrong(void *data, const char *text)
{
    struct study *s = data;
    journal_add(s->journal, JOURNAL_WARNING, "%s (measured again)", text);
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
    const struct recall_listener listener = {s, on_skipped, on_nonfinite, on_trouble, on_wrong};
    long n;
    s->recall_images = images_left(s, &n);
    s->recall_run = study_run_options(s);
    s->recall =
        recall_new(s->store, s->engine, &s->inputs, &s->recall_run, s->recall_images, n, s->curve, &listener);
    s->recalling = true;
}

void study_end_recall(struct study *s)
{
    recall_free(s->recall);
    until_free(s->recall_until);
    free(s->recall_images);
    s->recall_until = NULL;
    s->recall = NULL;
    s->recall_images = NULL;
    s->recall_plan[0] = '\0';
    s->recall_need = RECALL_MORE;
    s->recalling = false;
}

bool study_can_recall(const struct study *s)
{
    return study_is_reading(s) && s->engine->state == ENGINE_IDLE && !s->engine->heatmap_awaited;
}

void study_tell_recall(struct study *s, const struct message_plan *plan)
{
    struct error e;
    if (!s->recall || !plan->hash[0] || strcmp(plan->hash, s->recall_plan) == 0)
        return;
    snprintf(s->recall_plan, sizeof s->recall_plan, "%s", plan->hash);
    if (recall_planned(s->recall, plan, &e) < 0)
        journal_add(s->journal, JOURNAL_WARNING, "%s", e.text);
}

/* Whether the pick is stable on rows that are good only if the worker still has the plan they were measured
 * with: then it need not be asked. */
static enum until_state judge_trial(struct study *s, const struct recall_trial *trial)
{
    const bool *chosen[] = {s->asked};
    const struct until_curves curves = {chosen, 1};
    if (!s->recall_until) {
        s->recall_until = study_new_until(s);
        s->recall_losses = 0;
    }
    for (; s->recall_losses < trial->losses_n; s->recall_losses++) {
        const struct recall_loss *loss = &trial->losses[s->recall_losses];
        until_lose(s->recall_until, loss->image, loss->row.kind);
    }
    return until_step(s->recall_until, trial->rows, &curves, SLICE_ROWS);
}

/* With --until-stable: whether what was found is enough. */
static enum until_state judge(struct study *s)
{
    const struct recall_trial trial = recall_trial(s->recall);
    if (s->until && trial.rows)
        return judge_trial(s, &trial);
    return study_look_stable(s) ? UNTIL_WORKS : s->stable ? UNTIL_STABLE : UNTIL_WAITS;
}

/* A run of no images. */
static int ask_plan(struct study *s, struct error *e)
{
    struct run_options run = study_run_options(s);
    s->run_n = 0; /* none is under way that could be the cause if the worker dies */
    s->recall_plan[0] = '\0';
    snprintf(s->doing, sizeof s->doing, "preparing the network");
    return engine_run(s->engine, &run, s->curve, e);
}

static int ask_contents(struct study *s, struct error *e)
{
    long n;
    const long *images = recall_unknown(s->recall, &n);
    s->run_n = 0;
    snprintf(s->doing, sizeof s->doing, "looking whether %ld images are known", n);
    return engine_hash(s->engine, images, n, e);
}

/* Of this conversation and of those before it, whose worker died. */
static long count_recalled(const struct study *s)
{
    long n = 0;
    for (long i = 0; i < s->order_n; i++)
        n += s->settled[s->order[i]] && s->recalled[s->order[i]];
    return n;
}

static void begin_run(struct study *s)
{
    long found = count_recalled(s);
    if (found > s->recall_noted)
        journal_add(s->journal, JOURNAL_NOTE, "%ld of %ld images were measured before: their rows are in %s",
                    found, s->order_n, store_path(s->store));
    s->recall_noted = found;
    s->recalling = false;
    s->doing[0] = '\0';
    study_next_run(s);
}

/* More than the store has is needed. */
static int go_on(struct study *s, enum recall_need need, struct error *e)
{
    if (need == RECALL_PLAN)
        return ask_plan(s, e);
    if (need == RECALL_CONTENTS)
        return ask_contents(s, e);
    begin_run(s);
    return 0;
}

static int look(struct study *s, struct error *e)
{
    if (s->recall_need == RECALL_MORE) {
        s->recall_need = recall_next(s->recall, SLICE_MS);
        study_settle_rows(s);
        if (recall_found(s->recall) > 0)
            study_take_plan(s, recall_plan(s->recall));
        snprintf(s->doing, sizeof s->doing, "reading the store %.0f %%", 100 * recall_progress(s->recall));
    }
    if (s->recall_need == RECALL_MORE)
        return 0;
    enum until_state state = judge(s);
    if (state == UNTIL_WORKS)
        return 0;
    enum recall_need need = s->recall_need;
    s->recall_need = RECALL_MORE;
    if (state == UNTIL_WAITS)
        return go_on(s, need, e);
    recall_accept(s->recall);
    return 0;
}

void study_step_recall(struct study *s)
{
    struct error e;
    if (s->stable)
        study_next_run(s); /* which is over before it has begun */
    else if (look(s, &e) < 0)
        study_fail(s, STUDY_LOST, &e);
}
