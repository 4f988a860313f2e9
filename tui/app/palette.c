#include "app/palette.h"

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

/* The n-th action of this view with these words, or NULL. What another action of the view stands for, or
 * hides behind its keys, is left out. */
static const struct action_entry *palette_nth(const struct app *a, const char *typed, int n)
{
    for (int i = 0; i < actions_n; i++) {
        const struct action_entry *entry = &actions_table[i];
        if (entry->action != ACTION_PALETTE && actions_entry(entry->keys[0], a->view) == entry &&
            palette_has(entry, typed) && n-- == 0)
            return entry;
    }
    return NULL;
}

static void palette_draw_row(struct canvas *c, struct area list, int row, const struct action_entry *entry,
                             bool here)
{
    char keys[80];
    actions_keys(entry, keys);
    if (here)
        canvas_fill(c, area_above(area_below(list, row), 1), ROLE_SELECTED);
    int used = canvas_text(c, list, row, 1, here ? ROLE_SELECTED : ROLE_CURVE, keys);
    int text = used + 2 < PALETTE_TEXT ? PALETTE_TEXT : used + 2;
    int capacity = list.columns > text ? list.columns - text : 0;
    canvas_field(c, list, row, text, capacity, here ? ROLE_SELECTED : ROLE_TEXT, entry->help);
}

static void palette_draw(const struct app *a, struct canvas *c, struct area area)
{
    if (!a->prompt.open)
        return;
    canvas_rule(c, area, 0, ROLE_TITLE, "What can be done here");
    struct area list = area_below(area, 1);
    if (list.rows < 1)
        return;
    int first = a->dialog_row >= list.rows ? a->dialog_row - list.rows + 1 : 0;
    for (int row = 0; row < list.rows; row++) {
        const struct action_entry *entry = palette_nth(a, a->prompt.text, first + row);
        if (!entry)
            break;
        palette_draw_row(c, list, row, entry, first + row == a->dialog_row);
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
    if (entry)
        app_act(a, entry->action);
    else
        app_say(a, JOURNAL_NOTE, "nothing that can be done here has the words '%s'", text);
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
