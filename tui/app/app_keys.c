/* What keys and the mouse do that is not a pane's own matter. */
#include "app/app.h"

#include <stdlib.h>
#include <string.h>

#include "app/export.h"
#include "app/help.h"
#include "app/opening.h"
#include "base/memory.h"
#include "screen/keys.h"

/* ---- Pins ---------------------------------------------------------------------------------------- */

static void pin(struct app *a)
{
    for (int i = 0; i < a->pins.n; i++)
        if (memcmp(a->pins.curves[i].chosen, a->shown.chosen, (size_t)a->study->table->classes) == 0) {
            app_say(a, JOURNAL_NOTE, "%s is pinned already", a->shown.name);
            return;
        }
    if (a->pins.n == PINS) {
        app_say(a, JOURNAL_WARNING, "%d curves are pinned: take one away first (C)", PINS);
        return;
    }
    shown_set(&a->pins.curves[a->pins.n++], a->study, a->shown.chosen, a->shown.name);
    app_say(a, JOURNAL_GOOD, "pinned %s as curve %d (view 4 compares)", a->shown.name, a->pins.n);
}

static void unpin(struct app *a)
{
    if (a->pins.n == 0) {
        app_say(a, JOURNAL_NOTE, "no curve is pinned");
        return;
    }
    int which = a->view == VIEW_COMPARE ? compare_selected_pin(a) : -1;
    which = which < 0 ? a->pins.n - 1 : which;
    app_say(a, JOURNAL_GOOD, "unpinned %s", a->pins.curves[which].name);
    shown_free(&a->pins.curves[which]);
    memmove(&a->pins.curves[which], &a->pins.curves[which + 1], (size_t)(a->pins.n - which - 1) * sizeof a->pins.curves[0]);
    a->pins.curves[--a->pins.n] = (struct shown){0};
}

/* ---- Marks --------------------------------------------------------------------------------------- */

static void toggle_mark(struct app *a)
{
    int layer = app_layer(a, a->plot.cursor);
    const char *name = app_row(a, a->plot.cursor)->name;
    const struct mark *mark = marks_find(&a->marks, layer);
    if (mark) {
        app_say(a, JOURNAL_GOOD, "the mark of %s is taken away%s%s", name, mark->note[0] ? ": " : "",
                mark->note);
        marks_remove(&a->marks, layer);
    } else {
        marks_set(&a->marks, layer, "");
        app_say(a, JOURNAL_GOOD, "marked the split after %s (X adds a note)", name);
    }
    a->keeping.state_changed = true;
}

static void note_done(struct app *a, const char *text)
{
    if (!text || !app_is_ready(a))
        return;
    marks_set(&a->marks, app_layer(a, a->plot.cursor), text);
    app_say(a, JOURNAL_GOOD, "marked the split after %s", app_row(a, a->plot.cursor)->name);
    a->keeping.state_changed = true;
}

static void ask_note(struct app *a)
{
    const struct mark *mark = marks_find(&a->marks, app_layer(a, a->plot.cursor));
    char *label = memory_format("note on %s: ", app_row(a, a->plot.cursor)->name);
    app_prompt(a, PROMPT_TEXT, label, mark ? mark->note : "", NULL, note_done, NULL);
    free(label);
}

/* ---- Moving between candidates ------------------------------------------------------------------- */

static void to_candidate(struct app *a, int direction)
{
    for (int i = a->plot.cursor + direction; i >= 0 && i < a->study->listing.n; i += direction)
        if (app_point(a, i)->local_max) {
            app_move(a, i);
            return;
        }
    app_say(a, JOURNAL_NOTE, "no candidate %s here", direction > 0 ? "after" : "before");
}

static void to_best(struct app *a)
{
    if (a->shown.best >= 0)
        app_move(a, a->shown.best);
    else
        app_say(a, JOURNAL_NOTE, "there is no candidate");
}

/* ---- The worker ---------------------------------------------------------------------------------- */

static void pause_or_resume(struct app *a)
{
    struct study *s = a->study;
    if (s->state == STUDY_LOST || (s->state == STUDY_FAILED && s->no_worker)) {
        app_say(a, JOURNAL_WARNING, "there is no worker (R starts it again)");
    } else if (s->archive && !study_ended_early(s)) {
        app_say(a, JOURNAL_NOTE, "nothing is measured: the rows come from %s", s->inputs.named);
    } else if (s->state == STUDY_LOADING || s->state == STUDY_FAILED) {
        app_say(a, JOURNAL_NOTE, "nothing is being measured");
    } else if (s->state == STUDY_MEASURING && !s->pausing) {
        study_pause(s);
        app_say(a, JOURNAL_NOTE, "%s",
                s->state == STUDY_PAUSED ? "paused" : "pausing: the batch under way is finished first");
    } else if (s->state == STUDY_PAUSED || s->pausing) {
        study_resume(s);
        app_say(a, JOURNAL_NOTE, "measuring goes on");
    } else if (study_ended_early(s)) {
        study_measure_rest(s);
        app_say(a, JOURNAL_NOTE, "the rest is measured, too");
    } else if (s->state == STUDY_DONE) {
        app_say(a, JOURNAL_NOTE, "everything is measured");
    }
}

