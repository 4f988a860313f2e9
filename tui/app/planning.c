#include "app/planning.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/beside.h"
#include "base/memory.h"
#include "deployment/retrained.h"
#include "panes/plan_rows.h"
#include "panes/plan_words.h"
#include "report/device_file.h"

void planning_warn_of_others(struct app *a, enum results kind, const char *file)
{
    const char *files[RESULTS_KINDS] = {NULL};
    struct text_list warnings = {0};
    if (*file)
        files[kind] = file;
    results_warn(a->study, true, files, &warnings);
    for (int i = 0; i < warnings.n; i++)
        app_say(a, JOURNAL_WARNING, "%s", warnings.texts[i]);
    text_list_free(&warnings);
}

void planning_warn_of_device(struct app *a, const char *text)
{
    char *doubt = device_doubt(text);
    if (doubt)
        app_say(a, JOURNAL_WARNING, "%s", doubt);
    free(doubt);
}

/* ---- From the options -------------------------------------------------------------------------------- */

void planning_open(struct app *a)
{
    struct planning *w = &a->planning;
    const struct study *s = a->study;
    const struct options *o = &a->options;
    struct error e;
    planning_free(w);
    bool good = deployment_open(&w->deployment, o, s->table, s->inputs.cfg, &e) == 0;
    if (!good) {
        app_say(a, JOURNAL_WARNING, "%s: the plan uses the default devices and link", e.text);
        deployment_usual(&w->deployment, o, s->table);
    }
    w->edge.typed = memory_copy(good && o->cost_model.edge ? o->cost_model.edge : DEPLOYMENT_EDGE);
    w->server.typed = memory_copy(good && o->cost_model.server ? o->cost_model.server : DEPLOYMENT_SERVER);
    w->features = memory_copy(good && o->cost_model.features_csv ? o->cost_model.features_csv : "");
    w->link = planning_link_new(w->deployment.links, &w->deployment.cost_model.link,
                                good ? o->cost_model.link : NULL);
    w->deployment.cost_model.stored = dataset_mean_bytes(s->dataset, s->order, s->order_n);
    w->open = true;
    planning_warn_of_others(a, RESULTS_FEATURES, w->features);
    planning_warn_of_device(a, w->edge.typed);
    planning_warn_of_device(a, w->server.typed);
}

void planning_free(struct planning *w)
{
    if (w->open)
        deployment_free(&w->deployment);
    cost_model_free(w->cuts, w->verdict.n);
    free(w->edge.typed);
    free(w->server.typed);
    free(w->features);
    planning_link_free(w->link);
    beside_free(w->beside);
    *w = (struct planning){0};
}

/* ---- Evaluation -------------------------------------------------------------------------------------- */

void planning_refresh(struct app *a)
{
    struct planning *w = &a->planning;
    const struct layer_list *l = &a->study->layer_list;
    if (!w->open)
        planning_open(a);
    struct cost_model *d = &w->deployment.cost_model;
    d->type = a->settings.bytes;
    d->edge_speed = pow(PLANNING_STEP, w->edge.steps);
    d->server_speed = pow(PLANNING_STEP, w->server.steps);
    d->link = planning_link_stepped(w->link);
    double *shares = memory_new((size_t)l->n, sizeof *shares);
    for (int i = 0; i < l->n; i++)
        shares[i] = shares_pick(a, i);
    cost_model_free(w->cuts, w->verdict.n);
    w->cuts = cost_model_placements(d, a->study->table, l->layers, l->n, a->shown.points, shares);
    free(shares);
    retrained_take(d, a->study->table, evaluating_measured(a), w->cuts, l->n + 2);
    w->verdict = (struct verdict){
        .table = a->study->table,
        .cuts = w->cuts,
        .n = l->n + 2,
        .objective = w->deployment.objective,
        .resamples = shares_resamples(a),
        .evaluation = measured_known(evaluating_measured(a)) > 0 ? evaluating_source(a) : NULL,
    };
    memcpy(w->verdict.limits, w->deployment.limits, sizeof w->verdict.limits);
    planner_evaluate(w->cuts, w->verdict.n, w->verdict.limits);
    w->verdict.pick.best =
        planner_recommend(w->cuts, w->verdict.n, w->deployment.objective, &w->verdict.pick.second);
}

