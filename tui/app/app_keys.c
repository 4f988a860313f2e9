/* Sends a key or the mouse to one pane or handler, by the table of actions. */
#include "app/app.h"

#include <stdlib.h>

#include "app/undo.h"
#include "screen/keys.h"

/* The focused pane first, then the others of the view. */
static bool keys_ask_panes(struct app *a, enum action action)
{
    const struct app_layout *l = &a->layout;
    for (int i = 0; i < l->n; i++) {
        int at = (l->focus + i) % l->n;
        if (pane_act(l->panes[at], a, action, l->areas[at]))
            return true;
    }
    return false;
}

bool app_leaves_dialog(enum action action)
{
    return action == ACTION_ESCAPE || action == ACTION_LEAVE || action == ACTION_QUIT;
}

bool app_move_in_dialog(struct app *a, enum action action, int rows)
{
    int row = a->dialog_row;
    if (action == ACTION_UP || action == ACTION_DOWN)
        row += action == ACTION_UP ? -1 : 1;
    else if (action == ACTION_FIRST || action == ACTION_LAST)
        row = action == ACTION_FIRST ? 0 : rows - 1;
    else
        return false;
    a->dialog_row = row < 0 ? 0 : row >= rows ? rows - 1 : row;
    return true;
}

static void keys_act(struct app *a, const struct action_entry *entry)
{
    bool for_panes = entry->panes >> a->view & 1u;
    bool ready = app_is_ready(a);
    a->dirty = true;
    if (for_panes && app_shows_panes(a) && keys_ask_panes(a, entry->action))
        return;
    if (entry->run && (entry->always || ready))
        entry->run(a, entry->action);
    else if (ready)
        app_say(a, JOURNAL_NOTE, "%s: the pane for that has no room on this screen", entry->name);
    else
        app_say(a, JOURNAL_NOTE, "%s",
                a->study->state == STUDY_FAILED ? "no network is open (o opens one; 8: why)"
                                                : "the network is not loaded yet");
}

void app_act(struct app *a, enum action action)
{
    const struct action_entry *entry = actions_of(action, a->view);
    if (entry)
        keys_act(a, entry);
}

static void keys_press(struct app *a, int key)
{
    const struct action_entry *entry = actions_entry(key, a->view);
    if (entry) {
        keys_act(a, entry);
        return;
    }
    char name[KEYS_NAME];
    keys_name(key, name);
    app_say(a, JOURNAL_NOTE, "%s does nothing here (? shows the keys)", name);
}

void app_key(struct app *a, int key)
{
    bool modal = a->prompt.open || a->dialog;
    /* A key typed ahead applies to the view chosen by the key before it, even if that has not been drawn. */
    if (a->dirty)
        app_prepare(a);
    if (!a->prompt.open)
        journal_seen(&a->journal); /* messages count as seen */
    a->dirty = true;
    if (!app_fits(a) && (key == 'q' || key == KEYS_CTRL('C'))) {
        a->loop.quit = true;
    } else if (modal && (key == KEYS_CTRL('L') || key == KEYS_CTRL('Z'))) {
        keys_act(a, actions_entry(key, a->view));
    } else if (a->prompt.open) {
        prompt_key(a, &a->prompt, key);
    } else if (a->dialog) {
        a->dialog->key(a, key);
    } else {
        keys_press(a, key);
    }
    undo_note(a);
}

/* The pane there, by its number; -1: none. */
static int keys_pane_at(const struct app *a, int row, int column)
{
    for (int i = 0; i < a->layout.n; i++)
        if (area_holds(a->layout.areas[i], row, column))
            return i;
    return -1;
}

/* A tab opens its view, a hint in the footer does what its key does. False: neither is there. */
static bool keys_click_bars(struct app *a, int row, int column)
{
    int view = app_clicked_view(a, row, column);
    const struct action_entry *entry = app_clicked_hint(a, row, column);
    if (view < 0 && !entry)
        return false;
    journal_seen(&a->journal);
    if (view >= 0)
        app_set_view(a, (enum view)view);
    else
        keys_act(a, entry);
    a->dirty = true;
    undo_note(a);
    return true;
}

void app_click(struct app *a, int row, int column)
{
    if (a->dirty)
        app_prepare(a);
    if (a->prompt.open || a->dialog || keys_click_bars(a, row, column))
        return;
    int at = keys_pane_at(a, row, column);
    if (at < 0 || !app_is_ready(a))
        return;
    struct area area = a->layout.areas[at];
    a->layout.focus = at;
    a->dirty = true;
    pane_click(a->layout.panes[at], a, area, row - area.row, column - area.column);
    undo_note(a);
}

void app_wheel(struct app *a, int row, int column, int rows)
{
    if (a->dirty)
        app_prepare(a);
    if (a->dialog && !a->prompt.open) {
        for (int i = 0; i < abs(rows) && a->dialog; i++)
            a->dialog->key(a, rows < 0 ? KEYS_UP : KEYS_DOWN);
        return;
    }
    int at = keys_pane_at(a, row, column);
    if (at < 0 || a->prompt.open || !app_is_ready(a))
        return;
    for (int i = 0; i < abs(rows); i++)
        pane_act(a->layout.panes[at], a, rows < 0 ? ACTION_UP : ACTION_DOWN, a->layout.areas[at]);
    a->dirty = true;
}