static void restart(struct app *a)
{
    struct error e;
    if (study_restart(a->study, &e) < 0)
        app_say(a, JOURNAL_WARNING, "%s", e.text);
    else
        app_say(a, JOURNAL_NOTE, "starting the worker again");
}

/* ---- Settings ------------------------------------------------------------------------------------ */

static void next_theme(struct app *a)
{
    if (!a->screen.colour) {
        app_say(a, JOURNAL_NOTE, "this terminal shows no colours (or NO_COLOR is set)");
        return;
    }
    a->settings.theme = (enum theme)((a->settings.theme + 1) % THEMES);
    app_say(a, JOURNAL_NOTE, "theme: %s", theme_words[a->settings.theme]);
    a->keeping.settings_changed = a->loop.redraw = true;
}

static void next_glyphs(struct app *a)
{
    if (!a->screen.utf8) {
        app_say(a, JOURNAL_NOTE, "the locale is not UTF-8: plain characters only");
        return;
    }
    a->settings.glyphs = (enum glyphs_set)((a->settings.glyphs + 1) % GLYPHS_SETS);
    app_say(a, JOURNAL_NOTE, "characters: %s", glyphs_words[a->settings.glyphs]);
    a->keeping.settings_changed = a->loop.redraw = true;
}

static void toggle_mouse(struct app *a)
{
    a->settings.mouse = !a->settings.mouse;
    app_say(a, JOURNAL_NOTE, "mouse: %s", a->settings.mouse ? "on" : "off");
}

static void next_bytes(struct app *a)
{
    a->settings.bytes = (enum feature_type)((a->settings.bytes + 1) % FEATURE_TYPES);
    app_say(a, JOURNAL_NOTE, "bytes as %s", feature_words[a->settings.bytes]);
    a->keeping.settings_changed = true;
}

static void toggle_scale(struct app *a, enum action action)
{
    if (action == ACTION_LINEAR)
        a->settings.linear = !a->settings.linear;
    else
        a->settings.corrected = !a->settings.corrected;
    app_say(a, JOURNAL_NOTE, "scale: %s", app_value_name(a));
    a->keeping.settings_changed = true;
}

/* ---- Leaving ------------------------------------------------------------------------------------- */

/* What was begun last is given up first. */
static void give_up(struct app *a)
{
    if (a->opening)
        opening_give_up(a);
    else if (cutting_runs(a))
        cutting_stop(a);
}

static void quit_done(struct app *a, const char *text)
{
    a->loop.quit = text != NULL;
}

static void quit(struct app *a)
{
    if (!cutting_runs(a)) {
        a->loop.quit = true;
        return;
    }
    char *label =
        memory_format("the network is being cut after %s: stop that and leave? (y/n)", a->cutting.name);
    app_prompt(a, PROMPT_KEY, label, NULL, NULL, quit_done, NULL);
    free(label);
}

/* ---- Dispatch ------------------------------------------------------------------------------------ */

/* Actions that need no network. True where it was one. */
static bool act_on_program(struct app *a, enum action action)
{
    if (action >= ACTION_VIEW && action <= ACTION_VIEW_END) {
        app_set_view(a, (enum view)(action - ACTION_VIEW));
        return true;
    }
    switch (action) {
    case ACTION_PAUSE:
        pause_or_resume(a);
        return true;
    case ACTION_RESTART:
        restart(a);
        return true;
    case ACTION_OPEN:
        opening_ask(a);
        return true;
    case ACTION_THEME:
        next_theme(a);
        return true;
    case ACTION_GLYPHS:
        next_glyphs(a);
        return true;
    case ACTION_MOUSE:
        toggle_mouse(a);
        return true;
    case ACTION_HELP:
        help_open(a);
        return true;
    case ACTION_REDRAW:
        a->loop.redraw = true;
        return true;
    case ACTION_SUSPEND:
        a->loop.suspend = true;
        return true;
    case ACTION_QUIT:
        quit(a);
        return true;
    default:
        return false;
    }
}

static bool act_on_cursor(struct app *a, enum action action)
{
    switch (action) {
    case ACTION_MARK:
        toggle_mark(a);
        return true;
    case ACTION_NOTE:
        ask_note(a);
        return true;
    case ACTION_NEXT_CANDIDATE:
        to_candidate(a, 1);
        return true;
    case ACTION_PREVIOUS_CANDIDATE:
        to_candidate(a, -1);
        return true;
    case ACTION_BEST:
        to_best(a);
        return true;
    case ACTION_LEFT:
    case ACTION_RIGHT:
        app_move(a, a->plot.cursor + (action == ACTION_RIGHT ? 1 : -1));
        return true;
    default:
        return false;
    }
}

