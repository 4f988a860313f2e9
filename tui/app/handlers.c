#include "app/handlers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/confusion.h"
#include "app/export.h"
#include "app/help.h"
#include "app/opening.h"
#include "app/palette.h"
#include "app/undo.h"
#include "app/values.h"
#include "base/memory.h"
#include "panes/classes.h"
#include "panes/matrix_rows.h"

/* ---- Views and panes ----------------------------------------------------------------------------- */

void handlers_view(struct app *a, enum action action)
{
    app_set_view(a, (enum view)(action - ACTION_VIEW));
}

void handlers_focus(struct app *a, enum action action)
{
    struct app_layout *l = &a->layout;
    if (l->n < 2) {
        app_say(a, JOURNAL_NOTE, "the other pane has no room on this screen");
        return;
    }
    l->focus = (l->focus + (action == ACTION_NEXT_PANE ? 1 : l->n - 1)) % l->n;
}

static void handlers_look_at_class(struct app *a)
{
    int class_index = a->states->classes_cursor;
    app_set_view(a, VIEW_MATRIX);
    matrix_rows_refresh(a);
    matrix_rows_select(a, class_index);
}

void handlers_chosen_already(struct app *a, enum action action)
{
    (void)action;
    app_say(a, JOURNAL_NOTE, "this is the curve of the chosen classes");
}

void handlers_look(struct app *a, enum action action)
{
    (void)action;
    if (a->view == VIEW_CLASSES && a->layout.n > 0 && a->layout.panes[a->layout.focus] == &classes_pane) {
        handlers_look_at_class(a);
        return;
    }
    if (a->view == VIEW_LOG) { /* a message there would be a line that is under the cursor */
        journal_pass(&a->journal, "a line that does not fit stands whole below the list");
        return;
    }
    if (a->view == VIEW_DETAIL)
        app_say(a, JOURNAL_NOTE, "nothing says more of this cut than this view");
    a->plot.placed = true; /* what is under the cursor is wanted, not the best */
    app_set_view(a, VIEW_DETAIL);
}

void handlers_escape(struct app *a, enum action action)
{
    (void)action;
    if (a->opening)
        opening_give_up(a);
    else if (partitioning_runs(a))
        partitioning_stop(a);
    else if (racing_runs(a))
        racing_stop(a);
    else if (live_runs(a))
        live_stop(a);
    else
        app_leave_view(a);
}

void handlers_evaluate(struct app *a, enum action action)
{
    racing_begin(a, action == ACTION_EVALUATE_ALL, app_layer(a, a->plot.cursor));
}

/* ---- The layer cursor ---------------------------------------------------------------------------- */

void handlers_move(struct app *a, enum action action)
{
    app_move(a, a->plot.cursor + (action == ACTION_RIGHT ? 1 : -1));
}

void handlers_candidate(struct app *a, enum action action)
{
    int direction = action == ACTION_NEXT_CANDIDATE ? 1 : -1;
    for (int i = a->plot.cursor + direction; i >= 0 && i < a->study->layer_list.n; i += direction)
        if (app_is_peak(a, &a->shown, i)) {
            app_move(a, i);
            return;
        }
    app_say(a, JOURNAL_NOTE, "no candidate %s here", direction > 0 ? "after" : "before");
}

void handlers_best(struct app *a, enum action action)
{
    (void)action;
    if (a->shown.best >= 0)
        app_move(a, a->shown.best);
    else
        app_say(a, JOURNAL_NOTE, "there is no candidate");
}

/* Whether a pane of the view shows one of these (enum pane_shows); else says so. */
static bool handlers_shown(struct app *a, unsigned shows)
{
    for (int i = 0; i < a->layout.n; i++)
        if (a->layout.panes[i]->shows & shows)
            return true;
    app_say(a, JOURNAL_NOTE, "the curve has no room here (view 1 shows it)");
    return false;
}

static void handlers_zoom_in(struct app *a)
{
    struct plot_state *p = &a->plot;
    if (p->zoom_from < 0) {
        p->zoom_from = p->cursor;
        app_say(a, JOURNAL_NOTE, "zoom from %s: z at the other end", app_row(a, p->cursor)->name);
    } else if (p->zoom_from == p->cursor) {
        app_say(a, JOURNAL_WARNING, "a range has two ends: move to the other one first");
    } else {
        p->first = p->zoom_from < p->cursor ? p->zoom_from : p->cursor;
        p->last = p->zoom_from < p->cursor ? p->cursor : p->zoom_from;
        p->zoom_from = -1;
    }
}

void handlers_zoom(struct app *a, enum action action)
{
    struct plot_state *p = &a->plot;
    int last = a->study->layer_list.n - 1;
    if (!handlers_shown(a, PANE_CURVE))
        return;
    if (action == ACTION_ZOOM) {
        handlers_zoom_in(a);
        return;
    }
    if (p->first == 0 && p->last == last && p->zoom_from < 0)
        app_say(a, JOURNAL_NOTE, "all layers are shown (z begins a zoom)");
    p->first = 0;
    p->last = last;
    p->zoom_from = -1;
}

/* ---- How things are shown ------------------------------------------------------------------------ */

