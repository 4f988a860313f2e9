#include "app/app.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/adding.h"
#include "app/closing.h"
#include "app/export.h"
#include "app/scenarios.h"
#include "app/state.h"
#include "app/telling.h"
#include "app/undo.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/text_list.h"
#include "curve/subset.h"

struct app *app_new(struct inputs *inputs, const struct options *options, struct error *e)
{
    struct app *a = memory_new(1, sizeof *a);
    a->options = *options;
    a->states = states_new();
    a->undo = undo_new();
    a->scenarios = scenarios_new();
    a->marks = marks_new();
    a->subsets = subsets_new();
    a->plot.zoom_from = -1;
    a->dirty = true;
    a->shown_version = -1;
    const struct study_reporter reporter = telling_reporter(&a->journal);
    a->study = options->from ? study_open_saved_rows(options, &reporter, e)
                             : study_open(inputs, options, &reporter, e);
    if (a->study)
        return a;
    app_free(a, NULL);
    return NULL;
}

/* How long closing may take, in ms. */
enum { HURRY_MS = 500, PATIENCE_MS = 3000 };

/* Frees what belongs to the study on the screen. */
static void forget_results(struct app *a)
{
    shown_free(&a->shown);
    shares_free(a->shares);
    a->shares = NULL;
    for (int i = 0; i < a->pins.n; i++)
        shown_free(&a->pins.curves[i]);
    a->pins.n = 0;
    marks_clear(a->marks);
    subsets_clear(a->subsets);
    planning_free(&a->planning);
    racing_free(a, a->loop.hurry ? HURRY_MS : PATIENCE_MS);
    live_free(a);
    evaluating_free(a->evaluating);
    a->evaluating = NULL;
    states_reset(a->states);
    export_forget(a);
    free(a->keeping.notes);
    a->keeping.notes = NULL;
    memset(a->layout.focus_of, 0, sizeof a->layout.focus_of);
    a->layout.focus = a->layout.before_n = 0;
    undo_clear(a->undo);
    a->plot.cursor = a->plot.first = a->plot.last = 0;
    a->plot.placed = false;
    a->plot.zoom_from = -1;
    a->shown_version = -1;
    adding_free(a->adding);
    a->adding = NULL;
}

/* Queued rows are written while the workers end. */
static int close_studies(struct app *a, struct error *unkept)
{
    struct study *studies[] = {a->study, a->opening};
    for (int i = 0; i < 2; i++)
        if (studies[i])
            study_end_row_cache(studies[i]);
    struct closing *closing = closing_begin(a->keeping.store);
    for (int i = 0; i < 2; i++)
        study_free(studies[i]);
    return closing_end(closing, a->loop.hurry ? HURRY_MS : PATIENCE_MS, unkept);
}

void app_use_store(struct app *a, struct study *s)
{
    const struct study_reporter reporter = telling_reporter(&a->journal);
    int said = a->journal.news;
    if (!a->keeping.store && !s->saved_rows)
        a->keeping.store = study_open_store(&a->options, &reporter, ": nothing is kept");
    a->dirty = a->dirty || a->journal.news != said;
    study_use_store(s, a->keeping.store);
}

int app_free(struct app *a, struct error *unkept)
{
    if (!a)
        return 0;
    forget_results(a);
    states_free(a->states);
    undo_free(a->undo);
    scenarios_free(a->scenarios);
    marks_free(a->marks);
    subsets_free(a->subsets);
    partitioning_free(a, a->loop.hurry ? HURRY_MS : PATIENCE_MS);
    int status = close_studies(a, unkept);
    export_free(a->export);
    prompt_free(&a->prompt);
    journal_free(&a->journal);
    for (int i = 0; i < OPENING_ANSWERS; i++)
        free(a->asked[i]);
    text_list_free(&a->keeping.labels);
    free(a);
    return status;
}

bool app_shows_panes(const struct app *a)
{
    return app_is_ready(a) || views_first(a->view)->always;
}

void app_resize(struct app *a, int rows, int columns)
{
    a->screen.rows = rows;
    a->screen.columns = columns;
    a->layout.n = 0; /* until app_prepare places them again */
    a->dirty = true;
}

