#include "app/palette.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "base/memory.h"
#include "panes/match.h"

enum { PALETTE_TEXT = 16 }; /* the column of the words right of a key */

/* Whether every word of the typed text is in an action's. */
static bool palette_has(const struct action_entry *entry, const char *typed)
{
    char *words = memory_format("%s %s", entry->name, entry->help), *copy = memory_copy(typed), *rest = NULL;
    bool has = true;
    for (char *word = strtok_r(copy, " ", &rest); word && has; word = strtok_r(NULL, " ", &rest))
        has = match_holds(words, word);
    free(words);
    free(copy);
    return has;
}

/* Where an action can be done: in the present view, else in the first of those that have it. What another
 * action of a view hides behind its keys is not there. -1: nowhere. */
static int palette_view(const struct app *a, const struct action_entry *entry)
{
    if (actions_entry(entry->keys[0], a->view) == entry)
        return (int)a->view;
    for (int v = 0; v < VIEWS; v++)
        if (actions_entry(entry->keys[0], (enum view)v) == entry)
            return v;
    return -1;
}

/* The n-th action with these words, or NULL: those of this view come first, then those of the others. */
static const struct action_entry *palette_nth(const struct app *a, const char *typed, int n)
{
    for (int others = 0; others < 2; others++)
        for (int i = 0; i < actions_n; i++) {
            const struct action_entry *entry = &actions_table[i];
            int view = palette_view(a, entry);
            if (entry->action != ACTION_PALETTE && view >= 0 && (view != (int)a->view) == others &&
                palette_has(entry, typed) && n-- == 0)
                return entry;
        }
    return NULL;
}

/* Of an action of another view, which one it leads to stands at the right. */
static void palette_draw_row(const struct app *a, struct canvas *c, struct area list, int row,
                             const struct action_entry *entry)
{
    char keys[80], where[40] = "";
    bool chosen = row == (a->dialog_row < list.rows ? a->dialog_row : list.rows - 1);
    int view = palette_view(a, entry);
    actions_keys(entry, keys);
    if (chosen)
        canvas_fill(c, area_above(area_below(list, row), 1), ROLE_SELECTED);
    if (view != (int)a->view)
        snprintf(where, sizeof where, " in %c %s", views_key((enum view)view), views_title((enum view)view));
    int used = canvas_text(c, list, row, 1, chosen ? ROLE_SELECTED : ROLE_CURVE, keys);
    int text = used + 2 < PALETTE_TEXT ? PALETTE_TEXT : used + 2;
    int end = list.columns - canvas_width(where);
    canvas_text(c, list, row, end, chosen ? ROLE_SELECTED : ROLE_DIM, where);
    canvas_field(c, list, row, text, end > text ? end - text : 0, chosen ? ROLE_SELECTED : ROLE_TEXT,
                 entry->help);
}

static void palette_draw(const struct app *a, struct canvas *c, struct area area)
{
    if (!a->prompt.open)
        return;
    canvas_rule(c, area, 0, ROLE_TITLE, "What can be done");
    struct area list = area_below(area, 1);
    if (list.rows < 1)
        return;
    int first = a->dialog_row >= list.rows ? a->dialog_row - list.rows + 1 : 0;
    for (int row = 0; row < list.rows; row++) {
        const struct action_entry *entry = palette_nth(a, a->prompt.text, first + row);
        if (!entry)
            break;
        palette_draw_row(a, c, list, row, entry);
    }
    if (!palette_nth(a, a->prompt.text, 0))
        canvas_text(c, list, 0, 1, ROLE_DIM, "nothing has these words");
}

/* Up and Down, from the prompt; without it there is no palette. */
static void palette_key(struct app *a, int pressed)
{
    int n = 0;
    if (!a->prompt.open) {
        a->dialog = NULL;
        return;
    }
    while (palette_nth(a, a->prompt.text, n))
        n++;
    if (n > 0)
        app_move_in_dialog(a, actions_find(pressed, a->view), n);
}

static const struct dialog palette_dialog = {"", palette_draw, palette_key};

static void palette_done(struct app *a, const char *text)
{
    a->dialog = NULL;
    a->dirty = true;
    if (!text)
        return;
    const struct action_entry *entry = palette_nth(a, text, a->dialog_row);
    if (!entry) {
        app_say(a, JOURNAL_NOTE, "nothing that can be done has the words '%s'", text);
        return;
    }
    int view = palette_view(a, entry);
    if (view != (int)a->view) {
        app_set_view(a, (enum view)view);
        app_prepare(a);
    }
    app_act(a, entry->action);
}

static void palette_live(struct app *a, const char *text)
{
    (void)text;
    a->dialog_row = 0;
    a->dirty = true;
}

void palette_open(struct app *a)
{
    a->dialog_row = 0;
    a->dialog = &palette_dialog;
    app_prompt(a, PROMPT_LIST, "do: ", "", NULL, palette_done, palette_live);
}