void handlers_scale(struct app *a, enum action action)
{
    if (!handlers_shown(a, PANE_CURVE | PANE_VALUES))
        return;
    if (action == ACTION_LINEAR)
        a->settings.linear = !a->settings.linear;
    else
        a->settings.corrected = !a->settings.corrected;
    app_say(a, JOURNAL_NOTE, "scale: %s", app_value_name(a));
    a->keeping.settings_changed = true;
}

void handlers_trapped(struct app *a, enum action action)
{
    (void)action;
    struct error e;
    bool known = a->study->trapped.answer.images > 0;
    if (!handlers_shown(a, PANE_CURVE))
        return;
    if (!a->plot.trapped && !known && study_want_trapped(a->study, &e) < 0) {
        app_say(a, JOURNAL_WARNING, "%s", e.text);
        return;
    }
    a->plot.trapped = !a->plot.trapped;
    if (!a->plot.trapped)
        app_say(a, JOURNAL_NOTE, "the CUI curve");
    else if (known || study_is_trapping(a->study))
        app_say(a, JOURNAL_NOTE, "trapped energy%s: higher is better", known ? "" : " is measured");
    else
        app_say(a, JOURNAL_NOTE, "trapped energy is measured after the images, or in a pause (p)");
}

void handlers_theme(struct app *a, enum action action)
{
    (void)action;
    if (!a->screen.colour) {
        app_say(a, JOURNAL_NOTE, "this terminal shows no colours (or NO_COLOR is set)");
        return;
    }
    a->settings.theme = (enum theme)((a->settings.theme + 1) % THEMES);
    a->settings.theme_found = false;
    app_say(a, JOURNAL_NOTE, "theme: %s", theme_words[a->settings.theme]);
    a->keeping.settings_changed = a->loop.redraw = true;
}

void handlers_glyphs(struct app *a, enum action action)
{
    (void)action;
    if (!a->screen.utf8) {
        app_say(a, JOURNAL_NOTE, "the locale is not UTF-8: plain characters only");
        return;
    }
    a->settings.glyphs = (enum glyphs_set)((a->settings.glyphs + 1) % GLYPHS_SETS);
    app_say(a, JOURNAL_NOTE, "characters: %s", glyphs_words[a->settings.glyphs]);
    a->keeping.settings_changed = a->loop.redraw = true;
}

/* The ways that the terminal has, one after the other. */
void handlers_pictures(struct app *a, enum action action)
{
    static const enum graphics_way next[] = {[GRAPHICS_AUTO] = GRAPHICS_KITTY,
                                             [GRAPHICS_KITTY] = GRAPHICS_SIXEL,
                                             [GRAPHICS_SIXEL] = GRAPHICS_BLOCKS,
                                             [GRAPHICS_BLOCKS] = GRAPHICS_KITTY};
    unsigned ways = a->screen.pixels;
    enum graphics_way way = a->settings.pictures;
    (void)action;
    if (a->settings.theme == THEME_MONO || a->settings.glyphs == GLYPHS_ASCII) {
        app_say(a, JOURNAL_NOTE, "pictures are characters without colours, and in ASCII");
        return;
    }
    if (ways == 0) {
        app_say(a, JOURNAL_NOTE, "pictures are blocks: this terminal has not said that it shows pixels");
        return;
    }
    for (int steps = way == GRAPHICS_AUTO ? 2 : 1; steps > 0; steps--) /* AUTO shows the first one already */
        do
            way = next[way];
        while (way != GRAPHICS_BLOCKS && !(ways >> way & 1));
    a->settings.pictures = way;
    app_say(a, JOURNAL_NOTE, "pictures: %s", options_pictures_words[way]);
}

void handlers_mouse(struct app *a, enum action action)
{
    (void)action;
    a->settings.mouse = !a->settings.mouse;
    app_say(a, JOURNAL_NOTE, "mouse: %s", a->settings.mouse ? "on" : "off");
}

void handlers_bytes(struct app *a, enum action action)
{
    (void)action;
    app_step_bytes(a, 1);
}

/* ---- Pins ---------------------------------------------------------------------------------------- */

void handlers_pin(struct app *a, enum action action)
{
    (void)action;
    for (int i = 0; i < a->pins.n; i++)
        if (memcmp(a->pins.curves[i].chosen, a->shown.chosen, (size_t)a->study->table->classes) == 0) {
            app_say(a, JOURNAL_NOTE, "%s is pinned already", a->shown.name);
            return;
        }
    if (a->pins.n == PINS) {
        app_say(a, JOURNAL_WARNING, "%d curves are pinned: remove one first (C)", PINS);
        return;
    }
    struct shown *pin = &a->pins.curves[a->pins.n++];
    shown_set(pin, a->study, a->shown.chosen, a->shown.name);
    pin->pick = pin->best < 0 ? NAN : shares_pick(a, pin->best);
    pin->pick_images = shares_images(a);
    app_say(a, JOURNAL_GOOD, "pinned %s as curve %d (view 4 compares)", a->shown.name, a->pins.n);
}