static void app_show_view(struct app *a, enum view view)
{
    a->layout.focus_of[a->view] = a->layout.focus;
    a->view = view;
    a->layout.focus = a->layout.focus_of[view];
    a->dirty = true;
}

/* A view on the way here that is chosen again is gone back to. */
void app_set_view(struct app *a, enum view view)
{
    struct app_layout *l = &a->layout;
    if (a->view == view)
        return;
    int at = 0;
    while (at < l->before_n && l->before[at] != view)
        at++;
    if (at == l->before_n)
        l->before[l->before_n++] = a->view;
    else
        l->before_n = at;
    app_show_view(a, view);
}

bool app_leave_view(struct app *a)
{
    struct app_layout *l = &a->layout;
    if (l->before_n == 0)
        return false;
    app_show_view(a, l->before[--l->before_n]);
    return true;
}

/* Nothing else is pinned then: the expression says what is compared. */
void app_compare(struct app *a, const bool *const *choices, int n)
{
    _Static_assert((int)SUBSET_SIDES == (int)PINS + 1, "all but the last are pinned");
    for (int i = 0; i < a->pins.n; i++)
        shown_free(&a->pins.curves[i]);
    a->pins.n = 0;
    char *others = memory_copy("");
    for (int i = 0; i < n; i++) {
        app_choose(a, choices[i], NULL);
        if (i == n - 1)
            break;
        struct shown *pin = &a->pins.curves[a->pins.n++];
        shown_set(pin, a->study, choices[i], a->shown.name);
        pin->pick = NAN;
        text_list_append(&others, "%s", pin->name);
    }
    app_set_view(a, VIEW_COMPARE);
    app_say(a, JOURNAL_GOOD, "%s beside %s (d: their difference, U takes it back)", a->shown.name, others);
    free(others);
}

/* The study on the screen has become ready. */
static void app_begin(struct app *a)
{
    struct error e;
    a->plot.first = 0;
    a->plot.last = a->study->layer_list.n - 1;
    a->plot.trapped = false;
    app_choose(a, a->study->asked, NULL);
    planning_open(a);
    scenarios_open(a);
    evaluating_open(a);
    if (a->keeping.enabled && state_load_network(a, &e) < 0)
        app_say(a, JOURNAL_WARNING, "%s", e.text);
    a->keeping.state_changed = false;
    a->layout.before_n = 0; /* the view of the last session is where this one begins */
    undo_note(a);
    a->dirty = true;
}

/* ---- Stepping ------------------------------------------------------------------------------------ */

/* The study being opened is as far as it may get before it is shown: nothing is measured unseen. */
static bool opening_waits(const struct app *a)
{
    return study_is_ready(a->opening);
}

int app_polls(const struct app *a, struct pollfd fds[APP_POLLS])
{
    int n = study_polls(a->study, fds);
    if (a->opening && !opening_waits(a))
        n += study_polls(a->opening, fds + n);
    n += partitioning_polls(a, fds + n);
    n += racing_polls(a, fds + n);
    return n + live_polls(a, fds + n);
}

