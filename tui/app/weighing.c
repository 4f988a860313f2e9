#include "app/weighing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "base/memory.h"

/* ---- From the options -------------------------------------------------------------------------------- */

void weighing_open(struct app *a)
{
    struct weighing *w = &a->weighing;
    const struct study *s = a->study;
    const struct options *o = &a->options;
    struct error e;
    weighing_free(w);
    bool good = deployment_open(&w->deployment, o, s->table, s->inputs.cfg, &e) == 0;
    if (!good) {
        app_say(a, JOURNAL_WARNING, "%s: the plan goes on with the usual devices and link", e.text);
        deployment_usual(&w->deployment, o, s->table);
    }
    w->edge.typed = memory_copy(good && o->deploy.edge ? o->deploy.edge : DEPLOYMENT_EDGE);
    w->server.typed = memory_copy(good && o->deploy.server ? o->deploy.server : DEPLOYMENT_SERVER);
    w->features = memory_copy(good && o->deploy.features_csv ? o->deploy.features_csv : "");
    weighing_link_open(&w->link, &w->deployment.links, &w->deployment.deploy.link, good ? o->deploy.link : NULL);
    w->open = true;
}

void weighing_free(struct weighing *w)
{
    if (w->open)
        deployment_free(&w->deployment);
    deploy_free(w->cuts, w->verdict.n);
    free(w->edge.typed);
    free(w->server.typed);
    free(w->features);
    *w = (struct weighing){0};
}

/* ---- Weighing ---------------------------------------------------------------------------------------- */

void weighing_refresh(struct app *a)
{
    struct weighing *w = &a->weighing;
    const struct listing *l = &a->study->listing;
    if (!w->open)
        weighing_open(a);
    struct deploy *d = &w->deployment.deploy;
    d->type = a->settings.bytes;
    d->edge_speed = pow(WEIGHING_STEP, w->edge.steps);
    d->server_speed = pow(WEIGHING_STEP, w->server.steps);
    d->link = weighing_link_stepped(&w->link);
    double *shares = memory_new((size_t)l->n, sizeof *shares);
    for (int i = 0; i < l->n; i++)
        shares[i] = shares_pick(a, i);
    const struct deploy_worth worth = {a->shown.points, shares};
    deploy_free(w->cuts, w->verdict.n);
    w->cuts = deploy_cuts(d, a->study->table, l->layers, l->n, &worth);
    free(shares);
    w->verdict = (struct verdict){
        .table = a->study->table,
        .cuts = w->cuts,
        .n = l->n + 2,
        .limits = w->deployment.limits,
        .wish = w->deployment.wish,
        .resamples = shares_resamples(a),
    };
    choice_judge(w->cuts, w->verdict.n, &w->deployment.limits);
    w->verdict.pick = choice_recommend(w->cuts, w->verdict.n, w->deployment.wish);
}

struct options weighing_given(const struct app *a)
{
    const struct weighing *w = &a->weighing;
    struct options o = a->options;
    const struct weighing_link *l = &w->link;
    if (w->edge.steps || strcmp(w->edge.typed, DEPLOYMENT_EDGE) != 0)
        o.deploy.edge = w->edge.typed;
    if (w->server.steps || strcmp(w->server.typed, DEPLOYMENT_SERVER) != 0)
        o.deploy.server = w->server.typed;
    if (l->rate_steps || l->trip_steps || strcmp(l->plain.name, DEPLOYMENT_LINK) != 0)
        o.deploy.link = l->plain.name;
    o.deploy.features_csv = *w->features ? w->features : NULL;
    return o;
}

double weighing_least_cui(const struct app *a)
{
    double rank = a->weighing.deployment.limits.limit[CHOICE_IMPORTANCE];
    double least = NAN;
    for (int i = 0; a->weighing.open && i < a->study->listing.n; i++) {
        const struct curve_point *p = app_point(a, i);
        if (p->rank > 0 && p->rank <= rank && !(p->cui >= least))
            least = p->cui;
    }
    return least;
}

/* ---- Keys -------------------------------------------------------------------------------------------- */

/* From no round trip no factor leads away. */
static void step_trip(struct app *a, int by)
{
    struct weighing_link *l = &a->weighing.link;
    if (l->plain.rtt_ms == 0)
        app_say(a, JOURNAL_NOTE, "the link has no round trip (v types another one)");
    else
        weighing_link_step(l, &l->trip_steps, by);
}

static void step_speed(int *steps, int by)
{
    enum { MOST = 40 };
    if (abs(*steps + by) <= MOST)
        *steps += by;
}

static void toggle_packed(struct app *a)
{
    struct deploy *d = &a->weighing.deployment.deploy;
    if (d->features)
        d->packed = !d->packed;
    else
        app_say(a, JOURNAL_NOTE, "how far tensors can be compressed is not known (--features FILE, or v)");
}

bool weighing_act(struct app *a, enum action action)
{
    struct weighing *w = &a->weighing;
    switch (action) {
    case ACTION_LINK_NEXT:
    case ACTION_LINK_PREVIOUS:
        weighing_link_next(&w->link, action == ACTION_LINK_NEXT ? 1 : -1);
        break;
    case ACTION_RATE_UP:
    case ACTION_RATE_DOWN:
        weighing_link_step(&w->link, &w->link.rate_steps, action == ACTION_RATE_UP ? 1 : -1);
        break;
    case ACTION_TRIP_UP:
    case ACTION_TRIP_DOWN:
        step_trip(a, action == ACTION_TRIP_UP ? 1 : -1);
        break;
    case ACTION_EDGE_UP:
    case ACTION_EDGE_DOWN:
        step_speed(&w->edge.steps, action == ACTION_EDGE_UP ? 1 : -1);
        break;
    case ACTION_SERVER_UP:
    case ACTION_SERVER_DOWN:
        step_speed(&w->server.steps, action == ACTION_SERVER_UP ? 1 : -1);
        break;
    case ACTION_PACKED:
        toggle_packed(a);
        break;
    case ACTION_WISH:
        w->deployment.wish = (enum choice_figure)((w->deployment.wish + 1) % CHOICE_FIGURES);
        break;
    case ACTION_VALUES_RESET:
        weighing_open(a);
        a->settings.bytes = a->keeping.began.bytes;
        a->keeping.settings_changed = true;
        break;
    default:
        return false;
    }
    weighing_refresh(a);
    a->dirty = true;
    return true;
}