/* Removes the last one; the view that compares them removes the selected one. */
void handlers_unpin(struct app *a, enum action action)
{
    (void)action;
    if (a->pins.n > 0)
        app_unpin(a, a->pins.n - 1);
    else
        app_say(a, JOURNAL_NOTE, "no curve is pinned");
}

/* ---- Marks --------------------------------------------------------------------------------------- */

void handlers_mark(struct app *a, enum action action)
{
    (void)action;
    int layer = app_layer(a, a->plot.cursor);
    const char *name = app_row(a, a->plot.cursor)->name;
    const struct mark *mark = marks_find(a->marks, layer);
    if (mark) {
        app_say(a, JOURNAL_GOOD, "removed the mark of %s%s%s", name, mark->note[0] ? ": " : "", mark->note);
        marks_remove(a->marks, layer);
    } else {
        marks_set(a->marks, layer, "");
        app_say(a, JOURNAL_GOOD, "marked the split after %s (X adds a note)", name);
    }
    a->keeping.state_changed = true;
}

static void handlers_note_done(struct app *a, const char *text)
{
    if (!text || !app_is_ready(a))
        return;
    marks_set(a->marks, app_layer(a, a->plot.cursor), text);
    app_say(a, JOURNAL_GOOD, "marked the split after %s", app_row(a, a->plot.cursor)->name);
    a->keeping.state_changed = true;
}

void handlers_note(struct app *a, enum action action)
{
    (void)action;
    const struct mark *mark = marks_find(a->marks, app_layer(a, a->plot.cursor));
    char *label = memory_format("note on %s: ", app_row(a, a->plot.cursor)->name);
    app_prompt(a, PROMPT_TEXT, label, mark ? mark->note : "", NULL, handlers_note_done, NULL);
    free(label);
}

void handlers_undo(struct app *a, enum action action)
{
    undo_step(a, action == ACTION_REDO);
}

/* ---- Dialogs ------------------------------------------------------------------------------------- */

void handlers_values(struct app *a, enum action action)
{
    (void)action;
    values_open(a);
}

void handlers_export(struct app *a, enum action action)
{
    (void)action;
    export_open(a);
}

void handlers_confusion(struct app *a, enum action action)
{
    (void)action;
    confusion_open(a);
}

void handlers_palette(struct app *a, enum action action)
{
    (void)action;
    palette_open(a);
}

void handlers_help(struct app *a, enum action action)
{
    (void)action;
    help_open(a);
}

/* ---- The worker ---------------------------------------------------------------------------------- */

void handlers_pause(struct app *a, enum action action)
{
    (void)action;
    struct study *s = a->study;
    if (s->state == STUDY_LOST || (s->state == STUDY_FAILED && s->run.no_worker)) {
        app_say(a, JOURNAL_WARNING, "there is no worker (R starts it again)");
    } else if (s->saved_rows && !study_stopped_early(s)) {
        app_say(a, JOURNAL_NOTE, "nothing is measured: the rows come from %s", s->inputs.named);
    } else if (s->state == STUDY_LOADING || s->state == STUDY_FAILED) {
        app_say(a, JOURNAL_NOTE, "nothing is being measured");
    } else if (s->state == STUDY_MEASURING && !s->run.pausing) {
        study_pause(s);
        app_say(a, JOURNAL_NOTE, "%s",
                s->state == STUDY_PAUSED ? "paused" : "pausing after the current batch");
    } else if (s->state == STUDY_PAUSED || s->run.pausing) {
        study_resume(s);
        app_say(a, JOURNAL_NOTE, "measuring continues");
    } else if (study_stopped_early(s)) {
        study_measure_rest(s);
        app_say(a, JOURNAL_NOTE, "the rest is measured, too");
    } else if (s->state == STUDY_DONE) {
        app_say(a, JOURNAL_NOTE, "everything is measured");
    }
}

void handlers_restart(struct app *a, enum action action)
{
    (void)action;
    struct error e;
    int status = study_restart(a->study, &e);
    if (status < 0)
        app_say(a, JOURNAL_WARNING, "%s", e.text);
    else if (status == 0)
        app_say(a, JOURNAL_NOTE, "starting the worker again");
}

void handlers_open(struct app *a, enum action action)
{
    (void)action;
    opening_ask(a);
}

/* ---- The program --------------------------------------------------------------------------------- */

void handlers_redraw(struct app *a, enum action action)
{
    (void)action;
    a->loop.redraw = true;
}

void handlers_suspend(struct app *a, enum action action)
{
    (void)action;
    a->loop.suspend = true;
}

static void handlers_quit_done(struct app *a, const char *text)
{
    a->loop.quit = text != NULL;
}

void handlers_quit(struct app *a, enum action action)
{
    (void)action;
    if (!partitioning_runs(a)) {
        a->loop.quit = true;
        return;
    }
    char *label =
        memory_format("the network is being cut after %s: stop that and leave? (y/n)", partitioning_layer(a));
    app_prompt(a, PROMPT_KEY, label, NULL, NULL, handlers_quit_done, NULL);
    free(label);
}

/* The view first, then the program. */
void handlers_leave(struct app *a, enum action action)
{
    if (!app_leave_view(a))
        handlers_quit(a, action);
}