/* -1: never. */
static int sooner(int a, int b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

int app_timeout(const struct app *a)
{
    if (a->loop.busy)
        return 0;
    bool loads = a->opening && !opening_waits(a);
    int timeout = sooner(study_timeout(a->study), loads ? study_timeout(a->opening) : -1);
    timeout = sooner(sooner(timeout, partitioning_timeout(a)), racing_timeout(a));
    return sooner(timeout, evaluating_timeout(a));
}

/* A question or a dialog refers to the network on the screen: it is answered first. */
static bool may_change(const struct app *a)
{
    return opening_waits(a) && !a->prompt.open && !a->dialog;
}

/* The study being opened replaces the one on the screen, or is abandoned. */
static void step_opening(struct app *a)
{
    if (!opening_waits(a) && study_step(a->opening))
        a->dirty = true;
    if (a->opening->state == STUDY_FAILED) {
        if (a->opening->run.no_worker)
            app_say(a, JOURNAL_ERROR, "%s", a->opening->why.text);
        study_free(a->opening); /* of another reason the journal was told */
        a->opening = NULL;
    } else if (may_change(a)) {
        app_save_state(a);
        forget_results(a);
        study_free(a->study);
        a->study = a->opening;
        a->opening = NULL;
        app_say(a, JOURNAL_GOOD, "opened %s on %s: %ld images", inputs_name(&a->study->inputs),
                a->study->inputs.data, a->study->order_n);
    }
    a->dirty = a->dirty || !a->opening;
}

/* Work that would delay keys. True where there is more to do. */
static bool work_in_slices(struct app *a)
{
    int said = a->journal.news;
    bool looks = study_look_stable(a->study);
    a->dirty = a->dirty || a->journal.news != said;
    bool adds = adding_step(a);
    return shares_step(a, clock_ms()) || looks || adds;
}

/* A worker that dies is started again once by itself. One that dies again within a minute waits for R, and so
 * does one that was to rest, or of which nothing is known yet. */
static void take_loss(struct app *a, bool rested)
{
    enum { LATELY_MS = 60000 };
    struct study *s = a->study;
    struct error e;
    char *why = memory_copy(s->why.text);
    int64_t now = clock_ms();
    bool lately = a->loop.lost_ms && now < a->loop.lost_ms + LATELY_MS;
    a->loop.lost_ms = now;
    if (lately || rested || s->state != STUDY_LOST || a->options.screen.dump)
        app_say(a, JOURNAL_ERROR, "%s (R starts the worker again)", why);
    else if (study_restart(s, &e) < 0)
        app_say(a, JOURNAL_ERROR, "%s, and cannot be started again: %s", why, e.text);
    else
        app_say(a, JOURNAL_WARNING, "%s: it is started again", why);
    free(why);
}

static bool has_lost(const struct study *s)
{
    return s->state == STUDY_LOST || (s->state == STUDY_FAILED && s->run.no_worker);
}

static void step_study(struct app *a)
{
    struct study *s = a->study;
    bool lost = has_lost(s), rested = s->state == STUDY_PAUSED || s->run.pausing;
    if (study_step(s))
        a->dirty = true;
    if (has_lost(s) && !lost)
        take_loss(a, rested);
}

void app_step(struct app *a)
{
    if (a->opening)
        step_opening(a);
    partitioning_step(a);
    racing_step(a);
    live_step(a);
    step_study(a);
    if (study_is_ready(a->study) && !app_is_ready(a))
        app_begin(a);
    evaluating_step(a);
    a->loop.busy = app_is_ready(a) && work_in_slices(a);
    if (app_is_ready(a))
        adding_warn_of_chance(a);
}

bool app_is_settled(const struct app *a)
{
    bool loads = a->opening && !opening_waits(a);
    return !loads && !a->loop.busy && !partitioning_runs(a) && !racing_runs(a) && !live_runs(a) &&
           !(a->opening && may_change(a)) && study_is_settled(a->study);
}

/* Settings changed for this session only, by a limited terminal or an option, are saved with their old
 * values. */
static struct settings settings_to_keep(const struct app *a)
{
    struct settings s = a->settings;
    if (s.theme == a->keeping.began.theme) {
        s.theme = a->keeping.kept.theme;
        s.theme_found = a->keeping.kept.theme_found;
    }
    if (s.bytes == a->keeping.began.bytes)
        s.bytes = a->keeping.kept.bytes;
    if (s.glyphs == a->keeping.began.glyphs)
        s.glyphs = a->keeping.kept.glyphs;
    return s;
}

void app_save_state(struct app *a)
{
    struct error e;
    if (!a->keeping.enabled)
        return;
    const struct settings settings = settings_to_keep(a);
    if (a->keeping.settings_changed && state_save_settings(&settings, &e) < 0)
        app_say(a, JOURNAL_WARNING, "%s", e.text);
    if (app_is_ready(a) && state_save_network(a, &e) < 0)
        app_say(a, JOURNAL_WARNING, "%s", e.text);
    a->keeping.settings_changed = a->keeping.state_changed = false;
}
