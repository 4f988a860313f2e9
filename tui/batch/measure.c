#include "batch/measure.h"

#include <stdlib.h>

#include "base/memory.h"

/* Between two looks at the signals. */
enum { SLICE_MS = 50 };

static void on_trouble(void *data, const char *text)
{
    struct measure *m = data;
    m->troubled = true;
    console_warn(&m->c->console, "%s (going on without stored rows)", text);
}

static void on_wrong(void *data, const char *text)
{
    const struct measure *m = data;
    console_warn(&m->c->console, "%s (measured again)", text);
}

static void on_skipped(void *data, long image, const char *reason)
{
    const struct measure *m = data;
    command_lose_skipped(m->c, image, reason);
}

static void on_nonfinite(void *data, long image, int layer)
{
    const struct measure *m = data;
    command_lose_nonfinite(m->c, image, layer);
}

/* NULL where there is to be none, or where there can be none, which is a warning. */
static struct store *open_store(struct measure *m)
{
    const struct options *o = &m->c->options;
    struct error e;
    char *notice = NULL;
    char *path = o->no_store ? NULL : store_place(o->store);
    struct store *store = NULL;
    if (path) {
        store = store_open(path, STORE_WRITE, &notice, &e);
        if (!store)
            on_trouble(m, e.text);
    }
    if (notice)
        console_warn(&m->c->console, "%s", notice);
    free(notice);
    free(path);
    return store;
}

/* ---- What is there already ------------------------------------------------------------------------- */

static enum engine_end ask_plan(struct measure *m, struct error *why)
{
    struct command *c = m->c;
    struct run_options none = *m->run;
    none.images_n = 0;
    snprintf(c->what, sizeof c->what, "preparing the network");
    if (engine_run(c->engine, &none, m->curve, why) < 0)
        return ENGINE_GONE;
    enum engine_end end = command_wait(c, why);
    if (end != ENGINE_DONE || !c->engine->plan.hash[0])
        return end;
    return recall_planned(m->recall, &c->engine->plan, why) < 0 ? ENGINE_REFUSED : ENGINE_DONE;
}

static enum engine_end ask_contents(struct measure *m, struct error *why)
{
    struct command *c = m->c;
    long n;
    const long *images = recall_unknown(m->recall, &n);
    snprintf(c->what, sizeof c->what, "looking whether images are known");
    return engine_hash(c->engine, images, n, why) < 0 ? ENGINE_GONE : command_wait(c, why);
}

/* Whether what was found will do as it is, whatever plan the worker would make. */
static bool accept(struct measure *m)
{
    const struct recall_trial trial = recall_trial(m->recall);
    bool enough = early_would_be_stable(m->early, &trial);
    if (enough)
        recall_accept(m->recall);
    return enough;
}

static void show_progress(struct measure *m)
{
    long looked = (long)(recall_progress(m->recall) * (double)m->run->images_n);
    console_progress(&m->c->console, "looking for rows measured before", looked, m->run->images_n);
}

/* Until only what has to be measured is left. */
static enum engine_end recall(struct measure *m, struct error *why)
{
    enum engine_end end = ENGINE_DONE;
    console_begin(&m->c->console);
    while (end == ENGINE_DONE && *m->c->signals == 0 && !early_looks_stable(m->early)) {
        switch (recall_next(m->recall, SLICE_MS)) {
        case RECALL_MORE:
            show_progress(m);
            break;
        case RECALL_PLAN:
            end = accept(m) ? ENGINE_DONE : ask_plan(m, why);
            break;
        case RECALL_CONTENTS:
            end = accept(m) ? ENGINE_DONE : ask_contents(m, why);
            break;
        case RECALL_RUN:
            return ENGINE_DONE;
        }
    }
    return end == ENGINE_DONE && *m->c->signals > 0 ? ENGINE_INTERRUPTED : end;
}

static bool is_settled(const struct measure *m, long image)
{
    return m->c->lost[image] || curve_find(m->curve, image) >= 0;
}

/* ---- The rest -------------------------------------------------------------------------------------- */

/* Images without a row that may have one yet. New array. */
static long *images_left(const struct measure *m, long *n)
{
    long *left = memory_new((size_t)m->run->images_n, sizeof *left);
    *n = 0;
    for (long i = 0; i < m->run->images_n; i++)
        if (!is_settled(m, m->run->images[i]))
            left[(*n)++] = m->run->images[i];
    return left;
}

static enum engine_end measure_rest(struct measure *m, struct error *why)
{
    struct command *c = m->c;
    struct run_options rest = *m->run;
    rest.images = images_left(m, &rest.images_n);
    enum engine_end end = ENGINE_DONE;
    if (rest.images_n > 0) {
        snprintf(c->what, sizeof c->what, "preparing the network");
        end = engine_run(c->engine, &rest, m->curve, why) < 0 ? ENGINE_GONE : command_wait(c, why);
        if (c->engine->plan.hash[0] && recall_planned(m->recall, &c->engine->plan, why) < 0)
            end = ENGINE_REFUSED;
    }
    free(rest.images);
    return end;
}

enum engine_end measure_rows(struct measure *m, struct error *why)
{
    struct command *c = m->c;
    const struct recall_listener listener = {m, on_skipped, on_nonfinite, on_trouble, on_wrong};
    struct error unkept;
    c->lost = memory_new((size_t)c->engine->dataset->images_n, sizeof *c->lost);
    m->recalled = memory_new((size_t)c->engine->dataset->images_n, sizeof *m->recalled);
    m->store = open_store(m);
    m->recall = recall_new(m->store, c->engine, m->inputs, m->run, m->run->images, m->run->images_n, m->curve,
                           &listener);
    c->recall = m->recall;
    enum engine_end end = recall(m, why);
    console_clear(&c->console);
    command_end_warnings(c);
    for (long i = 0; i < m->run->images_n; i++)
        m->recalled[m->run->images[i]] = curve_find(m->curve, m->run->images[i]) >= 0;
    if (end == ENGINE_DONE && !early_looks_stable(m->early))
        end = measure_rest(m, why);
    m->plan = *recall_plan(m->recall);
    if (m->store && store_flush(m->store, &unkept) < 0 && !m->troubled)
        console_warn(&c->console, "%s (not all rows are kept)", unkept.text);
    return end;
}

void measure_free(struct measure *m)
{
    if (!m->c)
        return;
    m->c->recall = NULL;
    recall_free(m->recall);
    store_close(m->store);
    free(m->c->lost);
    m->c->lost = NULL;
    free(m->recalled);
}