struct options planning_given(const struct app *a)
{
    const struct planning *w = &a->planning;
    struct options o = a->options;
    const char *link = planning_link_plain(w->link)->name;
    if (w->edge.steps || strcmp(w->edge.typed, DEPLOYMENT_EDGE) != 0)
        o.cost_model.edge = w->edge.typed;
    if (w->server.steps || strcmp(w->server.typed, DEPLOYMENT_SERVER) != 0)
        o.cost_model.server = w->server.typed;
    if (planning_link_is_stepped(w->link) || strcmp(link, DEPLOYMENT_LINK) != 0)
        o.cost_model.link = link;
    o.cost_model.features_csv = *w->features ? w->features : NULL;
    return o;
}

double planning_least_cui(const struct app *a)
{
    double rank = a->planning.deployment.limits[METRIC_IMPORTANCE];
    double least = NAN;
    for (int i = 0; a->planning.open && i < a->study->layer_list.n; i++) {
        const struct curve_point *p = app_point(a, i);
        if (p->rank > 0 && p->rank <= rank && !(p->cui >= least))
            least = p->cui;
    }
    return least;
}

/* ---- Keys -------------------------------------------------------------------------------------------- */

/* A round trip of 0 cannot be scaled. */
static void step_trip(struct app *a, int by)
{
    if (planning_link_plain(a->planning.link)->rtt_ms == 0)
        app_say(a, JOURNAL_NOTE, "the link has no round trip (D types another one)");
    else
        planning_link_step_trip(a->planning.link, by);
}

static void step_speed(int *steps, int by)
{
    enum { MOST = 40 };
    if (abs(*steps + by) <= MOST)
        *steps += by;
}

static void next_coder(struct app *a, int by)
{
    struct cost_model *d = &a->planning.deployment.cost_model;
    d->max_drop = NAN; /* whoever chooses does not want it chosen */
    if (d->features)
        d->coder = (enum coder)(((int)d->coder + CODERS + by) % CODERS);
    else
        app_say(a, JOURNAL_NOTE, "how far tensors can be compressed is not known (--features FILE, or D)");
}

static void planning_reset(struct app *a, const char *text)
{
    if (!text || !app_is_ready(a))
        return;
    int field = a->planning.field;
    planning_open(a);
    a->planning.field = field;
    plan_rows_set_axis(a, 0);
    a->settings.bytes = a->keeping.began.bytes;
    a->keeping.settings_changed = true;
    planning_refresh(a);
    app_say(a, JOURNAL_GOOD, "the values of the command line (U takes that back)");
}

/* Whatever the screen has room for, what the key did is on it. */
static void planning_tell(struct app *a, enum action action)
{
    char *text = plan_words_changed(a, action);
    app_say(a, JOURNAL_NOTE, "%s", text);
    free(text);
}

/* What is one of a few: number type, coder, metric. False: the action is none of these. */
static bool step_choice(struct app *a, enum action action)
{
    enum metric *objective = &a->planning.deployment.objective;
    if (action == ACTION_BYTES || action == ACTION_BYTES_PREVIOUS)
        app_step_bytes(a, action == ACTION_BYTES ? 1 : -1);
    else if (action == ACTION_COMPRESSED || action == ACTION_COMPRESSED_PREVIOUS)
        next_coder(a, action == ACTION_COMPRESSED ? 1 : -1);
    else if (action == ACTION_OBJECTIVE || action == ACTION_OBJECTIVE_PREVIOUS)
        *objective =
            (enum metric)(((int)*objective + METRICS + (action == ACTION_OBJECTIVE ? 1 : -1)) % METRICS);
    else
        return false;
    return true;
}

bool planning_act(struct app *a, enum action action)
{
    struct planning *w = &a->planning;
    int news = a->journal.news;
    switch (action) {
    case ACTION_LINK_NEXT:
    case ACTION_LINK_PREVIOUS:
        planning_link_next(w->link, action == ACTION_LINK_NEXT ? 1 : -1);
        break;
    case ACTION_RATE_UP:
    case ACTION_RATE_DOWN:
        planning_link_step_rate(w->link, action == ACTION_RATE_UP ? 1 : -1);
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
    case ACTION_VALUES_RESET:
        app_prompt(a, PROMPT_KEY, "all values of the plan as in the beginning? (y/n)", NULL, NULL,
                   planning_reset, NULL);
        break;
    default:
        if (!step_choice(a, action))
            return false;
    }
    planning_refresh(a);
    if (a->journal.news == news && action != ACTION_VALUES_RESET)
        planning_tell(a, action);
    a->dirty = true;
    return true;
}
