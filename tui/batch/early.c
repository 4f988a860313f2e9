#include "batch/early.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "output/report.h"

/* Drawn rows between two looks at the signals. */
enum { SLICE = 5000000 };

static bool look(const struct early *w, struct until *u, const struct curve *rows)
{
    const struct until_curves curves = {w->chosen, w->report->subsets_n ? w->report->subsets_n : 1};
    enum until_state state;
    do
        state = until_step(u, rows, &curves, SLICE);
    while (state == UNTIL_WORKS && *w->c->signals == 0);
    return state == UNTIL_STABLE;
}

static struct until *make_until(const struct early *w)
{
    const struct report *r = w->report;
    return until_new(w->c->options.until_stable, r->dataset->images, r->order, r->order_n, r->listed_n,
                     r->table->classes);
}

/* The worker goes on while we look, and what it measures beyond the point is not kept: the result is the same
 * however far it came. */
static void watch(void *data)
{
    struct early *w = data;
    struct error e;
    if (w->c->engine->state == ENGINE_RUNNING && early_looks_stable(w) && engine_stop(w->c->engine, &e) < 0)
        console_warn(&w->c->console, "%s", e.text); /* its end is noticed by whoever waits for it */
}

void early_begin(struct early *w, struct command *c, const struct report *r)
{
    const struct options *o = &c->options;
    *w = (struct early){.c = c, .report = r};
    if (o->until_stable <= 0)
        return;
    int n = r->subsets_n ? r->subsets_n : 1;
    w->chosen = memory_new((size_t)n, sizeof *w->chosen);
    w->chosen[0] = r->chosen;
    for (int i = 0; i < r->subsets_n; i++)
        w->chosen[i] = r->subsets[i].chosen;
    w->until = make_until(w);
    c->until = w->until;
    c->watch = watch;
    c->watch_data = w;
}

void early_free(struct early *w)
{
    if (w->c)
        w->c->until = NULL;
    until_free(w->until);
    free(w->chosen);
}

bool early_looks_stable(struct early *w)
{
    return w->until && look(w, w->until, w->report->curve);
}

bool early_would_be_stable(const struct early *w, const struct recall_trial *trial)
{
    if (!w->until || !trial->rows)
        return false;
    struct until *u = make_until(w);
    for (long i = 0; i < trial->losses_n; i++)
        until_lose(u, trial->losses[i].image,
                   trial->losses[i].row.kind == STORE_SKIPPED ? UNTIL_UNDECODABLE : UNTIL_NONFINITE);
    bool stable = look(w, u, trial->rows);
    until_free(u);
    return stable;
}

bool early_is_stable(struct early *w)
{
    if (!w->until)
        return false;
    w->c->watch = NULL;
    return early_looks_stable(w);
}

/* "best block4_pool (layer 13)", "the best of each of 3 subsets". New string. */
static char *what_is_best(const struct report *r)
{
    if (r->subsets_n)
        return memory_format("the best of each of %d subset%s", r->subsets_n, r->subsets_n == 1 ? "" : "s");
    int best = curve_pick(r->curve, r->chosen);
    if (best < 0)
        return memory_copy("best none, the curve has no local maximum,");
    const struct table_row *row = &r->table->rows[r->listed[best]];
    return memory_format("best %s (layer %d)", row->name, row->layer);
}

/* The lowest share of a pick over the curves, on all rows; NaN where one is not known. */
static double lowest_share(const struct early *w)
{
    double lowest = 1;
    int n = w->report->subsets_n ? w->report->subsets_n : 1;
    for (int i = 0; i < n; i++) {
        struct stability *s = stability_compute(w->report->curve, w->chosen[i]);
        double share = stability_share(s, curve_pick(w->report->curve, w->chosen[i]));
        lowest = isnan(share) || share < lowest ? share : lowest;
        stability_free(s);
        if (isnan(lowest))
            break;
    }
    return lowest;
}

/* The share is that of all the rows, which may be higher than a look before the last image asks for: what a
 * look would have saved is not there any more. */
static void tell_unstable(const struct early *w, const char *best)
{
    struct console *console = &w->c->console;
    char *why = until_unstable(w->until, w->report->curve);
    double share = lowest_share(w);
    long rows = w->report->curve->rows_n;
    if (isnan(share))
        console_say(console, "%s: a class with one image tells nothing of its spread", why);
    else
        console_say(console, "%s; with the rows of all %ld: %s in %.4g %% of %d resamples", why, rows, best,
                    100 * share, STABILITY_RESAMPLES);
    free(why);
}

void early_tell(const struct early *w)
{
    const struct until *u = w->until;
    if (!u)
        return;
    char *best = what_is_best(w->report);
    if (u->stable)
        console_say(&w->c->console, "stable at %g after %ld of %ld images: %s in %.4g %% of %d resamples",
                    u->wanted, until_images(u), u->order_n, best, 100 * u->lowest, u->resamples);
    else
        tell_unstable(w, best);
    free(best);
}