static void act_on_study(struct app *a, enum action action)
{
    if (act_on_cursor(a, action))
        return;
    switch (action) {
    case ACTION_PIN:
        pin(a);
        break;
    case ACTION_UNPIN:
        unpin(a);
        break;
    case ACTION_BYTES:
        next_bytes(a);
        break;
    case ACTION_LINEAR:
    case ACTION_CORRECTED:
        toggle_scale(a, action);
        break;
    case ACTION_CLASSES:
    case ACTION_SAVE_SUBSET:
    case ACTION_LOAD_SUBSET:
    case ACTION_GROUPS:
        classes_act_anywhere(a, action);
        break;
    case ACTION_EXPORT:
        export_open(a);
        break;
    case ACTION_ENTER:
        app_set_view(a, VIEW_DETAIL);
        break;
    case ACTION_ESCAPE:
        give_up(a);
        break;
    default:
        break;
    }
}

/* The focused pane first, then the others of the view. */
static bool act_on_panes(struct app *a, enum action action)
{
    for (int i = 0; i < a->layout.n; i++) {
        const struct placed *p = &a->layout.panes[(a->layout.focus + i) % a->layout.n];
        if (p->pane->act && p->pane->act(a, action, p->area))
            return true;
    }
    return false;
}

void app_act(struct app *a, enum action action)
{
    a->dirty = true;
    if (act_on_program(a, action))
        return;
    if (!app_is_ready(a)) {
        bool taken = app_shows_panes(a) && act_on_panes(a, action);
        if (!taken && action != ACTION_NONE && action != ACTION_ESCAPE)
            app_say(a, JOURNAL_NOTE, "%s",
                    a->study->state == STUDY_FAILED ? "no network is open (o opens one; 8: why)"
                                                    : "the network is not loaded yet");
        return;
    }
    if (action == ACTION_NEXT_PANE || action == ACTION_PREVIOUS_PANE) {
        int step = action == ACTION_NEXT_PANE ? 1 : a->layout.n - 1;
        a->layout.focus = a->layout.n ? (a->layout.focus + step) % a->layout.n : 0;
    } else if (!act_on_panes(a, action)) {
        act_on_study(a, action);
    }
}

void app_key(struct app *a, int key)
{
    bool modal = a->prompt.open || a->dialog;
    /* Typed ahead, a key meets the view that the one before it has chosen, though nobody has seen it yet. */
    if (a->dirty)
        app_prepare(a);
    if (!a->prompt.open)
        a->journal.news = 0; /* messages have been seen */
    a->dirty = true;
    if (!app_has_room(a) && (key == 'q' || key == KEYS_CTRL('C'))) {
        a->loop.quit = true;
    } else if (modal && (key == KEYS_CTRL('L') || key == KEYS_CTRL('Z'))) {
        act_on_program(a, actions_find(key, a->view));
    } else if (a->prompt.open) {
        prompt_key(a, &a->prompt, key);
    } else if (a->dialog) {
        a->dialog->key(a, key);
    } else {
        enum action action = actions_find(key, a->view);
        if (action == ACTION_NONE) {
            char name[KEYS_NAME];
            keys_name(key, name);
            app_say(a, JOURNAL_NOTE, "%s does nothing here (? shows the keys)", name);
        } else {
            app_act(a, action);
        }
    }
}

static const struct placed *pane_at(const struct app *a, int row, int column)
{
    for (int i = 0; i < a->layout.n; i++)
        if (area_holds(a->layout.panes[i].area, row, column))
            return &a->layout.panes[i];
    return NULL;
}

void app_click(struct app *a, int row, int column)
{
    if (a->dirty)
        app_prepare(a);
    const struct placed *p = pane_at(a, row, column);
    if (!p || a->prompt.open || a->dialog || !app_is_ready(a))
        return;
    a->layout.focus = (int)(p - a->layout.panes);
    a->dirty = true;
    if (p->pane->click)
        p->pane->click(a, p->area, row - p->area.row, column - p->area.column);
}

void app_wheel(struct app *a, int row, int column, int rows)
{
    if (a->dirty)
        app_prepare(a);
    const struct placed *p = pane_at(a, row, column);
    if (!p || a->prompt.open || a->dialog || !app_is_ready(a))
        return;
    for (int i = 0; i < abs(rows); i++)
        if (p->pane->act)
            p->pane->act(a, rows < 0 ? ACTION_UP : ACTION_DOWN, p->area);
    a->dirty = true;
}
